"""Questions in RT's query language, and the clock that RT reads the instants in them by.

An instant in a query is read in the time zone of the user who asks, or of the server where that
user has none, and an answer never says in which. What cannot be read as an instant counts as
1970 without an error. So every question about time stands on a transaction whose instant is known,
and the same text is proven on that very transaction.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from connectors.walking import BEGINNING

TICKET: Final = "RT::Ticket"
LINK: Final = "AddLink"
MERGED: Final = "MergedInto"
# Words by themselves, so that a recording can tell them from those of people.
OF_TICKETS: Final = f"ObjectType = '{TICKET}'"
SHOWN: Final = "".join(
    f" AND Type != '{kind}'"
    for kind in ("Comment", "CommentEmailRecord", "EmailRecord", "CustomField")
)
"""Of a ticket that can be seen, everything but these can be seen too; and they change no number."""

GONE: Final = (
    f"((Type = 'Status' AND NewValue = 'deleted') OR (Type = '{LINK}' AND Field = '{MERGED}'))"
)
QUARTER: Final = timedelta(minutes=15)
"""All zones of our time are whole quarters of an hour from UTC."""

EAST: Final = 14 * 4
"""Quarters of an hour; no zone is further from UTC."""


class Mark(msgspec.Struct, frozen=True):
    """A transaction to stand on: everything up to it has been told.

    id: 0 where only its instant is known, which then lies so early that no zone makes it late.
    ahead: by how many quarters of an hour the clock of instants in queries is ahead of UTC.
    """

    id: int = 0
    at: datetime = BEGINNING
    ahead: int = 0

    @classmethod
    def before(cls, at: datetime) -> Mark:
        """A mark from which everything since `at` is told, whatever the zone."""
        return cls(0, max(at, BEGINNING + timedelta(days=2)), -EAST)

    @property
    def text(self) -> str:
        """Its instant as RT reads it."""
        return text_of(self.at, self.ahead)

    @property
    def removals(self) -> str:
        """What was deleted or merged since, and the transaction itself, if RT reads the text of its
        instant as that instant."""
        if not self.id:
            return f"{OF_TICKETS} AND {GONE} AND Created >= '{self.text}'"
        late = text_of(self.at, self.ahead + 1)
        this = f"(id = {self.id} AND Created >= '{self.text}' AND Created < '{late}')"
        return f"{OF_TICKETS} AND (({GONE} AND id > {self.id}) OR {this})"

    def is_after(self, ahead: int) -> str:
        """Itself, where RT reads its instant with that many quarters no later than it was."""
        return f"{OF_TICKETS} AND id = {self.id} AND Created >= '{text_of(self.at, ahead)}'"


def text_of(at: datetime, ahead: int) -> str:
    """An instant by a clock that is so many quarters of an hour ahead of UTC."""
    return (at.astimezone(UTC) + ahead * QUARTER).strftime("%Y-%m-%d %H:%M:%S")


def any_of(field: str, values: Iterable[int | str]) -> str:
    """That a field has one of these values."""
    return f"({' OR '.join(f'{field} = {quoted(value)}' for value in values)})"


def quoted(value: int | str) -> str:
    """A value as it stands in a query."""
    if isinstance(value, int):
        return str(value)
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
