"""What Intercom sends, as far as we read it. Everything else on the wire is skipped undecoded.

Instants are Unix seconds. Of a conversation no message, no contact and no teammate is read.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec

from connectors.contract import Rejection
from connectors.http import field_of
from connectors.walking import NAMELESS

Instant = Annotated[int, msgspec.Meta(ge=0, lt=4_102_444_800)]
Count = Annotated[int, msgspec.Meta(ge=0, le=10_000)]
Number = Annotated[int, msgspec.Meta(ge=0)]


class Source(msgspec.Struct, gc=False):
    """What a conversation began with: by which way it came in, and who began it."""

    type: str | None = None
    delivered_as: str | None = None


class Statistics(msgspec.Struct, gc=False):
    """When what happened to a conversation. Its durations leave out office hours and are not
    read."""

    first_contact_reply_at: Instant | None = None
    first_admin_reply_at: Instant | None = None
    first_close_at: Instant | None = None
    last_close_at: Instant | None = None
    count_reopens: Count | None = None


class Rating(msgspec.Struct, gc=False):
    """A survey of satisfaction; without a rating, one that nobody has answered yet."""

    rating: int | None = None
    updated_at: Instant | None = None


class Company(msgspec.Struct, gc=False):
    """The company of a conversation. company_id: what its own systems call it."""

    company_id: str | None = None
    website: str | None = None


class Tag(msgspec.Struct, gc=False):
    """A tag."""

    name: str


class Tags(msgspec.Struct, gc=False):
    """The tags of a conversation."""

    tags: tuple[Tag, ...] = ()


class Conversation(msgspec.Struct, gc=False):
    """One conversation of a search."""

    id: str
    created_at: Instant
    updated_at: Instant
    state: str
    priority: str | None = None
    admin_assignee_id: Number | None = None
    team_assignee_id: Number | None = None
    source: Source | None = None
    statistics: Statistics | None = None
    conversation_rating: Rating | None = None
    company: Company | None = None
    tags: Tags | None = None
    custom_attributes: dict[str, Any] | None = None


class Next(msgspec.Struct, gc=False):
    """Where the next page begins."""

    starting_after: str | None = None


class Pages(msgspec.Struct, gc=False):
    """How a search goes on."""

    next: Next | None = None


class Found(msgspec.Struct):
    """One answer of a search, its conversations not yet read, so that a malformed one spoils no
    other."""

    conversations: list[msgspec.Raw]
    total_count: int = 0
    pages: Pages | None = None

    @property
    def following(self) -> str | None:
        """The place of the next page; None at the end."""
        after = self.pages.next if self.pages else None
        return after.starting_after or None if after else None


class Team(msgspec.Struct, gc=False):
    """A team."""

    id: str
    name: str


class Teams(msgspec.Struct):
    """All teams."""

    teams: list[Team]


class App(msgspec.Struct, gc=False):
    """A workspace."""

    id_code: str | None = None
    region: str | None = None


class Me(msgspec.Struct, gc=False):
    """Whose token it is."""

    id: str
    app: App | None = None


class _Named(msgspec.Struct, gc=False):
    id: int | str


_ONE = msgspec.json.Decoder(Conversation)
_NAMED = msgspec.json.Decoder(_Named)


def read(raws: Sequence[msgspec.Raw]) -> tuple[list[Conversation], list[Rejection]]:
    """The conversations of an answer, and those that could not be read."""
    found: list[Conversation] = []
    rejected: list[Rejection] = []
    for raw in raws:
        try:
            found.append(_ONE.decode(raw))
        except msgspec.ValidationError as error:
            name, field = _name(raw), field_of(error).removeprefix("$.")
            message = f"conversation {name} was left out: '{field}' does not hold what it must"
            rejected.append(Rejection(name, "malformed", message))
    return found, rejected


def _name(raw: msgspec.Raw) -> str:
    try:
        return str(_NAMED.decode(raw).id)[:40]
    except msgspec.ValidationError:
        return NAMELESS
