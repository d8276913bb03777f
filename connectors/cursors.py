"""The cursor of a source that reads several lists: the place that was reached in each, by name."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from connectors.contract import Fatal, Reason


def written(places: Mapping[str, str]) -> str:
    """These places as one cursor."""
    return msgspec.json.encode(places).decode()


def read(name: str, cursor: str | None) -> dict[str, str]:
    """The places that a cursor holds, None holding none. Raises `Fatal`.

    name: begins the message, as in "source 'crm'".
    """
    if cursor is None:
        return {}
    try:
        return msgspec.json.decode(cursor, type=dict[str, str])
    except msgspec.MsgspecError:
        raise foreign(name) from None


def foreign(name: str) -> Fatal:
    """A stored cursor that somebody else wrote."""
    return Fatal(
        f"{name}: the stored cursor is none of this connector's. Give the source another name, so "
        "that it is imported anew.",
        reason=Reason.INTERNAL,
    )
