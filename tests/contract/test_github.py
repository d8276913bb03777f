"""What the GitHub connector gives, against simulated repositories over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from connectors.contract import ConfigurationError, Fatal, Page, Reason, Retriable
from connectors.github.connector import GitHubConnector
from connectors.github.settings import GitHubSettings
from connectors.github.simulated_issue import REPOSITORIES
from connectors.github.simulator import GitHubSimulator
from connectors.records import Ticket
from connectors.testing.clock import StandingClock
from connectors.testing.desk import Event, Kind, Role, Story
from connectors.testing.faults import Fault
from connectors.testing.seeded import SeededDesk
from connectors.testing.server import SimRequest, SimResponse, SimulatorServer
from connectors.testing.states import state
from connectors.testing.written import WrittenDesk

NOON = datetime(2026, 3, 6, 12, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@contextmanager
def connected(server: SimulatorServer, **changes: object) -> Iterator[GitHubConnector]:
    fields = {**server.simulator.settings(server.url), **changes}
    assert fields.pop("vendor") == GitHubConnector.vendor
    connector = GitHubConnector("widgets", GitHubSettings.model_validate(fields))
    try:
        yield connector
    finally:
        connector.close()


@contextmanager
def served(
    simulator: GitHubSimulator, **changes: object
) -> Iterator[tuple[GitHubConnector, SimulatorServer]]:
    with SimulatorServer(simulator) as server, connected(server, **changes) as connector:
        yield connector, server


def opened(number: int, at: datetime, *more: Event) -> Story:
    events = (Event(at, Kind.OPENED, Role.CUSTOMER), Event(at, Kind.COMMENT, Role.CUSTOMER), *more)
    return Story(number, at, "web", Role.CUSTOMER, events)


def comment(at: datetime, role: Role) -> Event:
    return Event(at, Kind.COMMENT, role)


def tickets(pages: Sequence[Page]) -> dict[str, Ticket]:
    found: dict[str, Ticket] = {}
    for page in pages:
        for record in page.records:
            assert isinstance(record, Ticket)
            found[record.id] = record
    return found


class Told(GitHubSimulator):
    """Answers with these errors in the place of data, and the status of a good answer."""

    def __init__(self, trouble: Mapping[str, str], **headers: str) -> None:
        super().__init__(SeededDesk(1, present=NOON, weeks=1), StandingClock(NOON))
        self._body = msgspec.json.encode({"data": None, "errors": [{**trouble, "path": []}]})
        self._headers = headers

    def answer(self, request: SimRequest) -> SimResponse:
        return SimResponse(200, self._headers, self._body)


def test_what_was_said_on_an_issue_is_what_the_desk_knows() -> None:
    desk = SeededDesk(4, present=NOON, weeks=2, rate=2.0)
    with served(GitHubSimulator(desk, StandingClock(NOON)), page_size=100) as (connector, _):
        found = tickets(list(connector.changes(None)))
    compared = 0
    for story in desk.stories(NOON):
        told = found.get(f"{REPOSITORIES[story.id % 2]}#{story.id}")
        if told is None:
            continue
        shown = state(story, NOON)
        asked = [(one.asked_at, one.answered_at) for one in shown.said.exchanges]
        assert told.first_response_at == shown.said.first_response
        assert [(one.asked_at, one.answered_at) for one in told.exchanges] == asked
        compared += bool(asked)
    assert compared > 30


def test_each_repository_goes_on_where_it_was_and_a_new_one_begins_at_the_start() -> None:
    stories = [opened(n, NOON - n * HOUR) for n in range(1, 21)]
    with served(GitHubSimulator(WrittenDesk(*stories), StandingClock(NOON))) as (both, server):
        with connected(server, repositories=[REPOSITORIES[0]]) as one:
            first = list(one.changes(None))
        assert len(tickets(first)) == 10
        more = list(both.changes(first[-1].cursor))
    assert {one.partition("#")[0] for one in tickets(more)} == {REPOSITORIES[1]}
    assert [page.catching_up for page in more] == [False, True]
    assert [page.complete_to for page in more] == [None, NOON]


def test_a_first_reading_that_is_broken_off_goes_on_as_one() -> None:
    stories = [opened(n, NOON - n * HOUR) for n in range(1, 21)]
    simulator = GitHubSimulator(WrittenDesk(*stories), StandingClock(NOON), page_limit=4)
    with served(simulator) as (both, server):
        with connected(server, repositories=[REPOSITORIES[0]]) as one:
            before = list(one.changes(None))[-1].cursor
        begun = both.changes(before)
        broken = next(page for page in begun if page.catching_up)
        rest = list(both.changes(broken.cursor))
        later = list(both.changes(rest[-1].cursor))
    new = [p for p in rest if any(one.id.startswith(REPOSITORIES[1]) for one in p.records)]
    assert len(new) > 1
    assert all(page.catching_up for page in new)
    assert not any(page.catching_up for page in later)


def test_hundreds_of_comments_and_closings_are_told_whole() -> None:
    at = NOON - 20 * HOUR
    talk = [comment(at + n * MINUTE, (Role.CUSTOMER, Role.AGENT)[n % 2]) for n in range(1, 252)]
    turns = [
        Event(at + n * MINUTE, Kind.STATUS, Role.AGENT, ("open", "solved")[n % 2])
        for n in range(260, 500)
    ]
    desk = WrittenDesk(opened(2, at, *talk, *turns), opened(4, at))
    with served(GitHubSimulator(desk, StandingClock(NOON))) as (connector, server):
        found = tickets(list(connector.changes(None)))[f"{REPOSITORIES[0]}#2"]
        assert len(server.requests) == 2 + 2
    assert len(found.exchanges) == 125
    assert (len(found.solves), found.reopens) == (120, 119)
    assert found.solves[0].replies == 126


def test_comments_that_come_again_and_again_are_an_error() -> None:
    talk = [comment(NOON - HOUR + n * timedelta(seconds=1), Role.AGENT) for n in range(1, 150)]

    class Stuck(GitHubSimulator):
        def _node(self, given: Mapping[str, Any]) -> dict[str, Any]:
            found = super()._node(given)
            return {**found, "comments": lambda _: found["comments"]({"first": 100})}

    with (
        served(Stuck(WrittenDesk(opened(2, NOON - HOUR, *talk)), StandingClock(NOON))) as (one, _),
        pytest.raises(Fatal, match=f"{REPOSITORIES[0]}#2 does not come to an end"),
    ):
        list(one.changes(None))


def test_no_title_and_no_text_is_asked_for_and_pull_requests_are_none() -> None:
    asked: list[dict[str, Any]] = []

    class Listening(GitHubSimulator):
        def answer(self, request: SimRequest) -> SimResponse:
            asked.append(msgspec.json.decode(request.body))
            return super().answer(request)

    desk = SeededDesk(1, present=NOON, weeks=1)
    with served(Listening(desk, StandingClock(NOON))) as (connector, _):
        pages = list(connector.changes(None))
    for body in asked:
        assert not {"title", "body", "bodyText", "email", "pullRequests"} & set(
            body["query"].replace("(", " ").split()
        )
    assert "customer-" not in str([page.records for page in pages])


@pytest.mark.parametrize(
    ("kind", "error", "reason", "words"),
    [
        ("RATE_LIMITED", Retriable, Reason.THROTTLED, "no more questions"),
        ("RATE_LIMIT", Retriable, Reason.THROTTLED, "no more questions"),
        ("FORBIDDEN", ConfigurationError, Reason.CREDENTIALS, "single sign-on"),
        ("INSUFFICIENT_SCOPES", ConfigurationError, Reason.CREDENTIALS, "may not read"),
        ("NOT_FOUND", ConfigurationError, Reason.CONFIGURATION, "Check `repositories`"),
        ("", Retriable, Reason.SERVER, "smaller page_size"),
    ],
)
def test_an_error_in_a_good_answer_is_an_error(
    kind: str, error: type[Exception], reason: Reason, words: str
) -> None:
    trouble = {"type": kind, "message": "somebody@acme.example did it"}
    with served(Told(trouble)) as (connector, _):
        with pytest.raises(error, match=words) as caught:
            list(connector.changes(None))
        (finding,) = [one for one in connector.check() if one.level == "error"]
    assert finding.reason is reason
    assert "acme.example" not in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "header", "text"),
    [
        ("RATE_LIMITED", "x-ratelimit-reset", str(int((NOON + 20 * MINUTE).timestamp()))),
        ("RATE_LIMIT", "x-ratelimit-reset", str(int((NOON + 20 * MINUTE).timestamp()))),
        ("", "retry-after", "1200"),  # a secondary limit
    ],
)
def test_when_questions_are_allowed_again_is_passed_on(kind: str, header: str, text: str) -> None:
    told = Told({"type": kind, "message": ""}, **{header: text})
    with served(told) as (connector, _), pytest.raises(Retriable) as caught:
        list(connector.changes(None))
    assert (caught.value.reason, caught.value.wait) == (Reason.THROTTLED, 20 * 60)


def test_a_secondary_limit_is_told_with_403_and_waited_for() -> None:
    simulator = GitHubSimulator(WrittenDesk(opened(1, NOON - HOUR)), StandingClock(NOON))
    with served(simulator) as (connector, server):
        server.faults.next(Fault(status=403, headers={"retry-after": "1"}))
        assert len(tickets(list(connector.changes(None)))) == 1
        assert connector.usage().throttled_seconds >= 1


def test_a_repository_that_the_token_may_not_read_is_told_with_the_remedy() -> None:
    simulator = GitHubSimulator(WrittenDesk(opened(1, NOON - HOUR)), StandingClock(NOON))
    with (
        served(simulator, repositories=["acme/secret"]) as (connector, _),
        pytest.raises(ConfigurationError, match="does not exist for it"),
    ):
        list(connector.changes(None))


def test_check_says_where_nobody_seems_to_answer() -> None:
    desk = SeededDesk(1, present=NOON, weeks=1)
    with served(GitHubSimulator(desk, StandingClock(NOON)), staff=["OWNER"]) as (connector, _):
        assert all(one.level == "ok" for one in connector.check())
    strangers = WrittenDesk(opened(2, NOON - HOUR, comment(NOON - MINUTE, Role.CUSTOMER)))
    with served(GitHubSimulator(strangers, StandingClock(NOON))) as (connector, _):
        (warning,) = [one for one in connector.check() if one.level == "warning"]
    assert "none counts as a reply" in warning.message


def test_an_issue_that_goes_while_it_is_read_stops_nothing() -> None:
    talk = [comment(NOON - HOUR + n * timedelta(seconds=1), Role.AGENT) for n in range(1, 150)]
    gone = opened(2, NOON - HOUR, *talk, Event(NOON, Kind.DELETED, Role.AGENT))
    clock = StandingClock(NOON - MINUTE)
    simulator = GitHubSimulator(WrittenDesk(gone, opened(4, NOON - HOUR)), clock)

    class Living(GitHubSimulator):
        def answer(self, request: SimRequest) -> SimResponse:
            response = simulator.answer(request)
            clock.at = NOON + HOUR
            return response

    with served(Living(simulator.desk, clock)) as (connector, _):
        assert f"{REPOSITORIES[0]}#4" in tickets(list(connector.changes(None)))


def test_an_issue_that_is_gone_is_told_no_more_and_stops_nothing() -> None:
    gone = opened(2, NOON - HOUR, Event(NOON, Kind.DELETED, Role.AGENT))
    clock = StandingClock(NOON - MINUTE)
    desk = WrittenDesk(gone, opened(4, NOON - HOUR))
    with served(GitHubSimulator(desk, clock)) as (connector, server):
        assert len(tickets(list(connector.changes(None)))) == 2
        clock.at = NOON + HOUR
        (told,) = tickets(list(connector.changes(None)))
        assert connector.ticket_url(told) == f"{server.url}/{REPOSITORIES[0]}/issues/4"
