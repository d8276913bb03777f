"""One vendor's HTTP API: typed answers, bounded patience, every answer counted."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from http.client import IncompleteRead
from typing import Any, Generic, TypeVar
from urllib.parse import urljoin, urlsplit

import msgspec
import requests
from requests.auth import AuthBase
from urllib3.exceptions import HTTPError, MaxRetryError
from urllib3.exceptions import TimeoutError as ReadTimeout
from urllib3.util import Retry

from connectors import forms, patience
from connectors.contract import Fatal, Reason, Usage
from connectors.session import Anonymous, Session
from connectors.verdicts import Again, Forbidden, Missing, Refused, Verdicts, date_of, field_of

__all__ = ["ApiSession", "Forbidden", "Missing", "Refused", "Reply", "field_of"]

T = TypeVar("T")
Params = Mapping[str, str | int | Sequence[str]] | None
"""What stands in a query; of several values each by itself under the name."""

JSON = {"Content-Type": "application/json"}
BODY_LIMIT = 256 * 2**20
CHUNK = 2**20
LIMITED = b"rate limit"
"""What GitHub says with 403 and no header, where nobody lacks a right."""

REDIRECTS = 5
REDIRECTING = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class Reply(Generic[T]):
    """A good answer. `at`: its Date header, aware UTC; the wall clock where it has none."""

    value: T
    at: datetime
    headers: Mapping[str, str]


@dataclass(slots=True)
class _Spent:
    requests: Counter[str] = field(default_factory=Counter)
    throttled: float = 0.0


class ApiSession:
    """Gets JSON from one vendor at one address, counting every answer.

    source: the operator's name for the source, used in messages.
    timeout: seconds to connect, and between two pieces of an answer; None: as `Patience` says.
    answer_within: seconds for a whole answer, however steadily it trickles.
    attempts: how often one request is made before its failure counts.
    longest_wait: seconds of `Retry-After` that are waited out here; more raises `Retriable`.
    credentials_remedy: the sentence that tells the operator where a new credential comes from.
    address_key: the setting that the address comes from, for use in messages.
    """

    def __init__(
        self,
        *,
        source: str,
        base_url: str,
        auth: AuthBase | tuple[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: tuple[float, float] | None = None,
        answer_within: float = 300.0,
        attempts: int = 4,
        longest_wait: float = 120.0,
        credentials_remedy: str = "",
        address_key: str = "",
    ) -> None:
        self.source = source
        self._base_url = base_url.rstrip("/")
        wait = patience.now()
        self._timeout = timeout or (wait.connect, wait.piece)
        self._answer_within = answer_within
        self._say = Verdicts(
            source,
            credentials_remedy,
            longest_wait,
            host=_host(base_url),
            address_key=address_key,
        )
        self._policy = Retry(
            total=attempts - 1,
            backoff_factor=wait.repeat,
            backoff_max=8,
            backoff_jitter=wait.repeat,
        )
        self._decoders: dict[Any, msgspec.json.Decoder[Any]] = {}
        self._spent = _Spent()
        self._closed = threading.Event()
        self._session = Session()
        self._session.auth = auth or Anonymous()
        self._session.headers.update({"Accept": "application/json", "User-Agent": "deskpulse"})
        self._session.headers.update(headers or {})

    def get(self, path: str, *, params: Params = None, decode: type[T]) -> Reply[T]:
        """The JSON at `path`, decoded as `decode` (anything msgspec knows). Raises
        `ConnectorError`."""
        return self._persist(path, params, None, decode)

    def post(self, path: str, *, body: object, decode: type[T]) -> Reply[T]:
        """The JSON that `path` answers to a question sent as JSON: a search, which changes nothing
        and may be repeated. Raises `ConnectorError`."""
        return self._persist(path, None, msgspec.json.encode(body), decode)

    def usage(self) -> Usage:
        """What was spent since the last call; the count then starts again."""
        spent, self._spent = self._spent, _Spent()
        return Usage(requests=dict(spent.requests), throttled_seconds=spent.throttled)

    def close(self) -> None:
        """Give back the connections and end a wait that is under way."""
        self._closed.set()
        self._session.close()

    def _persist(self, path: str, params: Params, sent: bytes | None, decode: type[T]) -> Reply[T]:
        policy = self._policy
        while True:
            try:
                return self._attempt(path, params, sent, decode)
            except Again as trouble:
                policy = self._pause(policy, path, trouble)

    def _attempt(self, path: str, params: Params, sent: bytes | None, decode: type[T]) -> Reply[T]:
        deadline = time.monotonic() + self._answer_within
        response = self._answer(path, params, sent)
        try:
            at = date_of(response.headers.get("Date"))
            failure = self._say.of_status(path, response.status_code, response.headers, at)
            if isinstance(failure, Forbidden) and LIMITED in _said(response).lower():
                failure = self._say.secondary(path)
            if failure is not None:
                raise failure
            if "html" in response.headers.get("Content-Type", ""):
                raise self._say.wrong_address(path, "answers with a web page instead of data")
            body = self._body(path, response, deadline)
        finally:
            response.close()
        return Reply(self._decoded(path, body, decode), at, response.headers)

    def _answer(self, path: str, params: Params, sent: bytes | None) -> requests.Response:
        """The answer's head, after redirects within the same address."""
        url = f"{self._base_url}/{path.lstrip('/')}"
        for _ in range(REDIRECTS):
            response = self._send(path, url, params, sent)
            self._spent.requests[str(response.status_code)] += 1
            target = response.headers.get("Location")
            if response.status_code not in REDIRECTING or target is None:
                return response
            response.close()
            url, params = self._redirected(path, url, target), None
        raise self._say.wrong_address(path, f"redirects more than {REDIRECTS} times")

    def _redirected(self, path: str, url: str, target: str) -> str:
        there = urljoin(url, target)
        if _origin(there) != _origin(url):
            raise self._say.wrong_address(path, f"redirects to {_origin(there)}")
        return there

    def _send(self, path: str, url: str, params: Params, sent: bytes | None) -> requests.Response:
        try:
            return self._session.request(
                "GET" if sent is None else "POST",
                url,
                params=params,
                data=sent,
                headers=None if sent is None else JSON,
                timeout=self._timeout,
                stream=True,
                allow_redirects=False,
            )
        except requests.Timeout:
            raise self._timed_out(path, counted=True) from None
        except requests.ConnectionError as error:
            raise self._unreachable(path, error) from None
        except (requests.RequestException, ValueError):
            raise self._say.wrong_address(
                path, "cannot be asked: the address is malformed"
            ) from None

    def _unreachable(self, path: str, error: Exception) -> Exception:
        self._spent.requests["network"] += 1
        if isinstance(error, requests.exceptions.ProxyError):
            return self._say.unreachable(path, "this machine's proxy does not lead to {host}")
        for cause in _causes(error):
            if isinstance(cause, ssl.SSLCertVerificationError):
                return self._say.wrong_address(path, "shows a certificate that is not trusted")
            if isinstance(cause, socket.gaierror):
                if cause.errno != socket.EAI_AGAIN:
                    return self._say.unknown_host()
                return self._say.unreachable(path, "no name server answers for {name}")
            if isinstance(cause, ConnectionRefusedError):
                return self._say.unreachable(path, "{host} refuses the connection")
        return self._say.unreachable(path, "the connection to {host} failed")

    def _body(self, path: str, response: requests.Response, deadline: float) -> bytes:
        pieces: list[bytes] = []
        size = 0
        try:
            # read1 hands over what has arrived; read would wait for a full piece, past any deadline
            while piece := response.raw.read1(CHUNK, decode_content=True):
                pieces.append(piece)
                size += len(piece)
                if size > BODY_LIMIT:
                    raise Fatal(
                        f"{self._say.named(path)} answers with more than {BODY_LIMIT >> 20} MiB. "
                        "Ask for smaller pages in the settings of this source."
                    )
                if time.monotonic() > deadline:
                    verdict = f"did not finish its answer within {self._answer_within:.0f} s"
                    raise self._say.retriable(path, verdict, Reason.TIMEOUT)
        except ReadTimeout:
            raise self._timed_out(path, counted=False) from None
        except (HTTPError, OSError) as error:
            if any(isinstance(cause, IncompleteRead) for cause in _causes(error)):
                raise self._say.again(path, "cut its answer short", Reason.MALFORMED) from None
            raise self._say.again(path, "broke off its answer", Reason.NETWORK) from None
        return b"".join(pieces)

    def _decoded(self, path: str, body: bytes, decode: type[T]) -> T:
        decoder = self._decoders.get(decode)
        if decoder is None:
            decoder = self._decoders[decode] = forms.decoder(decode)
        try:
            value: T = decoder.decode(body)
        except msgspec.ValidationError as error:
            verdict = f"answers in a form we do not know at {field_of(error)}"
            raise self._say.retriable(path, verdict, Reason.MALFORMED) from None
        except (msgspec.DecodeError, UnicodeDecodeError):
            if body.lstrip()[:1] == b"<":
                raise self._say.wrong_address(path, "answers with a web page") from None
            raise self._say.again(path, "answers with broken JSON", Reason.MALFORMED) from None
        return value

    def _pause(self, policy: Retry, path: str, trouble: Again) -> Retry:
        """Wait before the next attempt; raise the verdict when there is none left."""
        try:
            policy = policy.increment("GET", path, error=trouble)
        except MaxRetryError:
            raise trouble.verdict from None
        wait = policy.get_backoff_time() if trouble.wait is None else trouble.wait
        began = time.monotonic()
        if self._closed.wait(wait):
            raise trouble.verdict from None
        if trouble.wait is not None:
            self._spent.throttled += time.monotonic() - began
        return policy

    def _timed_out(self, path: str, *, counted: bool) -> Again:
        self._spent.requests["timeout"] += counted
        return self._say.again(
            path, f"did not answer within {self._timeout[1]:g} s", Reason.TIMEOUT
        )


def _said(response: requests.Response) -> bytes:
    """How what an error says begins; nothing where it cannot be read."""
    with contextlib.suppress(HTTPError, OSError):
        said: bytes = response.raw.read1(CHUNK, decode_content=True)
        return said
    return b""


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _host(url: str) -> str:
    """Host and port of a URL that may be malformed."""
    try:
        parts = urlsplit(url)
        port = parts.port or (80 if parts.scheme == "http" else 443)
    except ValueError:
        return ""
    host = parts.hostname or ""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
