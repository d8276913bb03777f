"""Our numbers held against the vendor's own: where they differ, by how much, and why. Pure.

A difference that follows from a definition is named; every other is `UNEXPLAINED`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from connectors import Fact, Figure, Measured
from exporter.definition import Definition
from exporter.knowledge import Known, Observation, milliseconds
from exporter.reporting.period import Period


class Reason(StrEnum):
    """Why our number and the vendor's differ."""

    REMOVED = "deleted, merged or spam since we counted it; the vendor leaves it out"
    AGAIN = "a reopened ticket counts once for each solve; the vendor counts its last"
    UNSOLVED = "closed without having been solved; the vendor counts no solve"
    MOVED = "changed at the vendor in the last minutes"
    SCHEDULE = "the vendor's business schedule is another than ours"
    PRECISION = "the vendor tells it less precisely than we reckon"
    GONE = "unexplained: the store holds it for deleted, merged or spam; the vendor shows it"
    MISSING = "unexplained: the store does not have this ticket"
    UNCOUNTED = "unexplained: the vendor measured it and we did not"
    UNTOLD = "unexplained: we measured it and the vendor did not"
    UNEXPLAINED = "unexplained"

    @property
    def explains(self) -> bool:
        """Whether it is a known difference of definition."""
        return not self.value.startswith("unexplained")


@dataclass(frozen=True, slots=True)
class Difference:
    """One ticket of which we say otherwise than its vendor.

    ours, theirs: seconds; None where there is no such number.
    """

    ticket: str
    fact: Fact
    business: bool
    ours: float | None
    theirs: int | None
    reason: Reason


@dataclass(frozen=True, slots=True)
class Comparison:
    """One count. reasons: what takes ours to theirs, in tickets, by why."""

    label: str
    ours: int
    theirs: int
    reasons: Mapping[Reason, int]

    @property
    def unexplained(self) -> int:
        """What no reason covers; 0 where all is well."""
        return self.theirs - self.ours - sum(self.reasons.values())


@dataclass
class Ours:
    """What the store says, prepared to be asked by ticket.

    until: what changed later is not compared: it is still on its way to us. Unix milliseconds.
    """

    period: Period
    until: int
    definition: Definition
    tickets: dict[str, Known]
    observed: dict[tuple[str, Fact, int], Observation]
    unsolved: set[tuple[str, int]] = field(default_factory=set)
    compared: Counter[Fact] = field(default_factory=Counter)
    moved: set[str] = field(default_factory=set)
    absent: set[str] = field(default_factory=set)


def ours(
    known: Iterable[Known],
    observations: Iterable[Observation],
    period: Period,
    until: int,
    definition: Definition,
) -> Ours:
    """What the store says of a source. period: that of the counts; until: the watermark."""
    return Ours(
        period,
        until,
        definition,
        {one.id: one for one in known},
        {(one.subject, Fact(one.kind.value), one.ordinal): one for one in observations},
    )


def differences(ours: Ours, measured: Iterable[Measured]) -> Iterator[Difference]:
    """Every ticket of which we say otherwise than its vendor's own measurements.

    What it learns on the way (how many were compared, which only moved) is kept in `ours`.
    """
    for one in measured:
        if milliseconds(one.changed_at) > ours.until:
            ours.moved.add(one.ticket)
            continue
        if one.unsolved:
            if one.at is not None:
                ours.unsolved.add((one.ticket, milliseconds(one.at)))
            continue
        ours.compared[one.fact] += 1
        if difference := _compared(ours, one):
            yield difference


def _compared(ours: Ours, told: Measured) -> Difference | None:
    known = ours.tickets.get(told.ticket)
    if known is None or (known.state is None and not known.removed):
        return _absent(ours, told, Reason.MISSING)
    if known.removed:
        return _absent(ours, told, Reason.GONE)
    found = ours.observed.get((told.ticket, told.fact, _ordinal(told)))
    value = None if found is None else found.business if told.business else found.value
    if told.business and ours.definition.clock(_clock(found, known)) is None:
        return None  # no business hours were configured for it: there is nothing of ours
    if _rounded(value, told) == told.seconds:
        return None
    return _differing(told, value, _why(ours, told, found))


def _absent(ours: Ours, told: Measured, reason: Reason) -> Difference | None:
    """A ticket that is missing altogether is told once, not for each of its facts."""
    if told.ticket in ours.absent:
        return None
    ours.absent.add(told.ticket)
    return _differing(told, None, reason)


def _clock(found: Observation | None, known: Known) -> str:
    """The team by whose business hours it was measured."""
    return (found.clock if found is not None else "") or known.begun[0]


def _ordinal(told: Measured) -> int:
    """What the observation is kept under: the instant of a solve, else nothing."""
    by_instant = told.fact in (Fact.SOLVED, Fact.REQUESTER_WAIT) and told.at is not None
    return milliseconds(told.at) if by_instant and told.at is not None else 0


def _rounded(value: int | None, told: Measured) -> int | None:
    step = told.precision * 1000
    return None if value is None else value // step * step // 1000


def _why(ours: Ours, told: Measured, found: Observation | None) -> Reason:
    """A business time that our own schedule confirms differs by the schedules, or by less than
    the vendor's precision; one that it does not confirm is wrong.
    """
    if found is None or (found.business if told.business else found.value) is None:
        return Reason.UNCOUNTED
    if told.seconds is None:
        return Reason.UNTOLD
    if found.value is None or found.business is None or not told.business:
        return Reason.UNEXPLAINED
    if told.fact is Fact.REQUESTER_WAIT:
        return Reason.UNEXPLAINED  # taken from the vendor as it is
    again = ours.definition.business(found.clock, found.at - found.value, found.at)
    if again != found.business:
        return Reason.UNEXPLAINED
    gap = abs(found.business - 1000 * told.seconds)
    return Reason.PRECISION if gap < 1000 * told.precision else Reason.SCHEDULE


def _differing(told: Measured, value: int | None, reason: Reason) -> Difference:
    mine = None if value is None else value / 1000
    return Difference(told.ticket, told.fact, told.business, mine, told.seconds, reason)


def compared(ours: Ours, figure: Figure) -> Comparison:
    """One count of the vendor's against ours; the tickets were compared before."""
    if figure.fact is Fact.OPEN:
        count, reasons = sum(known.is_open for known in ours.tickets.values()), {}
    else:
        found = [
            one
            for (_, fact, _), one in ours.observed.items()
            if fact is figure.fact and ours.period.holds(one.at)
        ]
        count, reasons = len(found), dict(_left_out(ours, figure.fact, found))
    comparison = Comparison(figure.label, count, figure.count, reasons)
    rest = comparison.unexplained
    if not 0 < abs(rest) <= _moving(ours, figure):
        return comparison
    return Comparison(figure.label, count, figure.count, {**reasons, Reason.MOVED: rest})


def _moving(ours: Ours, figure: Figure) -> int:
    """By how much the vendor's count may differ for what is too new for its index, or for us.

    Creation never moves. A solve leaves the period when the ticket is solved again after it.
    """
    recent = {i for i, known in ours.tickets.items() if known.version[0] >= ours.period.until}
    if figure.fact is Fact.OPEN:
        return max(figure.moving, len(recent))
    if figure.fact is not Fact.SOLVED:
        return 0
    again = {
        i for i in recent if max(ours.tickets[i].ledger.solves, default=0) >= ours.period.until
    }
    return sum(
        any(ours.period.holds(at) for at in ours.tickets[i].ledger.solves)
        for i in again | (ours.moved & ours.tickets.keys())
    )


def _left_out(ours: Ours, fact: Fact, found: Iterable[Observation]) -> Counter[Reason]:
    """What we count and the vendor leaves out, negative: it takes ours to theirs."""
    reasons: Counter[Reason] = Counter()
    for one in found:
        known = ours.tickets.get(one.subject)
        if known is None:
            continue
        if known.removed:
            reasons[Reason.REMOVED] -= 1
        elif fact is Fact.SOLVED and one.at != max(known.ledger.solves, default=one.at):
            reasons[Reason.AGAIN] -= 1
        elif fact is Fact.SOLVED and (one.subject, one.at) in ours.unsolved:
            reasons[Reason.UNSOLVED] -= 1
    return reasons
