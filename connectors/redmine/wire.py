"""What Redmine's REST API sends, as far as we read it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Final

import msgspec

from connectors import Rejection
from connectors.http import field_of
from connectors.walking import NAMELESS

Instant = Annotated[datetime, msgspec.Meta(tz=True)]
YEARS: Final = range(1970, 2300)


class Named(msgspec.Struct, frozen=True, gc=False):
    """What is referred to by its id, with the name that it has."""

    id: int
    name: str = ""


class Standing(msgspec.Struct, frozen=True, gc=False):
    """A status. is_closed: whether Redmine takes issues in it for done."""

    id: int
    name: str
    is_closed: bool = False


class Detail(msgspec.Struct, frozen=True, gc=False):
    """One change of a field: ids are written as text, nothing is null."""

    property: str
    name: str
    old_value: Any = None
    new_value: Any = None


class Journal(msgspec.Struct, frozen=True, gc=False):
    """One thing that was done to an issue, with a note or without."""

    id: int
    created_on: Instant
    user: Named | None = None
    notes: str | None = None
    private_notes: bool = False
    details: tuple[Detail, ...] = ()


class CustomField(msgspec.Struct, frozen=True, gc=False):
    """What an issue has in one custom field; several values are a list."""

    name: str
    value: Any = None


class Row(msgspec.Struct, frozen=True, gc=False):
    """One issue of the list: which it is, and when it last changed."""

    id: int
    updated_on: Instant

    def __post_init__(self) -> None:
        """Refuse an instant that cannot be one."""
        if self.updated_on.year not in YEARS:
            raise ValueError("updated_on")


class Issue(Row, frozen=True, gc=False):
    """One issue with all that was done to it."""

    project: Named
    status: Standing
    priority: Named
    created_on: Instant
    tracker: Named | None = None
    author: Named | None = None
    assigned_to: Named | None = None
    category: Named | None = None
    custom_fields: tuple[CustomField, ...] = ()
    journals: tuple[Journal, ...] = ()


class Issues(msgspec.Struct, frozen=True):
    """One answer of the list, its issues not yet read, so that a malformed one spoils no other."""

    issues: list[msgspec.Raw]
    total_count: int


class One(msgspec.Struct, frozen=True):
    """The answer to one issue, not yet read."""

    issue: msgspec.Raw


class Statuses(msgspec.Struct, frozen=True):
    """All statuses of all trackers."""

    issue_statuses: tuple[Standing, ...]


class Member(msgspec.Struct, frozen=True, gc=False):
    """Who is in a project, in which roles. user: None of a group; its users come on their own."""

    roles: tuple[Named, ...] = ()
    user: Named | None = None


class Members(msgspec.Struct, frozen=True):
    """One page of the members of a project."""

    memberships: tuple[Member, ...]
    total_count: int


class _User(msgspec.Struct, frozen=True):
    id: int


class Me(msgspec.Struct, frozen=True):
    """Whose key it is."""

    user: _User


class _Known(msgspec.Struct, frozen=True):
    id: int


_ROW: Final = msgspec.json.Decoder(Row)
_ISSUE: Final = msgspec.json.Decoder(Issue)
_KNOWN: Final = msgspec.json.Decoder(_Known)


def rows(raws: Sequence[msgspec.Raw]) -> tuple[list[Row], list[Rejection]]:
    """The issues of an answer of the list, and those that could not be read."""
    found: list[Row] = []
    rejected: list[Rejection] = []
    for raw in raws:
        try:
            found.append(_ROW.decode(raw))
        except msgspec.ValidationError as error:
            rejected.append(_rejection(_name(raw), error))
    return found, rejected


def issue(told: One, number: int) -> Issue | Rejection:
    """One issue, or why it cannot be read."""
    try:
        return _ISSUE.decode(told.issue)
    except msgspec.ValidationError as error:
        return _rejection(str(number), error)


def _rejection(name: str, error: msgspec.ValidationError) -> Rejection:
    message = f"issue {name}: {field_of(error)} does not hold what it must"
    return Rejection(name, "malformed", message)


def _name(raw: msgspec.Raw) -> str:
    """How a person finds an issue that could not be read."""
    try:
        return str(_KNOWN.decode(raw).id)
    except msgspec.ValidationError:
        return NAMELESS
