"""From facts by their names to the record that they make."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

from connectors.fields.identity import asker
from connectors.records import (
    Channel,
    Priority,
    Rating,
    Removal,
    Removed,
    Solve,
    Status,
    Survey,
    Ticket,
)

FURTHER: Final = "fields."
"""How the name of a further field begins, that is no fact and that categories are made from."""

NEEDED: Final = ("id", "created", "changed", "status")
"""The facts that no record can do without, where a field is named for them."""

LEAST: Final = {(Survey.SATISFACTION, 1): 0, (Survey.RECOMMENDATION, 10): 0}


class Scales(NamedTuple):
    """The best score of the satisfaction and of the effort survey."""

    rating: int
    effort: int


def record(
    told: Mapping[str, Any], modified: datetime, scales: Scales, further: Iterable[str] = ()
) -> Ticket | Removed:
    """The record of one ticket.

    told: values by their facts, those of further fields after `FURTHER`; `id` and `created` are
    there. modified: the version of a ticket that tells none of its own.
    """
    changed = told.get("changed") or modified
    status = told.get("removed") or _status(told)
    if isinstance(status, Removal):
        return Removed(told["id"], changed, status)
    solve = _solve(told, status)
    return Ticket(
        id=told["id"],
        created_at=told["created"],
        changed_at=changed,
        status=status,
        priority=told.get("priority") or Priority.NORMAL,
        channel=told.get("channel") or Channel.OTHER,
        team=told.get("team"),
        assigned=told.get("assigned", False),
        first_response_at=told.get("first_response"),
        first_solved_at=_first_solved(told, solve),
        solves=() if solve is None else (solve,),
        reopens=told.get("reopens") or 0,
        reassignments=told.get("reassignments") or 0,
        offered=told.get("offered", False),
        ratings=tuple(_ratings(told, scales)),
        language=told.get("language"),
        customer=asker(told),
        tags=told.get("tags", ()),
        fields={name: value for name in further if (value := told[f"{FURTHER}{name}"])},
    )


def doubts(found: Ticket | Removed) -> Iterator[str]:
    """The ratings that are beyond their scale, in words; whoever counts them refuses them."""
    for rating in found.ratings if isinstance(found, Ticket) else ():
        least = LEAST.get((rating.survey, rating.best), 1)
        if not least <= rating.score <= rating.best:
            yield f"{rating.survey.value} is not from {least} to {rating.best}, and is not counted"


def _status(told: Mapping[str, Any]) -> Status | Removal:
    """As told; without a field for it, as far as solve and closing say."""
    if "status" in told:
        found: Status | Removal = told["status"]
        return found
    if told.get("closed"):
        return Status.CLOSED
    return Status.SOLVED if told.get("solved") else Status.OPEN


def _solve(told: Mapping[str, Any], status: Status) -> Solve | None:
    """The last solve; of a ticket that was closed without one, its closing.

    What was waited and replied until then is known while it stands: later it goes on growing.
    """
    at = told.get("solved") or (told.get("closed") if status is Status.CLOSED else None)
    if at is None or status.is_open:
        return None if at is None else Solve(at)
    return Solve(at, told.get("waited"), told.get("waited_business"), told.get("replies"))


def _first_solved(told: Mapping[str, Any], solve: Solve | None) -> datetime | None:
    """As told; without a field for it, the solve of a ticket that was never reopened."""
    if "first_solved" in told:
        at: datetime | None = told["first_solved"]
        return at
    never_reopened = "reopens" in told and not told["reopens"]
    return solve.at if solve is not None and never_reopened else None


def _ratings(told: Mapping[str, Any], scales: Scales) -> Iterator[Rating]:
    if (score := told.get("rating")) is not None:
        yield Rating(Survey.SATISFACTION, score, scales.rating, told.get("rating_at"))
    if (score := told.get("recommendation")) is not None:
        yield Rating(Survey.RECOMMENDATION, score, 10)
    if (score := told.get("effort")) is not None:
        yield Rating(Survey.EFFORT, score, scales.effort)
