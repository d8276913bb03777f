"""What GitHub sends of issues, as far as it is asked for: no title, no text.

Names of people come along, so that an author who comments can be told from somebody who answers;
they go no further than this package's mapping.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Final, Generic, TypeVar

import msgspec

from connectors.contract import Rejection
from connectors.http import field_of
from connectors.walking import NAMELESS

YEARS: Final = range(1970, 2300)  # an instant of any other year cannot be reckoned with

Instant = Annotated[datetime, msgspec.Meta(tz=True)]
T = TypeVar("T")


class _Dated(msgspec.Struct, frozen=True, gc=False):
    """Something with instants, which are refused where they cannot be ones."""

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            value = getattr(self, name)
            if isinstance(value, datetime) and value.year not in YEARS:
                raise ValueError(name)


class Actor(msgspec.Struct, frozen=True, gc=False):
    """Somebody, or a program."""

    kind: str = msgspec.field(name="__typename")
    login: str


class Comment(_Dated, frozen=True, gc=False):
    """A comment. author: None where the account is gone."""

    at: Instant = msgspec.field(name="createdAt")
    association: str = msgspec.field(name="authorAssociation", default="NONE")
    author: Actor | None = None


class Event(_Dated, frozen=True, gc=False):
    """That an issue was closed or reopened."""

    kind: str = msgspec.field(name="__typename")
    at: Instant = msgspec.field(name="createdAt")


class Place(msgspec.Struct, frozen=True, gc=False):
    """Where a page ends, and whether more follows."""

    more: bool = msgspec.field(name="hasNextPage", default=False)
    end: str | None = msgspec.field(name="endCursor", default=None)


class Connection(msgspec.Struct, Generic[T], frozen=True):
    """A page of what belongs to something."""

    nodes: tuple[T, ...] = ()
    place: Place = msgspec.field(name="pageInfo", default=Place())


class Count(msgspec.Struct, frozen=True, gc=False):
    """How many there are."""

    total: int = msgspec.field(name="totalCount", default=0)


class Label(msgspec.Struct, frozen=True, gc=False):
    """A label."""

    name: str


class Talk(msgspec.Struct, frozen=True):
    """What was said and done on an issue, or a page of that."""

    comments: Connection[Comment] = Connection()
    events: Connection[Event] = msgspec.field(name="timelineItems", default=Connection())


class Issue(_Dated, frozen=True):
    """One issue."""

    id: str
    number: int
    created_at: Instant = msgspec.field(name="createdAt")
    updated_at: Instant = msgspec.field(name="updatedAt")
    state: str
    reason: str | None = msgspec.field(name="stateReason", default=None)
    closed_at: Instant | None = msgspec.field(name="closedAt", default=None)
    author: Actor | None = None
    assignees: Count = Count()
    labels: Connection[Label] | None = None
    comments: Connection[Comment] = Connection()
    events: Connection[Event] = msgspec.field(name="timelineItems", default=Connection())


class Issues(msgspec.Struct, frozen=True):
    """One page of issues, not yet read, so that a malformed one spoils no other."""

    nodes: list[msgspec.Raw] = []
    place: Place = msgspec.field(name="pageInfo", default=Place())
    total: int = msgspec.field(name="totalCount", default=0)


class Repository(msgspec.Struct, frozen=True):
    """A repository."""

    issues: Issues


class OfRepository(msgspec.Struct, frozen=True):
    """What is told of a repository; None where there is none for us."""

    repository: Repository | None = None


class OfIssue(msgspec.Struct, frozen=True):
    """The rest of what belongs to an issue; None where it is gone."""

    node: Talk | None = None


class Trouble(msgspec.Struct, frozen=True):
    """Why a question was not answered, or not wholly."""

    type: str = ""
    message: str = ""


class Answer(msgspec.Struct, Generic[T], frozen=True):
    """An answer, which has the status 200 where it tells of troubles too."""

    data: T | None = None
    errors: tuple[Trouble, ...] = ()


class _Numbered(msgspec.Struct, frozen=True):
    number: int


_ISSUE: Final = msgspec.json.Decoder(Issue)


def read(repository: str, raws: Sequence[msgspec.Raw]) -> tuple[list[Issue], list[Rejection]]:
    """The issues of an answer, and those that could not be read."""
    issues: list[Issue] = []
    rejected: list[Rejection] = []
    for raw in raws:
        try:
            issues.append(_ISSUE.decode(raw))
        except msgspec.ValidationError as error:
            name = _name(repository, raw)
            message = f"issue {name}: {field_of(error)} does not hold what it must"
            rejected.append(Rejection(name, "malformed", message))
    return issues, rejected


def _name(repository: str, raw: msgspec.Raw) -> str:
    """How a person finds an issue that could not be read."""
    try:
        return f"{repository}#{msgspec.json.decode(raw, type=_Numbered).number}"
    except msgspec.ValidationError:
        return NAMELESS
