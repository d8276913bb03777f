"""What the simulated account lists: tickets by where they are, and ratings, as of an instant."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from connectors.freshdesk.simulated_answers import ACCOUNT, Row, instant, invalid, iso
from connectors.freshdesk.simulated_ticket import stats, ticket
from connectors.testing.desk import Desk, Kind, Story
from connectors.testing.states import state

FILTERS = {"new_and_my_open", "watching", "spam", "deleted"}
ORDERS = {"created_at", "due_by", "updated_at", "status"}
INCLUDED = {"stats", "requester", "description"}
RECENT = timedelta(days=30)
GRADES = {
    ("0", "1"): -103,
    ("1", "1"): 103,
    **{(str(score), "5"): grade for score, grade in enumerate((-103, -101, 100, 101, 103), 1)},
}

Entry = tuple[datetime, int]


class Lists:
    """One account. groups: their ids by name. inclusive: whether `updated_since` takes in the
    instant itself, which Freshdesk does not say."""

    def __init__(self, desk: Desk, groups: Mapping[str, int], *, inclusive: bool) -> None:
        self._inclusive = inclusive
        self._desk = desk
        self._groups = groups
        self._now: datetime | None = None
        self._stories: dict[int, Story] = {}
        self._where: dict[int, tuple[str, datetime]] = {}
        self._entries: dict[str, list[Entry]] = {}
        self._rated: dict[int, list[Row]] = {}

    def advance(self, now: datetime) -> None:
        """Bring the account to the desk's present; a standing clock costs nothing."""
        if self._now == now:
            return
        if self._now is None or now < self._now:
            self._stories, self._where, self._rated = {}, {}, {}
            changed: Sequence[Story] = self._desk.stories(now)
        else:
            changed = [story for _, story in self._desk.touched(self._now, now)]
        self._now = now
        for story in changed:
            self._take(story, now)
        self._entries = {"": [], "deleted": [], "spam": []}
        for number, (where, at) in self._where.items():
            self._entries[where].append((at, number))
        for entries in self._entries.values():
            entries.sort()

    def tickets(self, asked: Mapping[str, str], wanted: slice) -> tuple[list[Row], bool]:
        """The rows of a page, and whether more follow. Raises `Refusal`."""
        entries = self._asked_for(asked)
        include = set(filter(None, asked.get("include", "").split(",")))
        if include - INCLUDED:
            raise invalid("include", f"It should be one of these values: {','.join(INCLUDED)}")
        known = {one.id for one in self._desk.customers(self._present)}
        rows = [self._row(self._stories[number], known, include) for _, number in entries[wanted]]
        return rows, len(entries) > wanted.stop

    def ratings(self, asked: Mapping[str, str]) -> list[Row]:
        """What customers answered, the newest first. Raises `Refusal`."""
        since = instant(asked.get("created_since", "1970-01-01T00:00:00Z"), "created_since")
        rows = (row for rows in self._rated.values() for row in rows)
        found = [row for row in rows if str(row["created_at"]) >= (iso(since) or "")]
        return sorted(found, key=lambda row: (str(row["created_at"]), str(row["id"])), reverse=True)

    @property
    def _present(self) -> datetime:
        if self._now is None:
            raise RuntimeError("asked before it was brought to the present")
        return self._now

    def _asked_for(self, asked: Mapping[str, str]) -> Sequence[Entry]:
        name, order = asked.get("filter", ""), asked.get("order_by", "created_at")
        if name and name not in FILTERS:
            raise invalid("filter", f"It should be one of these values: '{','.join(FILTERS)}'")
        if order not in ORDERS:
            raise invalid("order_by", f"It should be one of these values: '{','.join(ORDERS)}'")
        entries = self._entries.get(name, [])
        if "updated_since" in asked:
            since = instant(asked["updated_since"], "updated_since")
            edge = 0 if self._inclusive else 2**63
            entries = entries[bisect_left(entries, (since, edge)) :]
        else:
            recent = self._present - RECENT
            entries = [one for one in entries if self._stories[one[1]].created_at >= recent]
        if order != "updated_at":
            entries = sorted(entries, key=lambda one: (self._stories[one[1]].created_at, one[1]))
        return entries if asked.get("order_type", "desc") == "asc" else entries[::-1]

    def _row(self, story: Story, known: set[int], include: set[str]) -> Row:
        shown = state(story, self._present)
        company = story.customer if story.customer in known else 0
        row = ticket(shown, self._groups, company, _gone(story, self._present))
        if "stats" in include:
            row["stats"] = stats(shown)
        if "description" in include:
            row |= {"description": "<div>It broke.</div>", "description_text": "It broke."}
        if "requester" in include:
            row["requester"] = {"id": row["requester_id"], "name": "A customer"}
        return row

    def _take(self, story: Story, now: datetime) -> None:
        gone = _gone(story, now)
        at = max(event.at for event in story.events if event.at <= now)
        where = {None: "", Kind.SPAM: "spam", Kind.DELETED: "deleted"}[gone]
        self._stories[story.id], self._where[story.id] = story, (where, at)
        rated = [e for e in story.events if e.kind is Kind.RATED and e.at <= now]
        rows = [
            self._rating(story, number, event.at, event.value)
            for number, event in enumerate(rated)
            if event.value.startswith("satisfaction ")
        ]
        if rows:
            self._rated[story.id] = rows

    def _rating(self, story: Story, number: int, at: datetime, value: str) -> Row:
        _, score, best = value.split()
        shown = state(story, at)
        return {
            "id": ACCOUNT + story.id * 100 + number,
            "survey_id": 1,
            "user_id": ACCOUNT + 10_000 + story.id * 7 % 5_000,
            "agent_id": ACCOUNT + 2 + story.id % 8,
            "feedback": None,
            "group_id": self._groups.get(shown.team),
            "ticket_id": story.id,
            "ratings": {"default_question": GRADES[score, best], "question_2": None},
            "created_at": iso(at),
            "updated_at": iso(at),
        }


def _gone(story: Story, now: datetime) -> Kind | None:
    """How a ticket was removed. One that went into another is merely closed."""
    kinds = {event.kind for event in story.events if event.at <= now}
    return next((kind for kind in (Kind.DELETED, Kind.SPAM) if kind in kinds), None)
