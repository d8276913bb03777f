"""`POST /webhooks/SOURCE` over a real socket: each misuse has its answer."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from connectors.webhooks import GENERIC, SCHEMES
from exporter.serving import patient
from exporter.serving.server import Server, listen
from exporter.serving.webhooks import Webhooks
from exporter.webhooks.receiver import Receiver
from exporter.webhooks.result import ANSWERS, Result

SECRET: Final = b"throw-away-secret-of-a-test"
LARGEST: Final = 64 * 1024
WITHIN: Final = 2.5
SLOW: Final = (
    b"POST /webhooks/desk HTTP/1.1\r\nHost: x\r\nX-Deskpulse-Signature: sha256=0\r\n"
    b"X-Deskpulse-Timestamp: 1\r\nContent-Length: 9\r\n\r\nx"
)
"""A delivery whose body does not end."""


@dataclass
class Site:
    """A server with webhooks, and what came of them."""

    port: int
    receivers: Mapping[str, Receiver]
    woken: list[str] = field(default_factory=list)

    def open(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)

    def send(self, head: str, body: bytes = b"", path: str = "/webhooks/desk") -> tuple[int, str]:
        """Status and text; `head` begins with the method and holds the headers, line by line."""
        method, *lines = head.split("\n")
        with self.open() as sock:
            top = [f"{method} {path} HTTP/1.1", "Host: x", *lines, "", ""]
            sock.sendall("\r\n".join(top).encode("latin-1") + body)
            return answer(sock)

    def post(
        self,
        changed: Mapping[str, str] | None = None,
        body: bytes = b"{}",
        path: str = "/webhooks/desk",
    ) -> str:
        """What came of a good delivery, of which some headers are changed: status and text."""
        stamp = str(int(time.time()))
        headers = GENERIC.sign(SECRET, body, stamp) | {"Content-Length": str(len(body))}
        headers |= changed or {}
        lines = [f"{name}: {text}" for name, text in headers.items() if text]
        status, text = self.send("\n".join(["POST", *lines]), body, path)
        return f"{status} {text}"

    def results(self, name: str = "desk") -> dict[Result, int]:
        received = self.receivers[name].received()
        return dict(received.results) if received else {}


def answer(sock: socket.socket) -> tuple[int, str]:
    """The one answer on a connection: its status, and the text after the head."""
    received = b""
    while True:
        with contextlib.suppress(ConnectionResetError):
            piece = sock.recv(65536)
            received += piece
            if piece and not (b"\r\n\r\n" in received and _is_whole(received)):
                continue
        break
    head, _, text = received.partition(b"\r\n\r\n")
    return int(head.split()[1]) if head else 0, text.decode().strip()


def _is_whole(received: bytes) -> bool:
    head, _, text = received.partition(b"\r\n\r\n")
    lines = (line.lower().partition(b": ") for line in head.split(b"\r\n"))
    length = next((int(value) for name, _, value in lines if name == b"content-length"), 0)
    return len(text) >= length


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setattr(patient, "HEAD_WITHIN", WITHIN)
    woken: list[str] = []
    receivers = {
        "desk": Receiver(GENERIC, [SECRET], lambda: woken.append("desk"), largest=LARGEST),
        "chat": Receiver(SCHEMES["intercom"], [SECRET], lambda: woken.append("chat")),
    }

    def metrics(_: Request) -> PlainTextResponse:
        return PlainTextResponse("up 1\n")

    routes = [Route("/metrics", metrics), Webhooks(receivers, WITHIN, at_once=3).route()]
    opened, ended = listen("127.0.0.1", 0), threading.Event()
    server = Server(Starlette(routes=routes), opened)
    thread = threading.Thread(target=server.serve_until, args=(ended.is_set,), daemon=True)
    thread.start()
    try:
        yield Site(opened.getsockname()[1], receivers, woken)
    finally:
        ended.set()
        thread.join(10)
        opened.close()


def test_a_good_one_wakes_once_however_often_it_comes(site: Site) -> None:
    stamp = str(int(time.time()))
    lines = [f"{k}: {v}" for k, v in GENERIC.sign(SECRET, b"{}", stamp).items()]
    head = "\n".join(["POST", *lines, "Content-Length: 2"])
    assert [site.send(head, b"{}")[0] for _ in range(3)] == [200, 200, 200]
    assert site.woken == ["desk"]
    assert site.results() == {Result.ACCEPTED: 1, Result.REPEATED: 2}


def test_a_body_without_a_length_may_come_in_pieces(site: Site) -> None:
    body = b"x" * 40_000
    stamp = str(int(time.time()))
    lines = [f"{k}: {v}" for k, v in GENERIC.sign(SECRET, body, stamp).items()]
    chunks = b"".join(
        b"%x\r\n%s\r\n" % (8000, body[at : at + 8000]) for at in range(0, 40_000, 8000)
    )
    head = "\n".join(["POST", *lines, "Transfer-Encoding: chunked"])
    assert site.send(head, chunks + b"0\r\n\r\n")[0] == 200
    endless = b"".join(b"4000\r\n" + b"x" * 0x4000 + b"\r\n" for _ in range(10))
    assert site.send(head, endless)[0] == 413
    assert site.results() == {Result.ACCEPTED: 1, Result.TOO_LARGE: 1}


@pytest.mark.parametrize(
    ("more", "result"),
    [
        ({"X-Deskpulse-Signature": ""}, Result.UNSIGNED),
        ({"X-Deskpulse-Signature": "sha256="}, Result.UNSIGNED),
        ({"X-Deskpulse-Signature": "sha256=" + "0" * 64}, Result.FORGED),
        ({"X-Deskpulse-Timestamp": ""}, Result.UNSIGNED),
        ({"X-Deskpulse-Timestamp": "1"}, Result.FORGED),
        ({"X-Deskpulse-Timestamp": "soon"}, Result.UNSIGNED),
        ({"Content-Length": str(LARGEST + 1)}, Result.TOO_LARGE),
        ({"Content-Length": "9" * 18}, Result.TOO_LARGE),
        ({"Content-Length": ""}, Result.UNMEASURED),
    ],
)
def test_what_is_wrong_has_its_answer_and_wakes_nobody(
    site: Site, more: dict[str, str], result: Result
) -> None:
    status, text = ANSWERS[result]
    assert site.post(more) == f"{status} {text}"
    assert (site.woken, site.results()) == ([], {result: 1})


def test_a_stale_one_is_told_to_be(site: Site) -> None:
    headers = GENERIC.sign(SECRET, b"{}", str(int(time.time()) - 400))
    assert site.post(headers) == "403 refused: the time stamp is too far from now"
    assert site.woken == []


def test_other_addresses_and_methods_are_none(site: Site) -> None:
    assert site.post(path="/webhooks/other").startswith("404")
    assert site.post(path="/webhooks/desk/more").startswith("404")
    for method in ("GET", "PUT", "DELETE"):
        assert site.send(method)[0] == 405
    assert site.send("HEAD") == (200, ""), "Intercom asks so whether anything is there"
    assert site.send("POST\nContent-Length: two")[0] == 400
    assert site.results() == {}


def test_intercom_is_known_by_its_body(site: Site) -> None:
    signature = SCHEMES["intercom"].sign(SECRET, b'{"id":"notif_1"}')["X-Hub-Signature"]
    head = f"POST\nX-Hub-Signature: {signature}\nContent-Length: 16"
    said = [site.send(head, b'{"id":"notif_1"}', "/webhooks/chat") for _ in range(2)]
    assert [status for status, _ in said] == [200, 200]
    assert site.results("chat") == {Result.ACCEPTED: 1, Result.REPEATED: 1}


def test_slow_ones_are_given_up_and_scrapes_do_not_wait(site: Site) -> None:
    """Three bodies that never come, a fourth that has to come again, heads that never end."""
    with contextlib.ExitStack() as stack:
        slow = [stack.enter_context(site.open()) for _ in range(3)]
        heads = [stack.enter_context(site.open()) for _ in range(3)]
        for sock in slow:
            sock.sendall(SLOW)
        for sock in heads[1:]:
            sock.sendall(b"POST /webhooks/desk HTTP/1.1\r\nX-Never")
        deadline = time.monotonic() + 5
        while (said := site.post(body=str(time.monotonic()).encode()))[:3] == "200":
            assert time.monotonic() < deadline
        assert said.startswith("429 too many at once")
        assert site.send("GET", path="/metrics") == (200, "up 1")
        assert [answer(sock)[0] for sock in slow] == [408, 408, 408]
        assert [sock.recv(10) for sock in heads] == [b"", b"", b""]
    assert site.post().startswith("200")
    found = site.results()
    assert (found[Result.TOO_SLOW], found[Result.TOO_MANY]) == (3, 1)


def test_one_that_is_broken_off_is_counted(site: Site) -> None:
    with site.open() as sock:
        sock.sendall(SLOW)
    deadline = time.monotonic() + 5
    while not (found := site.results()):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert found == {Result.BROKEN: 1}


def test_a_head_that_is_quick_enough_may_follow_others_on_its_connection(site: Site) -> None:
    with site.open() as sock:
        for _ in range(3):
            sock.sendall(b"GET /metrics HTTP/1.1\r\n")
            time.sleep(WITHIN / 4)
            sock.sendall(b"Host: x\r\n\r\n")
            assert answer(sock) == (200, "up 1")
        sock.sendall(b"GET /metrics HTTP/1.1\r\n")
        assert sock.recv(10) == b"", "the head that never ends holds nothing open"


def test_no_answer_tells_what_was_expected() -> None:
    for status, text in ANSWERS.values():
        assert not {"hmac", "secret", "sha", "expected"} & set(text.lower().split())
        assert status == 200 or 400 <= status < 500
