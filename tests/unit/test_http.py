"""`ApiSession` against a real server: what each failure becomes, and what it costs."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import ClassVar

import msgspec
import pytest
from requests.adapters import HTTPAdapter

from connectors import http
from connectors.contract import ConfigurationError, ConnectorError, Fatal, Reason, Retriable
from connectors.http import ApiSession, Forbidden, Missing, Refused
from connectors.testing import faults
from connectors.testing.clock import StandingClock
from connectors.testing.faults import Faults
from connectors.testing.server import SimRequest, SimResponse, Simulator, SimulatorServer

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


class Thing(msgspec.Struct):
    id: int
    name: str


class Echo(Simulator):
    """Answers one thing; remembers what it was asked with."""

    vendor: ClassVar[str] = "echo"
    body: bytes = b'{"id": 7, "name": "a thing with a name that is long enough to be cut"}'

    def __init__(self) -> None:
        self.clock = StandingClock(NOW)
        self.asked: list[SimRequest] = []

    def answer(self, request: SimRequest) -> SimResponse:
        self.asked.append(request)
        return SimResponse(200, body=self.body)

    def settings(self, url: str) -> dict[str, object]:
        return {"vendor": self.vendor, "url": url}


@pytest.fixture
def server() -> Iterator[SimulatorServer]:
    with SimulatorServer(Echo()) as running:
        yield running


def session(server: SimulatorServer, **options: object) -> ApiSession:
    given: dict[str, object] = {
        "source": "desk-eu",
        "base_url": server.url,
        "auth": ("me", "throw-away-token"),
        "credentials_remedy": "Create a token under Admin.",
        "timeout": (2.0, 0.5),
        **options,
    }
    return ApiSession(**given)  # type: ignore[arg-type]


def failure(api: ApiSession, path: str = "/api/thing") -> ConnectorError:
    with pytest.raises(ConnectorError) as caught:
        api.get(path, params={"secret": "throw-away-query"}, decode=Thing)
    message = str(caught.value)
    assert "desk-eu" in message
    assert "throw-away" not in message
    assert message.endswith(".")
    return caught.value


def test_an_answer_is_typed_and_dated_by_the_vendors_clock(server: SimulatorServer) -> None:
    api = session(server)
    reply = api.get("/api/thing", params={"page": 2}, decode=Thing)
    assert (reply.value.id, reply.at) == (7, NOW)
    assert server.requests == ["/api/thing?page=2"]
    assert api.usage().requests == {"200": 1}
    assert api.usage().requests == {}


def test_connections_are_used_again(server: SimulatorServer) -> None:
    api = session(server)
    api.get("/api/thing", decode=Thing)
    for _ in range(5):
        api.get("/api/thing", decode=Thing)
    simulator = server.simulator
    assert isinstance(simulator, Echo)
    assert len(simulator.asked) == 6
    adapter = api._session.get_adapter(server.url)
    assert isinstance(adapter, HTTPAdapter)
    pools = adapter.poolmanager.pools
    assert [pools[key].num_connections for key in pools.keys()] == [1]  # noqa: SIM118


@pytest.mark.parametrize(
    ("fault", "counted"),
    [
        (faults.status(503), {"503": 1, "200": 1}),
        (faults.status(500), {"500": 1, "200": 1}),
        (faults.throttle(), {"429": 1, "200": 1}),
        (faults.drop(), {"network": 1, "200": 1}),
        (faults.slow(1.0), {"timeout": 1, "200": 1}),
        (faults.cut(0.5), {"200": 2}),
        (faults.cut(0.5, honest=True), {"200": 2}),
    ],
)
def test_what_passes_is_tried_again_and_every_answer_counts(
    server: SimulatorServer, fault: faults.Fault, counted: dict[str, int]
) -> None:
    server.faults.next(fault)
    api = session(server)
    assert api.get("/api/thing", decode=Thing).value.id == 7
    assert api.usage().requests == counted


@pytest.mark.parametrize(
    ("fault", "kind", "reason"),
    [
        (faults.status(500), Retriable, Reason.SERVER),
        (faults.status(503), Retriable, Reason.SERVER),
        (faults.throttle(), Retriable, Reason.THROTTLED),
        (faults.drop(), Retriable, Reason.NETWORK),
        (faults.slow(1.0), Retriable, Reason.TIMEOUT),
        (faults.cut(0.5), Retriable, Reason.MALFORMED),
        (faults.cut(0.5, honest=True), Retriable, Reason.MALFORMED),
        (faults.status(401), ConfigurationError, Reason.CREDENTIALS),
        (faults.status(403), Forbidden, Reason.CREDENTIALS),
        (faults.status(404), Missing, Reason.ADDRESS),
        (faults.html(), ConfigurationError, Reason.ADDRESS),
        (faults.status(422), Refused, Reason.CONTRACT),
        (faults.redirect("https://elsewhere.example/login"), ConfigurationError, Reason.ADDRESS),
        (faults.redirect("/api/thing"), ConfigurationError, Reason.ADDRESS),
    ],
)
def test_what_stays_becomes_a_verdict(
    server: SimulatorServer, fault: faults.Fault, kind: type[ConnectorError], reason: Reason
) -> None:
    server.faults.always("/api", fault)
    error = failure(session(server, attempts=2))
    assert type(error) is kind
    assert error.reason is reason
    assert "/api/thing" in str(error)
    assert "next poll" not in str(error), "a check is told the same"


def test_a_refused_credential_tells_the_remedy_and_is_not_tried_again(
    server: SimulatorServer,
) -> None:
    server.faults.always("", faults.status(401))
    assert "Create a token under Admin." in str(failure(session(server)))
    assert len(server.requests) == 1


def test_a_short_retry_after_is_waited_out_and_counted(server: SimulatorServer) -> None:
    server.faults.next(faults.throttle(1))
    api = session(server)
    began = time.monotonic()
    api.get("/api/thing", decode=Thing)
    waited = time.monotonic() - began
    usage = api.usage()
    assert usage.requests == {"429": 1, "200": 1}
    assert 1 <= usage.throttled_seconds <= waited


@pytest.mark.parametrize("asked", ["600", format_datetime(NOW + timedelta(minutes=10))])
def test_a_long_retry_after_is_told_and_not_waited_for(server: SimulatorServer, asked: str) -> None:
    server.faults.next(faults.throttle(asked))
    error = failure(session(server))
    assert error.reason is Reason.THROTTLED
    assert "2026-03-04 12:10:00 UTC" in str(error)
    assert len(server.requests) == 1


RESET = str(int((NOW + timedelta(minutes=10)).timestamp()))


@pytest.mark.parametrize(
    "told",
    [
        {"retry-after": "600"},
        {"x-ratelimit-remaining": "0", "x-ratelimit-reset": RESET},
    ],
)
def test_a_403_that_says_when_to_ask_again_is_a_quota_and_no_lack_of_rights(
    server: SimulatorServer, told: dict[str, str]
) -> None:
    server.faults.next(faults.Fault(status=403, headers=told))
    error = failure(session(server))
    assert (type(error), error.reason) == (Retriable, Reason.THROTTLED)
    assert "2026-03-04 12:10:00 UTC" in str(error)


def test_a_403_with_quota_left_is_a_lack_of_rights(server: SimulatorServer) -> None:
    left = {"x-ratelimit-remaining": "7", "x-ratelimit-reset": RESET}
    server.faults.next(faults.Fault(status=403, headers=left))
    assert type(failure(session(server))) is Forbidden


def test_a_403_that_speaks_of_a_limit_is_one_and_is_not_asked_again_at_once(
    server: SimulatorServer,
) -> None:
    said = b'{"message":"You have exceeded a secondary rate limit. Please wait a few minutes."}'
    server.faults.always("thing", faults.Fault(status=403, body=said))
    error = failure(session(server))
    assert isinstance(error, Retriable)
    assert (error.reason, error.wait) == (Reason.THROTTLED, 60)
    assert len(server.requests) == 1


def test_a_403_whose_text_cannot_be_read_is_a_lack_of_rights(server: SimulatorServer) -> None:
    server.faults.next(faults.Fault(status=403, keep=0.0))
    assert type(failure(session(server))) is Forbidden


@pytest.mark.parametrize("asked", ["soon", "nan", "-5", "1e400"])
def test_a_senseless_retry_after_does_no_harm(server: SimulatorServer, asked: str) -> None:
    server.faults.next(faults.throttle(asked))
    assert session(server).get("/api/thing", decode=Thing).value.id == 7


def test_closing_ends_a_wait(server: SimulatorServer) -> None:
    server.faults.next(faults.throttle(60))
    api = session(server)
    threading.Timer(0.2, api.close).start()
    began = time.monotonic()
    assert failure(api).reason is Reason.THROTTLED
    assert time.monotonic() - began < 30


def test_an_answer_that_trickles_ends(server: SimulatorServer) -> None:
    server.faults.always("", faults.trickle(0.1))
    error = failure(session(server, answer_within=0.5))
    assert (type(error), error.reason) == (Retriable, Reason.TIMEOUT)


def test_an_answer_without_end_is_fatal(
    server: SimulatorServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "BODY_LIMIT", 20)
    assert type(failure(session(server))) is Fatal


def test_a_wrong_field_is_named_without_its_value(server: SimulatorServer) -> None:
    server.faults.next(faults.replace(b"7", b'"throw-away-value"'))
    error = failure(session(server))
    assert error.reason is Reason.MALFORMED
    assert "$.id" in str(error)


@pytest.mark.parametrize(
    ("body", "field"),
    [(b"7", "at $."), (b'{"id": 7}', "$.name"), (b'{"id": 7, "name": {"a": 1}}', "$.name")],
)
def test_a_missing_field_is_named(server: SimulatorServer, body: bytes, field: str) -> None:
    server.faults.next(faults.Fault(body=body))
    assert field in str(failure(session(server)))


def test_credentials_stay_within_the_address() -> None:
    stranger = Echo()
    with SimulatorServer(Echo()) as server, SimulatorServer(stranger) as other:
        server.faults.next(faults.redirect(f"{other.url}/api/thing"))
        assert failure(session(server)).reason is Reason.ADDRESS
        assert other.requests == []
        server.faults.next(faults.redirect("/moved"))
        session(server).get("/api/thing", decode=Thing)
        assert server.requests[-1] == "/moved"


def test_no_netrc_is_read(
    server: SimulatorServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password throw-away\n")
    monkeypatch.setenv("NETRC", str(netrc))
    session(server, auth=None).get("/api/thing", decode=Thing)
    simulator = server.simulator
    assert isinstance(simulator, Echo)
    assert "authorization" not in simulator.asked[0].headers


@pytest.mark.parametrize(
    ("code", "kind", "reason", "words"),
    [
        (
            socket.EAI_NONAME,
            ConfigurationError,
            Reason.ADDRESS,
            "source 'desk-eu': the host nobody.invalid is unknown: check `url` (or this machine's",
        ),
        (
            socket.EAI_AGAIN,
            Retriable,
            Reason.NETWORK,
            "nobody.invalid. Nothing is lost; if it stays so, check `url`",
        ),
    ],
)
def test_an_unknown_host_is_a_wrong_address_but_a_silent_resolver_is_not(
    monkeypatch: pytest.MonkeyPatch,
    code: int,
    kind: type[ConnectorError],
    reason: Reason,
    words: str,
) -> None:
    def unresolved(*_: object, **__: object) -> None:
        raise socket.gaierror(code, "told by the test")

    monkeypatch.setattr(socket, "getaddrinfo", unresolved)
    api = ApiSession(
        source="desk-eu", base_url="http://nobody.invalid", attempts=2, address_key="url"
    )
    error = failure(api)
    assert (type(error), error.reason) == (kind, reason)
    assert words in str(error)


def test_nobody_there_is_the_network() -> None:
    with SimulatorServer(Echo()) as server:
        url = server.url
    api = ApiSession(source="desk-eu", base_url=url, attempts=2)
    error = failure(api)
    assert error.reason is Reason.NETWORK
    assert f"could not be reached: {url.removeprefix('http://')} refuses" in str(error)
    assert api.usage().requests == {"network": 2}


def test_a_proxy_that_leads_nowhere_is_told_apart(
    monkeypatch: pytest.MonkeyPatch, server: SimulatorServer
) -> None:
    with SimulatorServer(Echo()) as gone:
        monkeypatch.setenv("http_proxy", gone.url)
    api = ApiSession(source="desk-eu", base_url="http://nobody.invalid", attempts=1)
    assert "this machine's proxy does not lead to nobody.invalid:80" in str(failure(api))


@pytest.mark.parametrize("address", ["nonsense", "ftp://host", "http://", "http://a b"])
def test_a_malformed_address_is_a_verdict(address: str) -> None:
    assert failure(ApiSession(source="desk-eu", base_url=address)).reason is Reason.ADDRESS


def test_a_quota_is_kept_by_waiting(server: SimulatorServer) -> None:
    server.faults = Faults().quota(2, 1.0)
    api = session(server)
    for _ in range(3):
        api.get("/api/thing", decode=Thing)
    usage = api.usage()
    assert usage.requests["200"] == 3
    assert usage.throttled_seconds > 0


def test_a_taken_port_is_told(server: SimulatorServer) -> None:
    port = int(server.url.rpartition(":")[2])
    with pytest.raises(OSError, match="choose another port"):
        SimulatorServer(Echo(), port=port).start()


def test_stopping_twice_is_harmless_and_frees_the_port(server: SimulatorServer) -> None:
    server.stop()
    server.stop()
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", int(server.url.rpartition(":")[2]))) != 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serving_ends_cleanly_on_a_signal(number: signal.Signals) -> None:
    script = (
        "from tests.unit.test_http import Echo\n"
        "from connectors.testing.server import SimulatorServer\n"
        "SimulatorServer(Echo()).run(lambda url: print(url, flush=True))\n"
    )
    root = Path(__file__).resolve().parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        url = child.stdout.readline().strip()
        api = ApiSession(source="desk-eu", base_url=url)
        assert api.get("/api/thing", decode=Thing).value.id == 7
        child.send_signal(number)
        assert child.wait(10) == 0
        assert child.stderr.read() == ""
