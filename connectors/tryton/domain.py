"""Tryton's way to say which records are meant: a domain, as JSON in base64url."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

Domain = Sequence[object]
Place = tuple[datetime, int]
"""The last record that was told: its time of change, and its id."""


def encoded(told: Domain) -> str:
    """A domain or an order as a parameter of a request."""
    return base64.urlsafe_b64encode(msgspec.json.encode(_plain(told))).decode()


def since(field: str, at: datetime) -> Domain:
    """The records whose `field` is at that instant or later."""
    return [[field, ">=", at]]


def beyond(field: str, place: Place) -> Domain:
    """The records behind this one, where they are ordered by `field` and id."""
    at, last = place
    return [["OR", [field, ">", at], [[field, "=", at], ["id", ">", last]]]]


def by(field: str, way: str = "ASC") -> Domain:
    """The order by `field` and id."""
    return [[field, way], ["id", way]]


def _plain(told: object) -> object:
    if isinstance(told, datetime):
        return _moment(told.astimezone(UTC))
    if isinstance(told, (list, tuple)):
        return [_plain(one) for one in told]
    return told


def _moment(at: datetime) -> dict[str, object]:
    units = ("year", "month", "day", "hour", "minute", "second", "microsecond")
    return {"__class__": "datetime", **{unit: getattr(at, unit) for unit in units}}
