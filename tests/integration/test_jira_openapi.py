"""The simulated Jira answers, and the connector asks, in the form that Atlassian publishes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
import requests

from connectors.jira.connector import JiraConnector
from connectors.jira.settings import JiraSettings
from connectors.jira.simulated_issue import field
from connectors.jira.simulator import EMAIL, TOKEN, JiraSimulator
from connectors.testing.clock import StandingClock
from connectors.testing.seeded import SeededDesk
from connectors.testing.server import SimRequest, SimResponse, SimulatorServer
from tests.published import errors, published

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SEARCH = "/rest/api/3/search/jql"
CHANGES = "/rest/api/3/changelog/bulkfetch"
ALL = {"jql": "projectType = service_desk", "fields": ["*all"], "maxResults": 100}


@pytest.fixture(scope="module")
def platform() -> dict[str, Any]:
    return published("jira_platform_openapi.yaml")


@pytest.fixture(scope="module")
def service() -> dict[str, Any]:
    return published("jira_servicemanagement_openapi.json")


@pytest.fixture(scope="module")
def server() -> Iterator[SimulatorServer]:
    desk = SeededDesk(11, present=NOW, weeks=1, rate=3.0, customers=40)
    with SimulatorServer(JiraSimulator(desk, StandingClock(NOW))) as running:
        yield running


def asked(server: SimulatorServer, path: str, body: object = None, token: str = TOKEN) -> Any:
    method = "GET" if body is None else "POST"
    answer = requests.request(method, server.url + path, json=body, auth=(EMAIL, token), timeout=30)
    return msgspec.json.decode(answer.content)


@pytest.fixture(scope="module")
def page(server: SimulatorServer) -> dict[str, Any]:
    found: dict[str, Any] = asked(server, SEARCH, ALL)
    assert len(found["issues"]) == 100
    return found


def test_a_page_of_issues_has_the_published_form(
    platform: dict[str, Any], page: dict[str, Any]
) -> None:
    assert errors(platform, "SearchAndReconcileResults", page) == []
    assert page["isLast"] is False


def test_of_an_issue_no_field_comes_that_was_not_asked_for(server: SimulatorServer) -> None:
    told = asked(server, SEARCH, {**ALL, "fields": ["status"], "maxResults": 1})["issues"][0]
    assert told["fields"].keys() == {"status"}
    assert asked(server, SEARCH, {"jql": ALL["jql"]})["issues"][0]["fields"] == {}


def test_statuses_priorities_and_people_have_the_published_form(
    platform: dict[str, Any], server: SimulatorServer, page: dict[str, Any]
) -> None:
    for status in asked(server, "/rest/api/3/status"):
        assert errors(platform, "StatusDetails", status) == []
    assert errors(platform, "User", asked(server, "/rest/api/3/myself")) == []
    for issue in page["issues"]:
        assert errors(platform, "StatusDetails", issue["fields"]["status"]) == []
        assert errors(platform, "User", issue["fields"]["reporter"]) == []


def test_every_field_has_the_published_form(
    platform: dict[str, Any], server: SimulatorServer
) -> None:
    for told in asked(server, "/rest/api/3/field"):
        assert told.pop("untranslatedName")  # sent, and not in the file
        assert errors(platform, "FieldDetails", told) == []


def test_agreements_have_the_published_form(service: dict[str, Any], page: dict[str, Any]) -> None:
    name = field("Time to first response")
    agreements = [issue["fields"][name] for issue in page["issues"]]
    for agreement in agreements:
        assert errors(service, "SlaInformationDTO", agreement) == []
    assert {bool(one["completedCycles"]) for one in agreements} == {True, False}


def test_the_log_of_changes_has_the_published_form_but_for_its_times(
    platform: dict[str, Any], server: SimulatorServer, page: dict[str, Any]
) -> None:
    body = {"issueIdsOrKeys": [issue["id"] for issue in page["issues"]]}
    told = asked(server, CHANGES, body)
    histories = [one for log in told["issueChangeLogs"] for one in log["changeHistories"]]
    assert len(histories) > 100
    for history in histories:
        # the file says a text, its own example a number, and numbers are sent
        history["created"] = datetime.fromtimestamp(history["created"] / 1000, UTC).isoformat()
    assert told.pop("nextPageToken") is None
    bare = json.loads(json.dumps(told), object_hook=_without_nulls)
    assert errors(platform, "BulkChangelogResponseBean", bare) == []


def test_what_the_connector_asks_has_the_published_form(
    platform: dict[str, Any], server: SimulatorServer
) -> None:
    searches: list[SimRequest] = []
    bodies: list[Any] = []

    def overhear(request: SimRequest) -> SimResponse:
        if request.path == SEARCH:
            searches.append(request)
        elif request.body:
            bodies.append(msgspec.json.decode(request.body))
        return server.simulator.answer(request)

    given = {**server.simulator.settings(server.url), "page_size": 10}
    del given["vendor"]
    connector = JiraConnector("desk", JiraSettings.model_validate(given))
    server.answer = overhear
    try:
        list(connector.changes(None))
    finally:
        server.answer = None
        connector.close()
    listed = platform["paths"]["/api/3/search/jql"]["get"]["parameters"]
    names = {one["name"] for one in listed if one["in"] == "query"}
    repeated = {one["name"] for one in listed if one["schema"]["type"] == "array"}
    for asked in searches:
        sent = [name for name, _ in asked.pairs]
        assert set(sent) <= names
        assert {name for name in sent if sent.count(name) > 1} <= repeated
        assert asked.query["maxResults"] == "10"
    assert "/api/3/changelog/bulkfetch" in platform["paths"]
    assert bodies
    for body in bodies:
        assert errors(platform, "BulkChangelogRequestBean", body) == []


@pytest.mark.parametrize(
    ("path", "body", "message"),
    [
        ("/rest/api/3/search", ALL, "has been removed"),
        (SEARCH, {"jql": "ORDER BY updated ASC, key ASC"}, "Unbounded"),
        (SEARCH, {"jql": 'project in ("HR")'}, "does not exist for the field 'project'"),
        (SEARCH, {"jql": "mood = bad"}, "Error in the JQL Query"),
        (CHANGES, {"issueIdsOrKeys": []}, "Between 1 and 1000"),
    ],
)
def test_mistakes_are_told_in_jiras_form(
    platform: dict[str, Any], server: SimulatorServer, path: str, body: object, message: str
) -> None:
    told = asked(server, path, body)
    assert errors(platform, "ErrorCollection", told) == []
    assert message in told["errorMessages"][0]


def test_a_stranger_is_told_that_there_is_nothing(server: SimulatorServer) -> None:
    assert asked(server, SEARCH, ALL, token="wrong") == {"issues": [], "isLast": True}
    assert "authenticated" in asked(server, CHANGES, {}, token="wrong")["errorMessages"][0]


def _without_nulls(told: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in told.items() if value is not None}
