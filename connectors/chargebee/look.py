"""What `check` finds out about a Chargebee site."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from connectors.chargebee import mapping, wire
from connectors.chargebee.listing import COUPONS
from connectors.chargebee.reading import NO_COUPONS, NO_CUSTOMERS, Reading
from connectors.chargebee.settings import ChargebeeSettings, code_of
from connectors.contract import Finding
from connectors.http import Forbidden
from connectors.verdicts import clock

MOST_CODES: Final = 5


def look(reading: Reading, settings: ChargebeeSettings) -> Iterator[Finding]:
    """Everything that can be told in four requests. Raises `ConnectorError`."""
    rows, rejected, at = reading.subscriptions.newest()
    yield Finding("ok", f"signed in to {settings.address}")
    if settings.api_key.get_secret_value().startswith("test_"):
        yield Finding("warning", "the key is one of a test site: nothing there is sold for money")
    yield clock(at, settings.address)
    if rejected and not rows:
        yield Finding("warning", f"no subscription can be read: {rejected[0].message}")
    else:
        yield Finding("ok", f"{len(rows)} of the newest subscriptions can be read")
    yield from _codes(rows, reading)
    yield _customers(reading)
    yield _coupons(reading)


def _codes(rows: Sequence[wire.Subscription], reading: Reading) -> Iterator[Finding]:
    """The reason codes that nobody has given a meaning."""
    said = {row.cancel_reason_code for row in rows if row.cancel_reason_code}
    known = mapping.CODES.keys() | reading.reasons.keys()
    unknown = sorted(code for code in said if code_of(code) not in known)
    if unknown:
        named = ", ".join(f"'{code:.40}'" for code in unknown[:MOST_CODES])
        yield Finding(
            "warning",
            f"reason codes that count as other: {named}. Say in `reasons` of this source what "
            "they mean.",
        )


def _customers(reading: Reading) -> Finding:
    """By what the newest customers are known elsewhere."""
    try:
        rows, _, _ = reading.customers.newest()
    except Forbidden:
        return Finding("warning", NO_CUSTOMERS)
    found = [mapping.customer(row, reading.names).identity for row in rows]
    ids = sum(bool(one.external_ids) for one in found)
    domains = sum(bool(one.domains) for one in found)
    told = f"of the newest {len(found)} customers {ids} have an id of a helpdesk's"
    if found and not ids:
        named = ", ".join(reading.names)
        remedy = f"`external_ids` is [{named}]: are these the API names of your fields?"
        return Finding("warning", f"{told}, and {domains} a domain. {remedy}")
    return Finding("ok", f"{told} and {domains} a domain")


def _coupons(reading: Reading) -> Finding:
    try:
        reading.api.get(COUPONS, params={"limit": 1}, decode=wire.List)
    except Forbidden:
        return Finding("warning", NO_COUPONS)
    return Finding("ok", "coupons can be read")
