"""What the ServiceNow connector gives, against a simulated instance over real HTTP."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from connectors.contract import ConfigurationError, Fatal, Page, Reason, Retriable
from connectors.customers import Record
from connectors.records import Identity, Removal, Removed, Solve, Supplement, Ticket
from connectors.servicenow import keyset
from connectors.servicenow.connector import ServiceNowConnector
from connectors.servicenow.settings import ServiceNowSettings
from connectors.servicenow.simulated_incident import sys_id
from connectors.servicenow.simulator import ServiceNowSimulator
from connectors.testing import faults
from connectors.testing.clock import StandingClock
from connectors.testing.desk import Event, Kind, Patron, Role, Story
from connectors.testing.faults import Fault, Faults
from connectors.testing.replay import ReplayedDesk
from connectors.testing.seeded import SeededDesk
from connectors.testing.server import SimRequest, SimResponse, SimulatorServer
from connectors.testing.states import state
from connectors.testing.truth import OPEN, UNASSIGNED, truth
from connectors.testing.written import WrittenDesk
from tests.peers import shared_data

Labels = frozenset[tuple[str, str]]

NOON = datetime(2024, 3, 6, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


class SmallDesk(ReplayedDesk):
    """A desk written by hand."""


def opened(number: int, at: datetime, *more: Event) -> Story:
    events = (
        Event(at, Kind.OPENED, Role.CUSTOMER),
        Event(at, Kind.COMMENT, Role.CUSTOMER),
        Event(at, Kind.STATUS, Role.SYSTEM, "new"),
        *more,
    )
    return Story(number, at, "email", Role.CUSTOMER, events)


def hourly(count: int) -> list[Story]:
    """One ticket an hour, the last one an hour before noon."""
    return [opened(n, NOON - timedelta(hours=count - n + 1)) for n in range(1, count + 1)]


def incident_id(number: int) -> str:
    return sys_id("incident", str(number))


@contextmanager
def serving(
    simulator: ServiceNowSimulator, plan: Faults | None = None
) -> Iterator[SimulatorServer]:
    with SimulatorServer(simulator, faults=plan) as server:
        yield server


@contextmanager
def connected(server: SimulatorServer, **changes: object) -> Iterator[ServiceNowConnector]:
    fields = {**server.simulator.settings(server.url), **changes}
    assert fields.pop("vendor") == ServiceNowConnector.vendor
    connector = ServiceNowConnector("it-desk", ServiceNowSettings.model_validate(fields))
    try:
        yield connector
    finally:
        connector.close()


@contextmanager
def desk_of(
    stories: Sequence[Story],
    *,
    page_size: int = 10,
    plan: Faults | None = None,
    simulator: type[ServiceNowSimulator] = ServiceNowSimulator,
    **options: Any,
) -> Iterator[tuple[ServiceNowConnector, SimulatorServer, StandingClock]]:
    clock = StandingClock(NOON)
    with (
        serving(simulator(SmallDesk(stories), clock, **options), plan) as server,
        connected(server, page_size=page_size) as connector,
    ):
        yield connector, server, clock


def latest(pages: Sequence[Page]) -> dict[str, Record]:
    """What stands after all pages: of each record the newest version."""
    found: dict[str, Record] = {}
    for page in pages:
        for record in page.records:
            known = found.get(record.id)
            if known is None or _version(known) <= _version(record):
                found[record.id] = record
    return found


def _version(record: Record) -> tuple[datetime, int]:
    assert not isinstance(record, Supplement)
    return record.changed_at, record.revision


def ids(pages: Sequence[Page]) -> list[str]:
    return [record.id for page in pages for record in page.records]


def backlog(records: dict[str, Record]) -> tuple[dict[Labels, int], dict[Labels, int]]:
    """Open and unassigned tickets by the labels of the metrics."""
    open_by, unassigned = Counter[Labels](), Counter[Labels]()
    for ticket in records.values():
        if not isinstance(ticket, Ticket) or not ticket.status.is_open:
            continue
        labels = {"priority": ticket.priority.value, "team": ticket.team or "none"}
        more = {"status": ticket.status.value, "channel": ticket.channel.value}
        open_by[frozenset({**labels, **more}.items())] += 1
        unassigned[frozenset(labels.items())] += not ticket.assigned
    return dict(open_by), {labels: n for labels, n in unassigned.items() if n}


# --- everything, once ---------------------------------------------------------------------------


def test_import_and_polls_tell_the_backlog_of_the_desk() -> None:
    desk = SeededDesk(7, present=NOON, weeks=3)
    clock = StandingClock(NOON - timedelta(days=9))
    pages: list[Page] = []
    polls: list[datetime] = []
    with (
        serving(ServiceNowSimulator(desk, clock)) as server,
        connected(server, page_size=200) as connector,
    ):
        for step in (0, 0, 1, 60, 3600, 86_400, 6 * 86_400):
            clock.at += timedelta(seconds=step)
            polls.append(clock.at)
            told = list(connector.changes(pages[-1].cursor if pages else None))
            assert [page.complete_to for page in told] == [None] * (len(told) - 1) + [clock.at]
            assert not any(page.rejected or page.gaps for page in told)
            pages += told
            true = truth(desk, polls, connector.measures())
            assert backlog(latest(pages)) == (true.gauges[OPEN], true.gauges[UNASSIGNED])
    kinds = Counter(type(record).__name__ for record in latest(pages).values())
    assert kinds["Ticket"] > 1000
    removals = {r.why for r in latest(pages).values() if isinstance(r, Removed)}
    assert removals == set(Removal)


def test_a_real_log_replayed_has_the_backlog_it_had() -> None:
    desk = ReplayedDesk.read(shared_data("tickets/uci_incident_event_log.csv.xz"))
    clock = StandingClock(datetime(2016, 4, 1, tzinfo=UTC) - SECOND)
    with (
        serving(ServiceNowSimulator(desk, clock)) as server,
        connected(server) as connector,
    ):
        tickets = latest(list(connector.changes(None))).values()
        assert len(tickets) == 9202
        assert sum(isinstance(t, Ticket) and t.status.is_open for t in tickets) == 1481
        assert len(server.requests) == 11


def test_a_ticket_tells_its_solves_and_reopens() -> None:
    def agent(hours: int, kind: Kind, value: str = "") -> Event:
        return Event(NOON - timedelta(hours=10 - hours), kind, Role.AGENT, value)

    solved = (agent(2, Kind.STATUS, "solved"), agent(2, Kind.STAMP, "solved"))
    again = (agent(3, Kind.STATUS, "open"), agent(3, Kind.REOPENED))
    closed = (agent(4, Kind.STATUS, "closed"), agent(4, Kind.STAMP, "closed"))
    at = NOON - timedelta(hours=10)
    stories = [opened(1, at, *solved), opened(2, at, *solved, *again), opened(3, at, *closed)]
    with desk_of(stories) as (connector, _, _):
        found = latest(list(connector.changes(None)))
    told = [found[incident_id(number)] for number in (1, 2, 3)]
    hours = [2, 2, 4]
    assert all(isinstance(ticket, Ticket) for ticket in told)
    tickets = [ticket for ticket in told if isinstance(ticket, Ticket)]
    assert [t.solves for t in tickets] == [(Solve(at + timedelta(hours=h)),) for h in hours]
    assert [t.reopens for t in tickets] == [0, 1, 0]
    assert [t.first_solved_at is None for t in tickets] == [False, True, False]
    assert [t.status.value for t in tickets] == ["solved", "open", "closed"]


def test_a_ticket_tells_its_reassignments_and_what_it_is_about() -> None:
    teams = ["Network", "", "Network", "Desktop", "Desktop", "Network", ""]
    moves = [
        Event(NOON - timedelta(minutes=9 - n), Kind.TEAM, Role.AGENT, team)
        for n, team in enumerate(teams)
    ]
    plain = opened(1, NOON - timedelta(hours=1), *moves)
    told = [
        plain,
        replace(plain, id=2, tags=("login",)),
        replace(plain, id=3, tags=("a", "b", "c")),
    ]
    with desk_of(told) as (connector, _, _):
        found = latest(list(connector.changes(None)))
    tickets = [found[incident_id(number)] for number in (1, 2, 3)]
    assert [t.reassignments for t in tickets if isinstance(t, Ticket)] == [2, 2, 2]
    assert [dict(t.fields) for t in tickets if isinstance(t, Ticket)] == [
        {},
        {"category": "login"},
        {"category": "a", "subcategory": "b"},
    ]


def test_reassignments_are_those_of_the_desk() -> None:
    desk = SeededDesk(7, present=NOON, weeks=2)
    with (
        serving(ServiceNowSimulator(desk, StandingClock(NOON))) as server,
        connected(server) as connector,
    ):
        found = latest(list(connector.changes(None)))
    moved = 0
    for story in desk.stories(NOON):
        told = found.get(incident_id(story.id))
        if isinstance(told, Ticket):
            assert told.reassignments == state(story, NOON).reassignments
            moved += told.reassignments
    assert moved > 50


@pytest.mark.parametrize("age", [0, 5, 3600])
def test_many_tickets_of_one_second_cross_pages_without_loss(age: int) -> None:
    stories = [opened(n, NOON - age * SECOND) for n in range(1, 36)]
    with desk_of(stories) as (connector, _, clock):
        pages = list(connector.changes(None))
        assert set(ids(pages)) == {incident_id(n) for n in range(1, 36)}
        clock.at += timedelta(minutes=1)
        assert set(ids(list(connector.changes(pages[-1].cursor)))) <= set(ids(pages))
    assert len(ids(pages)) == 35


def test_the_server_may_cut_pages_smaller_than_asked() -> None:
    with desk_of(hourly(25), page_size=1000, page_limit=4) as (connector, _, _):
        pages = list(connector.changes(None))
    assert ids(pages) == [incident_id(n) for n in range(1, 26)]
    assert pages[0].total == 25


def test_a_quiet_desk_costs_two_requests_and_tells_nothing() -> None:
    with desk_of(hourly(25)) as (connector, server, clock):
        cursor = list(connector.changes(None))[-1].cursor
        before = len(server.requests)
        connector.usage()
        clock.at += timedelta(minutes=1)
        pages = list(connector.changes(cursor))
        assert ids(pages) == []
        assert pages[-1].complete_to == clock.at
        assert len(server.requests) - before == 2
        assert connector.usage().requests == {"200": 2}


def test_an_import_that_is_broken_off_anywhere_goes_on_where_it_was() -> None:
    stories = [opened(n, NOON - timedelta(hours=9 - n // 4)) for n in range(1, 18)]
    with desk_of(stories, page_size=4) as (connector, _, _):
        whole = list(connector.changes(None))
        everything = latest(whole)
        for stop in range(1, len(whole) + 1):
            rest = list(connector.changes(whole[stop - 1].cursor))
            assert latest([*whole[:stop], *rest]) == everything


def test_what_is_committed_late_within_ten_seconds_is_told_by_the_next_poll() -> None:
    in_time, late = hourly(3), opened(9, NOON - 8 * SECOND)
    on_time = opened(8, NOON - 2 * SECOND)
    with desk_of([*in_time, on_time]) as (connector, _, _):
        cursor = list(connector.changes(None))[-1].cursor
    with desk_of([*in_time, on_time, late]) as (connector, _, clock):
        clock.at += SECOND
        assert incident_id(9) in ids(list(connector.changes(cursor)))


def test_what_changes_during_a_poll_is_not_claimed_to_be_told() -> None:
    with desk_of([*hourly(25), deleted_at(99, NOON + SECOND)]) as (connector, _, clock):
        pages = []
        for page in connector.changes(None):
            pages.append(page)
            clock.at += timedelta(seconds=30)
        assert pages[-1].complete_to == NOON
        again = list(connector.changes(pages[-1].cursor))
    assert isinstance(latest([*pages, *again])[incident_id(99)], Removed)


@pytest.mark.parametrize("place", [2, 4])
def test_a_row_that_changes_while_the_answer_is_written_takes_no_other_with_it(place: int) -> None:
    def changed(body: bytes) -> bytes:
        answer = msgspec.json.decode(body)
        answer["result"][place]["sys_updated_on"] = NOON.strftime("%Y-%m-%d %H:%M:%S")
        return msgspec.json.encode(answer)

    with desk_of(hourly(25), page_size=5, plan=Faults([Fault(edit=changed)])) as (connector, _, _):
        pages = list(connector.changes(None))
    assert set(ids(pages)) == {incident_id(n) for n in range(1, 26)}


# --- what access rules hide ---------------------------------------------------------------------


@pytest.mark.parametrize("page_size", [2, 3, 7, 100])
def test_hidden_rows_make_pages_short_or_empty_and_end_nothing(page_size: int) -> None:
    seen = {1, 2, 40, 41, 58}

    def hidden(number: str) -> bool:
        return int(number.removeprefix("INC")) not in seen

    with desk_of(hourly(60), page_size=page_size, hidden=hidden) as (connector, _, clock):
        pages = list(connector.changes(None))
        assert set(ids(pages)) == {incident_id(n) for n in seen}
        clock.at += timedelta(minutes=1)
        assert ids(list(connector.changes(pages[-1].cursor))) == []


def test_a_row_that_moves_up_behind_hidden_rows_is_not_passed_by() -> None:
    moved = Event(NOON + SECOND, Kind.COMMENT, Role.AGENT)
    stories = [
        opened(n, NOON - timedelta(hours=61 - n), *([moved] if n == 5 else []))
        for n in range(1, 61)
    ]

    def hidden(number: str) -> bool:
        return int(number.removeprefix("INC")) not in {1, 21, 22}

    with desk_of(stories, hidden=hidden) as (connector, server, clock):
        pages = []
        for page in connector.changes(None):
            pages.append(page)
            # the rows up to 20 are behind us when the fifth leaves for the end
            if len(server.requests) == 3:
                clock.at += SECOND
    assert set(ids(pages)) == {incident_id(n) for n in (1, 21, 22)}


def test_check_tells_of_an_account_that_sees_nothing() -> None:
    with desk_of(hourly(5), hidden=lambda _: True) as (connector, _, _):
        findings = connector.check()
    assert any("sn_incident_read" in f.message for f in findings if f.level == "error")


# --- deletions ----------------------------------------------------------------------------------


def deleted_at(number: int, at: datetime) -> Story:
    return opened(number, NOON - timedelta(hours=4), Event(at, Kind.DELETED, Role.AGENT))


def test_a_deletion_is_told_once_and_after_the_import_only() -> None:
    before = deleted_at(7, NOON - timedelta(hours=1))
    after = deleted_at(8, NOON + timedelta(minutes=5))
    with desk_of([*hourly(3), before, after]) as (connector, _, clock):
        pages = list(connector.changes(None))
        assert incident_id(7) not in ids(pages)
        assert incident_id(8) in ids(pages)
        clock.at += timedelta(minutes=10)
        told = list(connector.changes(pages[-1].cursor))
        assert latest(told) == {
            incident_id(8): Removed(
                incident_id(8), NOON + timedelta(minutes=5), Removal.DELETED, 2**31 - 1
            )
        }
        clock.at += timedelta(minutes=10)
        assert ids(list(connector.changes(told[-1].cursor))) == []


def test_many_deletions_of_one_second_cross_pages() -> None:
    stories = [deleted_at(n, NOON + timedelta(minutes=1)) for n in range(1, 31)]
    with desk_of([*stories, opened(99, NOON - timedelta(hours=9))]) as (connector, _, clock):
        pages = list(connector.changes(None))
        clock.at += timedelta(hours=1)
        told = list(connector.changes(pages[-1].cursor))
    assert Counter(ids(told)) == Counter(incident_id(n) for n in range(1, 31))


def test_without_access_to_deletions_the_gap_is_said_and_the_rest_counts() -> None:
    with desk_of(hourly(3), forbid_deletes=True) as (connector, _, clock):
        pages = list(connector.changes(None))
        assert len(ids(pages)) == 3
        assert pages[-1].complete_to == clock.at
        assert [gap for page in pages for gap in page.gaps if "sys_audit_delete" in gap]
        assert [f.level for f in connector.check() if "sys_audit_delete" in f.message] == [
            "warning"
        ]


# --- an instance that does not read our conditions ----------------------------------------------


def ignoring(*columns: str) -> type[ServiceNowSimulator]:
    class Ignoring(ServiceNowSimulator):
        def understands(self, column: str) -> bool:
            return column not in columns and super().understands(column)

    return Ignoring


@pytest.mark.parametrize(
    "columns", [("sys_updated_on",), ("sys_id",), ("sys_updated_on", "sys_id")]
)
def test_ignored_conditions_stop_the_poll(columns: tuple[str, ...]) -> None:
    stories = [opened(n, NOON - timedelta(hours=9 - n % 3)) for n in range(1, 36)]
    with (
        desk_of(stories, simulator=ignoring(*columns)) as (connector, _, _),
        pytest.raises(Fatal, match="ignored in silence") as caught,
    ):
        list(connector.changes(None))
    assert caught.value.reason is Reason.CONTRACT


def test_a_condition_that_is_ignored_later_stops_the_poll() -> None:
    with desk_of(hourly(5)) as (connector, _, _):
        cursor = list(connector.changes(None))[-1].cursor
    with (
        desk_of(hourly(5), simulator=ignoring("sys_updated_on", "sys_id")) as (connector, _, _),
        pytest.raises(Fatal, match="before the instant"),
    ):
        list(connector.changes(cursor))


def test_rows_out_of_order_stop_the_poll() -> None:
    def turned(body: bytes) -> bytes:
        answer = msgspec.json.decode(body)
        answer["result"].reverse()
        return msgspec.json.encode(answer)

    with (
        desk_of(hourly(5), plan=Faults([Fault(edit=turned)])) as (connector, _, _),
        pytest.raises(Fatal, match="order"),
    ):
        list(connector.changes(None))


def test_deletions_of_another_table_stop_the_poll() -> None:
    other = faults.replace(b'"tablename":"incident"', b'"tablename":"problem"')
    with desk_of([*hourly(2), deleted_at(9, NOON + SECOND)]) as (connector, server, clock):
        cursor = list(connector.changes(None))[-1].cursor
        clock.at += timedelta(minutes=1)
        server.faults.always("sys_audit_delete", other)
        with pytest.raises(Fatal, match="tablename"):
            list(connector.changes(cursor))


@pytest.mark.parametrize("hours", [-5, 2])
def test_an_account_in_another_time_zone_stops_the_poll_instead_of_losing_rows(hours: int) -> None:
    ahead = timedelta(hours=hours)
    with desk_of(hourly(35), account_ahead=ahead) as (connector, _, _):
        with pytest.raises(Fatal, match="time zone"):
            list(connector.changes(None))
        assert any("GMT" in f.message for f in connector.check() if f.level == "error")


class Repeating(ServiceNowSimulator):
    """Whatever the offset, the same page, and always another one to come."""

    def answer(self, request: SimRequest) -> SimResponse:
        asked = {**request.query, "sysparm_offset": "0"}
        told = super().answer(SimRequest(request.method, request.path, asked, request.headers))
        headers = {"Link": '<http://127.0.0.1/?sysparm_offset=10>;rel="next"'}
        return SimResponse(told.status, headers, told.body)


class Endless(Repeating):
    """Only empty pages, and always another one to come."""

    def answer(self, request: SimRequest) -> SimResponse:
        told = super().answer(request)
        return SimResponse(told.status, told.headers, b'{"result":[]}')


@pytest.mark.parametrize(
    ("simulator", "verdict"), [(Repeating, "same rows again"), (Endless, "come to an end")]
)
def test_an_instance_that_never_ends_stops_the_poll(
    simulator: type[ServiceNowSimulator], verdict: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyset, "LONGEST_WALK", 30)
    with (
        desk_of(hourly(5), simulator=simulator) as (connector, _, _),
        pytest.raises(Fatal, match=verdict),
    ):
        list(connector.changes(None))


class Beckoning(ServiceNowSimulator):
    """Offers another page even after the last one."""

    def answer(self, request: SimRequest) -> SimResponse:
        told = super().answer(request)
        offset = int(request.query["sysparm_offset"]) + 10
        link = f'<http://127.0.0.1/?sysparm_offset={offset}>;rel="next"'
        return SimResponse(told.status, {**told.headers, "Link": link}, told.body)


def test_an_offer_of_more_than_there_is_is_declined(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyset, "LONGEST_WALK", 30)
    with desk_of(hourly(25), simulator=Beckoning) as (connector, server, _):
        assert len(ids(list(connector.changes(None)))) == 25
        assert len(server.requests) == 4


# --- what goes wrong ----------------------------------------------------------------------------


def test_a_wrong_password_is_a_verdict_without_the_password() -> None:
    with desk_of(hourly(1)) as (_, server, _):  # noqa: SIM117
        with connected(server, password="throw-away-wrong") as connector:
            with pytest.raises(ConfigurationError, match="it-desk") as caught:
                list(connector.changes(None))
            findings = connector.check()
    assert caught.value.reason is Reason.CREDENTIALS
    assert "sn_incident_read" in str(caught.value)
    assert [finding.level for finding in findings] == ["error"]
    assert "throw-away" not in f"{caught.value}{findings}"


@pytest.mark.parametrize(
    "fault",
    [
        faults.throttle(0),
        faults.status(503),
        faults.cut(0.5),
        faults.cut(0.5, honest=True),
        faults.drop(),
        faults.slow(0.2),
    ],
)
def test_a_passing_fault_in_the_middle_loses_nothing(fault: Fault) -> None:
    plan = Faults([None, fault, None, fault])
    with desk_of(hourly(35), plan=plan) as (connector, _, _):
        pages = list(connector.changes(None))
    assert ids(pages) == [incident_id(n) for n in range(1, 36)]


def test_a_lasting_fault_is_for_the_next_poll() -> None:
    with desk_of(hourly(5)) as (connector, server, _):
        server.faults.always("incident", faults.status(503))
        with pytest.raises(Retriable) as caught:
            list(connector.changes(None))
        assert caught.value.reason is Reason.SERVER
        assert connector.usage().requests == {"503": 4}


def test_an_instance_that_gives_up_in_the_middle_of_an_answer_is_believed() -> None:
    def given_up(body: bytes) -> bytes:
        answer = msgspec.json.decode(body)
        answer["result"] = answer["result"][:2]
        answer["error"] = {"message": "Transaction cancelled", "detail": None}
        return msgspec.json.encode(answer)

    with (
        desk_of(hourly(5), plan=Faults([Fault(edit=given_up)])) as (connector, _, _),
        pytest.raises(Retriable, match="page_size"),
    ):
        list(connector.changes(None))


@pytest.mark.parametrize(
    ("find", "put", "field"),
    [
        (b'"opened_at":"', b'"opened_at":"not ', "opened_at"),
        (b'"sys_updated_on":"', b'"sys_updated_on":"not ', "sys_updated_on"),
        (b'"priority":"3"', b'"priority":{"value":3}', "priority"),
        (b'"state":"1"', b'"state":null', "state"),
    ],
)
def test_a_malformed_record_is_rejected_by_name_and_the_others_count(
    find: bytes, put: bytes, field: str
) -> None:
    with desk_of(hourly(5), plan=Faults([faults.replace(find, put)])) as (connector, _, _):
        pages = list(connector.changes(None))
    assert ids(pages) == [incident_id(n) for n in range(2, 6)]
    (rejection,) = pages[0].rejected
    assert rejection.subject == "INC0000001"
    assert rejection.reason == "malformed"
    assert "INC0000001" in rejection.message
    assert field in rejection.message


def test_a_state_of_the_customers_own_counts_as_open_and_is_noted_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def custom(body: bytes) -> bytes:
        return body.replace(b'"state":"1"', b'"state":"42"')

    plan = Faults([Fault(edit=custom)])
    with caplog.at_level(logging.WARNING), desk_of(hourly(5), plan=plan) as (connector, _, _):
        tickets = latest(list(connector.changes(None))).values()
    assert [t.status.value for t in tickets if isinstance(t, Ticket)] == ["open"] * 5
    assert [r.getMessage().count("'42'") for r in caplog.records] == [1]


def test_a_cursor_of_another_connector_is_refused() -> None:
    with (
        desk_of(hourly(1)) as (connector, _, _),
        pytest.raises(Fatal, match="cursor"),
    ):
        list(connector.changes("MTcwMDAwMDAwMA=="))


# --- check --------------------------------------------------------------------------------------


def levels(connector: ServiceNowConnector, about: Callable[[str], bool]) -> list[str]:
    return [finding.level for finding in connector.check() if about(finding.message)]


def test_check_of_a_good_source_finds_nothing_wrong() -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    with (
        serving(ServiceNowSimulator(SmallDesk(hourly(5)), StandingClock(now))) as server,
        connected(server) as connector,
    ):
        assert {finding.level for finding in connector.check()} == {"ok"}


def test_check_knows_a_simulators_clock() -> None:
    with desk_of(hourly(5)) as (connector, _, _):
        assert levels(connector, lambda text: "a simulator's clock" in text) == ["ok"]


def test_check_leaves_the_name_of_the_source_to_the_heading() -> None:
    with desk_of(hourly(1)) as (connector, server, _):
        findings = connector.check()
        server.faults.always("", faults.status(500))
        findings += connector.check()
    assert findings[-1].level == "error"
    assert not [one for one in findings if one.message.startswith("source")]


def test_check_tells_of_fields_that_are_withheld() -> None:
    def withheld(body: bytes) -> bytes:
        return body.replace(b'"priority":"3"', b'"priority":""')

    with desk_of(hourly(5), plan=Faults([Fault(edit=withheld)])) as (connector, _, _):
        assert levels(connector, lambda text: text.startswith("priority")) == ["warning"]


def test_check_tells_of_an_instance_without_incidents() -> None:
    with desk_of([opened(1, NOON + SECOND)]) as (connector, _, _):
        assert levels(connector, lambda text: "no record is visible" in text) == ["warning"]


# --- whose an incident is -------------------------------------------------------------------------


@contextmanager
def desk_of_companies() -> Iterator[SimulatorServer]:
    """Four incidents: of a company with id and domain, with one of them, and of nobody."""
    names = [("ACME-1", ("acme.example", "acme.test")), ("ACME-2", ()), ("", ("none.example",))]
    patrons = [Patron(n, NOON - timedelta(days=9), *names[n - 1]) for n in (1, 2, 3)]
    stories = [replace(one, customer=one.id % 4) for one in hourly(4)]
    desk = WrittenDesk(*stories, customers=patrons)
    with serving(ServiceNowSimulator(desk, StandingClock(NOON))) as server:
        yield server


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {},
            [
                Identity(("ACME-1",), ("acme.example",)),
                Identity(("ACME-2",)),
                Identity(domains=("none.example",)),
                None,
            ],
        ),
        (
            {"customer_column": "company", "domain_column": None},
            [*(Identity((sys_id("company", str(number)),)) for number in (1, 2, 3)), None],
        ),
        (
            {"customer_column": None},
            [Identity(domains=("acme.example",)), None, Identity(domains=("none.example",)), None],
        ),
        ({"customer_column": None, "domain_column": None}, [None] * 4),
    ],
)
def test_an_incident_is_its_companys_by_the_columns_of_the_settings(
    changes: dict[str, object], expected: list[Identity | None]
) -> None:
    with desk_of_companies() as server, connected(server, **changes) as connector:
        (page, _) = connector.changes(None)
        told = [one.customer for one in page.records if isinstance(one, Ticket)]
        assert told == expected
        (asked, _) = server.requests
        columns = [column for column in changes.values() if column]
        assert all(f"%2C{column}&" in asked for column in columns)
        assert ("company" in asked) is (expected != [None] * 4)


def test_a_column_that_the_instance_does_not_have_tells_nobody() -> None:
    none = {"customer_column": "company.u_typo", "domain_column": None}
    with desk_of_companies() as server, connected(server, **none) as connector:
        (page, _) = connector.changes(None)
        assert {one.customer for one in page.records if isinstance(one, Ticket)} == {None}
        assert page.rejected == ()
        findings = [finding.message for finding in connector.check()]
        assert "0 of the newest 4 incidents tell who asked" in findings


def test_check_says_how_many_incidents_tell_who_asked() -> None:
    with desk_of_companies() as server, connected(server) as connector:
        findings = [finding.message for finding in connector.check()]
        assert "3 of the newest 4 incidents tell who asked" in findings
