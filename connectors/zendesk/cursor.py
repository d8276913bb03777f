"""How far one Zendesk account has been read, as it is stored between two polls."""

from __future__ import annotations

import msgspec

from connectors import cursors

VERSION = 2


class Cursor(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where each stream stands. What is missing, as in cursors of the first version, is 0.

    after: Zendesk's own cursor of the tickets; empty before the first ticket.
    begin: Unix time of the first ticket to be told, while there is no cursor.
    events, ratings: Unix time of the newest metric event and of the newest rating read.
    swept: Unix time up to which older ratings have been looked through for changes.
    """

    after: str = ""
    events: int = 0
    ratings: int = 0
    swept: int = 0
    version: int = 1
    begin: int = 0

    @property
    def text(self) -> str:
        """As it is stored."""
        return msgspec.json.encode(msgspec.structs.replace(self, version=VERSION)).decode()


def stored(text: str | None, source: str) -> Cursor:
    """The cursor that was stored as `text`. Raises `Fatal` for one that is not ours."""
    if text is None:
        return Cursor()
    cursor = cursors.stored(text, Cursor, f"source '{source}'")
    if cursor.version > VERSION:
        raise cursors.newer(f"source '{source}'")
    return cursor
