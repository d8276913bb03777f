"""Cursors as they are stored: of a source that reads several lists the place that was reached in
each, by name, or whatever form a connector has for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import msgspec

from connectors.contract import Fatal, Reason

T = TypeVar("T")


def written(places: Mapping[str, str]) -> str:
    """These places as one cursor."""
    return msgspec.json.encode(places).decode()


def read(name: str, cursor: str | None) -> dict[str, str]:
    """The places that a cursor holds, None holding none. Raises `Fatal`.

    name: begins the message, as in "source 'crm'".
    """
    return {} if cursor is None else stored(cursor, dict[str, str], name)


def is_first(places: Mapping[str, str], name: str) -> bool:
    """Whether the list of this name is read for the first time; a first reading that was broken off
    goes on as one."""
    return name not in places or _begun(name) in places


def reach(places: dict[str, str], name: str, place: str, *, is_first: bool, is_end: bool) -> None:
    """Set the place in the list of this name. is_end: it is read up to its end."""
    places[name] = place
    if is_first and not is_end:
        places[_begun(name)] = ""
    else:
        places.pop(_begun(name), None)


def _begun(name: str) -> str:
    return f"first reading of {name}"


def stored(text: str, form: type[T], name: str) -> T:
    """A cursor of this form, stored as `text`. Raises `Fatal`. name: begins the message."""
    try:
        return msgspec.json.decode(text, type=form)
    except msgspec.MsgspecError:
        raise foreign(name) from None


def foreign(name: str) -> Fatal:
    """A stored cursor that somebody else wrote."""
    return Fatal(
        f"{name}: the stored cursor is none of this connector's. Give the source another name, so "
        "that it is imported anew.",
        reason=Reason.INTERNAL,
    )


def newer(name: str) -> Fatal:
    """A stored cursor that a newer version of this connector wrote."""
    return Fatal(
        f"{name}: the stored cursor was written by a newer deskpulse. Install that version again, "
        "or give the source another name, so that it is imported anew.",
        reason=Reason.INTERNAL,
    )
