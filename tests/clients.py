"""A connector at the simulator of its vendor, and what it tells: for tests of any vendor."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import pytest

from connectors.contract import Connector, ConnectorError, Finding, Page
from connectors.customers import Record
from connectors.patience import Patience, hurried
from connectors.testing.server import SimulatorServer

ConnectorT = TypeVar("ConnectorT", bound=Connector[Any])


@contextmanager
def connected(
    kind: type[ConnectorT], server: SimulatorServer, **changes: object
) -> Iterator[ConnectorT]:
    """A connector of source 'crm' with the settings that the simulator names, some changed.

    It fails fast and waits long: an answer that a busy machine is late with is not asked for again.
    """
    fields = {**server.simulator.settings(server.url), **changes}
    assert fields.pop("vendor") == kind.vendor
    with hurried(Patience(repeat=0.01)):
        connector = kind("crm", kind.settings_type.model_validate(fields))
    try:
        yield connector
    finally:
        connector.close()


def records(pages: Sequence[Page]) -> list[Record]:
    """What is told, in its order."""
    return [record for page in pages for record in page.records]


def of(kind: type[Any], pages: Sequence[Page]) -> dict[str, Any]:
    """The last that is told of each subject of a kind, by its id."""
    return {one.id: one for one in records(pages) if isinstance(one, kind)}


def failure(connector: Connector[Any], cursor: str | None = None) -> ConnectorError:
    """The error that a poll ends in."""
    with pytest.raises(ConnectorError) as raised:
        list(connector.changes(cursor))
    return raised.value


def assert_first_reading_goes_on(connector: Connector[Any]) -> None:
    """A first reading that is broken off after its first records goes on as one, and ends as one.

    The connector's desk must have more of them than a page takes.
    """
    broken = next(page.cursor for page in connector.changes(None) if page.records)
    rest = list(connector.changes(broken))
    later = list(connector.changes(rest[-1].cursor))
    assert {page.catching_up for page in rest if page.records} == {True}
    assert not any(page.catching_up for page in later)


def troubles(found: Sequence[Finding]) -> str:
    """What `check` found that is not well."""
    return " | ".join(one.message for one in found if one.level != "ok")
