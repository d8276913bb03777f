"""The simulated Intercom answers in the form that Intercom publishes, and is asked in it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from connectors.intercom.connector import IntercomConnector
from connectors.intercom.simulator import BEHIND, TOKEN, IntercomSimulator
from connectors.testing.clock import StandingClock
from connectors.testing.seeded import SeededDesk
from connectors.testing.server import SimulatorServer
from tests.clients import connected
from tests.published import Heard, errors, overheard, published, without_nulls

NOW = datetime(2026, 3, 6, 12, tzinfo=UTC)
SEARCH = "/conversations/search"
SCHEMAS = {SEARCH: "conversation_list", "/teams": "team_list", "/me": "admin_with_app"}

# What is really null at times, in Intercom's own examples too; the file says so of few.
NULL = {
    *("company_id", "website", "url", "remark", "rating", "contact", "teammate"),
    *("time_to_assignment", "time_to_admin_reply", "time_to_first_close", "time_to_last_close"),
    *("median_time_to_reply", "first_contact_reply_at", "first_assignment_at", "last_close_at"),
    *("first_admin_reply_at", "first_close_at", "last_assignment_at", "last_closed_by_id"),
    *("last_assignment_admin_reply_at", "last_contact_reply_at", "last_admin_reply_at"),
    *("sla_applied", "ai_agent", "company", "title", "waiting_since", "snoozed_until"),
    *("conversation_rating", "first_contact_reply", "admin_assignee_id", "team_assignee_id"),
    "adjusted_handling_time",
}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return published("intercom_2.15_openapi.yaml")


@pytest.fixture(scope="module")
def heard(document: dict[str, Any]) -> Heard:
    """What was asked and answered in a check and two polls."""
    assert document
    desk = SeededDesk(7, present=NOW, weeks=2, rate=0.6, customers=30)
    clock = StandingClock(NOW - timedelta(days=4))
    with (
        overheard(IntercomSimulator(desk, clock, page_limit=20)) as (server, said),
        connected(IntercomConnector, server) as connector,
    ):
        connector.check()
        cursor = list(connector.changes(None))[-1].cursor
        clock.at = NOW + BEHIND
        list(connector.changes(cursor))
    return said


def test_every_answer_has_the_published_form(heard: Heard, document: dict[str, Any]) -> None:
    dropped: set[str] = set()
    for asked, response in heard:
        bare = without_nulls(json.loads(response.body), dropped)
        assert errors(document, SCHEMAS[asked.path], bare) == []
    assert {asked.path for asked, _ in heard} == SCHEMAS.keys()
    assert dropped <= NULL


def test_every_conversation_has_all_that_is_published(
    heard: Heard, document: dict[str, Any]
) -> None:
    schemas = document["components"]["schemas"]
    listed = schemas["conversation_list_item"]["properties"].keys()
    counted = schemas["conversation_statistics"]["properties"].keys()
    rows = [
        row
        for asked, response in heard
        if asked.path == SEARCH
        for row in json.loads(response.body)["conversations"]
    ]
    assert len(rows) > 100
    assert all(row.keys() == listed for row in rows)
    assert all(row["statistics"].keys() == counted for row in rows)
    assert {row["state"] for row in rows} == {"open", "snoozed", "closed"}
    begun = {row["source"]["delivered_as"] for row in rows}
    assert begun == {"customer_initiated", "operator_initiated", "admin_initiated"}
    ratings = [row["conversation_rating"] for row in rows if row["conversation_rating"]]
    assert {one["rating"] is None for one in ratings} == {True, False}
    assert {bool(row["company"]) for row in rows} == {True, False}


def test_every_question_has_the_published_form(heard: Heard, document: dict[str, Any]) -> None:
    questions = [json.loads(asked.body) for asked, _ in heard if asked.path == SEARCH]
    assert any("starting_after" in one["pagination"] for one in questions)
    for question in questions:
        assert errors(document, "search_request", question) == []
        # The file does not know how to sort, which Intercom documents elsewhere.
        assert question.keys() == {"query", "sort", "pagination"}


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"pagination": {"per_page": 151}}, 400, "parameter_invalid"),
        ({"pagination": {"starting_after": "no cursor"}}, 400, "parameter_invalid"),
        ({"query": {"field": "mood", "operator": "=", "value": 1}}, 400, "parameter_invalid"),
        ({"query": {"field": "updated_at", "operator": "IN", "value": [1]}}, 400, None),
    ],
)
def test_mistakes_are_told_in_intercoms_form(
    document: dict[str, Any], change: dict[str, Any], status: int, code: str | None
) -> None:
    desk = SeededDesk(7, present=NOW, weeks=1, rate=0.5)
    body = {"query": {"field": "updated_at", "operator": ">", "value": 0}, **change}
    with SimulatorServer(IntercomSimulator(desk, StandingClock(NOW))) as server:
        headers = {"Authorization": f"Bearer {TOKEN}", "Intercom-Version": "2.15"}
        url = f"{server.url}{SEARCH}"
        answer = requests.post(url, json=body, headers=headers, timeout=10)
        refused = requests.post(url, json=body, headers={"Authorization": "Bearer no"}, timeout=10)
        old = requests.post(
            url, json=body, headers={**headers, "Intercom-Version": "1"}, timeout=10
        )
    assert answer.status_code == status
    assert code in (None, answer.json()["errors"][0]["code"])
    for one in (answer, refused, old):
        assert errors(document, "error", one.json()) == []
    assert (refused.status_code, old.json()["errors"][0]["code"]) == (
        401,
        "intercom_version_invalid",
    )
