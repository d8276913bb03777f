"""One story of the desk as a conversation of Chatwoot's, with its messages and events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from connectors.testing.desk import Event, Kind, Patron, Role, Story

ACCOUNT: Final = 7
DATABASE: Final = 500_000  # what the database adds to the number that the account sees
AGENT: Final = 3
CUSTOMER_ATTRIBUTE: Final = "customer_id"

Row = dict[str, object]

STATUSES: Final = {
    "new": "open",
    "open": "open",
    "pending": "snoozed",
    "hold": "snoozed",
    "solved": "resolved",
    "closed": "resolved",
}
PRIORITIES: Final = {"low": "low", "normal": "medium", "high": "high", "urgent": "urgent"}
CHANNELS: Final = {
    "email": "Channel::Email",
    "chat": "Channel::WebWidget",
    "phone": "Channel::Voice",
    "web": "Channel::WebWidget",
    "social": "Channel::FacebookPage",
    "api": "Channel::Api",
    "other": "Channel::Api",
}
INCOMING, OUTGOING, ACTIVITY, TEMPLATE = range(4)
WORDS: Final = {
    Kind.STATUS: "The status was changed",
    Kind.TEAM: "The team was changed",
    Kind.PRIORITY: "The priority was changed",
    Kind.ASSIGNED: "The assignee was changed",
}


@dataclass(slots=True)
class Life:
    """What Chatwoot knows of a conversation, written down event after event."""

    story: Story
    changed_at: datetime
    status: str = "open"
    priority: str | None = None
    team: str = ""
    is_assigned: bool = False
    is_deleted: bool = False
    first_reply_at: datetime | None = None
    waiting_since: datetime | None = None
    resolved_at: datetime | None = None
    messages: list[Row] = field(default_factory=list)
    events: list[tuple[datetime, Row]] = field(default_factory=list)
    ratings: list[tuple[datetime, int]] = field(default_factory=list)

    def tell(self, event: Event) -> None:
        """Take in one event."""
        if event.kind is Kind.COMMENT and event.value != "merged":
            self._write(event)
        elif event.kind in WORDS:
            self._change(event)
        elif event.kind is Kind.OFFERED:
            self._say(event.at, TEMPLATE, content_type="input_csat")
        elif event.kind is Kind.RATED:
            self._rate(event)
        elif event.kind in (Kind.DELETED, Kind.SPAM):
            self.is_deleted = True

    @property
    def _state(self) -> tuple[object, ...]:
        return self.status, self.priority, self.team, self.is_assigned

    def _change(self, event: Event) -> None:
        before = self._state
        if event.kind is Kind.STATUS:
            self._turn(event.at, STATUSES[event.value])
        elif event.kind is Kind.PRIORITY:
            self.priority = PRIORITIES[event.value]
        elif event.kind is Kind.TEAM:
            self.team = event.value
        else:
            self.is_assigned = bool(event.value)
        # That this desk closes what was resolved is an automation of its own, which says so.
        is_new = event.at == self.story.events[0].at
        if event.value == "closed" or (before != self._state and not is_new):
            self._say(event.at, ACTIVITY, content=WORDS[event.kind])

    def _turn(self, at: datetime, status: str) -> None:
        before, self.status = self.status, status
        if status == "resolved" != before:
            self._event(at, "conversation_resolved", self.story.created_at)
            self.resolved_at, self.waiting_since = at, None
        if status == "open" and before == "resolved":
            self._event(at, "conversation_opened", self.resolved_at or at)

    def _write(self, event: Event) -> None:
        if event.role is Role.CUSTOMER:
            self._say(event.at, INCOMING, sender={"id": self.story.id, "type": "contact"})
            self.waiting_since = self.waiting_since or event.at
            return
        is_agent = event.role is Role.AGENT
        sender = {"id": AGENT, "type": "user"} if is_agent else {"id": 1, "type": "agent_bot"}
        self._say(event.at, OUTGOING, sender=sender, private=not event.public)
        if not is_agent or not event.public:
            return
        if self.first_reply_at is None:
            self.first_reply_at = event.at
            self._event(event.at, "first_response", self.story.created_at)
        elif self.waiting_since is not None:
            self._event(event.at, "reply_time", self.waiting_since)
        self.waiting_since = None

    def _rate(self, event: Event) -> None:
        survey, score, best = event.value.split()
        if survey == "satisfaction":
            self.ratings.append((event.at, int(score) if best == "5" else 1 + 4 * int(score)))

    def _event(self, at: datetime, name: str, since: datetime) -> None:
        seconds = (at - since).total_seconds()
        told: Row = {
            "id": self.story.id * 1000 + len(self.events) + 1,
            "name": name,
            "value": seconds,
            "value_in_business_hours": seconds,
            "event_start_time": iso(since),
            "event_end_time": iso(at),
            "account_id": ACCOUNT,
            "conversation_id": DATABASE + self.story.id,
            "inbox_id": 1,
            "user_id": AGENT,
            "created_at": iso(at),
            "updated_at": iso(at),
        }
        self.events.append((at, told))

    def _say(self, at: datetime, kind: int, **more: object) -> None:
        self.changed_at = at
        self.messages.append(
            {
                "id": self.story.id * 1000 + len(self.messages) + 1,
                "content": "Nobody wrote this.",
                "inbox_id": 1,
                "conversation_id": self.story.id,
                "message_type": kind,
                "content_type": "text",
                "status": "sent",
                "content_attributes": {},
                "created_at": unix(at),
                "private": False,
                "source_id": None,
                **more,
            }
        )


def life(story: Story, now: datetime) -> Life:
    """What Chatwoot knows of a story by now."""
    told = Life(story, story.events[0].at)
    for event in story.events:
        if event.at <= now:
            told.tell(event)
    return told


def row(told: Life, patrons: Mapping[int, Patron]) -> Row:
    """The conversation as the list gives it."""
    story, language = told.story, told.story.language
    spoken = [one for one in told.messages if one["message_type"] != ACTIVITY]
    return {
        "meta": _meta(told, patrons.get(story.customer)),
        "id": story.id,
        "messages": told.messages[-1:],
        "account_id": ACCOUNT,
        "uuid": f"00000000-0000-4000-8000-{story.id:012d}",
        "additional_attributes": {"browser_language": language} if language else {},
        "agent_last_seen_at": 0,
        "assignee_last_seen_at": 0,
        "can_reply": True,
        "contact_last_seen_at": 0,
        "custom_attributes": {},
        "inbox_id": 1,
        "labels": list(story.tags),
        "muted": False,
        "snoozed_until": None,
        "status": told.status,
        "created_at": unix(story.created_at),
        "updated_at": float(unix(told.changed_at)),
        "timestamp": unix(told.changed_at),
        "first_reply_created_at": unix(told.first_reply_at),
        "unread_count": 0,
        "last_non_activity_message": spoken[-1] if spoken else None,
        "last_activity_at": unix(told.changed_at),
        "priority": told.priority,
        "waiting_since": unix(told.waiting_since),
        "sla_policy_id": None,
    }


def _meta(told: Life, patron: Patron | None) -> Row:
    number = told.story.id
    known = {CUSTOMER_ATTRIBUTE: patron.external_id} if patron and patron.external_id else {}
    meta: Row = {
        "sender": {
            "additional_attributes": {},
            "availability_status": "offline",
            "email": f"customer-{number}@desk.example",
            "id": number,
            "name": f"Customer {number}",
            "phone_number": None,
            "blocked": False,
            "identifier": None,
            "thumbnail": "",
            "custom_attributes": known,
            "last_activity_at": unix(told.changed_at),
            "created_at": unix(told.story.created_at),
        },
        "channel": CHANNELS[told.story.channel],
        "hmac_verified": False,
    }
    if told.is_assigned:
        meta["assignee"] = {"id": AGENT, "name": "An agent", "email": "agent@desk.example"}
    if told.team:
        meta["team"] = {"id": 1, "name": told.team, "allow_auto_assign": True}
    return meta


def answers(told: Sequence[Life]) -> list[tuple[datetime, Row]]:
    """The answers to surveys of these conversations, as their list gives them."""
    return [
        (
            at,
            {
                "id": one.story.id * 100 + number,
                "rating": score,
                "feedback_message": None,
                "account_id": ACCOUNT,
                "message_id": one.story.id * 1000,
                "conversation_id": one.story.id,
                "created_at": unix(at),
            },
        )
        for one in told
        for number, (at, score) in enumerate(one.ratings, 1)
    ]


def unix(at: datetime | None) -> int:
    """Unix seconds, 0 for none."""
    return 0 if at is None else int(at.timestamp())


def iso(at: datetime) -> str:
    """An instant as reporting events have it."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.000Z")
