"""What a report tells: one row for each measure, with the question to the facts that answers it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from connectors import Fact
from exporter.definition import Target
from exporter.knowledge import PROMISED
from exporter.opinions import DETRACTOR, GOOD, PROMOTER
from exporter.quantiles import quantile

if TYPE_CHECKING:
    from pandas import DataFrame, Series

FEW = 20
"""Fewer than these are too few to tell a change from chance."""


class Unit(StrEnum):
    """What a value is; shares are from 0 to 1, scores from −100 to 100."""

    COUNT = "count"
    SECONDS = "seconds"
    SHARE = "share"
    SCORE = "score"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Answer:
    """A value and the number of tickets or answers that it is made of; None: there are none."""

    n: int
    value: float | None


@dataclass(frozen=True, slots=True)
class Measure:
    """One row of a report.

    name: for machines; title: for people; of: which fact must be told for it to exist.
    ask: the answer out of the facts of one period.
    better: +1 where more is better, -1 where less is, 0 where neither.
    """

    name: str
    title: str
    unit: Unit
    of: Fact | None
    ask: Callable[[DataFrame], Answer]
    better: int = 0


def _counted(kind: Fact) -> Callable[[DataFrame], Answer]:
    def ask(facts: DataFrame) -> Answer:
        n = int((facts["kind"] == kind.value).sum())
        return Answer(n, n)

    return ask


def _quantile(kind: Fact, q: str, clock: str) -> Callable[[DataFrame], Answer]:
    def ask(facts: DataFrame) -> Answer:
        values = sorted(_values(facts, kind, clock))
        return Answer(len(values), quantile(values, q) / 1000 if values else None)

    return ask


def _mean(kind: Fact) -> Callable[[DataFrame], Answer]:
    def ask(facts: DataFrame) -> Answer:
        values = _values(facts, kind, "value")
        return Answer(len(values), None if values.empty else float(values.mean()))

    return ask


def _one_touch(facts: DataFrame) -> Answer:
    values = _values(facts, Fact.REPLIES, "value")
    return _share(int((values == 1).sum()), len(values))


def _met(target: Target) -> Callable[[DataFrame], Answer]:
    def ask(facts: DataFrame) -> Answer:
        marks = facts.loc[facts["kind"] == PROMISED[target].value, "mark"]
        return _share(int((marks == "met").sum()), len(marks))

    return ask


def _csat(facts: DataFrame) -> Answer:
    marks = _latest(facts, Fact.SATISFACTION)
    return _share(int((marks == GOOD).sum()), len(marks))


def _response_rate(facts: DataFrame) -> Answer:
    asked = set(_tickets(facts, Fact.OFFERED))
    rated = set(_tickets(facts, Fact.SATISFACTION))
    return _share(len(asked & rated), len(asked))


def _nps(facts: DataFrame) -> Answer:
    marks = _latest(facts, Fact.RECOMMENDATION)
    balance = int((marks == PROMOTER).sum()) - int((marks == DETRACTOR).sum())
    return Answer(len(marks), 100 * balance / len(marks) if len(marks) else None)


def _values(facts: DataFrame, kind: Fact, column: str) -> Series[int]:
    return facts.loc[facts["kind"] == kind.value, column].dropna().astype("int64")


def _latest(facts: DataFrame, kind: Fact) -> Series[str]:
    """Of each ticket the last answer of the period."""
    given = facts[facts["kind"] == kind.value].sort_values("at", kind="stable")
    return given.drop_duplicates(["source", "ticket"], keep="last")["mark"]


def _tickets(facts: DataFrame, kind: Fact) -> list[tuple[str, str]]:
    given = facts[facts["kind"] == kind.value]
    return list(zip(given["source"], given["ticket"], strict=True))


def _share(part: int, whole: int) -> Answer:
    return Answer(whole, part / whole if whole else None)


_COUNTS = (
    ("created", "Created", Fact.CREATED, 0),
    ("solved", "Solved", Fact.SOLVED, 0),
    ("reopened", "Reopened", Fact.REOPENED, -1),
)
_TIMES = (
    ("first_response", "First response", Fact.FIRST_RESPONSE),
    ("next_response", "Next response", Fact.NEXT_RESPONSE),
    ("resolution", "Resolution", Fact.SOLVED),
    ("requester_wait", "Requester wait", Fact.REQUESTER_WAIT),
)
_CLOCKS = (("", "", "value"), ("_business", ", business hours", "business"))
_QUANTILES = (("median", "median", "0.5"), ("p90", "90 % within", "0.9"))

MEASURES: tuple[Measure, ...] = (
    *(Measure(n, title, Unit.COUNT, f, _counted(f), better) for n, title, f, better in _COUNTS),
    *(
        Measure(f"{name}{end}_{short}", f"{title}{hours}, {words}", Unit.SECONDS, fact,
                _quantile(fact, q, column), -1)
        for name, title, fact in _TIMES
        for end, hours, column in _CLOCKS
        for short, words, q in _QUANTILES
    ),
    Measure("replies_mean", "Replies per solve, mean", Unit.NUMBER, Fact.REPLIES,
            _mean(Fact.REPLIES), -1),
    Measure("one_touch", "One-touch", Unit.SHARE, Fact.REPLIES, _one_touch, 1),
    *(
        Measure(f"sla_{target.value}", f"SLA met, {target.value.replace('_', ' ')}", Unit.SHARE,
                target.fact, _met(target), 1)
        for target in Target
    ),
    Measure("csat", "CSAT", Unit.SHARE, Fact.SATISFACTION, _csat, 1),
    Measure("response_rate", "Survey response rate", Unit.SHARE, Fact.SATISFACTION,
            _response_rate, 1),
    Measure("nps", "NPS", Unit.SCORE, Fact.RECOMMENDATION, _nps, 1),
)  # fmt: skip
"""Every measure of a report but the backlog, in the order in which they are read."""
