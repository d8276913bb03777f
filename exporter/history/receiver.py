"""A Prometheus or a VictoriaMetrics that lives: what it would take in, and sending it.

Everything that could make it drop a sample is asked before the first one is sent.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import requests
import yaml
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from exporter.history.times import seconds
from exporter.history.verdict import Refused
from exporter.history.wire import HEADERS, request

WRITE = "/api/v1/write"
_PATIENCE = 60
_RETENTION = re.compile(r'^flag\{name="retentionPeriod", ?value="([\w.]+)"', re.MULTILINE)
_DEFAULT_RETENTION = "15d"
_MONTH = 31 * 86400


@dataclass(frozen=True, slots=True)
class Login:
    """Basic authentication."""

    user: str
    password: str


class Receiver:
    """What answers at an address. Raises `Refused` wherever it cannot or will not take part."""

    def __init__(self, url: str, login: Login | None = None) -> None:
        """url: of the server, with or without the path of remote write."""
        self.url = url.rstrip("/").removesuffix(WRITE)
        parts = urlsplit(self.url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username:
            raise Refused(
                "The address must be like http://prometheus:9090, with no name or password in it: "
                "those go into --user and into the environment."
            )
        local = parts.hostname in {"localhost", "127.0.0.1", "::1"}
        if login and parts.scheme == "http" and not local:
            raise Refused(f"A password would go over plain HTTP to {parts.hostname}: use https.")
        self._session = requests.Session()
        self._session.trust_env = False  # it is a server of ours; no proxy, no .netrc
        self._session.auth = (login.user, login.password) if login else None
        again = Retry(
            4, backoff_factor=0.5, status_forcelist=(429, 502, 503, 504), allowed_methods=None,
            raise_on_status=False,
        )  # fmt: skip
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(max_retries=again))

    def close(self) -> None:
        """Give back the connection."""
        self._session.close()

    def takes(self, age: timedelta) -> str:
        """Make sure that samples of this age are taken and kept; gives what it is that answers."""
        told = self._get("/api/v1/status/config")
        if told.status_code == 200 and (text := told.json()["data"].get("yaml")):
            self._prometheus(text, age)
            title = "Prometheus"
        else:
            self._victoria(age)
            title = "VictoriaMetrics"
        self.send([])
        return title

    def send(self, some: list[bytes]) -> None:
        """Send these series; what it already has stays as it is."""
        answer = self._answer("POST", WRITE, data=request(some), headers=HEADERS)
        if answer.status_code in {404, 405}:
            raise Refused(
                f"{self.url} takes no remote write: start Prometheus with "
                "--web.enable-remote-write-receiver, and run this again."
            )
        if not answer.ok:
            said = " ".join(answer.text.split())[:200]
            raise Refused(f"{self.url} refused samples ({answer.status_code}): {said}")

    def query(self, promql: str, at: float | None = None) -> list[dict[str, Any]]:
        """The result of an instant query, at an instant in Unix seconds."""
        # VictoriaMetrics otherwise answers of half a minute ago
        params = {"query": promql, "nocache": "1"} | ({} if at is None else {"time": f"{at:.3f}"})
        answer = self._get("/api/v1/query", params=params)
        if answer.status_code != 200:
            raise Refused(f"{self.url} did not answer a query ({answer.status_code}).")
        found: list[dict[str, Any]] = answer.json()["data"]["result"]
        return found

    def refresh(self) -> None:
        """Let VictoriaMetrics forget the answers that it gave before there was a past."""
        self._get("/internal/resetRollupResultCache")

    def _prometheus(self, text: str, age: timedelta) -> None:
        storage = (yaml.safe_load(text).get("storage") or {}).get("tsdb") or {}
        window = seconds(str(storage.get("out_of_order_time_window", "0s")))
        flags = self._get("/api/v1/status/flags").json()["data"]
        needed = f"{age.days + 1}d"
        if window < age.total_seconds():
            raise Refused(
                f"{self.url} takes samples that are at most {_words(window)} old. Set "
                f"storage.tsdb.out_of_order_time_window to {needed} in its configuration, reload "
                "it, and run this again; or give a shorter --since."
            )
        limits = (storage.get("retention") or {}).get("time"), flags["storage.tsdb.retention.time"]
        by_size = flags.get("storage.tsdb.retention.size", "0B") not in {"0B", "0"}
        kept = next((s for limit in limits if (s := seconds(str(limit or "0s")))), 0.0)
        if not kept and not by_size:
            kept = seconds(_DEFAULT_RETENTION)
        if kept and kept < age.total_seconds():
            raise Refused(
                f"{self.url} keeps samples for {_words(kept)} only. Start it with "
                f"--storage.tsdb.retention.time={needed} or more, or give a shorter --since."
            )

    def _victoria(self, age: timedelta) -> None:
        own = self._get("/metrics")
        found = _RETENTION.search(own.text) if own.status_code == 200 else None
        if found is None:
            raise Refused(
                f"Neither a Prometheus nor a VictoriaMetrics answers at {self.url}: give the "
                "address of its page, without the path of a query."
            )
        kept = seconds(found[1]) or float(found[1]) * _MONTH
        if kept < age.total_seconds():
            raise Refused(
                f"{self.url} keeps samples for {_words(kept)} only. Start it with "
                f"-retentionPeriod={age.days + 1}d or more, or give a shorter --since."
            )

    def _get(self, path: str, **options: Any) -> requests.Response:
        return self._answer("GET", path, **options)

    def _answer(self, method: str, path: str, **options: Any) -> requests.Response:
        try:
            answer = self._session.request(
                method, self.url + path, timeout=_PATIENCE, allow_redirects=False, **options
            )
        except requests.RequestException as error:
            raise Refused(
                f"Nothing answers at {self.url} ({type(error).__name__}). Is it running, and is "
                "this its address?"
            ) from error
        if answer.status_code in {401, 403}:
            raise Refused(
                f"{self.url} refused us ({answer.status_code}): give the name with --user and the "
                "password in the environment variable DESKPULSE_REMOTE_PASSWORD."
            )
        return answer


def _words(seconds: float) -> str:
    days, rest = divmod(int(seconds), 86400)
    return f"{days}d" if days else f"{rest // 3600}h" if rest >= 3600 else f"{rest // 60}m"
