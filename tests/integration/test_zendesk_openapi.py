"""The simulated Zendesk answers in the form that Zendesk publishes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
import requests

from connectors.testing.clock import StandingClock
from connectors.testing.seeded import SeededDesk
from connectors.testing.server import SimulatorServer
from connectors.zendesk.simulator import EMAIL, TOKEN, ZendeskSimulator
from tests.published import errors, nullable, published, without_nulls

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
CURSOR = "/api/v2/incremental/tickets/cursor.json"

EVENTS = "/api/v2/incremental/ticket_metric_events.json"
RATINGS = "/api/v2/satisfaction_ratings.json"

# What Zendesk really sends and its file does not list.
UNLISTED_OF_TICKETS = {"generated_timestamp", "metric_set", "fields"}
# What is really null at times; the file says so of hardly any property.
NULL_OF_TICKETS = {
    "assignee_id",
    "due_at",
    "external_id",
    "forum_topic_id",
    "group_id",
    "organization_id",
    "priority",
    "problem_id",
    "recipient",
    "rel",
    "value",
}
NULL_OF_METRICS = {
    "assigned_at",
    "assignee_updated_at",
    "business",
    "calendar",
    "initially_assigned_at",
    "latest_comment_added_at",
    "solved_at",
}


@pytest.fixture(scope="module")
def schemas() -> dict[str, Any]:
    return {"components": nullable(published("zendesk_support_openapi.yaml")["components"])}


@pytest.fixture(scope="module")
def server() -> Iterator[SimulatorServer]:
    desk = SeededDesk(11, present=NOW, weeks=1, rate=20.0, customers=300)
    with SimulatorServer(ZendeskSimulator(desk, StandingClock(NOW))) as running:
        yield running


def asked(server: SimulatorServer, path: str, token: str = TOKEN, **params: str) -> Any:
    answer = requests.get(
        server.url + path, params=params, auth=(f"{EMAIL}/token", token), timeout=30
    )
    return msgspec.json.decode(answer.content)


@pytest.fixture(scope="module")
def tickets(server: SimulatorServer) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    begin = {"start_time": "0"}
    for _ in range(10):
        export = asked(server, CURSOR, include="metric_sets", **begin)
        found += export["tickets"]
        begin = {"cursor": export["after_cursor"]}
        if export["end_of_stream"]:
            break
    assert export["end_of_stream"]
    assert len(found) > 300
    return found


def test_the_export_has_the_published_form(
    schemas: dict[str, Any], server: SimulatorServer
) -> None:
    export = asked(server, CURSOR, start_time="0", per_page="5", include="metric_sets")
    envelope = {**export, "tickets": []}
    assert errors(schemas, "CursorBasedExportIncrementalTicketsResponse", envelope) == []
    assert len(export["tickets"]) == 5
    assert export["after_url"].endswith(export["after_cursor"])


def test_every_ticket_has_the_published_form(
    schemas: dict[str, Any], tickets: list[dict[str, Any]]
) -> None:
    listed = schemas["components"]["schemas"]["TicketObject"]["properties"]
    dropped: set[str] = set()
    for ticket in tickets:
        bare = {name: value for name, value in ticket.items() if name not in UNLISTED_OF_TICKETS}
        assert bare.keys() <= listed.keys()
        assert not any(listed[name].get("writeOnly") for name in bare)
        if bare["status"] == "deleted":
            # the file does not know the status that only the export shows
            bare["status"] = "closed"
        assert errors(schemas, "TicketObject", without_nulls(bare, dropped)) == []
    assert dropped <= NULL_OF_TICKETS


def test_every_metric_set_has_the_published_form_and_all_of_it(
    schemas: dict[str, Any], tickets: list[dict[str, Any]]
) -> None:
    listed = schemas["components"]["schemas"]["TicketMetricObject"]["properties"]
    dropped: set[str] = set()
    sets = [ticket["metric_set"] for ticket in tickets if ticket["status"] != "deleted"]
    assert len(sets) > 300
    for metrics in sets:
        assert metrics.keys() == listed.keys()
        assert errors(schemas, "TicketMetricObject", without_nulls(metrics, dropped)) == []
    assert dropped <= NULL_OF_METRICS


def test_every_organization_has_the_published_form_and_all_of_it(
    schemas: dict[str, Any], server: SimulatorServer
) -> None:
    export = asked(server, CURSOR, start_time="0", include="organizations")
    listed = schemas["components"]["schemas"]["OrganizationObject"]["properties"]
    found = export["organizations"]
    assert {one["external_id"] is None for one in found} == {True, False}
    assert {len(one["domain_names"]) for one in found} == {0, 1, 2}
    for organization in found:
        assert organization.keys() == listed.keys()
        assert errors(schemas, "OrganizationObject", organization) == []
    named = {one["organization_id"] for one in export["tickets"]} - {None}
    numbers = [one["id"] for one in found]
    assert len(numbers) == len(set(numbers)) > 30
    assert set(numbers) == named


def test_deleted_tickets_are_scrubbed_and_have_no_metrics(tickets: list[dict[str, Any]]) -> None:
    deleted = [ticket for ticket in tickets if ticket["status"] == "deleted"]
    assert deleted
    assert {ticket["subject"] for ticket in deleted} == {"SCRUBBED"}
    assert all(ticket["metric_set"] is None for ticket in deleted)


def test_the_desk_shows_every_case(tickets: list[dict[str, Any]]) -> None:
    sets = [ticket["metric_set"] for ticket in tickets if ticket["metric_set"]]
    assert {ticket["status"] for ticket in tickets} == {
        *("new", "open", "pending", "hold", "solved", "closed", "deleted")
    }
    assert any("closed_by_merge" in ticket["tags"] for ticket in tickets)
    assert any(metrics["reopens"] for metrics in sets)
    assert any(metrics["on_hold_time_in_minutes"]["calendar"] for metrics in sets)
    assert all(
        metrics["requester_wait_time_in_minutes"]["calendar"]
        >= metrics["on_hold_time_in_minutes"]["calendar"]
        for metrics in sets
    )


def test_a_ticket_is_as_long_as_a_real_one(tickets: list[dict[str, Any]]) -> None:
    mean = sum(len(msgspec.json.encode(ticket)) for ticket in tickets) / len(tickets)
    assert 2_500 < mean < 4_000


@pytest.mark.parametrize(
    ("path", "schema"),
    [("/api/v2/groups.json", "GroupsResponse"), ("/api/v2/users/me.json", "CurrentUserResponse")],
)
def test_the_other_answers_have_the_published_form(
    schemas: dict[str, Any], server: SimulatorServer, path: str, schema: str
) -> None:
    assert errors(schemas, schema, asked(server, path)) == []


def test_every_metric_event_has_the_published_form(
    schemas: dict[str, Any], server: SimulatorServer
) -> None:
    export = asked(server, EVENTS, start_time="0", per_page="1000")
    assert errors(schemas, "TicketMetricEventsResponse", export) == []
    events = export["ticket_metric_events"]
    assert export["count"] == len(events) >= 1000
    form = {
        "apply_sla": "TicketMetricEventSLAObject",
        "update_status": "TicketMetricEventUpdateStatusObject",
    }
    for event in events:
        schema = form.get(event["type"], "TicketMetricEventBaseObject")
        assert errors(schemas, schema, event) == []
    assert {event["type"] for event in events} >= {
        *("activate", "pause", "fulfill", "apply_sla", "update_status", "measure")
    }
    assert {event["metric"] for event in events} == {
        *("agent_work_time", "requester_wait_time", "resolution_time", "reply_time")
    }
    assert any(event["metric"] == "reply_time" and event["instance_id"] > 1 for event in events)


def test_events_come_in_order_of_time_and_each_page_begins_where_the_last_ended(
    server: SimulatorServer,
) -> None:
    start, times = 0, []
    seen: set[int] = set()
    for _ in range(100):
        page = asked(server, EVENTS, start_time=str(start), per_page="1000")
        times += [event["time"] for event in page["ticket_metric_events"]]
        numbers = {event["id"] for event in page["ticket_metric_events"]}
        assert not start or numbers & seen
        seen |= numbers
        if page["end_of_stream"]:
            break
        assert page["end_time"] > start
        assert page["next_page"].endswith(f"start_time={page['end_time']}")
        start = page["end_time"]
    assert page["end_of_stream"]
    assert times == sorted(times)
    assert max(times) <= f"{NOW - timedelta(seconds=60):%Y-%m-%dT%H:%M:%SZ}"


def test_every_rating_has_the_published_form(
    schemas: dict[str, Any], server: SimulatorServer
) -> None:
    page = asked(server, RATINGS, **{"page[size]": "100"})
    bare = without_nulls(page["satisfaction_ratings"], set())
    assert errors(schemas, "SatisfactionRatingsResponse", {"satisfaction_ratings": bare}) == []
    assert {rating["score"] for rating in bare} == {"offered", "good", "bad"}
    assert all(rating["created_at"] <= rating["updated_at"] for rating in bare)
    tickets = [rating["ticket_id"] for rating in bare]
    assert len(set(tickets)) == len(tickets) > 20


@pytest.mark.parametrize(
    ("score", "words"),
    [
        ("received", {"good", "bad"}),
        ("good", {"good"}),
        ("bad_without_comment", {"bad"}),
        ("offered", {"offered"}),
        ("received_with_comment", set()),
    ],
)
def test_ratings_are_filtered_by_score(
    server: SimulatorServer, score: str, words: set[str]
) -> None:
    page = asked(server, RATINGS, score=score, **{"page[size]": "100"})
    assert {rating["score"] for rating in page["satisfaction_ratings"]} == words


def test_ratings_are_filtered_by_time(server: SimulatorServer) -> None:
    start = NOW - timedelta(days=2)
    page = asked(server, RATINGS, start_time=str(int(start.timestamp())))
    times = [rating["updated_at"] for rating in page["satisfaction_ratings"]]
    assert times
    assert min(times) >= f"{start:%Y-%m-%dT%H:%M:%SZ}"


def test_counts_agree_with_the_export(
    schemas: dict[str, Any], server: SimulatorServer, tickets: list[dict[str, Any]]
) -> None:
    def count(query: str) -> int:
        answer = asked(server, "/api/v2/search/count.json", query=f"type:ticket {query}")
        assert errors(schemas, "SearchCountResponse", answer) == []
        found: int = answer["count"]
        return found

    kept = [ticket for ticket in tickets if ticket["status"] != "deleted"]
    since = f"{NOW - timedelta(days=3):%Y-%m-%dT%H:%M:%SZ}"
    done = {"solved", "closed"}
    assert count("") == len(kept)
    assert count("status<solved") == sum(one["status"] not in done for one in kept) > 0
    assert count("status:closed") == sum(one["status"] == "closed" for one in kept) > 0
    assert count(f"created>={since}") == sum(one["created_at"] >= since for one in kept) > 0
    solves = [one["metric_set"]["solved_at"] for one in kept if one["metric_set"]["solved_at"]]
    assert count(f"solved>={since}") == sum(at >= since for at in solves) > 0
    assert asked(server, "/api/v2/tickets/count.json")["count"]["value"] == len(tickets)


def test_the_metrics_of_one_ticket_are_those_of_the_export(
    server: SimulatorServer, tickets: list[dict[str, Any]]
) -> None:
    ticket = next(one for one in tickets if one["metric_set"])
    answer = asked(server, f"/api/v2/tickets/{ticket['id']}/metrics.json")
    assert answer["ticket_metric"] == ticket["metric_set"]
    gone = next(one for one in tickets if one["status"] == "deleted")
    answer = asked(server, f"/api/v2/tickets/{gone['id']}/metrics.json")
    assert answer["error"] == "RecordNotFound"


def test_metric_sets_and_organizations_come_only_when_asked_for(server: SimulatorServer) -> None:
    export = asked(server, CURSOR.removesuffix(".json"), start_time="0", per_page="1")
    assert "metric_set" not in export["tickets"][0]
    assert "organizations" not in export


@pytest.mark.parametrize(
    ("path", "params", "error"),
    [
        (CURSOR, {"start_time": str(int(NOW.timestamp()) - 30)}, "InvalidValue"),
        (CURSOR, {"start_time": "yesterday"}, "StartTimeMissing"),
        (CURSOR, {"cursor": "not a cursor"}, "InvalidCursor"),
        (EVENTS, {}, "StartTimeMissing"),
        (EVENTS, {"start_time": str(int(NOW.timestamp()) - 30)}, "InvalidValue"),
        (RATINGS, {"score": "splendid"}, "InvalidValue"),
        ("/api/v2/search/count.json", {"query": "angry people"}, "invalid"),
        ("/api/v2/nothing.json", {}, "InvalidEndpoint"),
    ],
)
def test_mistakes_are_told_in_zendesks_form(
    server: SimulatorServer, path: str, params: dict[str, str], error: str
) -> None:
    assert asked(server, path, **params)["error"] == error


def test_a_wrong_token_is_told_in_zendesks_form(server: SimulatorServer) -> None:
    assert asked(server, CURSOR, token="wrong") == {"error": "Couldn't authenticate you"}
