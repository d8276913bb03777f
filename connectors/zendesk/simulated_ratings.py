"""The list of satisfaction ratings: one row for each ticket, changed in place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from connectors.testing.desk import Desk, Event, Kind, Story
from connectors.zendesk.simulated_answers import (
    ACCOUNT,
    HOST,
    Refusal,
    iso,
    limited,
    opaque,
    paging,
    plain,
)
from connectors.zendesk.simulated_state import satisfaction

LIMIT = 100
# What each filter lets through; nobody here leaves a comment.
FILTERS = {
    "": {"offered", "good", "bad"},
    "offered": {"offered"},
    "unoffered": set(),
    "received": {"good", "bad"},
    "received_without_comment": {"good", "bad"},
    "received_with_comment": set(),
    "good": {"good"},
    "good_without_comment": {"good"},
    "good_with_comment": set(),
    "bad": {"bad"},
    "bad_without_comment": {"bad"},
    "bad_with_comment": set(),
}


@dataclass(slots=True)
class _Rating:
    """One row: what was answered last, when it was made and last changed, and who held it."""

    story: Story
    created_at: datetime
    updated_at: datetime
    score: str = "offered"
    team: str = ""


class SimulatedRatings:
    """Pages of a desk's ratings as of an instant.

    since: what `start_time` is compared with; Zendesk does not say which it is.
    """

    def __init__(self, desk: Desk, groups: Mapping[str, int], own_limit: int | None) -> None:
        self.since: Literal["created_at", "updated_at"] = "updated_at"
        self._desk = desk
        self._groups = groups
        self._own_limit = own_limit
        self._listed: tuple[tuple[object, ...], list[_Rating]] | None = None

    def page(self, query: dict[str, str], visible: datetime) -> dict[str, object]:
        """What the list says to `query`. Raises `Refusal`."""
        limit = limited(query.get("page[size]", ""), LIMIT, self._own_limit)
        after = int(plain(query.get("page[after]", "")) or 0)
        rest = [rating for rating in self._asked_for(query, visible) if rating.story.id > after]
        more = opaque(str(rest[limit - 1].story.id)) if len(rest) > limit else None
        return {
            "satisfaction_ratings": [self._object(rating) for rating in rest[:limit]],
            **paging(more),
        }

    def _asked_for(self, query: dict[str, str], visible: datetime) -> list[_Rating]:
        """Every rating that the filters let through, by ticket; the last answer is remembered."""
        start, score = query.get("start_time", "0"), query.get("score", "")
        if score not in FILTERS or not start.isdecimal():
            raise Refusal(400, "InvalidValue", "A filter is not valid")
        key = (visible, start, score, self.since)
        if self._listed is None or self._listed[0] != key:
            first = datetime.fromtimestamp(int(start), UTC)
            # a row changes only when its ticket does
            begin = max(first, self._desk.begins) - timedelta(seconds=1)
            found = (_rating(story, visible) for _, story in self._desk.touched(begin, visible))
            kept = [
                rating
                for rating in found
                if rating is not None
                and rating.score in FILTERS[score]
                and getattr(rating, self.since) >= first
            ]
            self._listed = key, sorted(kept, key=lambda rating: rating.story.id)
        return self._listed[1]

    def _object(self, rating: _Rating) -> dict[str, object]:
        number = ACCOUNT * 100 + rating.story.id
        return {
            "url": f"{HOST}/api/v2/satisfaction_ratings/{number}.json",
            "id": number,
            "assignee_id": ACCOUNT + 2 + rating.story.id % 8,
            "group_id": self._groups.get(rating.team, ACCOUNT),
            "requester_id": ACCOUNT + 10_000 + rating.story.id * 7 % 5_000,
            "ticket_id": rating.story.id,
            "score": rating.score,
            "comment": None,
            "created_at": iso(rating.created_at),
            "updated_at": iso(rating.updated_at),
        }


def _rating(story: Story, visible: datetime) -> _Rating | None:
    """A ticket's row as of an instant; None while nobody was asked."""
    found: _Rating | None = None
    team = ""
    for event in story.events:
        if event.at > visible:
            break
        if event.kind is Kind.TEAM:
            team = event.value
        score = _score(event)
        if score is None or (found is not None and score == "offered"):
            continue
        if found is None:
            found = _Rating(story, event.at, event.at)
        found.score, found.updated_at, found.team = score, event.at, team
    return found


def _score(event: Event) -> str | None:
    """What an event makes of a rating; None where it is about something else."""
    if event.kind is Kind.OFFERED:
        return "offered"
    if event.kind is not Kind.RATED:
        return None
    survey, score = satisfaction(event.value)
    return ("good" if score else "bad") if survey == "satisfaction" else None
