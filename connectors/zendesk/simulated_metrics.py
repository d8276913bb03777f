"""The metric set of one ticket: Zendesk's own measurements, in whole minutes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from connectors.testing.desk import Story
from connectors.testing.hours import Hours
from connectors.zendesk.simulated_answers import ACCOUNT, HOST, iso
from connectors.zendesk.simulated_state import Span, State

MINUTE = timedelta(minutes=1)
NOTHING = timedelta(0)
WAITS = {
    "requester_wait_time_in_minutes": ("new", "open", "hold"),
    "agent_wait_time_in_minutes": ("pending",),
    "on_hold_time_in_minutes": ("hold",),
}

Minutes = dict[str, int | None]


def metric_set(
    story: Story, state: State, last: datetime, hours: Hours | None
) -> dict[str, object]:
    """The metric set of a ticket in `state`, `last` being its latest change.

    hours: the account's schedule; None: it is always open.
    """
    number = ACCOUNT * 10 + story.id
    created = story.created_at
    closed = state.status == "closed" and state.closed_at is not None
    waits = {
        name: minutes((span for word in words for span in state.spent.get(word, [])), hours)
        for name, words in WAITS.items()
    }
    return {
        "url": f"{HOST}/api/v2/ticket_metrics/{number}.json",
        "id": number,
        "ticket_id": story.id,
        "created_at": iso(created),
        "updated_at": iso(last),
        "group_stations": state.stations,
        "assignee_stations": state.assignees,
        "reopens": state.reopens,
        "replies": state.replies,
        "assignee_updated_at": iso(state.agent_at),
        "requester_updated_at": iso(state.requester_at),
        "status_updated_at": iso(state.closed_at if closed else state.status_at),
        "initially_assigned_at": iso(state.first_assigned_at),
        "assigned_at": iso(state.assigned_at),
        "solved_at": iso(state.last_solve),
        "latest_comment_added_at": iso(state.comment_at),
        "custom_status_updated_at": iso(state.status_at),
        "reply_time_in_minutes": _since(created, state.first_reply, hours),
        "reply_time_in_seconds": {"calendar": None},
        "first_resolution_time_in_minutes": _since(created, state.first_solve, hours),
        "full_resolution_time_in_minutes": _since(created, state.last_solve, hours),
        **waits,
    }


def minutes(spans: Iterable[Span], hours: Hours | None) -> Minutes:
    """Whole minutes of all these spans together, rounded down."""
    spans = list(spans)
    calendar = sum((end - begin for begin, end in spans), NOTHING)
    business = calendar
    if hours is not None:
        business = sum((hours.elapsed(begin, end) for begin, end in spans), NOTHING)
    return {"calendar": max(0, calendar // MINUTE), "business": max(0, business // MINUTE)}


def _since(begin: datetime, end: datetime | None, hours: Hours | None) -> Minutes:
    if end is None or end < begin:
        return {"calendar": None, "business": None}
    return minutes([(begin, end)], hours)
