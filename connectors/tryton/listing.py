"""Tryton's records by time of change, asked for and read one by one.

A record that was never edited has no time of change, only one of creation. So each kind of record
is two lists: those that were never edited by when they were made, then the others by when they
were last edited. Whatever is edited between the two answers is in the second.

Every request asks for the same range; where a list goes on is said by the last record that was
read, so that records which change meanwhile move none of the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeVar
from urllib.parse import urlencode

import msgspec

from connectors.contract import Fatal, Reason, Rejection, Retriable
from connectors.http import ApiSession, Forbidden, Refused, Reply, field_of
from connectors.tryton.domain import Domain, Place, beyond, by, encoded, since
from connectors.tryton.wire import Party, Row, Subscription, fields_of
from connectors.walking import NAMELESS, Answer, Walk

StructT = TypeVar("StructT", bound=msgspec.Struct)
Record = Subscription | Party

MADE: Final = "create_date"
EDITED: Final = "write_date"

OVERLAP: Final = timedelta(minutes=10)
"""Records carry the instant at which their transaction began, and show when it is over."""

SUBSCRIPTIONS: Final = "sale.subscription"
PARTIES: Final = "party.party"


@dataclass(frozen=True, slots=True)
class Model:
    """A kind of record. only: which of them; what is archived is hidden unless asked for."""

    name: str
    row: type[Record]
    only: Domain = ()


SUBSCRIPTION: Final = Model(SUBSCRIPTIONS, Subscription)
PARTY: Final = Model(PARTIES, Party, [["active", "in", [True, False]]])


@dataclass(frozen=True, slots=True)
class Found:
    """One answer. more: whether there are further records than these."""

    raws: Sequence[msgspec.Raw]
    more: bool
    at: datetime


class Tryton:
    """The records of one database. Every call raises `ConnectorError`."""

    def __init__(self, session: ApiSession, page_size: int) -> None:
        self._session = session
        self._page_size = page_size

    @property
    def source(self) -> str:
        """The operator's name for it, for messages."""
        return self._session.source

    def find(self, model: str, row: type[msgspec.Struct], domain: Domain, order: Domain) -> Found:
        """The first records of an order. Raises `Forbidden` where these may not be read."""
        asked = [("f", path) for path in fields_of(row)]
        asked += [("d", encoded(domain)), ("o", encoded(order))]
        try:
            reply = self._session.get(f"{model}?{urlencode(asked)}", decode=list[msgspec.Raw])
        except Refused as error:
            if error.status != 400:  # where a right is missing Tryton says that we asked wrongly
                raise
            raise Forbidden(
                f"source '{self.source}': {model} may not be read with this key. Put "
                "its user into the group Sales, or let that user read this model.",
                reason=Reason.CREDENTIALS,
            ) from None
        return Found(reply.value, self._goes_on(reply), reply.at)

    def walk(self, model: Model, field: str) -> Walk[Record, Place]:
        """The records of a model that were never edited (`MADE`), or that were (`EDITED`)."""
        kind = [*model.only, [EDITED, "=" if field == MADE else "!=", None]]

        def ask(at: datetime, place: Place | None) -> Answer[Record, Place]:
            where = since(field, at) if place is None else beyond(field, place)
            found = self.find(model.name, model.row, [*kind, *where], by(field))
            rows, rejected = read(found.raws, model.row)
            if any((row.write_date is None) != (field == MADE) for row in rows):
                raise self._beside_the_point(model.name)
            following = self._last(model.name, found.raws) if found.more else None
            return Answer(rows, following, found.at, rejected)

        name = f"source '{self.source}': the list of {model.name}"
        return Walk(name, ask, lambda row: (row.changed_at, row.id), overlap=OVERLAP)

    def unreadable(self, model: str) -> Retriable:
        """That nothing of an answer, or no place in it, could be read."""
        return Retriable(
            f"source '{self.source}': records of {model} do not hold what they must. "
            "Nothing is lost; if it stays so, its API has changed: look for a newer version of "
            "the connector.",
            reason=Reason.MALFORMED,
        )

    def _last(self, model: str, raws: Sequence[msgspec.Raw]) -> Place:
        """The place of the last record that has one."""
        for raw in reversed(raws):
            try:
                row = msgspec.json.decode(raw, type=Row)
            except msgspec.ValidationError:
                continue
            return row.changed_at, row.id
        raise self.unreadable(model)

    def _goes_on(self, reply: Reply[list[msgspec.Raw]]) -> bool:
        """By `Content-Range`, as in `records 0-500/1234`, or `/*` for very many."""
        total = reply.headers.get("Content-Range", "").rpartition("/")[2]
        if total.isdecimal():
            return len(reply.value) < int(total)
        return bool(total) or len(reply.value) >= self._page_size

    def _beside_the_point(self, model: str) -> Fatal:
        return Fatal(
            f"source '{self.source}': {model} tells records that were not asked for. "
            "Nothing is lost; if something stands between deskpulse and Tryton that keeps answers, "
            "such as a proxy, let it keep none."
        )


def read(raws: Iterable[msgspec.Raw], row: type[StructT]) -> tuple[list[StructT], list[Rejection]]:
    """The records of an answer, and those that could not be read."""
    rows: list[StructT] = []
    rejected: list[Rejection] = []
    for raw in raws:
        try:
            rows.append(msgspec.json.decode(raw, type=row))
        except msgspec.ValidationError as error:
            name = _name(raw)
            message = f"record {name}: {field_of(error)} does not hold what it must"
            rejected.append(Rejection(name, "malformed", message))
    return rows, rejected


class _Named(msgspec.Struct, frozen=True):
    id: int


def _name(raw: msgspec.Raw) -> str:
    """How a person finds a record that could not be read."""
    try:
        return str(msgspec.json.decode(raw, type=_Named).id)[:40]
    except msgspec.ValidationError:
        return NAMELESS
