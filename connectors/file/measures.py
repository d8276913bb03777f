"""What a file can tell: what its columns tell, and for everything else which column is missing."""

from __future__ import annotations

from connectors.contract import Fact, Measures, Told
from connectors.file.settings import UNIX, Columns, FileSettings

ENDS = ("status", "solved", "closed")
SOLVES = ("solved", "closed")

# For each fact what must be named; of the columns that stand together, one.
NEEDS: dict[Fact, tuple[tuple[str, ...], ...]] = {
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
}
TIMED = (Fact.FIRST_RESPONSE, Fact.FIRST_RESOLUTION, Fact.SOLVED)
NO_MESSAGES = "a row tells how a ticket stands, and not what was written when"
NOTES = (
    "Only the last solve is told; a ticket that is closed without one tells its closing.",
    "Replies and waits are counted as the file counts them.",
    "Whatever happened and was undone between two exports is unseen.",
)

# The finest part of a time that a format has, and its seconds; else it tells days.
PRECISIONS = ((("%S", "%T", "%s", "%c", "%X", "%r"), 1), (("%M", "%R"), 60), (("%H", "%I"), 3600))
DAY = 86_400


def measures(settings: FileSettings) -> Measures:
    """What can be told from the columns that are named."""
    columns = settings.columns
    untold = {fact: NO_MESSAGES for fact in Fact if fact not in NEEDS}
    for fact in NEEDS:
        if lacking := _lacking(fact, columns):
            untold[fact] = lacking
    timed = Told(_precision(settings.time_format), "as precise as the times of the file")
    return Measures(
        told={
            fact: timed if fact in TIMED and timed.precision > 1 else Told()
            for fact in NEEDS
            if fact not in untold
        },
        untold=untold,
        history="state",
        first_solve_survives_reopening=columns.first_solved is not None,
        notes=NOTES,
    )


def _lacking(fact: Fact, columns: Columns) -> str:
    """Which column a fact would need that is not named; "" where nothing is missing."""
    for names in NEEDS[fact]:
        if not columns.named.keys() & set(names):
            wanted = " or ".join(f"`columns.{name}`" for name in names)
            return f"no column is named for it: {wanted}"
    return ""


def _precision(time_format: str | None) -> int:
    if time_format is None or time_format in UNIX:
        return 1
    for parts, seconds in PRECISIONS:
        if any(part in time_format for part in parts):
            return seconds
    return DAY
