"""What the wallboard tells of one source: what is now, and what it was a week or a month before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from connectors import Fact
from exporter.customers.account import Movement
from exporter.definition import ClockName, Target
from exporter.knowledge import PROMISED, Extra
from exporter.opinions import BAD, GOOD
from exporter.pledges import Outcome
from exporter.quantiles import quantile
from exporter.serving.expected import Expected
from exporter.serving.gauges import Gauges
from exporter.source import Source
from exporter.store import SourceState
from exporter.store.retrospect import HOUR, Retrospect

DAY = 24 * HOUR
WEEK = 7 * DAY
MONTH = 30 * DAY
Counts = Mapping[str, tuple[int, int]]
SHRINKING = frozenset({Movement.CONTRACTION, Movement.CHURN})
SLOT = 5 * 60_000
"""What lies a week back is looked up anew when the watermark comes into another stretch of these
milliseconds: as often as exact quantiles are told."""


@dataclass(frozen=True, slots=True)
class Share:
    """A part of so many."""

    part: int
    n: int


@dataclass(frozen=True, slots=True)
class Ninth:
    """The time within which nine of ten were done, in milliseconds; None where nothing was."""

    within: int | None
    n: int


@dataclass(frozen=True, slots=True)
class Week:
    """What seven days of tickets come to, up to one instant.

    open: tickets open at the instant; None where that cannot be told. responses: first responses by
    the clock of their target. kept: promises; kept_first: those of a first response. good: tickets
    by their last rating.
    """

    open: int | None
    responses: Ninth
    kept: Share
    kept_first: Share
    good: Share


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Tickets created in the last 24 hours of the clock, and in the same hours a week before.

    begin: when the first hour begins. The last hour is the present one, so far. last_hour, today:
    up to the watermark; each with what it was a week before.
    """

    begin: int
    hours: tuple[int, ...]
    before: tuple[int, ...]
    last_hour: tuple[int, int]
    today: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Month:
    """What became of customers in 30 days.

    started, left: how many; at_start: those that there were then. revenue: what the monthly revenue
    grew by, by currency, in thousandths.
    """

    started: int
    left: int
    at_start: int
    revenue: dict[str, int]


@dataclass(frozen=True, slots=True)
class Tickets:
    """One helpdesk: this week and the one before.

    expected: None while the past is too short to expect anything.
    """

    arrivals: Arrivals
    expected: Expected | None
    now: Week
    before: Week


@dataclass(frozen=True, slots=True)
class Customers:
    """One source of customers: these 30 days and those before."""

    now: Month
    before: Month


@dataclass(frozen=True, slots=True)
class Figures:
    """All of one primed source. at: its watermark."""

    source: Source
    state: SourceState
    gauges: Gauges
    at: int
    tickets: Tickets | None
    customers: Customers | None

    def clock(self, at: int, form: str = "%H:%M") -> str:
        """An instant as its clocks show it."""
        return f"{datetime.fromtimestamp(at / 1000, self.source.definition.zone):{form}}"


def arrivals(look: Retrospect, source: Source, at: int) -> Arrivals:
    """The arrivals up to the watermark."""
    begin = _hour_of(source, at) - 23 * HOUR
    midnight = source.definition.midnight(at)

    def counted(since: int) -> tuple[int, int]:
        now, then = (look.counted(Fact.CREATED, since - back, at - back) for back in (0, WEEK))
        return now, then

    return Arrivals(
        begin,
        tuple(look.hours(begin, at)),
        tuple(look.hours(begin - WEEK, begin - WEEK + DAY - 1)),
        counted(at - HOUR),
        counted(midnight - 1),
    )


def week(look: Retrospect, source: Source, at: int, standing: int | None) -> Week:
    """The seven days up to an instant. standing: to tell how many tickets were open at it, those
    that are open now."""
    since = at - WEEK
    told = source.measures.told
    is_dated = {Fact.SOLVED, Fact.REOPENED} <= told.keys() and source.measures.closings
    durations = look.durations(Fact.FIRST_RESPONSE, since, at, business=by_business_time(source))
    kept = {target: look.marks(kind, since, at) for target, kind in PROMISED.items()}
    ratings = look.ratings(since, at)
    return Week(
        look.open_at(at, standing) if standing is not None and is_dated else None,
        Ninth(quantile(durations, "0.9") if durations else None, len(durations)),
        _kept(kept, kept),
        _kept(kept, [Target.FIRST_RESPONSE]),
        Share(ratings.get(GOOD, 0), ratings.get(GOOD, 0) + ratings.get(BAD, 0)),
    )


def by_business_time(source: Source) -> bool:
    """Whether first responses are told by the business clock: by that of what is promised to all,
    or to whomever anything is."""
    promises = [one for one in source.definition.promises if one.target is Target.FIRST_RESPONSE]
    common = [one for one in promises if one.is_for_all] or promises
    return bool(common) and all(one.clock is ClockName.BUSINESS for one in common)


def _kept(marks: Mapping[Target, Counts], targets: Iterable[Target]) -> Share:
    met, broken = (
        sum(marks[target].get(f"{target} {outcome}", (0, 0))[0] for target in targets)
        for outcome in Outcome
    )
    return Share(met, met + broken)


def _hour_of(source: Source, at: int) -> int:
    """When the hour of an instant began by the clocks of its zone, some of which are half an hour
    off."""
    minutes = source.definition.midnight(at) % HOUR
    return (at - minutes) // HOUR * HOUR + minutes


def month(look: Retrospect, at: int, standing: int) -> Month:
    """The 30 days up to an instant, at which there were so many customers."""
    kinds = (Extra.CUSTOMER_STARTED, Extra.CUSTOMER_RETURNED, Extra.CUSTOMER_CHURNED)
    started, returned, left = (look.counted(kind, at - MONTH, at) for kind in kinds)
    revenue: dict[str, int] = {}
    for marks, (_, amount) in look.marks(Extra.REVENUE_MOVED, at - MONTH, at).items():
        movement, currency = marks.split(" ")
        sign = -1 if movement in SHRINKING else 1
        revenue[currency] = revenue.get(currency, 0) + sign * amount
    return Month(started, left, standing - started - returned + left, revenue)
