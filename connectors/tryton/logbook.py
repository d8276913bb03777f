"""The log of the states that subscriptions came to, asked for by their ids."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeVar

import msgspec

from connectors.contract import Fatal, Reason, Retriable
from connectors.http import Forbidden
from connectors.tryton.listing import SUBSCRIPTIONS, Found, Tryton
from connectors.tryton.wire import Mention, Turn

MODEL: Final = "ir.model.log"
LOT: Final = 80
"""Subscriptions that are asked for at once: their names have to fit into an address of 4 kB."""

Turns = Mapping[int, list[Turn] | None]
MentionT = TypeVar("MentionT", bound=Mention)


def turns(tryton: Tryton, ids: Sequence[int]) -> Turns:
    """The states that each of these subscriptions came to, in order; None: its log cannot be read.

    Raises `ConnectorError`.
    """
    told: dict[int, list[Turn] | None] = {one: [] for one in ids}
    for first in range(0, len(ids), LOT):
        for found in _answers(tryton, ids[first : first + LOT]):
            _take(tryton, told, found)
    for known in filter(None, told.values()):
        known.sort(key=lambda turn: (turn.create_date.at, turn.id))
    return told


def _answers(tryton: Tryton, ids: Iterable[int]) -> Iterator[Found]:
    # Without being administrator one may search the log of named records only.
    named = [["resource", "in", [f"{SUBSCRIPTIONS},{one}" for one in ids]]]
    last, more = 0, True
    while more:
        domain = [*named, ["event", "=", "transition"], ["id", ">", last]]
        try:
            found = tryton.find(MODEL, Turn, domain, [["id", "ASC"]])
        except Forbidden:
            raise _torn(tryton) from None
        yield found
        more, before = found.more, last
        last = max((one.id for raw in found.raws if (one := _decoded(raw, Mention))), default=0)
        if more and last <= before:
            raise Fatal(
                f"source '{tryton.source}': {MODEL} says that more follows, but does not move on. "
                "Nothing is lost; if it stays so, its API has changed: look for a newer version "
                "of the connector."
            )


def _take(tryton: Tryton, told: dict[int, list[Turn] | None], found: Found) -> None:
    """Add the lines of an answer, each to its subscription."""
    read = [(_decoded(raw, Turn), _decoded(raw, Mention)) for raw in found.raws]
    if read and not any(turn for turn, _ in read):
        raise tryton.unreadable(MODEL)
    for turn, mention in read:
        if mention is None:
            raise tryton.unreadable(MODEL)
        known = told.get(mention.of)
        if turn is None:
            told[mention.of] = None
        elif known is not None:
            known.append(turn)


def _decoded(raw: msgspec.Raw, kind: type[MentionT]) -> MentionT | None:
    try:
        return msgspec.json.decode(raw, type=kind)
    except msgspec.ValidationError:
        return None


def _torn(tryton: Tryton) -> Retriable:
    return Retriable(
        f"source '{tryton.source}': the log of subscriptions ({MODEL}) may not be read. Nothing "
        "is lost; it happens where one is deleted at that very moment. If it stays so, let the "
        "user of the key read that model.",
        reason=Reason.CREDENTIALS,
    )
