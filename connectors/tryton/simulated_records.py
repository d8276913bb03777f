"""A desk's customers as the records of a Tryton database: parties, subscriptions, their log.

Values are Python's (aware instants, dates, exact numbers); records that others lead to are nested.
A subscription that is changed goes back to draft, is quoted and run again, all in one second, as
whoever works with Tryton has to do it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from connectors.testing.desk import Deal, Dealing, Patron
from connectors.testing.prices import Price, price

Record = dict[str, Any]

FREQUENCIES: Final = {"day": "daily", "week": "weekly", "month": "monthly", "year": "yearly"}
CURRENCIES: Final = ("EUR", "USD", "GBP", "JPY")
LISTS: Final = ("byweekday", "bymonthday", "byyearday", "byweekno", "bymonth", "bysetpos")

TRIAL: Final = timedelta(days=14)
TURNS: Final = 1000
"""Lines of the log that one subscription may have."""

EDIT: Final = ("draft", "quotation", "running")


@dataclass(frozen=True, slots=True)
class House:
    """The company that sells. zone: in which its days begin."""

    zone: str = "UTC"

    def day(self, at: datetime) -> date:
        """The day of an instant by the company's calendar."""
        return at.astimezone(ZoneInfo(self.zone)).date()

    @property
    def record(self) -> Record:
        """As other records show it."""
        return {"__name__": "company.company", "id": 1, "timezone": self.zone}

    @property
    def party(self) -> Record:
        """The company is a party as well, and no customer."""
        made = datetime.fromisoformat("2020-01-02T03:04:05+00:00")
        return _party(1, made, "1", edited=made, active=True, contacts=(), ours=True)


@dataclass(slots=True)
class Course:
    """One subscription as far as it has come."""

    id: int
    party: int
    made: datetime
    price: Price
    state: str = "draft"
    edited: datetime | None = None
    start: date | None = None
    end: date | None = None
    turns: list[tuple[datetime, str]] = field(default_factory=list)

    def come_to(self, at: datetime, *states: str) -> None:
        """It goes through these states in one second."""
        self.turns += [(at, state) for state in states]
        self.state, self.edited = states[-1], at

    def edit(self, at: datetime) -> None:
        """What runs is edited; what does not run yet is written to."""
        if self.state == "running":
            self.come_to(at, *EDIT)
        else:
            self.edited = at


def party(patron: Patron, now: datetime) -> Record:
    """The party of a customer. Of some the code was typed in, so that they were never edited; some
    are archived once all that they had has ended."""
    left = _left(patron, now) if patron.id % 4 == 0 else None
    edited = None if patron.id % 3 == 0 else patron.created_at
    return _party(
        patron.id + 1,
        patron.created_at,
        patron.external_id or f"P{patron.id}",
        edited=left or edited,
        active=left is None,
        contacts=patron.domains,
    )


def courses(patron: Patron, now: datetime, house: House) -> list[Course]:
    """The subscriptions of a customer, after all that has happened to them by now."""
    found: dict[int, Course] = {}
    for dealing in patron.events:
        if dealing.at > now or not dealing.subscription:
            continue
        number = dealing.subscription
        if number not in found:
            found[number] = Course(number, patron.id + 1, dealing.at, price(dealing.value))
        _happen(found[number], dealing, house)
    return list(found.values())


def subscription(course: Course, house: House) -> Record:
    """The record of a subscription."""
    return {
        "__name__": "sale.subscription",
        "id": course.id,
        "create_date": course.made,
        "write_date": course.edited,
        "number": str(course.id) if course.turns else None,
        "state": course.state,
        "party": course.party,
        "company": house.record,
        "currency": _currency(course.price.currency),
        "start_date": course.start,
        "end_date": course.end,
        "lines": [_line(course, course.price)],
    }


def log(course: Course) -> Iterator[Record]:
    """The lines of the log about a subscription: of each state, after the button that was pushed
    for it."""
    for number, (at, state) in enumerate(course.turns):
        first = course.id * TURNS + number * 2
        yield _logged(first, course.id, at, "button", state)
        yield _logged(first + 1, course.id, at, "transition", f"state:{state}")


def _happen(course: Course, dealing: Dealing, house: House) -> None:
    at, kind = dealing.at, dealing.kind
    if kind in (Deal.TRIAL, Deal.PAID, Deal.PRICED):
        course.price = price(dealing.value)
    if kind is Deal.TRIAL:
        course.start = house.day(at + TRIAL)
        if course.id % 3:
            course.come_to(at, "quotation")
    elif kind is Deal.PAID:
        course.start = house.day(at)
        already = () if course.state == "quotation" else ("quotation",)
        course.come_to(at, *already, "running")
    elif kind is Deal.ENDED:
        _end(course, at, house)
    else:
        if kind is Deal.ANNOUNCED and dealing.value:
            course.end = house.day(datetime.fromisoformat(dealing.value))
        elif kind is Deal.WITHDRAWN:
            course.end = None
        course.edit(at)


def _end(course: Course, at: datetime, house: House) -> None:
    """Closed on its last day, or given up: both lead to the same."""
    if course.state != "running":
        course.come_to(at, "cancelled")
    elif course.id % 2:
        course.come_to(at, "draft", "cancelled")
    else:
        today = house.day(at)
        if course.end != today:
            course.end = today
            course.come_to(at, *EDIT)
        course.come_to(at, "closed")


def _left(patron: Patron, now: datetime) -> datetime | None:
    """When the last of all that the customer ever had ended."""
    past = [one for one in patron.events if one.at <= now and one.subscription]
    ended = {one.subscription for one in past if one.kind is Deal.ENDED}
    if not past or {one.subscription for one in past} != ended:
        return None
    return past[-1].at


def _line(course: Course, of: Price) -> Record:
    unit = of.amount * (100 - of.discount) / 100
    return {
        "__name__": "sale.subscription.line",
        "id": course.id,
        "service": {"__name__": "sale.subscription.service", "id": 1, "rec_name": of.plan},
        "quantity": float(of.quantity),
        "unit_price": Decimal(unit),
        "start_date": course.start,
        "end_date": None,
        "consumption_recurrence": _recurrence(of.interval, of.count),
    }


def _recurrence(interval: str, count: int) -> Record:
    number = list(FREQUENCIES).index(interval) * 100 + count
    rule = {
        "__name__": "sale.subscription.recurrence.rule",
        "id": number,
        "freq": FREQUENCIES[interval],
        "interval": count,
        **dict.fromkeys(LISTS),
        "exclusive": False,
    }
    return {"__name__": "sale.subscription.recurrence.rule.set", "id": number, "rules": [rule]}


def _currency(code: str) -> Record:
    number = CURRENCIES.index(code) + 1 if code in CURRENCIES else 100
    return {"__name__": "currency.currency", "id": number, "code": code}


def _party(
    number: int,
    made: datetime,
    code: str,
    *,
    edited: datetime | None,
    active: bool,
    contacts: Iterable[str],
    ours: bool = False,
) -> Record:
    return {
        "__name__": "party.party",
        "id": number,
        "create_date": made,
        "write_date": edited,
        "name": "Our company" if ours else f"Customer {number}",
        "active": active,
        "code": code,
        "contact_mechanisms": list(_contacts(number, contacts)),
        "identifiers": [],
    }


def _contacts(number: int, domains: Iterable[str]) -> Iterator[Record]:
    """The first domain in an address for mail, others in one of a web site, and a telephone."""
    told = [("phone", f"+49 30 {number:08}")]
    for place, domain in enumerate(domains):
        told.append(("website", f"https://www.{domain}/") if place else ("email", f"a@{domain}"))
    for place, (kind, value) in enumerate(told):
        number_of = number * 10 + place
        yield {
            "__name__": "party.contact_mechanism",
            "id": number_of,
            "type": kind,
            "value": value,
        }


def _logged(number: int, of: int, at: datetime, event: str, target: str) -> Record:
    return {
        "__name__": "ir.model.log",
        "id": number,
        "create_date": at,
        "write_date": None,
        "resource": f"sale.subscription,{of}",
        "event": event,
        "target": target,
    }
