"""How far one Stripe account has been read, as it is stored between two pages."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from connectors import cursors

VERSION: Final = 1

Stage = Literal["customers", "subscriptions", "events"]


class Cursor(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where the next page begins. Instants are Unix seconds.

    stage: what is read: the lists of a first import one after the other, then events for ever.
    since: events from then on are to be read.
    reached: in a list, the time of creation up to which, from the newest on, it was read; of the
        events of a long while, from when on they were.
    behind: where events go on once that while is read.
    shared: whether a customer has a discount as a whole, so that an event of a subscription cannot
        tell what is paid for it.
    lacks: what the key may not read.
    """

    since: int
    stage: Stage = "events"
    reached: int | None = None
    behind: int | None = None
    shared: bool = False
    lacks: tuple[str, ...] = ()
    version: int = VERSION

    @property
    def text(self) -> str:
        """As it is stored."""
        return msgspec.json.encode(self).decode()


def stored(text: str, source: str) -> Cursor:
    """The cursor that was stored as `text`. Raises `Fatal` for one that is not ours."""
    cursor = cursors.stored(text, Cursor, f"source '{source}'")
    if cursor.version > VERSION:
        raise cursors.newer(f"source '{source}'")
    return cursor
