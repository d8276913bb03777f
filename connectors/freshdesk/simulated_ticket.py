"""One story of the desk as a ticket of Freshdesk's, with the instants of its stats."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from connectors.freshdesk.simulated_answers import ACCOUNT, Row, iso
from connectors.testing.desk import Kind
from connectors.testing.states import State

PRIORITIES = {"low": 1, "normal": 2, "high": 3, "urgent": 4}
SOURCES = {
    "email": 1,
    "web": 2,
    "phone": 3,
    "chat": 7,
    "social": 6,
    "api": 2,
    "other": 101,
}
STATUSES = {"new": 2, "open": 2, "pending": 3, "hold": 7, "solved": 4, "closed": 5}
PARTS = 8
"""A status that the account made itself: it waits for parts."""

NAMES = {
    2: ("Open", "Being Processed"),
    3: ("Pending", "Awaiting your Reply"),
    4: ("Resolved", "This ticket has been Resolved"),
    5: ("Closed", "This ticket has been Closed"),
    6: ("Waiting on Customer", "Awaiting your Reply"),
    7: ("Waiting on Third Party", "Being Processed"),
    PARTS: ("Waiting for parts", "Being Processed"),
}
TYPES = ("Question", "Incident", "Problem", None)
LANGUAGE, RECOMMENDATION, EFFORT = "cf_language", "cf_would_recommend", "cf_effort"
COMPANIES = ACCOUNT + 9_000
SAME_FOR_ALL: Row = {
    **dict.fromkeys(("product_id", "email_config_id", "support_email", "nr_due_by")),
    **dict.fromkeys(("association_type", "associated_tickets_count", "source_additional_info")),
    **dict.fromkeys(("is_escalated", "fr_escalated", "nr_escalated"), False),
    "to_emails": ["help@desk.example"],
    "cc_emails": [],
    "fwd_emails": [],
    "reply_cc_emails": [],
    "ticket_cc_emails": [],
}
FIRST_DUE, DUE = timedelta(hours=8), timedelta(days=3)


def ticket(shown: State, groups: Mapping[str, int], company: int, gone: Kind | None) -> Row:
    """A ticket that stands like this.

    groups: their ids by name. company: the number of the patron, 0 for none. gone: how it was
    removed.
    """
    story = shown.story
    subject = f"Request {story.id}: something does not work as it did"
    return {
        "id": story.id,
        "subject": subject,
        "status": status(story.id, shown.status),
        "priority": PRIORITIES[shown.priority],
        "source": SOURCES[story.channel],
        "type": TYPES[story.id % len(TYPES)],
        "group_id": groups.get(shown.team),
        "responder_id": ACCOUNT + 2 + story.id % 8 if shown.assigned else None,
        "requester_id": ACCOUNT + 10_000 + story.id * 7 % 5_000,
        "company_id": COMPANIES + company if company else None,
        "spam": gone is Kind.SPAM,
        **({"deleted": True} if gone is Kind.DELETED else {}),
        "fr_due_by": iso(story.created_at + FIRST_DUE),
        "due_by": iso(story.created_at + DUE),
        "tags": list(story.tags),
        "custom_fields": _custom(shown),
        "created_at": iso(story.created_at),
        "updated_at": iso(shown.changed_at),
        **SAME_FOR_ALL,
    }


def stats(shown: State) -> Row:
    """When what happened. A reopened ticket forgets when it was resolved and closed; one that is
    closed at once is resolved by it."""
    closed_at = shown.closes[-1] if shown.status == "closed" and shown.closes else None
    solved_at = None if shown.open else (shown.solves[-1] if shown.solves else closed_at)
    return {
        "agent_responded_at": iso(shown.said.first_response),
        "requester_responded_at": iso(_last(shown, Kind.COMMENT)),
        "first_responded_at": iso(shown.said.first_response),
        "status_updated_at": iso(_last(shown, Kind.STATUS) or shown.story.created_at),
        "reopened_at": iso(_last(shown, Kind.REOPENED)),
        "resolved_at": iso(solved_at),
        "closed_at": iso(closed_at),
        "pending_since": iso(_last(shown, Kind.STATUS)) if shown.status == "pending" else None,
    }


def status(number: int, word: str) -> int:
    """The number of a status: the desk waits for customers in two, and for others in two."""
    if word == "pending" and number % 2:
        return 6
    return PARTS if word == "hold" and number % 3 else STATUSES[word]


def company(number: int, external_id: str, domains: tuple[str, ...], at: datetime) -> Row:
    """A company that people belong to."""
    return {
        "id": COMPANIES + number,
        "name": f"Company {number}",
        "description": None,
        "note": None,
        "domains": list(domains),
        "health_score": None,
        "account_tier": "Basic",
        "renewal_date": None,
        "industry": None,
        "custom_fields": {"cf_number": external_id or None},
        "created_at": iso(at),
        "updated_at": iso(at),
    }


def _custom(shown: State) -> Row:
    answers = {survey: one.score for survey, one in shown.ratings.items()}
    return {
        "cf_reference_number": None,
        LANGUAGE: shown.story.language or None,
        RECOMMENDATION: answers.get("recommendation"),
        EFFORT: answers.get("effort"),
    }


def _last(shown: State, kind: Kind) -> datetime | None:
    found = [
        one.at for one in shown.story.events if one.kind is kind and one.at <= shown.changed_at
    ]
    return found[-1] if found else None
