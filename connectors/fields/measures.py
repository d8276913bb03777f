"""What named fields can tell, and for everything else which field is missing."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from connectors.contract import Fact, Measures, Told
from connectors.fields.settings import UNIX
from connectors.measures import OF_CUSTOMERS

ENDS: Final = ("status", "solved", "closed")
SOLVES: Final = ("solved", "closed")

# For each fact what must be named; of the fields that stand together, one.
NEEDS: Final[dict[Fact, tuple[tuple[str, ...], ...]]] = {
    Fact.CREATED: (("created",),),
    Fact.FIRST_RESPONSE: (("first_response",),),
    Fact.FIRST_RESOLUTION: (("first_solved", *SOLVES), ("first_solved", "reopens")),
    Fact.SOLVED: (SOLVES,),
    Fact.REQUESTER_WAIT: (("waited",), SOLVES),
    Fact.REPLIES: (("replies",), SOLVES),
    Fact.REOPENED: (("reopens",),),
    Fact.REASSIGNED: (("reassignments",),),
    Fact.OPEN: (ENDS,),
    Fact.UNASSIGNED: (("assigned",), ENDS),
    Fact.AWAITING_FIRST_RESPONSE: (("first_response",), ENDS),
    Fact.OFFERED: (("offered",),),
    Fact.SATISFACTION: (("rating",),),
    Fact.RECOMMENDATION: (("recommendation",),),
    Fact.EFFORT: (("effort",),),
    Fact.LANGUAGE: (("language",),),
    Fact.CUSTOMER: (("customer", "domain"),),
}
TIMED: Final = (Fact.FIRST_RESPONSE, Fact.FIRST_RESOLUTION, Fact.SOLVED)

# The finest part of a time that a format has, and its seconds; else it tells days.
PRECISIONS: Final = (
    (("%S", "%T", "%s", "%c", "%X", "%r"), 1),
    (("%M", "%R"), 60),
    (("%H", "%I"), 3600),
)
DAY: Final = 86_400


@dataclass(frozen=True, slots=True)
class Manner:
    """How a source calls things: a `column` of `columns` in `a row` of `the file`."""

    field: str
    key: str
    holder: str
    whole: str


def measures(
    named: Collection[str], time_format: str | None, manner: Manner, notes: tuple[str, ...]
) -> Measures:
    """What can be told when these facts have a field, in times of this format (None: ISO 8601)."""
    no_messages = f"{manner.holder} tells how a ticket stands, and not what was written when"
    untold = {fact: no_messages for fact in Fact if fact not in NEEDS and fact not in OF_CUSTOMERS}
    for fact in NEEDS:
        if why := lacking(NEEDS[fact], named, manner):
            untold[fact] = why
    timed = Told(precision(time_format), f"as precise as the times of {manner.whole}")
    return Measures(
        told={
            fact: timed if fact in TIMED and timed.precision > 1 else Told()
            for fact in NEEDS
            if fact not in untold
        },
        untold=untold,
        history="state",
        first_solve_survives_reopening="first_solved" in named,
        teams="team" in named,
        removals=bool({"status", "removed"} & set(named)),
        notes=notes,
    )


def lacking(needs: Iterable[tuple[str, ...]], named: Collection[str], manner: Manner) -> str:
    """Which field a fact would need that is not named; "" where nothing is missing."""
    for names in needs:
        if not set(named) & set(names):
            wanted = " or ".join(f"`{manner.key}.{name}`" for name in names)
            return f"no {manner.field} is named for it: {wanted}"
    return ""


def precision(time_format: str | None) -> int:
    """How exact times of this format are, in seconds."""
    if time_format is None or time_format in UNIX:
        return 1
    for parts, seconds in PRECISIONS:
        if any(part in time_format for part in parts):
            return seconds
    return DAY
