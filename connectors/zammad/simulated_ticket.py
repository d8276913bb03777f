"""One story of the desk as a ticket of Zammad's, and as its history."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from connectors.testing.desk import Event, Kind, Role, Story

INTAKE: Final = "Users"
SYSTEM_USER: Final = 1
AGENT_USER: Final = 3

Row = dict[str, object]

# A desk's word and the number and name of a state; what the desk calls solved is closed.
STATES: Final = {
    "new": (1, "new"),
    "open": (2, "open"),
    "pending": (3, "pending reminder"),
    "hold": (3, "pending reminder"),
    "solved": (4, "closed"),
    "closed": (4, "closed"),
}
MERGED: Final = (5, "merged")
PRIORITIES: Final = {
    "low": (1, "1 low"),
    "normal": (2, "2 normal"),
    "high": (3, "3 high"),
    "urgent": (3, "3 high"),
}
SENDERS: Final = {
    Role.AGENT: (1, "Agent"),
    Role.CUSTOMER: (2, "Customer"),
    Role.BOT: (3, "System"),
    Role.SYSTEM: (3, "System"),
}
EMAIL, NOTE = (1, "email"), (10, "note")

# What opens a ticket of a channel, and what agents answer with.
OPENINGS: Final = {
    "email": EMAIL,
    "chat": (3, "chat"),
    "phone": (5, "phone"),
    "web": (11, "web"),
    "social": (6, "twitter status"),
    "api": NOTE,
    "other": NOTE,
}
ANSWERS: Final = {
    "chat": (3, "chat"),
    "phone": (5, "phone"),
    "social": (7, "twitter direct-message"),
}

# What stays empty without an SLA, a pending state and time accounting.
UNSET: Final = dict.fromkeys(
    (
        *("note", "type", "time_unit", "pending_time", "escalation_at", "last_owner_update_at"),
        *("first_response_escalation_at", "first_response_in_min", "first_response_diff_in_min"),
        *("close_escalation_at", "close_in_min", "close_diff_in_min"),
        *("update_escalation_at", "update_in_min", "update_diff_in_min"),
    )
)


@dataclass(slots=True)
class Life:
    """What Zammad knows of a ticket, written down event after event as Zammad does."""

    story: Story
    groups: Mapping[str, int]
    updated_at: datetime
    state: tuple[int, str] = STATES["new"]
    priority: tuple[int, str] = PRIORITIES["normal"]
    group: str = INTAKE
    owner: int = SYSTEM_USER
    first_response_at: datetime | None = None
    close_at: datetime | None = None
    last_close_at: datetime | None = None
    opened_by: tuple[int, str] | tuple[None, None] = (None, None)
    opened_as: tuple[int, str] | tuple[None, None] = (None, None)
    is_deleted: bool = False
    articles: list[Row] = field(default_factory=list)
    history: list[Row] = field(default_factory=list)

    def tell(self, event: Event) -> None:
        """Take in one event."""
        self.updated_at = event.at
        if event.kind is Kind.COMMENT and event.value != "merged":
            self._write(event)
        elif event.kind is Kind.STATUS:
            self._turn(event.at, STATES[event.value])
        elif event.kind is Kind.MERGED:
            self._turn(event.at, MERGED)
        elif event.kind in (Kind.DELETED, Kind.SPAM):
            self.is_deleted = True  # there is no word for spam: it is deleted
        elif event.kind is Kind.PRIORITY:
            before, self.priority = self.priority, PRIORITIES[event.value]
            self._change(event.at, "priority", before, self.priority)
        elif event.kind is Kind.TEAM:
            before_name, self.group = self.group, event.value or INTAKE
            before = (self.groups[before_name], before_name)
            self._change(event.at, "group", before, (self.groups[self.group], self.group))
        elif event.kind is Kind.ASSIGNED:
            self.owner = AGENT_USER if event.value else SYSTEM_USER

    def _turn(self, at: datetime, state: tuple[int, str]) -> None:
        before, self.state = self.state, state
        if state[1] == "closed" != before[1]:
            self.close_at = self.close_at or at
            self.last_close_at = at
        self._change(at, "state", before, state)

    def _change(
        self, at: datetime, attribute: str, before: tuple[int, str], after: tuple[int, str]
    ) -> None:
        """A line of the history, but for what the ticket was created with."""
        if before == after or at == self.story.events[0].at:
            return
        values = {"id_from": before[0], "id_to": after[0]}
        names = {"value_from": before[1], "value_to": after[1]}
        self.line(at, "updated", attribute=attribute, **values, **names)

    def _write(self, event: Event) -> None:
        sender, kind = SENDERS[event.role], self._kind(event)
        number = self.story.id * 1000 + len(self.articles) + 1
        if not self.articles:
            self.opened_by, self.opened_as = sender, kind
        internal = not event.public
        if sender[1] == "Agent" and not internal and kind != NOTE:
            self.first_response_at = self.first_response_at or event.at
        self.articles.append(
            {
                "id": number,
                "ticket_id": self.story.id,
                "type_id": kind[0],
                "sender_id": sender[0],
                "from": f"customer-{self.story.id}@desk.example",
                "subject": f"Request {self.story.id}",
                "body": "Nobody wrote this.",
                "internal": internal,
                "created_by_id": AGENT_USER if event.role is Role.AGENT else SYSTEM_USER,
                "created_at": text(event.at),
                "updated_at": text(event.at),
            }
        )
        self.line(
            event.at,
            "created",
            object="Ticket::Article",
            o_id=number,
            related_o_id=self.story.id,
            related_object="Ticket",
        )

    def _kind(self, event: Event) -> tuple[int, str]:
        if not self.articles:
            return OPENINGS[self.story.channel]
        if not event.public:
            return NOTE
        if event.role is Role.CUSTOMER and self.story.channel == "web":
            return NOTE  # what a customer writes who is signed in
        return ANSWERS.get(self.story.channel, EMAIL)

    def line(self, at: datetime, kind: str, **more: object) -> None:
        """One line of the history."""
        told = {"object": "Ticket", "o_id": self.story.id, **more}
        self.history.append(
            {
                "id": self.story.id * 10_000 + len(self.history) + 1,
                "type": kind,
                "created_by_id": SYSTEM_USER,
                "created_at": text(at),
                "sourceable_type": None,
                "sourceable_id": None,
                **told,
            }
        )


def life(story: Story, now: datetime, groups: Mapping[str, int]) -> Life:
    """What Zammad knows of a story by now."""
    begun = story.events[0].at
    told = Life(story, groups, begun)
    told.line(begun, "created")
    for tag in story.tags:
        told.line(begun, "added", attribute="tag", value_to=tag)
    for event in _happened(story.events, now):
        told.tell(event)
    return told


def _happened(events: Sequence[Event], now: datetime) -> Iterator[Event]:
    return (event for event in events if event.at <= now)


def text(at: datetime | None) -> str | None:
    """An instant as Zammad writes it, to the millisecond."""
    return None if at is None else at.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def row(told: Life) -> Row:
    """The ticket as a search with `expand` gives it."""
    return {**UNSET, **_itself(told), **_times(told), **_names(told)}


def _itself(told: Life) -> Row:
    story = told.story
    return {
        "id": story.id,
        "group_id": told.groups[told.group],
        "priority_id": told.priority[0],
        "state_id": told.state[0],
        "organization_id": story.customer or None,
        "number": str(22_000 + story.id),
        "title": f"Request {story.id}",
        "owner_id": told.owner,
        "customer_id": 1000 + story.id,
        "create_article_type_id": told.opened_as[0],
        "create_article_sender_id": told.opened_by[0],
        "article_count": len(told.articles),
        "article_ids": [article["id"] for article in told.articles],
        "updated_by_id": SYSTEM_USER,
        "created_by_id": SYSTEM_USER,
        "preferences": {},
        "ticket_time_accounting_ids": [],
    }


def _times(told: Life) -> Row:
    instants = {
        "created_at": told.story.created_at,
        "updated_at": told.updated_at,
        "first_response_at": told.first_response_at,
        "close_at": told.close_at,
        "last_close_at": told.last_close_at,
        "last_contact_at": told.updated_at,
        "last_contact_agent_at": told.first_response_at,
        "last_contact_customer_at": told.story.created_at,
    }
    return {name: text(at) for name, at in instants.items()}


def _names(told: Life) -> Row:
    """What `expand` adds to the numbers."""
    person = f"customer-{told.story.id}@desk.example"
    return {
        "group": told.group,
        "organization": f"Company {told.story.customer}" if told.story.customer else None,
        "ticket_time_accounting": [],
        "state": told.state[1],
        "priority": told.priority[1],
        "owner": "-" if told.owner == SYSTEM_USER else "agent@desk.example",
        "customer": person,
        "created_by": person,
        "updated_by": person,
        "create_article_type": told.opened_as[1],
        "create_article_sender": told.opened_by[1],
    }
