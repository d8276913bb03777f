"""Tickets and transactions as RT's REST API writes them, and as its queries see them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final

from connectors.rt.simulated_query import Value
from connectors.rt.simulated_tickets import Entry, Kept, requestor

API: Final = "/REST/2.0"
UNSET: Final = "1970-01-01T00:00:00Z"
CHANNEL: Final = "Channel"
CUSTOMER: Final = "Customer"
TOPIC: Final = "Topic"


Json = dict[str, object]

TICKETS: Final[Mapping[str, Callable[[Kept], Value]]] = {
    "id": lambda kept: kept.story.id,
    "Status": lambda kept: kept.status,
    "LastUpdated": lambda kept: text(kept.changed),
    "Created": lambda kept: text(kept.created),
}
TRANSACTIONS: Final[Mapping[str, Callable[[Entry], Value]]] = {
    "id": lambda entry: entry.id,
    "ObjectType": lambda _: "RT::Ticket",
    "ObjectId": lambda entry: entry.ticket,
    "Type": lambda entry: entry.kind,
    "Field": lambda entry: entry.field,
    "OldValue": lambda entry: entry.old,
    "NewValue": lambda entry: entry.new,
    "Created": lambda entry: text(entry.at),
}


def transaction(entry: Entry, fields: Sequence[str]) -> Json:
    """A transaction with these fields."""
    told = named("transaction", str(entry.id))
    values: Json = {
        "Type": entry.kind,
        "Field": entry.field,
        "OldValue": entry.old,
        "NewValue": entry.new,
        "Created": text(entry.at),
        "Creator": named("user", entry.creator),
        "ObjectId": str(entry.ticket),
    }
    return told | {name: values[name] for name in fields if name in values}


def named(kind: str, number: int | str, **more: str) -> Json:
    """A reference to a record."""
    return {"type": kind, "id": str(number), "_url": f"{API}/{kind}/{number}", **more}


def text(at: datetime) -> str:
    """An instant as RT writes it."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _custom_fields(kept: Kept) -> list[Json]:
    told = {CHANNEL: [kept.story.channel], TOPIC: list(kept.story.tags)}
    if kept.customer:
        told[CUSTOMER] = [kept.customer]
    return [
        {**named("customfield", number), "name": name, "values": values}
        for number, (name, values) in enumerate(told.items(), 1)
    ]


FIELDS: Final[Mapping[str, Callable[[Kept], object]]] = {
    "Status": lambda kept: kept.status,
    "Created": lambda kept: text(kept.created),
    "LastUpdated": lambda kept: text(kept.changed),
    "Resolved": lambda kept: UNSET if kept.resolved is None else text(kept.resolved),
    "Started": lambda _: UNSET,
    "Owner": lambda kept: named("user", kept.owner),
    "Priority": lambda kept: str(kept.priority),
    "Requestor": lambda kept: [named("user", requestor(kept.story))],
    "Cc": lambda _: [],
    "CustomFields": _custom_fields,
    "Subject": lambda kept: f"Request {kept.story.id}",
}
