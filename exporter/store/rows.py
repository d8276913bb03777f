"""Knowledge and series as rows of the store, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import RowMapping

from connectors import Fact
from exporter.knowledge import Extra, Known, Observation
from exporter.tally import Amount, Exemplar

Row = dict[str, Any]
"""A row by the names of its columns, all of them."""

_KNOWN = msgspec.json.Decoder(Known)
_ENCODER = msgspec.json.Encoder()


def ticket_row(source: str, known: Known, wakes_at: int | None) -> Row:
    """What is known of a ticket, as a row of `tickets`."""
    state = known.state
    return {
        "source": source,
        "id": known.id,
        "known": _ENCODER.encode(known).decode(),
        "wakes_at": wakes_at,
        "removed": known.removed,
        "created_at": state.created_at if state else None,
        "status": state.status if state else None,
        "is_open": known.is_open,
        "priority": state.priority if state else None,
        "team": state.team if state else None,
        "channel": state.channel if state else None,
        "answered": known.answered,
        "customer": state.customer if state else None,
        "domain": state.domain if state else None,
    }


def known_ticket(text: str) -> Known:
    """The column `known` as knowledge."""
    return _KNOWN.decode(text)


def observation_row(source: str, observation: Observation) -> Row:
    """An observation as a row of `observations`."""
    return {
        "source": source,
        "subject": observation.subject,
        "kind": observation.kind.value,
        "ordinal": observation.ordinal,
        "at": observation.at,
        "value": observation.value,
        "business": observation.business,
        "marks": " ".join(observation.marks),
        "clock": observation.clock,
        "team": observation.team,
        "priority": observation.priority,
        "channel": observation.channel,
        "category": observation.category,
        "language": observation.language,
    }


_KINDS: dict[str, Fact | Extra] = {kind.value: kind for kind in (*Fact, *Extra)}


def observation(row: RowMapping) -> Observation:
    """A row of `observations` as an observation."""
    return Observation(
        subject=row["subject"],
        kind=_KINDS[row["kind"]],
        ordinal=row["ordinal"],
        at=row["at"],
        value=row["value"],
        business=row["business"],
        marks=tuple(row["marks"].split()),
        clock=row["clock"],
        team=row["team"],
        priority=row["priority"],
        channel=row["channel"],
        category=row["category"],
        language=row["language"],
    )


def labels_text(labels: tuple[str, ...]) -> str:
    """Label values as the store keeps them."""
    return msgspec.json.encode(labels).decode()


def labels_tuple(text: str) -> tuple[str, ...]:
    """Label values as the code uses them."""
    return msgspec.json.decode(text, type=tuple[str, ...])


class StoredSeries(NamedTuple):
    """One series as it is kept: what was counted, what is added to it when it is published, and
    whether it is shown at 0 until a scrape has seen the 0.
    """

    amount: Amount
    offset: Amount
    held: bool


_BUCKETS = msgspec.json.Decoder(list[int])
_EXEMPLARS = msgspec.json.Decoder(dict[int, Exemplar])


def stored_series(row: Mapping[Any, Any]) -> StoredSeries:
    """A row of `series`."""
    buckets, exemplars, offsets = row["buckets"], row["exemplars"], row["offset_buckets"]
    amount = Amount(
        row["value"],
        None if buckets is None else _BUCKETS.decode(buckets),
        {} if exemplars is None else _EXEMPLARS.decode(exemplars),
    )
    offset = Amount(row["offset"], None if offsets is None else _BUCKETS.decode(offsets))
    return StoredSeries(amount, offset, row["held"])


def series_row(source: str, metric: str, labels: str, series: StoredSeries) -> Row:
    """A series as a row of `series`."""
    amount, offset = series.amount, series.offset
    return {
        "source": source,
        "metric": metric,
        "labels": labels,
        "value": amount.value,
        "buckets": None if amount.buckets is None else _ENCODER.encode(amount.buckets).decode(),
        "exemplars": _text(dict(sorted(amount.exemplars.items()))),
        "offset": offset.value,
        "offset_buckets": _text(offset.buckets),
        "held": series.held,
    }


def _text(value: object) -> str | None:
    return _ENCODER.encode(value).decode() if value else None
