"""The customers of the desk as Zendesk's organizations."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from connectors.testing.desk import Desk, Patron, Story
from connectors.zendesk.simulated_answers import ACCOUNT, HOST, iso

FIRST = ACCOUNT + 100_000


def number(customer: int) -> int | None:
    """The id of a customer's organization; None where nobody knows the customer."""
    return FIRST + customer if customer else None


def beside(desk: Desk, stories: Iterable[Story], visible: datetime) -> list[dict[str, object]]:
    """The organizations of these tickets, once each."""
    named = {story.customer for story in stories}
    return [_organization(one) for one in desk.customers(visible) if one.id in named]


def _organization(patron: Patron) -> dict[str, object]:
    created_at = iso(patron.created_at)
    return {
        "url": f"{HOST}/api/v2/organizations/{number(patron.id)}.json",
        "id": number(patron.id),
        "name": f"Company {patron.id}",
        "shared_tickets": False,
        "shared_comments": False,
        "external_id": patron.external_id or None,
        "created_at": created_at,
        "updated_at": created_at,
        "domain_names": list(patron.domains),
        "details": "",
        "notes": "",
        "group_id": None,
        "tags": [],
        "organization_fields": {},
    }
