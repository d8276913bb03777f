"""What vendors publish of their APIs, and whether what is sent has that form."""

from __future__ import annotations

import lzma
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import yaml
from jsonschema import Draft202012Validator, FormatChecker

from connectors.testing.server import SimRequest, SimResponse, Simulator, SimulatorServer
from tests.peers import shared_data

Heard = list[tuple[SimRequest, SimResponse]]


class _Loader(yaml.CSafeLoader):
    """Reads a bare `=` as the text that it is."""


_Loader.add_constructor("tag:yaml.org,2002:value", lambda loader, node: node.value)


def published(name: str) -> dict[str, Any]:
    """A vendor's file, YAML or JSON; see `shared_data` for where it is absent."""
    with lzma.open(shared_data(f"specs/{name}.xz")) as file:
        read: dict[str, Any] = yaml.load(file, Loader=_Loader)  # noqa: S506 -- a safe loader
    return read


def errors(document: dict[str, Any], name: str, value: object) -> list[str]:
    """How a value differs from the schema of this name."""
    root = {"components": document["components"], "$ref": f"#/components/schemas/{name}"}
    return differences(root, value)


def differences(schema: dict[str, Any], value: object) -> list[str]:
    """How a value differs from a schema."""
    validator = Draft202012Validator(schema, format_checker=FormatChecker())
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]


def nullable(schema: Any) -> Any:
    """OpenAPI 3.0's `nullable` in the words of JSON Schema."""
    if isinstance(schema, list):
        return [nullable(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    converted = {name: nullable(part) for name, part in schema.items()}
    if converted.pop("nullable", False) is True and isinstance(converted.get("type"), str):
        converted["type"] = [converted["type"], "null"]
    return converted


def without_nulls(value: Any, dropped: set[str]) -> Any:
    """The value without the properties that are null; their names go to `dropped`."""
    if isinstance(value, list):
        return [without_nulls(part, dropped) for part in value]
    if not isinstance(value, dict):
        return value
    dropped |= {name for name, part in value.items() if part is None}
    return {name: without_nulls(part, dropped) for name, part in value.items() if part is not None}


@contextmanager
def overheard(simulator: Simulator) -> Iterator[tuple[SimulatorServer, Heard]]:
    """A simulator that is served, and all that it is asked and answers."""
    heard: Heard = []
    with SimulatorServer(simulator) as server:

        def answer(asked: SimRequest) -> SimResponse:
            response = simulator.answer(asked)
            heard.append((asked, response))
            return response

        server.answer = answer
        yield server, heard
