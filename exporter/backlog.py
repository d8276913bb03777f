"""Which gauges a ticket fills, and when that changes by the mere passing of time. Pure.

A gauge is a count of records, kept up by differences: a ticket that changed leaves the cells that
it filled and enters others. So a poll costs what changed, whatever the backlog.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import product

from exporter import opinions
from exporter.knowledge import Known, State
from exporter.metric import AGE_CLASSES, WINDOWS
from exporter.pledges import Standing, clocks, due_at, standing, turns

Cell = tuple[str, tuple[str, ...]]
"""One series of a source: the metric's name and its label values in the catalog's order."""

OPEN = "support_tickets_open"
BY_AGE = "support_tickets_open_by_age"
BY_CATEGORY = "support_tickets_open_by_category"
BY_LANGUAGE = "support_tickets_open_by_language"
UNASSIGNED = "support_tickets_unassigned"
AWAITING = "support_tickets_awaiting_first_response"
AWAITING_BY_AGE = "support_tickets_awaiting_first_response_by_age"
AWAITING_REPLY = "support_tickets_awaiting_reply"
PROMISES = "support_sla_open"
RATINGS = "support_ratings_latest"
OLDEST_OPEN = "support_oldest_open_created_timestamp_seconds"
OLDEST_UNANSWERED = "support_oldest_unanswered_created_timestamp_seconds"

FILLED = (
    OPEN,
    BY_AGE,
    BY_CATEGORY,
    BY_LANGUAGE,
    UNASSIGNED,
    AWAITING,
    AWAITING_BY_AGE,
    AWAITING_REPLY,
    PROMISES,
    RATINGS,
)
"""The gauges that count tickets."""

_AGES = tuple(limit * 1000 for _, limit in AGE_CLASSES if limit is not None)
_WINDOWS = tuple((name, seconds * 1000) for name, seconds in WINDOWS)


def age_class(created_at: int, watermark: int) -> str:
    """The age class of a ticket; a ticket from the vendor's future is as young as can be."""
    age = watermark - created_at
    for name, limit in AGE_CLASSES:
        if limit is None or age < limit * 1000:
            return name
    raise AssertionError(age)  # the last class has no limit


def filled(known: Known | None, watermark: int | None, at_risk: int) -> list[Cell]:
    """The cells that this ticket counts in at the watermark.

    What depends on time is told only once there is a watermark.
    """
    if known is None or known.removed or known.state is None:
        return []
    cells = list(_open(known, known.state, watermark, at_risk)) if known.state.is_open else []
    if known.opinions and watermark is not None:
        cells += _rated(known, known.state, watermark)
    return cells


def wakes_at(known: Known, watermark: int | None, at_risk: int) -> int | None:
    """The next watermark at which the ticket fills other cells, or breaks a promise.

    0 where no watermark is known yet and there is something that depends on it.
    """
    if known.removed or known.state is None:
        return None
    instants = list(_instants(known, known.state, at_risk))
    breaches = [at for clock in clocks(known) if (at := due_at(known, clock)) is not None]
    if watermark is None:
        return 0 if instants or breaches else None
    ahead = [at for at in instants if at > watermark]
    return min((*ahead, *(max(at, watermark) for at in breaches)), default=None)


def present(state: State, targets: Collection[str]) -> Iterator[Cell]:
    """The cells that exist, be it at 0, because a ticket has been in this state.

    Every cell that such a ticket may come to fill by time or by what is told elsewhere is among
    them: which of these it really filled may depend on where pages end.
    """
    holder = (state.team, state.priority)
    status = state.status if state.is_open else "open"
    yield OPEN, (status, state.priority, state.team, state.channel)
    yield UNASSIGNED, holder
    yield AWAITING, holder
    yield AWAITING_REPLY, holder
    yield BY_CATEGORY, (state.category,)
    yield BY_LANGUAGE, (state.language,)
    for name, _ in AGE_CLASSES:
        yield BY_AGE, (name, *holder)
        yield AWAITING_BY_AGE, (name, *holder)
    for target, stands in product(targets, Standing):
        yield PROMISES, (target, stands.value, *holder)
    for (window, _), word in product(_WINDOWS, (opinions.GOOD, opinions.BAD)):
        yield RATINGS, (window, word, state.team)


def _open(known: Known, state: State, watermark: int | None, at_risk: int) -> Iterator[Cell]:
    holder = (state.team, state.priority)
    yield OPEN, (state.status, state.priority, state.team, state.channel)
    yield BY_CATEGORY, (state.category,)
    yield BY_LANGUAGE, (state.language,)
    if not state.assigned:
        yield UNASSIGNED, holder
    if not known.answered:
        yield AWAITING, holder
    if not known.answered or any(talk.waits for talk in known.talks):
        yield AWAITING_REPLY, holder
    if watermark is None:
        return
    age = age_class(state.created_at, watermark)
    yield BY_AGE, (age, *holder)
    if not known.answered:
        yield AWAITING_BY_AGE, (age, *holder)
    for clock in clocks(known):
        stands = standing(clock.pledge, at_risk, watermark)
        if stands is not None:
            yield PROMISES, (clock.target.value, stands.value, *holder)


def _rated(known: Known, state: State, watermark: int) -> Iterator[Cell]:
    opinion = opinions.latest(known.opinions)
    if opinion is not None:
        word = opinions.mark(opinion) or ""
        for window, length in _WINDOWS:
            if watermark - length < opinion.at <= watermark:
                yield RATINGS, (window, word, state.team)


def _instants(known: Known, state: State, at_risk: int) -> Iterator[int]:
    if state.is_open:
        for age in _AGES:
            yield state.created_at + age
        for clock in clocks(known):
            yield from turns(clock.pledge, at_risk)
    if known.opinions:
        opinion = opinions.latest(known.opinions)
        if opinion is not None:
            yield opinion.at
            for _, length in _WINDOWS:
                yield opinion.at + length
