"""What `check` finds out about one RT."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from connectors.contract import Finding, Reason
from connectors.course import DONE
from connectors.http import ApiSession
from connectors.rt.asking import quoted
from connectors.rt.reading import Rt
from connectors.rt.settings import RtSettings
from connectors.rt.wire import About, Named, Ticket, read
from connectors.verdicts import clock

VERSION = 5


def look(session: ApiSession, rt: Rt, settings: RtSettings) -> Iterator[Finding]:
    """Credentials, the clock, rights, statuses, inboxes, custom fields. Raises
    `ConnectorError`."""
    about = session.get("/rt", decode=About)
    yield Finding("ok", f"signed in to RT {about.value.version} at {settings.url}")
    yield clock(about.at, settings.url)
    reply = rt.newest_tickets()
    tickets, rejected = read(reply.value.items, Ticket)
    if rejected:
        yield Finding("warning", f"{len(rejected)} tickets cannot be read: {rejected[0].message}")
    yield _visible(len(reply.value.items), reply.value.total)
    _, rows = rt.newest(0)
    if tickets and next(rows, None) is None:
        yield Finding(
            "error",
            "transactions: none can be read, so that no ticket tells what happened to it. Give "
            "deskpulse's user the right ShowTicket.",
            Reason.CREDENTIALS,
        )
    yield from _queues(tickets)
    yield from _statuses(rt, settings)
    yield from _inboxes(rt, settings)
    yield from _fields(tickets, settings)


def _visible(seen: int, total: int | None) -> Finding:
    if not seen:
        return Finding(
            "warning",
            "no ticket is visible. If there are any, give deskpulse's user the rights SeeQueue and "
            "ShowTicket, for all queues or for those that count.",
        )
    what = "tickets can be read" if total is None else f"tickets: {total}"
    return Finding("ok", f"{what}, of those queues that deskpulse's user may see")


def _queues(tickets: Sequence[Ticket]) -> Iterator[Finding]:
    nameless = [one for one in tickets if isinstance(one.queue, Named) and not one.queue.name]
    if nameless:
        yield Finding(
            "warning",
            "the names of queues cannot be read, so that teams are named by number. Give "
            "deskpulse's user the right SeeQueue.",
        )


def _statuses(rt: Rt, settings: RtSettings) -> Iterator[Finding]:
    """Statuses in which RT itself takes a ticket for done, and we do not."""
    done = [name for name, one in settings.meanings.items() if one in DONE]
    strange = " AND ".join(f"Status != {quoted(name)}" for name in done)
    found = rt.newest_tickets(f"Status = '__Inactive__' AND {strange}")
    rows, _ = read(found.value.items, Ticket)
    names = sorted({row.status for row in rows})
    if names:
        yield Finding(
            "warning",
            f"tickets in the status {', '.join(names)} are done in RT and count as open here. Say "
            f"what it means: `statuses: {{{names[0]}: solved}}`, or closed.",
        )
    else:
        yield Finding("ok", "every status that ends a ticket's work is known")


def _inboxes(rt: Rt, settings: RtSettings) -> Iterator[Finding]:
    if not settings.inboxes:
        return
    missing = sorted(set(settings.inboxes) - set(rt.queues().values()))
    if missing:
        yield Finding(
            "warning",
            f"inboxes: there is no queue {', '.join(missing)}, or deskpulse's user may not see it.",
        )


def _fields(tickets: Sequence[Ticket], settings: RtSettings) -> Iterator[Finding]:
    told = {
        one.name
        for ticket in tickets
        if not isinstance(ticket.custom_fields, str)
        for one in ticket.custom_fields
    }
    for name in sorted(settings.custom_fields - told if tickets else ()):
        yield Finding(
            "warning",
            f"none of the newest {len(tickets)} tickets has a custom field '{name}': check its "
            "name, and whether deskpulse's user has the right SeeCustomField.",
        )
