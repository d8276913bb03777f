"""What Zammad sends, as far as we read it: no title, no text, no person but as a number.

Everything else on the wire is skipped undecoded.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, TypeVar

import msgspec

from connectors.contract import Rejection
from connectors.http import field_of
from connectors.walking import NAMELESS

Instant = Annotated[datetime, msgspec.Meta(tz=True)]
YEARS = range(1970, 2300)  # an instant of any other year is a mistake, and cannot be reckoned with


class Dated(msgspec.Struct, frozen=True, gc=False):
    """Whatever has instants."""

    def __post_init__(self) -> None:
        """Refuse an instant that cannot be one."""
        for name in self.__struct_fields__:
            value = getattr(self, name)
            if isinstance(value, datetime) and value.year not in YEARS:
                raise ValueError(name)


class Ticket(Dated, frozen=True, gc=False):
    """One ticket of a search with `expand`, which brings names beside numbers.

    close_at: when it was closed first, which stays after a reopening; last_close_at: last, in
    versions that have it. create_article_sender, create_article_type: of what opened it.
    """

    id: int
    created_at: Instant
    updated_at: Instant
    state_id: int
    priority: str
    group: str
    owner_id: int | None = None
    organization_id: int | None = None
    create_article_sender: str | None = None
    create_article_type: str | None = None
    first_response_at: Instant | None = None
    close_at: Instant | None = None
    last_close_at: Instant | None = None


class State(msgspec.Struct, frozen=True, gc=False):
    """One state that tickets may be in, by whatever name, and its type, which Zammad fixes."""

    id: int
    state_type: str


class Entry(Dated, frozen=True, gc=False):
    """One line of a ticket's history.

    object, o_id: what it is about, the ticket or one of its articles. attribute: what was updated;
    of a state the numbers before and after, of a group the names.
    """

    created_at: Instant
    object: str | None = None
    o_id: int | None = None
    type: str | None = None
    attribute: str | None = None
    id_from: int | None = None
    id_to: int | None = None
    value_from: str | None = None
    value_to: str | None = None


class Article(Dated, frozen=True, gc=False):
    """One message or note."""

    id: int
    created_at: Instant
    sender_id: int
    type_id: int
    internal: bool = False


class Assets(msgspec.Struct, frozen=True):
    """What the lines of a history are about."""

    articles: dict[str, Article] = msgspec.field(name="TicketArticle", default_factory=dict)


class History(msgspec.Struct, frozen=True):
    """All that happened to one ticket, the oldest first."""

    history: list[Entry]
    assets: Assets


class Named(msgspec.Struct, frozen=True):
    """What of a record its Rejection is called by."""

    id: int | str


class Me(msgspec.Struct, frozen=True):
    """Who is signed in."""

    id: int


T = TypeVar("T")


def read(raws: Sequence[msgspec.Raw]) -> tuple[list[Ticket], list[Rejection]]:
    """The tickets of an answer, and those that could not be read."""
    tickets: list[Ticket] = []
    rejected: list[Rejection] = []
    for raw in raws:
        try:
            tickets.append(msgspec.json.decode(raw, type=Ticket))
        except msgspec.ValidationError as error:
            rejected.append(rejection(_name(raw), "the ticket", error))
    return tickets, rejected


def rejection(name: str, what: str, error: msgspec.ValidationError) -> Rejection:
    """The ticket of this name cannot be told, because of something in its `what`."""
    message = f"ticket {name}: {field_of(error)} of {what} does not hold what it must"
    return Rejection(name, "malformed", message)


def _name(raw: msgspec.Raw) -> str:
    """How a person finds a ticket that could not be read."""
    try:
        return str(msgspec.json.decode(raw, type=Named).id)[:40]
    except msgspec.ValidationError:
        return NAMELESS
