"""What ServiceNow's Table API sends: answers, rows, and instants as text in UTC."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar, cast

import msgspec

UNKNOWN = "(a record without number and sys_id)"


class Malformed(ValueError):
    """A field of a record does not hold what it must; the message says which and what."""


class Row(msgspec.Struct, frozen=True, gc=False):
    """What every row of every table has."""

    sys_id: str


class Incident(Row, frozen=True, gc=False):
    """One row of the incident table with `sysparm_display_value=false`: all text, "" is unset.

    The names of the fields, dot-walked ones included, are what is asked for, and nothing else.
    customer, website: of whoever asked, where a column of it is read: see `incident`.
    """

    customer: ClassVar[str] = ""
    website: ClassVar[str] = ""

    sys_updated_on: str
    number: str = ""
    opened_at: str = ""
    sys_created_on: str = ""
    sys_mod_count: str = ""
    state: str = ""
    hold_reason: str = ""
    priority: str = ""
    contact_type: str = ""
    group: str = msgspec.field(name="assignment_group.name", default="")
    assigned_to: str = ""
    parent_incident: str = ""
    resolved_at: str = ""
    closed_at: str = ""
    reopen_count: str = ""
    reassignment_count: str = ""
    category: str = ""
    subcategory: str = ""


def incident(customer: str | None, website: str | None) -> type[Incident]:
    """Incidents that also tell these columns; None: not asked for."""
    columns = {"customer": customer, "website": website}
    more = [
        (name, str, msgspec.field(name=column, default=""))
        for name, column in columns.items()
        if column is not None
    ]
    made = msgspec.defstruct("Incident", more, bases=(Incident,), frozen=True, gc=False)
    return cast("type[Incident]", made)


class Deletion(Row, frozen=True, gc=False):
    """One row of `sys_audit_delete`: which record of which table was deleted, and when."""

    sys_created_on: str
    tablename: str = ""
    documentkey: str = ""


class Answer(msgspec.Struct, frozen=True):
    """One answer of the Table API, its rows not yet read, so that a malformed one spoils no other.

    error: also comes with status 200, after the rows that were read before the instance gave up.
    """

    result: list[msgspec.Raw] = []
    error: msgspec.Raw = msgspec.Raw()


def fields_of(row: type[Row]) -> str:
    """The value of `sysparm_fields` that brings exactly what `row` declares."""
    return ",".join(field.encode_name for field in msgspec.structs.fields(row))


def instant(text: str, field: str) -> datetime:
    """`YYYY-MM-DD HH:MM:SS`, which is UTC, as an aware instant. Raises `Malformed`."""
    try:
        if len(text) == 19:  # the parser takes shorter forms too, and reads them as midnight
            return datetime.fromisoformat(text + "+00:00")
    except ValueError:
        pass
    raise Malformed(f"{field} is no date and time")


def text_of(at: datetime) -> str:
    """An instant as the Table API writes it and wants it in a query."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def count(text: str, field: str, most: int = 2**31 - 1) -> int:
    """A whole number between 0 and `most`; unset is 0. Raises `Malformed`."""
    if not text:
        return 0
    if not (text.isascii() and text.isdigit()):
        raise Malformed(f"{field} is no whole number")
    if len(text) > 10 or int(text) > most:
        raise Malformed(f"{field} is greater than {most}")
    return int(text)


def name_of(raw: msgspec.Raw) -> str:
    """How a person finds a record that could not be read: its number, else its sys_id."""
    try:
        record: Any = msgspec.json.decode(raw)
    except msgspec.DecodeError:
        return UNKNOWN
    if not isinstance(record, Mapping):
        return UNKNOWN
    return str(record.get("number") or record.get("sys_id") or UNKNOWN)[:40]
