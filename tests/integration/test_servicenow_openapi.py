"""The vendor's API description knows every request that we make, and our simulator's answers."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from jsonschema import validate

from connectors.servicenow.connector import ServiceNowConnector
from connectors.servicenow.settings import ServiceNowSettings
from connectors.servicenow.simulator import PASSWORD, USERNAME, ServiceNowSimulator
from connectors.testing.clock import StandingClock
from connectors.testing.seeded import SeededDesk
from connectors.testing.server import SimulatorServer
from tests.published import published

NOON = datetime(2024, 3, 6, 12, tzinfo=UTC)
TABLE = "/api/now/table/{tableName}"


@pytest.fixture(scope="module")
def listing() -> dict[str, Any]:
    """How the description says that a table is listed."""
    operation: dict[str, Any] = published("servicenow_openapi.yaml")["paths"][TABLE]["get"]
    return operation


def test_everything_we_ask_is_documented(listing: dict[str, Any]) -> None:
    desk = SeededDesk(3, present=NOON, weeks=1)
    with SimulatorServer(ServiceNowSimulator(desk, StandingClock(NOON))) as server:
        fields = server.simulator.settings(server.url)
        fields.pop("vendor")
        settings = ServiceNowSettings.model_validate({**fields, "page_size": 50})
        connector = ServiceNowConnector("it-desk", settings)
        list(connector.changes(None))
        connector.check()
        connector.close()
        asked = [urlsplit(request) for request in server.requests]
    documented = {p["name"] for p in listing["parameters"] if p["in"] == "query"}
    used = {name for request in asked for name in parse_qs(request.query, keep_blank_values=True)}
    assert len(asked) > 5
    assert used
    assert used <= documented
    prefix = TABLE.removesuffix("{tableName}")
    assert {request.path.removeprefix(prefix) for request in asked} == {
        "incident",
        "sys_audit_delete",
    }


@pytest.mark.parametrize("table", ["incident", "sys_audit_delete", "sys_user_group"])
def test_the_simulator_answers_as_described(listing: dict[str, Any], table: str) -> None:
    schema = listing["responses"][200]["content"]["application/json"]["schema"]
    desk = SeededDesk(3, present=NOON, weeks=2)
    with SimulatorServer(ServiceNowSimulator(desk, StandingClock(NOON))) as server:
        answer = requests.get(
            f"{server.url}/api/now/table/{table}",
            params={"sysparm_limit": "5"},
            auth=(USERNAME, PASSWORD),
            timeout=10,
        )
    assert answer.status_code == 200
    validate(answer.json(), schema)
    rows = answer.json()["result"]
    assert rows
    assert len(rows) <= 5
    assert all(isinstance(row["sys_id"], str) and len(row["sys_id"]) == 32 for row in rows)


def test_references_carry_a_link_unless_it_is_declined() -> None:
    desk = SeededDesk(3, present=NOON, weeks=1)
    fields = {"sysparm_fields": "assignment_group,assignment_group.name", "sysparm_limit": "1"}
    query = {**fields, "sysparm_query": "assignment_group!="}
    with SimulatorServer(ServiceNowSimulator(desk, StandingClock(NOON))) as server:
        (linked,), (plain,) = (
            requests.get(
                f"{server.url}/api/now/table/incident",
                params={**query, "sysparm_exclude_reference_link": declined},
                auth=(USERNAME, PASSWORD),
                timeout=10,
            ).json()["result"]
            for declined in ("false", "true")
        )
    assert linked["assignment_group"]["value"] == plain["assignment_group"]
    assert linked["assignment_group.name"] in desk.teams


def test_a_company_is_a_reference_that_can_be_walked_through() -> None:
    desk = SeededDesk(3, present=NOON, weeks=1, customers=60)
    names = "company,company.website,company.u_customer_number"
    query = {"sysparm_fields": names, "sysparm_query": "company!=", "sysparm_limit": "50"}
    with SimulatorServer(ServiceNowSimulator(desk, StandingClock(NOON))) as server:
        answer = requests.get(
            f"{server.url}/api/now/table/incident",
            params=query,
            auth=(USERNAME, PASSWORD),
            timeout=10,
        )
    rows = answer.json()["result"]
    assert len(rows) == 50
    assert all(row["company"]["link"].endswith(row["company"]["value"]) for row in rows)
    assert {row.keys() == set(names.split(",")) for row in rows} == {True}
    assert {bool(row["company.website"]) for row in rows} == {True, False}


@pytest.mark.parametrize(
    ("path", "auth", "status"),
    [
        ("/api/now/table/incident", None, 401),
        ("/api/now/table/incident", (USERNAME, "throw-away-wrong"), 401),
        ("/api/now/table/sys_audit_delete", (USERNAME, PASSWORD), 403),
        ("/api/now/table/no_such_table", (USERNAME, PASSWORD), 400),
        ("/elsewhere", (USERNAME, PASSWORD), 400),
    ],
)
def test_errors_have_the_vendors_form(path: str, auth: tuple[str, str] | None, status: int) -> None:
    desk = SeededDesk(3, present=NOON, weeks=1)
    simulator = ServiceNowSimulator(desk, StandingClock(NOON), forbid_deletes=True)
    with SimulatorServer(simulator) as server:
        answer = requests.get(f"{server.url}{path}", auth=auth, timeout=10)
    assert answer.status_code == status
    told = json.loads(answer.content)
    assert told["status"] == "failure"
    assert set(told["error"]) == {"message", "detail"}
