"""How far one Chargebee site has been read, as it is stored between two pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec
from msgspec.structs import replace

from connectors import cursors

VERSION: Final = 1


class Cursor(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where each list goes on.

    changed: by time of change, as a walk has it; every list.
    made: by time of creation; the lists whose first reading has not come to its end. None: it has
        not begun.
    """

    changed: Mapping[str, str]
    made: Mapping[str, str | None] = {}
    version: int = VERSION

    @property
    def text(self) -> str:
        """As it is stored."""
        return msgspec.json.encode(self).decode()

    def reached(self, name: str, to: str) -> Cursor:
        """The list by time of change was read up to there."""
        return replace(self, changed={**self.changed, name: to})

    def imported(self, name: str, to: str, *, last: bool) -> Cursor:
        """The first reading of the list has come so far; last: that is its end."""
        rest = {one: at for one, at in self.made.items() if one != name}
        return replace(self, made=rest if last else {**rest, name: to})


def stored(text: str, source: str) -> Cursor:
    """The cursor that was stored as `text`. Raises `Fatal` for one that is not ours."""
    cursor = cursors.stored(text, Cursor, f"source '{source}'")
    if cursor.version > VERSION:
        raise cursors.newer(f"source '{source}'")
    return cursor
