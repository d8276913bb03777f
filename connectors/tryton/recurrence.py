"""What lines of a subscription cost a month, by the rules of their recurrence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Final

from connectors.customers import Money
from connectors.money import monthly
from connectors.tryton.wire import Line, Rule

INTERVALS: Final = {"daily": "day", "weekly": "week", "monthly": "month", "yearly": "year"}

# Of each interval, the lists that say how often within it: their lengths multiply.
COUNTED: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = {
    "daily": ((),),
    "weekly": ((), ("byweekday",)),
    "monthly": ((), ("bymonthday",)),
    "yearly": ((), ("bymonth",), ("bymonthday", "bymonth")),
}
LISTS: Final = ("byweekday", "bymonthday", "byyearday", "byweekno", "bymonth", "bysetpos")
IN_EVERY_MONTH: Final = range(-28, 29)


def price(lines: Iterable[Line], currency: str) -> Money:
    """What these lines cost a month together; one that does not recur costs nothing.

    Raises ValueError, in plain words, for a currency or an interval that is none. Of what is
    `irregular` nothing is known.
    """
    paid: dict[tuple[str, int], Decimal] = defaultdict(Decimal)
    for line in lines:
        amount = (line.quantity or Decimal()) * (line.unit_price.decimal if line.unit_price else 0)
        for rule in _rules(line):
            paid[INTERVALS[rule.freq], rule.interval] += amount * (_times(rule) or 0)
    total = sum((_a_month(one, currency, *every) for every, one in paid.items()), Decimal())
    return Money(max(total, Decimal()), currency)


def irregular(lines: Iterable[Line]) -> frozenset[int]:
    """The recurrences of which nobody can say how often they come in a month, by their ids."""
    return frozenset(
        line.consumption_recurrence.id
        for line in lines
        if line.consumption_recurrence and None in map(_times, _rules(line))
    )


def _a_month(amount: Decimal, currency: str, interval: str, count: int) -> Decimal:
    """The same for a month; a line that takes something off is below 0."""
    return monthly(abs(amount), currency, interval, count).amount.copy_sign(amount)


def _rules(line: Line) -> tuple[Rule, ...]:
    return line.consumption_recurrence.rules if line.consumption_recurrence else ()


def _times(rule: Rule) -> int | None:
    """How often it comes in one interval; None: that is not the same in each."""
    named = {name: text.split(",") for name in LISTS if (text := getattr(rule, name))}
    ways = {frozenset(one) for one in COUNTED.get(rule.freq, ())}
    if rule.exclusive or frozenset(named) not in ways:
        return None
    if not all(_is_in_every_month(one) for one in named.get("bymonthday", ())):
        return None
    times = 1
    for members in named.values():
        times *= len({one.strip() for one in members})
    return times


def _is_in_every_month(day: str) -> bool:
    try:
        return int(day) in IN_EVERY_MONTH
    except ValueError:
        return False
