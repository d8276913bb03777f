"""What Chatwoot sends, as far as we read it: no text, and no person but as a number.

Everything else on the wire is skipped undecoded. Instants are Unix seconds, 0 where there is none;
those of reporting events are ISO 8601.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

import msgspec

from connectors.contract import Rejection
from connectors.http import field_of
from connectors.walking import NAMELESS

CENTURY = 4_102_444_800  # the year 2100
Unix = Annotated[int, msgspec.Meta(ge=0, lt=CENTURY)]
Moment = Annotated[float, msgspec.Meta(ge=0, lt=CENTURY)]
Instant = Annotated[datetime, msgspec.Meta(tz=True)]


class Team(msgspec.Struct, frozen=True, gc=False):
    """Who holds a conversation."""

    name: str


class Assignee(msgspec.Struct, frozen=True, gc=False):
    """Who works on a conversation, as a number."""

    id: int


class Sender(msgspec.Struct, frozen=True, gc=False):
    """The contact, of whom nothing but the attribute that was named is looked at."""

    custom_attributes: dict[str, Any] | None = None


class Meta(msgspec.Struct, frozen=True, gc=False):
    """What stands beside a conversation. assignee: one agent or, by its type, a bot."""

    channel: str | None = None
    team: Team | None = None
    assignee: Assignee | None = None
    assignee_type: str | None = None
    sender: Sender | None = None


class Attributes(msgspec.Struct, frozen=True, gc=False):
    """The language of the conversation where it was detected, and of the customer's browser."""

    conversation_language: str | None = None
    browser_language: str | None = None


class Conversation(msgspec.Struct, frozen=True, gc=False):
    """One conversation of the list.

    id: what the account calls it; the database has another number for it, which is not told here.
    updated_at: since version 4.0.2. first_reply_created_at: of an agent, the opening included.
    """

    id: int
    created_at: Unix
    last_activity_at: Unix
    status: str
    updated_at: Moment | None = None
    priority: str | None = None
    first_reply_created_at: Unix | None = None
    labels: tuple[str, ...] = ()
    meta: Meta = Meta()
    additional_attributes: Attributes | None = None

    @property
    def changed(self) -> float:
        """When it was last changed, in Unix seconds."""
        return max(float(self.last_activity_at), self.updated_at or 0.0)


class Found(msgspec.Struct, frozen=True):
    """The conversations of a page, not yet read, so that a malformed one spoils no other."""

    payload: list[msgspec.Raw]


class Listed(msgspec.Struct, frozen=True):
    """One answer of the list."""

    data: Found


class Writer(msgspec.Struct, frozen=True, gc=False):
    """Who wrote a message: a `contact`, a `user`, which is an agent, or a program."""

    type: str | None = None


class Content(msgspec.Struct, frozen=True, gc=False):
    """How a message came about. external_echo: an agent wrote it elsewhere, as on a phone."""

    automation_rule_id: int | None = None
    external_echo: bool = False


class Message(msgspec.Struct, frozen=True, gc=False):
    """One message: 0 came in, 1 went out, 2 says what was done, 3 was sent by Chatwoot itself."""

    id: int
    created_at: Unix
    message_type: int
    private: bool = False
    content_type: str | None = None
    content_attributes: Content | None = None
    sender: Writer | None = None


class Messages(msgspec.Struct, frozen=True):
    """Twenty messages at most, the oldest first."""

    payload: list[Message]


class Event(msgspec.Struct, frozen=True, gc=False):
    """One reporting event of a conversation."""

    name: str
    event_end_time: Instant | None = None


class Answered(msgspec.Struct, frozen=True, gc=False):
    """A customer's answer to a survey, from 1 to 5."""

    id: int
    conversation_id: int
    rating: Annotated[int, msgspec.Meta(ge=1, le=5)]
    created_at: Unix


class Account(msgspec.Struct, frozen=True):
    """One account that whoever is signed in belongs to."""

    id: int
    role: str | None = None


class Profile(msgspec.Struct, frozen=True):
    """Who is signed in."""

    id: int
    accounts: tuple[Account, ...] = ()


class Named(msgspec.Struct, frozen=True):
    """What of a record its Rejection is called by."""

    id: int | str


T = TypeVar("T")


def read(raws: Sequence[msgspec.Raw], kind: type[T], what: str) -> tuple[list[T], list[Rejection]]:
    """The records of an answer, and those that could not be read."""
    records: list[T] = []
    rejected: list[Rejection] = []
    for raw in raws:
        try:
            records.append(msgspec.json.decode(raw, type=kind))
        except msgspec.ValidationError as error:
            rejected.append(rejection(_name(raw), what, error))
    return records, rejected


def rejection(name: str, what: str, error: msgspec.ValidationError) -> Rejection:
    """A record of this name cannot be told, because of something in `what`."""
    message = f"{what} {name}: {field_of(error)} does not hold what it must"
    return Rejection(name, "malformed", message)


def instant(seconds: float) -> datetime:
    """Unix seconds as an aware instant."""
    return datetime.fromtimestamp(seconds, UTC)


def _name(raw: msgspec.Raw) -> str:
    """How a person finds a record that could not be read."""
    try:
        return str(msgspec.json.decode(raw, type=Named).id)[:40]
    except msgspec.ValidationError:
        return NAMELESS
