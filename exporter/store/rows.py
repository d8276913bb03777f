"""Knowledge and series as rows of the store, and back."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import RowMapping

from exporter.observe import Known, Ledger, Observation, State
from exporter.tally import Amount

Row = dict[str, Any]
"""A row by the names of its columns, all of them."""

_NO_STATE: Row = {
    "created_at": None,
    "status": None,
    "is_open": False,
    "priority": None,
    "team": None,
    "channel": None,
    "assigned": False,
}


def ticket_row(source: str, known: Known) -> Row:
    """What is known of a ticket, as a row of `tickets`."""
    state, ledger = known.state, known.ledger
    row = {
        "source": source,
        "id": known.id,
        "changed_at": known.version[0],
        "revision": known.version[1],
        "removed": known.removed,
        "answered": known.answered,
        "counted_created": ledger.created,
        "counted_first_response": ledger.first_response,
        "counted_first_resolution": ledger.first_resolution,
        "counted_solves": " ".join([str(at) for at in ledger.solves]),
        "counted_reopens": ledger.reopens,
        "counted_unseen": ledger.unseen,
        "counted_corrections": ledger.corrections,
    }
    if state is None:
        return row | _NO_STATE
    row["created_at"] = state.created_at
    row["status"] = state.status
    row["is_open"] = state.is_open and known.removed is None
    row["priority"] = state.priority
    row["team"] = state.team
    row["channel"] = state.channel
    row["assigned"] = state.assigned
    return row


_OPEN_STATUSES = frozenset({"new", "open", "pending", "hold"})


def known_ticket(row: RowMapping) -> Known:
    """A row of `tickets` as knowledge."""
    state = None
    if row["created_at"] is not None:
        state = State(
            created_at=row["created_at"],
            status=row["status"],
            is_open=row["status"] in _OPEN_STATUSES,
            priority=row["priority"],
            team=row["team"],
            channel=row["channel"],
            assigned=row["assigned"],
        )
    ledger = Ledger(
        created=row["counted_created"],
        first_response=row["counted_first_response"],
        first_resolution=row["counted_first_resolution"],
        solves=tuple(int(at) for at in row["counted_solves"].split()),
        reopens=row["counted_reopens"],
        unseen=row["counted_unseen"],
        corrections=row["counted_corrections"],
    )
    version = (row["changed_at"], row["revision"])
    return Known(row["id"], version, state, row["removed"], row["answered"], ledger)


def observation_row(source: str, observation: Observation) -> Row:
    """An observation as a row of `observations`."""
    return {
        "source": source,
        "subject": observation.subject,
        "kind": observation.kind.value,
        "ordinal": observation.ordinal,
        "at": observation.at,
        "value": observation.value,
        "team": observation.team,
        "priority": observation.priority,
        "channel": observation.channel,
    }


def labels_text(labels: tuple[str, ...]) -> str:
    """Label values as the store keeps them."""
    return msgspec.json.encode(labels).decode()


def labels_tuple(text: str) -> tuple[str, ...]:
    """Label values as the code uses them."""
    return msgspec.json.decode(text, type=tuple[str, ...])


def amount(row: RowMapping) -> Amount:
    """A row of `series` as the amount that it holds."""
    buckets = row["buckets"]
    return Amount(row["value"], None if buckets is None else msgspec.json.decode(buckets))


def series_row(source: str, metric: str, labels: str, amount: Amount, *, held: bool) -> Row:
    """An amount as a row of `series`."""
    buckets = amount.buckets
    return {
        "source": source,
        "metric": metric,
        "labels": labels,
        "value": amount.value,
        "buckets": None if buckets is None else msgspec.json.encode(buckets).decode(),
        "held": held,
    }
