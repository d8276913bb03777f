"""The simulated HubSpot answers in the form that HubSpot publishes, and is asked in it."""

from __future__ import annotations

import json
import tarfile
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.hubspot.connector import HubSpotConnector
from connectors.hubspot.simulator import HubSpotSimulator
from connectors.testing.clock import StandingClock
from connectors.testing.seeded import SeededDesk
from connectors.testing.server import SimRequest
from tests.clients import connected
from tests.peers import shared_data
from tests.published import Heard, differences, overheard

NOW = datetime(2026, 3, 6, 12, tzinfo=UTC)
OBJECTS = "/crm/v3/objects/"

# What the file calls for and HubSpot's own examples of a search leave out.
UNASKED = {"after"}
# The file says text; its own documentation, and every client, sends a property with a direction.
SORTS = {"type": "array", "items": {"type": "object", "required": ["propertyName", "direction"]}}


@pytest.fixture(scope="module")
def specs() -> dict[str, Any]:
    """The published files by their names."""
    with tarfile.open(shared_data("specs/hubspot_v3_specs.tar.xz")) as archive:
        found = {}
        for member in archive.getmembers():
            file = archive.extractfile(member)
            if file is not None and member.name.endswith(".json"):
                found[member.name.rpartition("/")[2]] = json.load(file)
        return found


@pytest.fixture(scope="module")
def heard(specs: dict[str, Any]) -> Heard:
    """What was asked and answered in a check, two polls, and figures."""
    assert specs
    desk = SeededDesk(7, present=NOW, weeks=2, rate=0.5, customers=30)
    clock = StandingClock(NOW - timedelta(days=4))
    with (
        overheard(HubSpotSimulator(desk, clock, page_limit=20)) as (server, said),
        connected(HubSpotConnector, server) as connector,
    ):
        connector.check()
        cursor = list(connector.changes(None))[-1].cursor
        clock.at = NOW
        list(connector.changes(cursor))
        connector.figures(NOW - timedelta(days=7), NOW)
    return said


def test_every_answer_has_the_published_form(heard: Heard, specs: dict[str, Any]) -> None:
    seen = set()
    for asked, response in heard:
        schema = answered(asked, specs)
        if schema is not None:
            seen.add(asked.path)
            assert differences(schema, json.loads(response.body)) == []
    assert {f"{OBJECTS}{kind}/search" for kind in ("tickets", "companies", "deals")} < seen
    assert {f"{OBJECTS}tickets", f"{OBJECTS}companies/batch/read"} < seen
    assert {"/crm/v3/pipelines/tickets", "/crm/v3/properties/deals"} < seen


def test_every_question_has_the_published_form(heard: Heard, specs: dict[str, Any]) -> None:
    bodies = [(asked, json.loads(asked.body)) for asked, _ in heard if asked.body]
    for asked, sent in bodies:
        spec, body = spec_of(asked.path, specs), sent
        if asked.path.endswith("/search"):
            schema = rooted(spec, "PublicObjectSearchRequest")
            request = schema["components"]["schemas"]["PublicObjectSearchRequest"]
            request["required"] = sorted({*request["required"]} - UNASKED)
            request["properties"]["sorts"] = SORTS
            body = {"sorts": [], **sent}
        else:
            schema = rooted(spec, "BatchReadInputSimplePublicObjectId")
        assert differences(schema, body) == []
    assert len(bodies) > 20


@pytest.mark.parametrize("status", [400, 401, 404])
def test_every_refusal_has_the_published_form(status: int, specs: dict[str, Any]) -> None:
    simulator = HubSpotSimulator(SeededDesk(7, present=NOW), StandingClock(NOW))
    token = "wrong" if status == 401 else simulator.settings("")["token"]
    path = f"{OBJECTS}tickets/search" if status == 400 else "/nothing"
    headers = {"authorization": f"Bearer {token}"}
    response = simulator.answer(SimRequest("POST", path, {}, headers, (), b"{"))
    assert response.status == status
    schema = rooted(specs["hubspot_tickets_v3.json"], "Error")
    assert differences(schema, json.loads(response.body)) == []


def answered(asked: SimRequest, specs: dict[str, Any]) -> dict[str, Any] | None:
    """The schema of an answer; None where no file tells of it."""
    spec = spec_of(asked.path, specs)
    if spec is None:
        return None
    path = "/crm/v3/properties/{objectType}" if "/properties/" in asked.path else asked.path
    path = "/crm/v3/pipelines/{objectType}" if "/pipelines/" in asked.path else path
    path = path if path in spec["paths"] else path.replace("/deals", "/0-3")
    responses = spec["paths"][path][asked.method.lower()]["responses"]
    content = responses["200"]["content"]
    schema = next(iter(content.values()))["schema"]
    return rooted(spec, schema["$ref"].rpartition("/")[2])


def spec_of(path: str, specs: dict[str, Any]) -> Any:
    parts = path.split("/")
    if path.startswith(OBJECTS):
        return specs[f"hubspot_{parts[4]}_v3.json"]
    return specs.get(f"hubspot_{parts[3]}_v3.json")


def rooted(spec: dict[str, Any], name: str) -> dict[str, Any]:
    """A schema of a file with all that it refers to; properties of records may be null."""
    copied: dict[str, Any] = json.loads(json.dumps({"components": spec["components"]}))
    for one in copied["components"]["schemas"].values():
        told = one.get("properties", {}).get("properties", {}).get("additionalProperties")
        if told is not None:
            told["type"] = ["string", "null"]
    return {**copied, "$ref": f"#/components/schemas/{name}"}
