"""What Tryton's subscriptions and parties mean in deskpulse's words.

A subscription is run, edited (it goes back to draft and is run again), and at last closed or
cancelled. Its dates say on which days it begins and ends; the log says at which second it was run
or ended. Where both name the same day the second counts, else the day: it begins with its first
one and ends with its last, by the calendar of the company.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import groupby
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from connectors.customers import Customer, Money, Subscription, Terms
from connectors.records import Identity
from connectors.tryton import recurrence, wire
from connectors.tryton.wire import Malformed

RUNNING: Final = "running"
CLOSED: Final = "closed"
CANCELLED: Final = "cancelled"
EDITED: Final = frozenset({"draft", "quotation"})
ENDINGS: Final = frozenset({CLOSED, CANCELLED})


@dataclass(frozen=True, slots=True)
class Run:
    """From one time that a subscription was run to its end, edits included.

    ended_at, ended_as: when it came to which last state; None: it goes on.
    """

    at: datetime
    ended_at: datetime | None = None
    ended_as: str | None = None


def runs(turns: Iterable[wire.Turn]) -> list[Run]:
    """The times in which a subscription ran, by the log of its states, oldest first."""
    found: list[Run] = []
    for turn in turns:
        goes_on = bool(found) and found[-1].ended_at is None
        if turn.state == RUNNING and not goes_on:
            found.append(Run(turn.create_date.at))
        elif turn.state in ENDINGS and goes_on:
            found[-1] = Run(found[-1].at, turn.create_date.at, turn.state)
    return found


def subscription(row: wire.Subscription, turns: Iterable[wire.Turn]) -> Subscription | None:
    """What the row and its log say now; None: it never ran, and nobody paid for it.

    Raises `Malformed`, naming the field.
    """
    told = runs(turns)
    if not told and row.state not in (RUNNING, CLOSED):
        return None
    zone = zone_of(row.company)
    started_at = _started(row, told, zone)
    ended_at = _ended(row, told, zone)
    if ended_at is not None:
        ended_at = max(started_at, ended_at)  # it was given up before it began
    return Subscription(
        id=str(row.id),
        customer=str(row.party),
        changed_at=row.changed_at,
        started_at=started_at,
        ended_at=ended_at,
        resumed_at=told[-1].at if len(told) > 1 else None,
        # A price counts once it is run: what is being edited may not be the price in the end.
        terms=() if row.state in EDITED else _terms(row, started_at, ended_at, zone),
        plan=_plan(row.lines),
    )


def customer(row: wire.Party, external_ids: Sequence[str]) -> Customer:
    """By what other systems know the party; which of its names those are is a setting."""
    named = [("code", row.code), ("id", str(row.id))]
    named += [(one.type or "", one.code) for one in row.identifiers]
    ids = [value for wanted in external_ids for name, value in named if name == wanted and value]
    domains = dict.fromkeys(filter(None, map(_domain, row.contact_mechanisms)))
    identity = Identity(tuple(dict.fromkeys(ids)), tuple(domains))
    return Customer(str(row.id), row.changed_at, identity)


def zone_of(company: wire.Company | None) -> tzinfo:
    """The zone of a company's calendar; UTC where it names none that is known."""
    try:
        return ZoneInfo((company and company.timezone) or "UTC")
    except (KeyError, ValueError, OSError):
        return UTC


def _started(row: wire.Subscription, told: Sequence[Run], zone: tzinfo) -> datetime:
    day = row.start_date.date
    if told and _day(told[0].at, zone) == day:
        return told[0].at
    return _begin(day, zone)


def _ended(row: wire.Subscription, told: Sequence[Run], zone: tzinfo) -> datetime | None:
    last_day = _last_day(row)
    over = None if last_day is None else _over(last_day, zone)
    last = told[-1] if told else Run(row.create_date.at)
    if last.ended_at is None:
        # closed, but not by the log: it was brought from elsewhere
        return over or (row.changed_at if row.state == CLOSED else None)
    if over is None:
        return last.ended_at
    if last.ended_as == CANCELLED:
        return min(last.ended_at, over)
    # Tryton closes when the last consumption is charged, which may be long before the last day.
    return last.ended_at if _day(last.ended_at, zone) == last_day else over


def _last_day(row: wire.Subscription) -> date | None:
    """The last day of the subscription, or of all its lines where that is earlier."""
    ends = [line.end_date.date if line.end_date else None for line in row.lines]
    of_lines = max((day for day in ends if day), default=None) if all(ends) else None
    told = row.end_date.date if row.end_date else None
    return min((day for day in (told, of_lines) if day), default=None)


def _terms(
    row: wire.Subscription, started_at: datetime, ended_at: datetime | None, zone: tzinfo
) -> tuple[Terms, ...]:
    """The prices that the lines and their days tell; a single one is since whenever it may be.
    Nothing where the price of a month is unknown.
    """
    if recurrence.irregular(row.lines):
        return ()
    bounds = {at for line in row.lines for at in _bounds(line, zone) if at > started_at}
    instants = [started_at, *sorted(at for at in bounds if ended_at is None or at < ended_at)]
    prices = [Terms(_price(row, at, zone), at) for at in instants]
    told = [next(alike) for _, alike in groupby(prices, key=lambda one: one.monthly)]
    return (Terms(told[0].monthly),) if len(told) == 1 else tuple(told)


def _price(row: wire.Subscription, at: datetime, zone: tzinfo) -> Money:
    lines = [line for line in row.lines if _is_in_force(line, _day(at, zone))]
    try:
        return recurrence.price(lines, (row.currency and row.currency.code) or "")
    except ValueError as error:
        raise Malformed(f"the price of its lines: {error}") from None


def _bounds(line: wire.Line, zone: tzinfo) -> Iterator[datetime]:
    if line.start_date:
        yield _begin(line.start_date.date, zone)
    if line.end_date:
        yield _over(line.end_date.date, zone)


def _is_in_force(line: wire.Line, day: date) -> bool:
    if line.start_date and day < line.start_date.date:
        return False
    return not line.end_date or day <= line.end_date.date


def _plan(lines: Iterable[wire.Line]) -> str | None:
    """The one service that all lines are of."""
    names = {line.service.rec_name for line in lines if line.service}
    return names.pop() if len(names) == 1 else None


def _domain(contact: wire.Contact) -> str | None:
    """The domain of a mail or web address, and nothing else of it."""
    text = (contact.value or "").strip().lower()
    if contact.type == "email":
        return text.rpartition("@")[2] or None
    if contact.type != "website":
        return None
    try:
        host = urlsplit(text if "//" in text else f"//{text}").hostname
    except ValueError:
        return None
    return host.removeprefix("www.") if host else None


def _day(at: datetime, zone: tzinfo) -> date:
    return at.astimezone(zone).date()


def _begin(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _over(day: date, zone: tzinfo) -> datetime:
    return _begin(day + timedelta(days=1), zone)
