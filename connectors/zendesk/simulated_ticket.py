"""One story of the desk as a Zendesk ticket with its metric set, as of an instant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from connectors.testing.desk import Event, Kind, Role, Story

HOST = "https://desk.example"
ACCOUNT = 390_000_000_000
FIELDS = tuple(ACCOUNT + 500 + number for number in range(12))
VIA = {"phone": "voice", "social": "twitter", "other": "any_other_channel"}
TYPES = ("question", "incident", "problem", "task")
TEXT = (
    "Good day, since this morning something does not work as it did before, and I have tried "
    "everything that the help pages suggest. I switched it off and on, signed out and in, and "
    "asked a colleague, who sees the same. Please tell me what to do next, or when it will work "
    "again; my order waits for it. The number is below, and I can be reached all day. "
)
WAITS = {
    "requester_wait_time_in_minutes": ("new", "open", "hold"),
    "agent_wait_time_in_minutes": ("pending",),
    "on_hold_time_in_minutes": ("hold",),
}


@dataclass(slots=True)
class _State:
    """What the events so far amount to."""

    status: str = "new"
    priority: str | None = None
    team: str = ""
    assigned: bool = False
    gone: bool = False
    merged: bool = False
    reopens: int = 0
    replies: int = 0
    teams: int = 0
    assignees: int = 0
    status_at: datetime | None = None
    closed_at: datetime | None = None
    first_reply: datetime | None = None
    first_solve: datetime | None = None
    last_solve: datetime | None = None
    comment_at: datetime | None = None
    requester_at: datetime | None = None
    agent_at: datetime | None = None
    assigned_at: datetime | None = None
    first_assigned_at: datetime | None = None
    spent: dict[str, timedelta] = field(default_factory=dict)


def ticket_object(
    story: Story, visible: datetime, groups: Mapping[str, int], *, sideload: bool
) -> dict[str, object]:
    """The ticket as Zendesk would export it at `visible`, with `metric_set` when sideloaded."""
    state, last = _told(story, visible)
    ticket = _ticket(story, state, last, groups)
    if state.gone:
        ticket.update(_SCRUBBED)
    if sideload:
        ticket["metric_set"] = None if state.gone else _metric_set(story, state, last)
    return ticket


def iso(at: datetime | None) -> str | None:
    """An instant as Zendesk writes it."""
    return None if at is None else f"{at:%Y-%m-%dT%H:%M:%SZ}"


def _told(story: Story, visible: datetime) -> tuple[_State, datetime]:
    state = _State(status_at=story.created_at, requester_at=story.created_at)
    opening = _opening_comment(story)
    last = story.events[0].at
    for event in story.events:
        if event.at > visible:
            break
        last = event.at
        if event is opening:
            state.comment_at = event.at
        else:
            _apply(state, event)
        if event.role is Role.AGENT:
            state.agent_at = event.at
        elif event.role is Role.CUSTOMER:
            state.requester_at = event.at
    return state, last


def _opening_comment(story: Story) -> Event | None:
    """The message that opened the ticket: never a reply, whoever wrote it."""
    first = story.events[0].at
    for event in story.events:
        if event.at > first:
            return None
        if event.kind is Kind.COMMENT and event.role is story.opened_by:
            return event
    return None


def _apply(state: _State, event: Event) -> None:
    match event.kind:
        case Kind.COMMENT:
            _comment(state, event)
        case Kind.STATUS:
            _status(state, event.value, event.at)
        case Kind.STAMP if event.value == "solved":
            state.first_solve = state.first_solve or event.at
            state.last_solve = event.at
        case Kind.STAMP:
            state.closed_at = event.at
        case Kind.REOPENED:
            state.reopens += 1
        case Kind.TEAM:
            state.team = event.value
            state.teams += bool(event.value)
        case Kind.PRIORITY:
            state.priority = event.value
        case Kind.ASSIGNED:
            _assigned(state, event)
        case Kind.MERGED | Kind.SPAM | Kind.DELETED:
            _removed(state, event)


def _comment(state: _State, event: Event) -> None:
    state.comment_at = event.at
    if event.role is Role.AGENT and event.public and event.value != "merged":
        state.replies += 1
        state.first_reply = state.first_reply or event.at


def _status(state: _State, value: str, at: datetime) -> None:
    if state.status_at is not None:
        spent = state.spent.get(state.status, timedelta(0)) + (at - state.status_at)
        state.spent[state.status] = spent
    state.status, state.status_at = value, at


def _removed(state: _State, event: Event) -> None:
    if event.kind is Kind.MERGED:
        state.merged = True
        _status(state, "closed", event.at)
    else:
        state.gone = True


def _assigned(state: _State, event: Event) -> None:
    state.assigned = bool(event.value)
    if state.assigned:
        state.assignees += 1
        state.assigned_at = event.at
        state.first_assigned_at = state.first_assigned_at or event.at


def _ticket(
    story: Story, state: _State, last: datetime, groups: Mapping[str, int]
) -> dict[str, object]:
    person = ACCOUNT + 10_000 + story.id * 7 % 5_000
    subject = f"Request {story.id}: something does not work as it did"
    custom: list[dict[str, object]] = [
        {"id": number, "value": f"choice_{(story.id + number) % 9}" if number % 3 else None}
        for number in FIELDS
    ]
    return {
        "url": f"{HOST}/api/v2/tickets/{story.id}.json",
        "id": story.id,
        "via": {
            "channel": VIA.get(story.channel, story.channel),
            "source": {"from": {}, "to": {}, "rel": None},
        },
        "created_at": iso(story.created_at),
        "updated_at": iso(last),
        "generated_timestamp": int(last.timestamp()),
        "type": TYPES[story.id % len(TYPES)],
        "subject": subject,
        "raw_subject": subject,
        "description": TEXT * (1 + story.id % 2),
        "priority": state.priority,
        "status": state.status,
        "requester_id": person,
        "submitter_id": person if story.opened_by is Role.CUSTOMER else ACCOUNT + 1,
        "assignee_id": ACCOUNT + 2 + story.id % 8 if state.assigned else None,
        "group_id": groups[state.team] if state.team else None,
        "tags": ["closed_by_merge"] if state.merged else [f"area_{story.id % 5}", "from_form"],
        "custom_fields": custom,
        "fields": custom,
        **_SAME_FOR_ALL,
    }


_SAME_FOR_ALL: dict[str, object] = {
    "external_id": None,
    "recipient": "help@desk.example",
    "organization_id": None,
    "collaborator_ids": [],
    "follower_ids": [],
    "email_cc_ids": [],
    "forum_topic_id": None,
    "problem_id": None,
    "has_incidents": False,
    "is_public": True,
    "due_at": None,
    "satisfaction_rating": {"score": "unoffered"},
    "sharing_agreement_ids": [],
    "custom_status_id": ACCOUNT + 900,
    "followup_ids": [],
    "ticket_form_id": ACCOUNT + 800,
    "brand_id": ACCOUNT + 700,
    "allow_channelback": False,
    "allow_attachments": True,
    "from_messaging_channel": False,
}
_SCRUBBED: dict[str, object] = {
    "status": "deleted",
    "subject": "SCRUBBED",
    "raw_subject": "SCRUBBED",
    "description": "SCRUBBED",
    "recipient": None,
    "assignee_id": None,
    "group_id": None,
    "tags": [],
    "custom_fields": [],
    "fields": [],
}


def _metric_set(story: Story, state: _State, last: datetime) -> dict[str, object]:
    number = ACCOUNT * 10 + story.id
    created = story.created_at
    closed = state.status == "closed" and state.closed_at is not None
    waits = {
        name: _minutes(sum((state.spent.get(word, timedelta(0)) for word in words), timedelta(0)))
        for name, words in WAITS.items()
    }
    return {
        "url": f"{HOST}/api/v2/ticket_metrics/{number}.json",
        "id": number,
        "ticket_id": story.id,
        "created_at": iso(created),
        "updated_at": iso(last),
        "group_stations": state.teams,
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
        "reply_time_in_minutes": _since(created, state.first_reply),
        "reply_time_in_seconds": {"calendar": None},
        "first_resolution_time_in_minutes": _since(created, state.first_solve),
        "full_resolution_time_in_minutes": _since(created, state.last_solve),
        **waits,
    }


def _since(begin: datetime, end: datetime | None) -> dict[str, int | None]:
    if end is None or end < begin:
        return {"calendar": None, "business": None}
    return _minutes(end - begin)


def _minutes(span: timedelta) -> dict[str, int | None]:
    """Whole minutes, rounded down; without a schedule, business time is calendar time."""
    minutes = max(0, span // timedelta(minutes=1))
    return {"calendar": minutes, "business": minutes}
