"""One story of the desk as a conversation of Intercom's, with its statistics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from connectors.testing.desk import Event, Kind, Patron, Role
from connectors.testing.states import State

Row = dict[str, object]

STATES = {
    "new": "open",
    "open": "open",
    "pending": "snoozed",
    "hold": "snoozed",
    "solved": "closed",
    "closed": "closed",
}
WAYS = {
    "email": "email",
    "chat": "conversation",
    "web": "conversation",
    "api": "conversation",
    "phone": "phone_call",
    "social": "facebook",
    "other": "push",
}
LANGUAGE = "Language"
FINEST = {1: 5, 0: 1}
ADMIN, BOT, CONTACT = 991_000_000, "991099999", "6762f14a1bb69f9f"
HALF = 2
"""Durations leave out the time outside office hours; here that is every other second."""


def conversation(shown: State, teams: Mapping[str, int], company: Patron | None) -> Row:
    """A conversation that stands like this. teams: their ids by name."""
    story, mood = shown.story, STATES[shown.status]
    past = [event for event in story.events if event.at <= shown.changed_at]
    since = _first_message(past)
    return {
        "type": "conversation",
        "id": str(story.id),
        "title": None,
        "created_at": unix(story.created_at),
        "updated_at": unix(shown.changed_at),
        "waiting_since": None,
        "snoozed_until": unix(shown.changed_at) if mood == "snoozed" else None,
        "open": mood != "closed",
        "state": mood,
        "read": True,
        "priority": "priority" if shown.priority in {"high", "urgent"} else "not_priority",
        "admin_assignee_id": ADMIN + 2 + story.id % 8 if shown.assigned else None,
        "team_assignee_id": teams.get(shown.team),
        "company": None if company is None else _company(company),
        "tags": {"type": "tag.list", "tags": [_tag(name) for name in story.tags]},
        "conversation_rating": _rating(past),
        "source": _source(story.id, story.channel, story.opened_by),
        "contacts": {
            "type": "contact.list",
            "contacts": [{"type": "contact", "id": f"{CONTACT}{story.id:08x}"}],
        },
        "teammates": {"type": "admin.list", "admins": []},
        "custom_attributes": {LANGUAGE: story.language} if story.language else {},
        "first_contact_reply": None
        if since is None
        else {"created_at": unix(past[since].at), "type": WAYS[story.channel], "url": None},
        "sla_applied": None,
        "statistics": _statistics(past, since),
        "linked_objects": {"type": "list", "data": [], "total_count": 0, "has_more": False},
        "ai_agent_participated": any(event.role is Role.BOT for event in past),
        "ai_agent": None,
    }


def unix(at: datetime) -> int:
    """An instant as Intercom writes it."""
    return int(at.timestamp())


def _statistics(past: Sequence[Event], since: int | None) -> Row:
    """Everything begins with the customer's first message, but for what happened last."""
    told: dict[str, int | None] = dict.fromkeys(INSTANTS)
    closings = _closings(past)
    told["last_close_at"] = unix(closings[-1]) if closings else None
    rest = past[since:] if since is not None else []
    reopens = sum(event.kind is Kind.REOPENED for event in rest)
    if since is not None:
        begun, replies, closed = past[since].at, _replies(rest), _closings(rest)
        told["first_contact_reply_at"] = unix(begun)
        told["first_admin_reply_at"] = unix(replies[0]) if replies else None
        told["last_admin_reply_at"] = unix(replies[-1]) if replies else None
        told["first_close_at"] = unix(closed[0]) if closed else None
        if closed:
            told["last_close_at"] = unix(closed[-1])
        told["time_to_admin_reply"] = _spent(begun, replies[:1])
        told["time_to_first_close"] = _spent(begun, closed[:1])
        told["time_to_last_close"] = _spent(begun, closed[-1:])
    return {
        "type": "conversation_statistics",
        **told,
        "last_closed_by_id": BOT if closings else None,
        "count_reopens": reopens,
        "count_assignments": sum(e.kind in (Kind.ASSIGNED, Kind.TEAM) for e in rest),
        "count_conversation_parts": sum(event.kind is Kind.COMMENT for event in past),
        "assigned_team_first_response_time": [],
        "assigned_team_first_response_time_in_office_hours": [],
        "handling_time": 0,
        "adjusted_handling_time": None,
    }


def _first_message(past: Sequence[Event]) -> int | None:
    """Where in what happened the customer first wrote."""
    found = (n for n, event in enumerate(past) if _is_said(event) and event.role is Role.CUSTOMER)
    return next(found, None)


def _replies(events: Sequence[Event]) -> list[datetime]:
    """What teammates wrote to the customer; a bot is no teammate."""
    return [event.at for event in events if _is_said(event) and event.role is Role.AGENT]


def _is_said(event: Event) -> bool:
    return event.kind is Kind.COMMENT and event.public and event.value != "merged"


def _closings(events: Sequence[Event]) -> list[datetime]:
    """When it was closed. What the desk solves and then closes is closed once here."""
    stamps = [event for event in events if event.kind is Kind.STAMP]
    solved = [event.at for event in stamps if event.value == "solved"]
    return solved or [event.at for event in stamps]


def _spent(begun: datetime, ended: Sequence[datetime]) -> int | None:
    return int((ended[0] - begun).total_seconds()) // HALF if ended else None


def _rating(past: Sequence[Event]) -> Row | None:
    """What was asked and answered; the last answer takes the place of those before it."""
    asked = next((event.at for event in past if event.kind is Kind.OFFERED), None)
    if asked is None:
        return None
    given = [e for e in past if e.kind is Kind.RATED and e.value.startswith("satisfaction ")]
    answer = None
    if given:
        _, score, best = given[-1].value.split()
        answer = FINEST[int(score)] if best == "1" else int(score)
    return {
        "rating": answer,
        "remark": None,
        "created_at": unix(asked),
        "updated_at": unix(given[-1].at if given else asked),
        "contact": None,
        "teammate": None,
    }


def _source(number: int, channel: str, opened_by: Role) -> Row:
    by_admin = opened_by is Role.AGENT
    by_bot = channel == "chat" and number % 5 == 0 and not by_admin
    begun = "admin" if by_admin else "operator" if by_bot else "customer"
    author = {"type": "admin" if by_admin else "bot" if by_bot else "user", "id": str(ADMIN)}
    return {
        "type": WAYS[channel],
        "id": str(403_000_000 + number),
        "delivered_as": f"{begun}_initiated",
        "subject": "",
        "body": "<p>Something does not work as it did.</p>",
        "author": {**author, "name": "Somebody", "email": "somebody@desk.example"},
        "attachments": [],
        "url": None,
        "redacted": False,
    }


def _company(patron: Patron) -> Row:
    """One of the workspace's companies, which its own systems call by their number."""
    site = f"https://www.{patron.domains[0]}/about" if patron.domains else None
    return {
        "type": "company",
        "id": f"6762f0971bb69f9f{patron.id:08x}",
        "name": f"Company {patron.id}",
        "company_id": patron.external_id or None,
        "website": site,
    }


def _tag(name: str) -> Row:
    return {"type": "tag", "id": str(sum(map(ord, name))), "name": name}


INSTANTS = (
    *("time_to_assignment", "time_to_admin_reply", "time_to_first_close", "time_to_last_close"),
    *("median_time_to_reply", "first_contact_reply_at", "first_assignment_at"),
    *("first_admin_reply_at", "first_close_at", "last_assignment_at"),
    *("last_assignment_admin_reply_at", "last_contact_reply_at", "last_admin_reply_at"),
    "last_close_at",
)
"""What nothing is known of is null."""
