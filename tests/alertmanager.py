"""A real Alertmanager on loopback, and what those get whom it tells: HTTP endpoints, a mailbox."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import BaseServer, StreamRequestHandler, ThreadingTCPServer
from typing import Any, TypeVar

import requests

from alerts.build import TEMPLATE, built
from tests.peers import free_address, require
from tests.programs import eventually, get
from tests.servers import server

T = TypeVar("T")


@dataclass(frozen=True)
class Alertmanager:
    """Where an Alertmanager answers."""

    url: str

    def post(self, *alerts: Mapping[str, object]) -> None:
        """Tell it of alerts, as Prometheus does."""
        with requests.Session() as session:
            session.trust_env = False
            answer = session.post(f"{self.url}/api/v2/alerts", json=alerts, timeout=20)
        assert answer.status_code == 200, answer.text

    def inhibited(self) -> list[dict[str, Any]]:
        """The alerts that another one silences."""
        found = get(f"{self.url}/api/v2/alerts").json()
        return [one for one in found if one["status"]["inhibitedBy"]]


def alert(
    labels: Mapping[str, str],
    annotations: Mapping[str, str] | None = None,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
) -> dict[str, Any]:
    """An alert as Prometheus sends it, with `until` one that is over."""
    told: dict[str, Any] = {"labels": labels, "annotations": annotations or {}}
    times = {"startsAt": since, "endsAt": until}
    return told | {key: time.isoformat() for key, time in times.items() if time}


@contextmanager
def alertmanager(folder: Path, config: str) -> Iterator[Alertmanager]:
    """An Alertmanager with a configuration and our templates, while the context is open."""
    program = require("alertmanager")
    (folder / TEMPLATE).parent.mkdir(parents=True)
    (folder / TEMPLATE).write_text(built()[TEMPLATE])
    (folder / "alertmanager.yml").write_text(config)
    address = free_address()
    command = [
        str(program),
        f"--config.file={folder / 'alertmanager.yml'}",
        f"--storage.path={folder / 'data'}",
        f"--web.listen-address={address}",
        f"--web.external-url=http://{address}",
        "--cluster.listen-address=",
    ]
    with server(command, f"http://{address}/-/ready", folder / "log"):
        yield Alertmanager(f"http://{address}")


@dataclass
class Told:
    """What arrived. posts: path and body of each request. mails: each message."""

    url: str
    smarthost: str
    posts: list[tuple[str, Any]] = field(default_factory=list)
    mails: list[EmailMessage] = field(default_factory=list)

    def at(self, path: str) -> list[Any]:
        """The bodies that were posted to a path."""
        return [body for where, body in self.posts if where == path]


@contextmanager
def told() -> Iterator[Told]:
    """Endpoints on loopback that take whatever comes."""

    class Post(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            found.posts.append((self.path, json.loads(body)))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    class Mail(StreamRequestHandler):
        def handle(self) -> None:
            self._say("220 ready")
            while line := self.rfile.readline().strip().upper():
                if line == b"DATA":
                    self._say("354 go on")
                    found.mails.append(_mail(iter(self.rfile.readline, b".\r\n")))
                self._say("221 bye" if line == b"QUIT" else "250 fine")

        def _say(self, text: str) -> None:
            self.wfile.write(f"{text}\r\n".encode())

    with ExitStack() as stack:
        web = stack.enter_context(ThreadingHTTPServer(("127.0.0.1", 0), Post))
        mail = stack.enter_context(_Server(("127.0.0.1", 0), Mail))
        posts, mails = (f"127.0.0.1:{one.server_address[1]}" for one in (web, mail))
        found = Told(f"http://{posts}", mails)
        stack.enter_context(_serving(web))
        stack.enter_context(_serving(mail))
        yield found


class _Server(ThreadingTCPServer):
    daemon_threads = True


@contextmanager
def _serving(server: BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()


def _mail(lines: Iterator[bytes]) -> EmailMessage:
    return message_from_bytes(
        b"".join(line.removeprefix(b".") if line.startswith(b"..") else line for line in lines),
        policy=policy.default,
    )


def the_one(found: Callable[[], Sequence[T]], what: str) -> T:
    """What arrives, which is to be one."""
    (one,) = eventually(found, what)
    return one
