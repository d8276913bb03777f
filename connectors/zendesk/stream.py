"""What the streams of one poll have in common: their parts, and that they move on and end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.contract import ConfigurationError, Fatal, Page, Reason, Rejection
from connectors.customers import Record
from connectors.http import Forbidden
from connectors.zendesk.cursor import Cursor

PAGE_CAP = 100_000
# Zendesk has been seen to write events down many minutes after the change that they belong to.
MARGIN = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Part:
    """One answer of one stream. `complete_to` is set on the last part of each stream.

    catching_up: it belongs to the first reading of a stream that supplements tickets.
    """

    records: tuple[Record, ...]
    cursor: Cursor
    complete_to: datetime | None = None
    rejected: tuple[Rejection, ...] = ()
    gaps: tuple[str, ...] = ()
    catching_up: bool = False

    def moves(self, cursor: Cursor) -> bool:
        """Whether it tells anything, or moves on from `cursor`."""
        return bool(self.records or self.rejected or self.gaps) or self.cursor != cursor

    def page(self, *, last: bool) -> Page:
        """The same as a page; `last` says whether the whole poll ends with it."""
        return Page(
            records=self.records,
            cursor=self.cursor.text,
            complete_to=self.complete_to if last else None,
            rejected=self.rejected,
            gaps=self.gaps,
            catching_up=self.catching_up,
        )


class Walk:
    """The positions that one stream has passed in one poll, none of them twice."""

    def __init__(self, source: str, what: str, begin: str | int) -> None:
        """what: the stream in words, as in "the export of tickets"."""
        self._name = f"source '{source}': {what}"
        self._passed = {begin}

    def on(self, position: str | int) -> None:
        """Go on to `position`. Raises `Fatal` where that would be without end."""
        if position in self._passed:
            raise Fatal(
                f"{self._name} says that more follows, but its cursor does not move on. "
                "Nothing is lost; if it stays so, ask Zendesk's support."
            )
        if len(self._passed) >= PAGE_CAP:
            raise Fatal(
                f"{self._name} did not end within {PAGE_CAP} pages. Nothing is lost; ask "
                "Zendesk's support why its end never comes."
            )
        self._passed.add(position)


def is_absent(error: ConfigurationError) -> bool:
    """Whether Zendesk refuses a stream (403) or has none (404), as plans without it do."""
    return isinstance(error, Forbidden) or error.reason is Reason.ADDRESS
