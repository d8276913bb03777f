"""What Redmine's API does that no other does, and what is told all the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors import ConfigurationError, Page, Record
from connectors.redmine.connector import RedmineConnector
from connectors.redmine.settings import RedmineSettings
from connectors.redmine.simulator import RedmineSimulator
from connectors.testing.clock import StandingClock
from connectors.testing.faults import status
from connectors.testing.seeded import SeededDesk
from connectors.testing.server import SimRequest, SimResponse, SimulatorServer

PRESENT = datetime(2026, 4, 9, 15, tzinfo=UTC)


@contextmanager
def serving(
    at: datetime = PRESENT, **options: Any
) -> Iterator[tuple[SimulatorServer, RedmineSettings]]:
    desk = SeededDesk(3, present=PRESENT, weeks=1, rate=0.2)
    simulator = RedmineSimulator(desk, StandingClock(at), **options)
    with SimulatorServer(simulator) as server:
        given = simulator.settings(server.url)
        given.pop("vendor")
        yield server, RedmineSettings.model_validate(given)


def read(settings: RedmineSettings, cursor: str | None = None) -> list[Page]:
    connector = RedmineConnector("redmine", settings)
    try:
        return list(connector.changes(cursor))
    finally:
        connector.close()


def told(pages: list[Page]) -> dict[str, Record]:
    return {one.id: one for page in pages for one in page.records}


@pytest.mark.parametrize("login_required", [False, True])
def test_a_wrong_key_is_an_error_whether_a_login_is_required_or_not(login_required: bool) -> None:
    with serving(login_required=login_required) as (_, settings):
        wrong = settings.model_validate({**settings.model_dump(), "api_key": "throw-away-wrong"})
        with pytest.raises(ConfigurationError, match=r"status 401.*Copy the API access key"):
            read(wrong)


def test_a_key_that_is_revoked_in_the_middle_loses_nothing() -> None:
    with serving(page_limit=5) as (server, settings):
        whole = told(read(settings))
        answer, lists = server.simulator.answer, 0

        def revoked(request: SimRequest) -> SimResponse:
            nonlocal lists
            lists += request.path == "/issues.json"
            nobody = {**request.headers, "x-redmine-api-key": "none"}
            return answer(request if lists < 4 else replace(request, headers=nobody))

        server.answer = revoked
        pages = RedmineConnector("redmine", settings).changes(None)
        seen = [next(pages) for _ in range(2)]
        with pytest.raises(ConfigurationError, match="status 401"):
            seen += list(pages)
        server.answer = None
        after = read(settings, seen[-1].cursor)
    assert told([*seen, *after]) == whole


def test_an_issue_that_vanishes_between_the_list_and_its_journals_is_left_out() -> None:
    with serving() as (server, settings):
        whole = told(read(settings))
        gone = next(iter(whole))
        server.faults.always(f"/issues/{gone}.json", status(404))
        pages = read(settings)
    assert told(pages).keys() == whole.keys() - {gone}
    assert [one for page in pages for one in page.rejected] == []


def test_only_issues_that_changed_are_asked_for() -> None:
    with serving(PRESENT - timedelta(hours=9)) as (server, settings):
        first = read(settings)
        clock = server.simulator.clock
        assert isinstance(clock, StandingClock)
        clock.at = PRESENT
        before = len(server.requests)
        changed = told(read(settings, first[-1].cursor))
        asked = [path.partition("?")[0] for path in server.requests[before:]]
    issues = {path for path in asked if path.startswith("/issues/")}
    assert issues == {f"/issues/{number}.json" for number in changed}
    assert 0 < len(issues) < len(told(first)) / 2
    assert len(asked) == len(issues) + 4


def test_private_notes_that_the_account_may_see_change_no_number() -> None:
    found = []
    for private_notes in (False, True):
        with serving(private_notes=private_notes) as (_, settings):
            found.append(told(read(settings)))
    assert [_facts(one) for one in found[0].values()] == [_facts(one) for one in found[1].values()]


def _facts(record: Record) -> tuple[object, ...]:
    return tuple(getattr(record, name) for name in ("first_response_at", "solves", "exchanges"))
