"""A helpdesk that really was: the audit log of a ServiceNow instance, told again on a clock.

The log has one row for each update of an incident, in the form of the public "incident management
process enriched event log": day/month/year and minutes, taken as UTC, `?` for what is missing.
Every row carries the final `resolved_at` and `closed_at`; here they are stamps at their own
instants, so that a clock hides them until it has come to them.
"""

from __future__ import annotations

import csv
import lzma
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from itertools import accumulate
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple, Self, TextIO

from connectors.testing.desk import Event, Kind, Patron, Role, Story
from connectors.testing.timeline import Timeline

MISSING = "?"

STATUSES = {
    "New": "new",
    "Active": "open",
    "Awaiting User Info": "pending",
    "Awaiting Vendor": "hold",
    "Awaiting Problem": "hold",
    "Awaiting Evidence": "hold",
    "-100": "open",
    "Resolved": "solved",
    "Closed": "closed",
}
PRIORITIES = {
    "1 - Critical": "urgent",
    "2 - High": "high",
    "3 - Moderate": "normal",
    "4 - Low": "low",
}
CHANNELS = {"Phone": "phone", "IVR": "phone", "Self service": "web", "Email": "email"}
_DAY_AND_TIME = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4}) (\d{1,2}):(\d{1,2})", re.ASCII)


class Columns(NamedTuple):
    """What is read of a row, by the names of the log."""

    number: str
    incident_state: str
    priority: str
    assignment_group: str
    assigned_to: str
    contact_type: str
    reopen_count: str
    opened_at: str
    sys_updated_at: str
    resolved_at: str
    closed_at: str


class Row(NamedTuple):
    """One update of an incident, in the words of the desk."""

    number: int
    status: str
    priority: str
    team: str
    assigned: str
    channel: str
    reopens: int
    opened_at: datetime
    updated_at: datetime
    resolved_at: datetime | None
    closed_at: datetime | None


# The fields whose changes are events, with what they are before the first row.
CHANGES = (
    (Kind.STATUS, attrgetter("status"), None),
    (Kind.PRIORITY, attrgetter("priority"), None),
    (Kind.TEAM, attrgetter("team"), ""),
    (Kind.ASSIGNED, attrgetter("assigned"), ""),
)


class ReplayedDesk:
    """The desk of a log. A story's id is its incident's number, so ids follow the desk's order
    of appearance only roughly.
    """

    def __init__(self, stories: Iterable[Story]) -> None:
        """stories: at least one."""
        found = sorted(stories, key=lambda story: (story.events[0].at, story.id))
        self._teams = sorted(
            {
                event.value
                for story in found
                for event in story.events
                if event.kind is Kind.TEAM and event.value
            }
        )
        self._begins = found[0].events[0].at
        self._ends = max(story.events[-1].at for story in found)
        self._timeline: Timeline[Story] = Timeline()
        for story in found:
            self._timeline.add(story)
        for hour in self._timeline.hours():
            self._timeline.seal(hour)

    @classmethod
    def read(cls, path: str | Path) -> Self:
        """The desk of the log at `path`, a CSV file, plain or compressed with xz.

        Raises ValueError, with file and line, for a file that is no such log.
        """
        histories: dict[int, list[Row]] = {}
        for row in _rows(Path(path)):
            histories.setdefault(row.number, []).append(row)
        if not histories:
            message = f"{path}, line 1: the log has no incident; give a log with at least one row"
            raise ValueError(message)
        return cls(_story(history) for history in histories.values())

    @property
    def teams(self) -> Sequence[str]:
        """Every group that the log names, sorted."""
        return self._teams

    @property
    def hours(self) -> None:
        """None: the log says nothing of business hours, so the desk is always open."""
        return

    @property
    def begins(self) -> datetime:
        """When the first incident appears."""
        return self._begins

    @property
    def ends(self) -> datetime:
        """When the last thing happens."""
        return self._ends

    def stories(self, until: datetime) -> Sequence[Story]:
        """Every story whose first event is at or before `until`, by id."""
        return self._timeline.stories(until)

    def touched(self, after: datetime, until: datetime) -> Iterator[tuple[datetime, Story]]:
        """Each story with an event in (after, until], once, with the instant of its last event
        there, ordered by (instant, id).
        """
        return self._timeline.touched(after, min(until, self._ends))

    def customers(self, until: datetime) -> Sequence[Patron]:
        """None: the log knows callers only."""
        del until
        return ()

    def customers_touched(
        self, after: datetime, until: datetime
    ) -> Iterator[tuple[datetime, Patron]]:
        """None."""
        del after, until
        return iter(())


def _story(rows: Sequence[Row]) -> Story:
    """One incident's life. The last row is right where rows disagree about what is final."""
    instants = _forward([row.updated_at for row in rows])
    first, last = rows[0], rows[-1]
    events = [
        Event(instants[0], Kind.OPENED, Role.CUSTOMER),
        Event(instants[0], Kind.COMMENT, Role.CUSTOMER),
        *_changes(rows, instants),
        *_stamps(last, instants[0]),
    ]
    events.sort(key=attrgetter("at"))
    return Story(first.number, first.opened_at, first.channel, Role.CUSTOMER, tuple(events))


def _forward(instants: Sequence[datetime]) -> list[datetime]:
    """The instants without steps back: no row is later than the rows that come after it."""
    return list(accumulate(reversed(instants), min))[::-1]


def _changes(rows: Sequence[Row], instants: Sequence[datetime]) -> Iterator[Event]:
    """What each row changed of what the rows before it said."""
    known: dict[Kind, str | None] = {kind: before for kind, _, before in CHANGES}
    reopens = 0
    for row, at in zip(rows, instants, strict=True):
        for kind, read, _ in CHANGES:
            value: str = read(row)
            if value != known[kind]:
                known[kind] = value
                yield Event(at, kind, Role.AGENT, value)
        for _ in range(row.reopens - reopens):
            yield Event(at, Kind.REOPENED, Role.AGENT)
        reopens = max(reopens, row.reopens)


def _stamps(row: Row, opened: datetime) -> Iterator[Event]:
    """The final instants of the incident; none is before it appeared."""
    for value, at in (("solved", row.resolved_at), ("closed", row.closed_at)):
        if at is not None:
            yield Event(max(at, opened), Kind.STAMP, Role.AGENT, value)


def _rows(path: Path) -> Iterator[Row]:
    """Every row of the log, in the order of the file."""
    line = 1
    try:
        with _open(path) as file:
            reader = csv.reader(file)
            positions = _positions(next(reader, []))
            for cells in reader:
                line = reader.line_num
                yield _row(Columns(*(cells[position] for position in positions)))
    except IndexError:
        message = f"{path}, line {line}: the row has too few columns; the log seems to be cut"
        raise ValueError(message) from None
    except (ValueError, csv.Error, lzma.LZMAError, EOFError) as error:
        message = f"{path}, line {line}: {error}"
        raise ValueError(message) from error


def _open(path: Path) -> TextIO:
    if path.suffix == ".xz":
        return lzma.open(path, "rt", encoding="utf-8", newline="")
    return path.open(encoding="utf-8", newline="")


def _positions(header: Sequence[str]) -> list[int]:
    missing = [name for name in Columns._fields if name not in header]
    if missing:
        message = f"this is no incident log, it has no column {', '.join(missing)}"
        raise ValueError(message)
    return [header.index(name) for name in Columns._fields]


def _row(cells: Columns) -> Row:
    return Row(
        number=_number(cells.number),
        status=_known(STATUSES, cells.incident_state, "incident_state"),
        priority=_known(PRIORITIES, cells.priority, "priority"),
        team="" if cells.assignment_group == MISSING else cells.assignment_group,
        assigned="" if cells.assigned_to == MISSING else "yes",
        channel=CHANNELS.get(cells.contact_type, "other"),
        reopens=_count(cells.reopen_count),
        opened_at=_instant(cells.opened_at, "opened_at"),
        updated_at=_instant(cells.sys_updated_at, "sys_updated_at"),
        resolved_at=_instant_or_none(cells.resolved_at, "resolved_at"),
        closed_at=_instant_or_none(cells.closed_at, "closed_at"),
    )


def _number(text: str) -> int:
    digits = text.removeprefix("INC")
    if digits == text or not digits.isdecimal():
        message = f"number is {text!r}, expected INC and digits"
        raise ValueError(message)
    return int(digits)


def _count(text: str) -> int:
    if not text.isdecimal():
        message = f"reopen_count is {text!r}, expected a whole number"
        raise ValueError(message)
    return int(text)


def _known(words: Mapping[str, str], text: str, column: str) -> str:
    if text not in words:
        message = f"{column} is {text!r}, expected one of {', '.join(words)}"
        raise ValueError(message)
    return words[text]


def _instant_or_none(text: str, column: str) -> datetime | None:
    return None if text == MISSING else _instant(text, column)


@lru_cache(maxsize=4096)
def _instant(text: str, column: str) -> datetime:
    found = _DAY_AND_TIME.fullmatch(text)  # strptime would be a third of the reading
    try:
        if found is not None:
            day, month, year, hour, minute = map(int, found.groups())
            return datetime(year, month, day, hour, minute, tzinfo=UTC)
    except ValueError:
        pass  # a day that there is not
    message = f"{column} is {text!r}, expected day/month/year hour:minute"
    raise ValueError(message)
