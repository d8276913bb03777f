"""What RT's REST API sends, as far as we read it: lists, tickets and transactions.

An id is a number or a text, and a user's is the name. What is not set is "", and of instants the
beginning of 1970.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Final, TypeVar

import msgspec

from connectors import Rejection
from connectors.http import field_of
from connectors.walking import NAMELESS

Id = int | str
Number = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,18}$")] | int
Signed = Annotated[str, msgspec.Meta(pattern=r"^-?[0-9]{1,18}$")] | int
Instant = Annotated[datetime, msgspec.Meta(tz=True)]
YEARS: Final = range(1970, 2300)


class Named(msgspec.Struct, frozen=True, gc=False):
    """What another record is referred to by. name: where it was asked for and may be seen."""

    id: Id = ""
    name: str = msgspec.field(name="Name", default="")


class CustomField(msgspec.Struct, frozen=True, gc=False):
    """What a ticket has in one custom field."""

    name: str
    values: tuple[Any, ...] = ()


class Row(msgspec.Struct, frozen=True, gc=False):
    """What every record of a list has."""

    id: Number

    @property
    def number(self) -> int:
        """The id as what it is."""
        return int(self.id)


class Ticket(Row, frozen=True, gc=False):
    """One ticket of the list. requestors, ccs: who asked, and who reads along."""

    status: str = msgspec.field(name="Status")
    created: Instant = msgspec.field(name="Created")
    changed: Instant = msgspec.field(name="LastUpdated")
    queue: Named | str = msgspec.field(name="Queue")
    owner: Named | str = msgspec.field(name="Owner")
    priority: Signed = msgspec.field(name="Priority")
    requestors: tuple[Named, ...] | str = msgspec.field(name="Requestor", default=())
    ccs: tuple[Named, ...] | str = msgspec.field(name="Cc", default=())
    custom_fields: tuple[CustomField, ...] | str = msgspec.field(name="CustomFields", default=())

    def __post_init__(self) -> None:
        """Refuse an instant that cannot be one."""
        for at in (self.created, self.changed):
            if at.year not in YEARS:
                raise ValueError("an instant")


class Transaction(Row, frozen=True, gc=False):
    """One thing that happened to a ticket, which is its object."""

    kind: str = msgspec.field(name="Type")
    created: Instant = msgspec.field(name="Created")
    ticket: Number = msgspec.field(name="ObjectId")
    field: str | None = msgspec.field(name="Field", default="")
    old: Id | None = msgspec.field(name="OldValue", default="")
    new: Id | None = msgspec.field(name="NewValue", default="")
    creator: Named | str = msgspec.field(name="Creator", default="")

    def __post_init__(self) -> None:
        """Refuse an instant that cannot be one."""
        if self.created.year not in YEARS:
            raise ValueError("an instant")


class Happened(Row, frozen=True, gc=False):
    """Of a transaction only which it is, and of which ticket."""

    ticket: Number = msgspec.field(name="ObjectId")


class Queue(Row, frozen=True, gc=False):
    """One queue."""

    name: str = msgspec.field(name="Name")


class Listed(msgspec.Struct, frozen=True):
    """One answer with a list, its records not yet read, so that a malformed one spoils no other.

    total: of all pages; None where the user may not see everything.
    """

    items: list[msgspec.Raw]
    per_page: int
    total: int | None = None


class About(msgspec.Struct, frozen=True):
    """Which RT it is."""

    version: str = msgspec.field(name="Version")


TICKET_FIELDS: Final = (
    "Status,Created,LastUpdated,Queue,Owner,Priority,Requestor,Cc"  # and CustomFields
)
TRANSACTION_FIELDS: Final = "Type,Field,OldValue,NewValue,Created,Creator,ObjectId"

RowT = TypeVar("RowT", bound=Row)
_DECODERS: Final[dict[type[Row], msgspec.json.Decoder[Any]]] = {
    kind: msgspec.json.Decoder(kind) for kind in (Row, Ticket, Transaction, Happened, Queue)
}


def read(raws: Sequence[msgspec.Raw], kind: type[RowT]) -> tuple[list[RowT], list[Rejection]]:
    """The records of an answer, and those that could not be read."""
    rows: list[RowT] = []
    rejected: list[Rejection] = []
    for raw in raws:
        try:
            rows.append(_DECODERS[kind].decode(raw))
        except msgspec.ValidationError as error:
            name = _name(raw)
            message = (
                f"{kind.__name__.lower()} {name}: {field_of(error)} does not hold what it must"
            )
            rejected.append(Rejection(name, "malformed", message))
    return rows, rejected


def _name(raw: msgspec.Raw) -> str:
    """How a person finds a record that could not be read."""
    try:
        return str(_DECODERS[Row].decode(raw).id)
    except msgspec.ValidationError:
        return NAMELESS
