"""The simulated Chatwoot answers in the form that Chatwoot publishes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
import requests

from connectors.chatwoot.simulator import API, TOKEN, ChatwootSimulator
from connectors.testing.clock import StandingClock
from connectors.testing.seeded import SeededDesk
from connectors.testing.server import SimulatorServer
from tests.published import errors, published, without_nulls

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
LIST = "/api/v1/accounts/{account_id}/conversations"

# What Chatwoot really sends and its file forgot: by schema and property, further values.
FORGOTTEN: dict[tuple[str, str], list[str | int]] = {
    ("conversation", "status"): ["snoozed"],
    ("message", "message_type"): [3],
    ("message", "content_type"): ["input_csat"],
    ("contact_detail", "type"): ["user", "agent_bot"],
}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    told = published("chatwoot_application_swagger.json")
    schemas = told["components"]["schemas"]
    for (name, key), values in FORGOTTEN.items():
        listed = schemas[name]["properties"][key]["enum"]
        assert not set(values) & set(listed)
        listed += values
    # It is a number, and not the text that the file says.
    schemas["conversation"]["properties"]["timestamp"]["type"] = "number"
    return told


@pytest.fixture(scope="module")
def server() -> Iterator[SimulatorServer]:
    desk = SeededDesk(3, present=NOW, weeks=1, rate=4.0, customers=30)
    with SimulatorServer(ChatwootSimulator(desk, StandingClock(NOW))) as running:
        yield running


def asked(server: SimulatorServer, path: str, **params: str | int) -> Any:
    headers = {"api_access_token": TOKEN}
    answer = requests.get(server.url + API + path, params=params, headers=headers, timeout=30)
    assert answer.status_code == 200
    return msgspec.json.decode(answer.content)


def test_what_is_asked_for_is_published(document: dict[str, Any]) -> None:
    listed = document["paths"][LIST]["get"]["parameters"]
    names = {parameter["name"]: parameter["schema"] for parameter in listed}
    assert "all" in names["status"]["enum"]
    assert "all" in names["assignee_type"]["enum"]
    assert "page" in names
    assert document["components"]["securitySchemes"]["userApiKey"]["name"] == "api_access_token"
    assert f"{LIST}/{{conversation_id}}/messages" in document["paths"]
    assert "/api/v1/profile" in document["paths"]


def test_conversations_have_the_published_form(
    document: dict[str, Any], server: SimulatorServer
) -> None:
    schema = document["components"]["schemas"]["conversation"]["properties"]
    found: list[dict[str, Any]] = []
    for page in range(1, 9):
        answer = asked(server, "conversations", status="all", page=page)
        assert errors(document, "conversation_list", without_nulls(answer, set())) == []
        found += answer["data"]["payload"]
    assert {"open", "snoozed", "resolved"} == {one["status"] for one in found}
    for one in found:
        assert one.keys() - {"meta"} <= schema.keys()


def test_messages_have_the_published_form(
    document: dict[str, Any], server: SimulatorServer
) -> None:
    listed = asked(server, "conversations", status="all")["data"]["payload"]
    kinds = set()
    for conversation in listed:
        for message in asked(server, f"conversations/{conversation['id']}/messages")["payload"]:
            kinds.add(message["message_type"])
            assert errors(document, "message_detailed", without_nulls(message, set())) == []
    assert {0, 1, 2} <= kinds
