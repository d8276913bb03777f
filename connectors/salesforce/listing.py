"""An org's records by time of change, a query for each page of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from connectors.contract import Fatal, Reason, Retriable
from connectors.salesforce.org import Org
from connectors.salesforce.soql import Listing
from connectors.salesforce.wire import Key, Row, Rows, last, read
from connectors.walking import Answer, Walk

OVERLAP: Final = timedelta(minutes=10)
"""A record carries the instant of its writing, and shows when its transaction is over: Salesforce
ends one after ten minutes."""


def walk(org: Org, listing: Listing) -> Walk[Row, Key]:
    """All records, those in the recycle bin too."""

    def ask(since: datetime, place: Key | None) -> Answer[Row, Key]:
        asked = listing.since(since) if place is None else listing.beyond(place)
        reply = org.query(asked, deleted=True)
        rows, rejected = read(reply.value.records)
        if any(row.changed_at < since for row in rows):
            raise _beside_the_point(name)
        return Answer(rows, _following(name, reply.value, listing.limit), reply.at, rejected)

    name = f"source '{org.source}': the list of {listing.object}"
    return Walk(name, ask, lambda row: (row.changed_at, row.id), overlap=OVERLAP)


def _following(name: str, told: Rows, limit: int) -> Key | None:
    """The record behind which the rest begins: an answer may hold fewer than were asked for."""
    if told.done and len(told.records) < limit:
        return None
    place = last(told.records)
    if place is None:
        raise Retriable(
            f"{name} does not hold what it must. Nothing is lost; if it stays so, its API has "
            "changed: look for a newer version of the connector.",
            reason=Reason.MALFORMED,
        )
    return place


def _beside_the_point(name: str) -> Fatal:
    return Fatal(
        f"{name} tells records that were not asked for. Nothing is lost; if something stands "
        "between deskpulse and Salesforce that keeps answers, such as a proxy, let it keep none."
    )
