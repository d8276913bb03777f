"""What Jira sends of changes: the log of an issue, of which authors are skipped undecoded."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import msgspec

from connectors.jira.wire import YEARS, instant

MILLISECONDS: Final = 10**11
"""A number of milliseconds since 1970 is greater, one of seconds is not."""


class Item(msgspec.Struct, frozen=True, gc=False):
    """A field that was changed, from what and to what: ids, and the names that they had."""

    field: str = msgspec.field(name="fieldId", default="")
    before: str | None = msgspec.field(name="from", default=None)
    after: str | None = msgspec.field(name="to", default=None)
    before_name: str | None = msgspec.field(name="fromString", default=None)
    after_name: str | None = msgspec.field(name="toString", default=None)


class History(msgspec.Struct, frozen=True):
    """What somebody changed at once. created: documented as a text, sent as a number."""

    id: str
    created: int | datetime
    items: tuple[Item, ...] = ()

    def __post_init__(self) -> None:
        """Refuse an instant that cannot be one."""
        if self.at.year not in YEARS:
            raise ValueError("created")

    @property
    def at(self) -> datetime:
        """When it was."""
        if isinstance(self.created, datetime):
            return self.created.astimezone(UTC)
        return instant(self.created if self.created > MILLISECONDS else self.created * 1000)


class Changelog(msgspec.Struct, frozen=True):
    """What was changed of one issue, or a part of that."""

    issue: str = msgspec.field(name="issueId")
    histories: tuple[History, ...] = msgspec.field(name="changeHistories", default=())


class Changelogs(msgspec.Struct, frozen=True):
    """One page of what was changed."""

    logs: list[msgspec.Raw] = msgspec.field(name="issueChangeLogs", default=[])
    following: str | None = msgspec.field(name="nextPageToken", default=None)
