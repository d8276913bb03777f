"""Whom a connector asks: nobody but the address in its settings."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from typing import Any, Final

from connectors.verdicts import is_loopback
from exporter.certify.bench import PRESENT, Bench, small_desk
from exporter.certify.scale import Broken, Rule, Tier


def offline(bench: Bench) -> None:
    """A check and a poll of the simulator ask nobody outside this machine."""
    with _loopback_only() as asked, bench.line(small_desk(), page_limit=50) as line:
        line.look(PRESENT)
        connector = line.connect()
        with contextlib.closing(connector):
            connector.measures()
            connector.check()
            connector.ticket_url("1")
        line.poll(PRESENT)
    if asked:
        raise Broken(
            f"{asked[0]} is asked beside the address in the settings: a certificate must come out "
            "the same on a machine without a network"
        )


@contextlib.contextmanager
def _loopback_only() -> Iterator[list[str]]:
    """Refuses every connection that leaves this machine; gives the hosts that were tried."""
    tried: list[str] = []
    connect, resolve = socket.socket.connect, socket.getaddrinfo

    def refuse(host: object) -> None:
        if not is_loopback(str(host)):
            tried.append(str(host))
            raise OSError(f"{host} is outside this machine")

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            refuse(address[0])
        connect(self, address)

    def resolved(host: Any, *more: Any, **options: Any) -> Any:
        refuse(host)
        return resolve(host, *more, **options)

    socket.socket.connect, socket.getaddrinfo = guarded, resolved  # type: ignore[method-assign,assignment] # every library passes here
    try:
        yield tried
    finally:
        socket.socket.connect, socket.getaddrinfo = connect, resolve  # type: ignore[method-assign] # as it was


RULES: Final = (
    Rule("offline", Tier.BRONZE, "Nobody is asked but the address in the settings", offline),
)
