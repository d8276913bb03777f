"""The simulated Freshdesk answers in the form that is published of Freshdesk.

The file is a community's and names no `stats`, no ratings, no groups and no companies; those are
from Freshdesk's documentation alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from connectors.freshdesk.simulator import API_KEY, FreshdeskSimulator
from connectors.testing.clock import StandingClock
from connectors.testing.seeded import SeededDesk
from connectors.testing.server import SimulatorServer
from tests.published import differences, nullable, published

NOW = datetime(2026, 3, 6, 12, tzinfo=UTC)
TICKETS = "/api/v2/tickets"
SINCE = "1970-01-01T00:00:00Z"

UNLISTED = {
    *("ticket_cc_emails", "to_emails", "product_id", "support_email", "custom_fields"),
    *("association_type", "associated_tickets_count", "deleted", "stats"),
}
"""What Freshdesk really sends and the file does not list."""


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    """What a ticket is, strictly: every property that is listed."""
    ticket = published("freshdesk_openapi_partial.yaml")["components"]["schemas"]["Ticket"]
    return {"type": "object", "properties": nullable(ticket["properties"])}


@pytest.fixture(scope="module")
def server() -> Iterator[SimulatorServer]:
    desk = SeededDesk(7, present=NOW, weeks=3, rate=1.0, customers=30)
    with SimulatorServer(FreshdeskSimulator(desk, StandingClock(NOW))) as served:
        yield served


def ask(server: SimulatorServer, path: str, key: str = API_KEY, **params: object) -> Any:
    asked = {name: str(value) for name, value in params.items()}
    return requests.get(f"{server.url}{path}", params=asked, auth=(key, "X"), timeout=10)


@pytest.mark.parametrize("name", ["", "deleted", "spam"])
def test_every_ticket_has_the_published_form_and_all_of_it(
    schema: dict[str, Any], server: SimulatorServer, name: str
) -> None:
    wanted = {"filter": name} if name else {"include": "stats,description"}
    rows = ask(server, TICKETS, updated_since=SINCE, per_page=100, **wanted).json()
    assert len(rows) > (50 if not name else 1)
    listed = schema["properties"].keys()
    written = {"description", "description_text"} if name else set()
    for row in rows:
        assert listed - row.keys() == written
        assert row.keys() - listed <= UNLISTED
        assert differences(schema, row) == []
        assert (row["spam"], row.get("deleted", False)) == (name == "spam", name == "deleted")


def test_without_a_time_the_newest_of_thirty_days_are_listed(server: SimulatorServer) -> None:
    rows = ask(server, TICKETS).json()
    made = [row["created_at"] for row in rows]
    assert len(rows) == 30
    assert made == sorted(made, reverse=True)
    assert "stats" not in rows[0]


def test_pages_are_linked_up_to_the_three_hundredth(server: SimulatorServer) -> None:
    asked = {"updated_since": SINCE, "order_by": "updated_at", "order_type": "asc"}
    first = ask(server, TICKETS, per_page=1, **asked)
    assert "page=2" in first.links["next"]["url"]
    assert "next" not in ask(server, TICKETS, per_page=100, page=99, **asked).links
    assert ask(server, TICKETS, per_page=1, page=300, **asked).ok
    beyond = ask(server, TICKETS, per_page=1, page=301, **asked)
    assert (beyond.status_code, beyond.json()["errors"][0]["field"]) == (400, "page")


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"per_page": 101}, "per_page"),
        ({"order_by": "id"}, "order_by"),
        ({"filter": "everything"}, "filter"),
        ({"updated_since": "yesterday"}, "updated_since"),
        ({"changed_since": SINCE}, "changed_since"),
        ({"include": "company"}, "include"),
    ],
)
def test_mistakes_are_told_in_freshdesks_form(
    server: SimulatorServer, params: dict[str, Any], field: str
) -> None:
    answer = ask(server, TICKETS, **params)
    told = answer.json()
    assert (answer.status_code, told["description"]) == (400, "Validation failed")
    assert [error["field"] for error in told["errors"]] == [field]


def test_each_answer_says_what_is_left_of_the_minute(server: SimulatorServer) -> None:
    headers = ask(server, "/api/v2/groups").headers
    assert int(headers["X-RateLimit-Remaining"]) <= int(headers["X-RateLimit-Total"])


def test_a_wrong_key_is_told_in_freshdesks_form(server: SimulatorServer) -> None:
    answer = ask(server, TICKETS, key="wrong")
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_credentials")
