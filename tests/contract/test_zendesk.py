"""The Zendesk connector's stream of tickets against the simulated account, over HTTP."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.contract import ConfigurationError, ConnectorError, Fatal, Page, Reason, Retriable
from connectors.customers import Record
from connectors.records import (
    Channel,
    Identity,
    Priority,
    Removal,
    Removed,
    Solve,
    Status,
    Ticket,
)
from connectors.testing import faults
from connectors.testing.desk import Kind, Patron
from connectors.testing.seeded import SeededDesk
from connectors.testing.written import WrittenDesk
from connectors.zendesk import stream
from tests.contract.zendesk_bench import (
    AGENT,
    BOT,
    CUSTOMER,
    NOW,
    SYSTEM,
    T0,
    Bench,
    Opening,
    at,
    benches,
    closed,
    gaps,
    records,
    solved,
    story,
)

ALONE: dict[str, Any] = {"metric_events": False, "satisfaction_ratings": False}
EVERYTHING = {"metric_events": True, "satisfaction_ratings": True}

DESK = WrittenDesk(
    story(1),
    story(
        2,
        (0, Kind.TEAM, SYSTEM, "Billing"),
        (0, Kind.PRIORITY, SYSTEM, "urgent"),
        (30, Kind.COMMENT, BOT, ""),
        (40, Kind.COMMENT, AGENT, "", False),
        (50, Kind.COMMENT, AGENT, "merged"),
        (60, Kind.ASSIGNED, AGENT, "yes"),
        (60, Kind.STATUS, AGENT, "open"),
        (179, Kind.COMMENT, AGENT, ""),
        *solved(400),
        (500, Kind.STATUS, CUSTOMER, "open"),
        (500, Kind.REOPENED, CUSTOMER, ""),
        *solved(700),
        *closed(900),
        channel="chat",
    ),
    story(3, (45, Kind.COMMENT, AGENT, ""), channel="phone", opened_by=AGENT),
    story(4, *closed(185), channel="social"),
    story(5, (90, Kind.DELETED, AGENT, "")),
    story(6, (90, Kind.SPAM, SYSTEM, "")),
    story(7, *closed(90), (90, Kind.MERGED, AGENT, "2")),
)


def bare(number: int, seconds: int, **told: object) -> Ticket:
    ticket = Ticket(
        id=str(number),
        created_at=T0,
        changed_at=at(seconds),
        status=Status.NEW,
        priority=Priority.NORMAL,
        channel=Channel.EMAIL,
        team=None,
        assigned=False,
    )
    return replace(ticket, **told)  # type: ignore[arg-type]


EXPECTED: list[Record] = [
    bare(1, 0),
    bare(
        2,
        900,
        status=Status.CLOSED,
        priority=Priority.URGENT,
        channel=Channel.CHAT,
        team="Billing",
        assigned=True,
        first_response_at=at(120),
        first_solved_at=at(360),
        solves=(Solve(at(700), waited=600, waited_business=600, replies=1),),
        reopens=1,
    ),
    bare(3, 45, channel=Channel.PHONE, first_response_at=T0),
    bare(
        4,
        185,
        status=Status.CLOSED,
        channel=Channel.SOCIAL,
        first_solved_at=at(180),
        solves=(Solve(at(185), waited=180, waited_business=180, replies=0),),
    ),
    Removed("5", at(90), Removal.DELETED),
    Removed("6", at(90), Removal.DELETED),
    Removed("7", at(90), Removal.MERGED),
]


def tickets(pages: Iterable[Page]) -> list[Ticket | Removed]:
    return [one for page in pages for one in page.records if isinstance(one, Ticket | Removed)]


def by_id(told: Iterable[Record]) -> list[Record]:
    return sorted(told, key=lambda record: int(record.id))


@pytest.fixture
def opened() -> Iterator[Opening]:
    with benches() as open_:
        yield open_


@pytest.fixture
def bench(opened: Opening) -> Bench:
    return opened(DESK, **ALONE)


def test_a_full_import_tells_every_story(bench: Bench) -> None:
    (page,) = bench.poll()
    assert by_id(page.records) == EXPECTED
    assert page.complete_to == NOW - timedelta(seconds=60)
    assert (page.rejected, page.gaps) == ((), ())


def test_small_pages_tell_the_same_across_ties(bench: Bench) -> None:
    pages = bench.poll(page_size=1)
    assert [len(page.records) for page in pages] == [1] * 7
    assert by_id(records(pages)) == EXPECTED
    changed = [(record.changed_at, int(record.id)) for record in tickets(pages)]
    assert changed == sorted(changed)
    assert [page.complete_to for page in pages[:-1]] == [None] * 6
    assert pages[-1].complete_to == NOW - timedelta(seconds=60)


def test_start_time_is_given_once_and_what_comes_beside_tickets_always(bench: Bench) -> None:
    pages = bench.poll(page_size=3)
    bench.poll(pages[-1].cursor)
    exports = bench.asked("/incremental/")
    assert ["start_time=0" in asked for asked in exports] == [True, False, False, False]
    assert ["cursor=" in asked for asked in exports] == [False, True, True, True]
    assert all("include=metric_sets%2Corganizations" in asked for asked in exports)


def test_a_poll_after_everything_brings_nothing_and_stays(bench: Bench) -> None:
    cursor = bench.poll()[-1].cursor
    bench.clock.at += timedelta(minutes=5)
    (page,) = bench.poll(cursor)
    assert page.records == ()
    assert page.cursor == cursor
    assert page.complete_to == bench.clock.at - timedelta(seconds=60)


def test_every_cursor_goes_on_where_its_page_ended(bench: Bench) -> None:
    pages = bench.poll(page_size=2)
    for number, page in enumerate(pages):
        assert records(bench.poll(page.cursor)) == records(pages[number + 1 :])


def test_later_polls_bring_what_changed_meanwhile(bench: Bench) -> None:
    latest: dict[str, Ticket | Removed] = {}
    cursor = None
    for seconds in (30, 60, 61, 105, 120, 240, 600, 1500):
        bench.clock.at = at(seconds)
        pages = bench.poll(cursor, page_size=2)
        cursor = pages[-1].cursor
        for record in tickets(pages):
            known = latest.get(record.id)
            assert known is None or known.changed_at < record.changed_at
            latest[record.id] = record
        visible = at(seconds - 60)
        assert all(record.changed_at <= visible for record in latest.values())
    assert by_id(latest.values()) == EXPECTED


def test_the_last_minute_is_not_told(bench: Bench) -> None:
    bench.clock.at = at(59)
    (page,) = bench.poll()
    assert (page.records, page.complete_to) == ((), at(-1))
    bench.clock.at = at(60)
    assert len(records(bench.poll(page.cursor))) == 7


def test_a_seeded_desk_is_the_same_at_once_and_bit_by_bit(
    opened: Opening,
) -> None:
    present = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
    desk = SeededDesk(7, present=present, weeks=1, rate=20.0)
    bench = opened(desk, **ALONE)
    bit_by_bit: dict[str, Record] = {}
    cursor = None
    for days in (-6, -5, -3, -1, 0):
        bench.clock.at = present + timedelta(days=days)
        pages = bench.poll(cursor, page_size=100)
        cursor = pages[-1].cursor
        bit_by_bit |= {record.id: record for record in records(pages)}
    at_once = {record.id: record for record in records(bench.poll())}
    assert bit_by_bit == at_once
    assert len(at_once) == len(desk.stories(present - timedelta(seconds=60)))
    assert len(at_once) > 300
    assert {record.team for record in at_once.values() if isinstance(record, Ticket)} >= set(
        desk.teams
    )


@pytest.mark.parametrize(
    "fault",
    [
        faults.status(500),
        faults.status(503),
        faults.throttle(0),
        faults.drop(),
        faults.cut(0.4),
        faults.cut(0.4, honest=True),
    ],
)
def test_a_passing_fault_changes_nothing(bench: Bench, fault: faults.Fault) -> None:
    bench.faults.next(fault, None, fault, None, fault)
    assert by_id(records(bench.poll(page_size=2))) == EXPECTED


@pytest.mark.parametrize(
    ("fault", "kind", "reason"),
    [
        (faults.status(401), ConfigurationError, Reason.CREDENTIALS),
        (faults.status(404), ConfigurationError, Reason.ADDRESS),
        (faults.html(), ConfigurationError, Reason.ADDRESS),
        (faults.throttle(3600), Retriable, Reason.THROTTLED),
        (faults.status(503), Retriable, Reason.SERVER),
        (faults.drop(), Retriable, Reason.NETWORK),
        (faults.cut(0.9, honest=True), Retriable, Reason.MALFORMED),
        (faults.status(400), Fatal, Reason.CONTRACT),
    ],
)
def test_a_lasting_fault_is_a_verdict(
    bench: Bench, fault: faults.Fault, kind: type[ConnectorError], reason: Reason
) -> None:
    bench.faults.always("/incremental/", fault)
    error = bench.failure()
    assert isinstance(error, kind)
    assert error.reason is reason


def test_a_wrong_token_is_told_with_its_remedy(bench: Bench) -> None:
    with pytest.raises(ConfigurationError, match="Create an API token") as caught:
        bench.poll(api_token="throw-away-wrong")
    assert caught.value.reason is Reason.CREDENTIALS


def test_what_was_committed_before_a_failure_is_not_asked_again(bench: Bench) -> None:
    # groups, two pages, then every attempt at the third page fails
    bench.faults.next(None, None, None, *[faults.status(500)] * 4)
    changes = bench.connect(page_size=2).changes(None)
    pages = [next(changes), next(changes)]
    with pytest.raises(Retriable):
        next(changes)
    rest = bench.poll(pages[-1].cursor)
    assert len(records(pages)) == 4
    assert by_id([*records(pages), *records(rest)]) == EXPECTED
    assert len(records(rest)) == 3


def test_one_malformed_ticket_is_left_out_by_name_and_the_rest_counts(bench: Bench) -> None:
    bench.faults.next(None, faults.malformed_record())
    (page,) = bench.poll()
    (rejection,) = page.rejected
    assert rejection.reason == "malformed"
    assert "created_at" in rejection.message
    assert {record.id for record in page.records} | {rejection.subject} == set("1234567")
    assert len(page.records) == 6
    assert page.complete_to is not None


def test_a_cursor_that_stands_still_is_fatal(bench: Bench) -> None:
    cursor = bench.poll()[-1].cursor
    bench.faults.always(
        "/incremental/", faults.replace(b'"end_of_stream":true', b'"end_of_stream":false')
    )
    with pytest.raises(Fatal, match="cursor does not move on"):
        list(bench.connector.changes(cursor))


def test_an_export_without_end_is_fatal_and_never_cut(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "PAGE_CAP", 3)
    with pytest.raises(Fatal, match="did not end within 3 pages"):
        bench.poll(page_size=2)


def test_a_foreign_cursor_is_fatal(bench: Bench) -> None:
    with pytest.raises(Fatal, match="none of this connector's"):
        bench.poll("sys_updated_on")


def test_refused_groups_are_a_gap(bench: Bench) -> None:
    bench.faults.forbid("/groups")
    (page,) = bench.poll()
    (gap,) = page.gaps
    assert "groups" in gap
    teams = {record.team for record in page.records if isinstance(record, Ticket)}
    assert teams == {None, "group-360000000100"}


def test_a_group_born_during_the_poll_is_looked_up_once(bench: Bench) -> None:
    bench.faults.next(faults.replace(b'"id":360000000100', b'"id":1'))
    assert by_id(records(bench.poll())) == EXPECTED
    asked = [path for path in bench.server.requests if "/groups" in path]
    assert len(asked) == 2


def test_a_group_that_nobody_knows_is_named_by_its_id(bench: Bench) -> None:
    bench.faults.always("/groups", faults.replace(b'"id":360000000100', b'"id":1'))
    pages = bench.poll(page_size=1)
    teams = {record.team for record in records(pages) if isinstance(record, Ticket)}
    assert teams == {None, "group-360000000100"}
    assert len([path for path in bench.server.requests if "/groups" in path]) == 2


def test_many_groups_come_in_pages(opened: Opening) -> None:
    class Crowded(WrittenDesk):
        @property
        def teams(self) -> Sequence[str]:
            return [f"Team {number}" for number in range(250)]

    bench = opened(Crowded(story(1, (1, Kind.TEAM, SYSTEM, "Team 249"))), **ALONE)
    (record,) = records(bench.poll())
    assert isinstance(record, Ticket)
    assert record.team == "Team 249"
    assert len([path for path in bench.server.requests if "/groups" in path]) == 3


def test_metric_sets_beside_the_tickets_count_the_same(bench: Bench) -> None:
    beside = (
        b'"end_of_stream":true',
        b'"end_of_stream":true,"metric_sets":[{"ticket_id":1,"reopens":4},{"ticket_id":"x"}]',
    )
    edit = faults.Fault(
        edit=lambda body: body.replace(b'"metric_set":', b'"was":').replace(*beside)
    )
    bench.faults.always("/incremental/", edit)
    (page,) = bench.poll()
    told = {record.id: record for record in page.records if isinstance(record, Ticket)}
    assert told["1"].reopens == 4
    assert told["2"].first_response_at is None
    assert [rejection.subject for rejection in page.rejected] == ["unknown"]


def test_an_account_without_metric_sets_is_a_gap(opened: Opening) -> None:
    bench = opened(WrittenDesk(*[story(number) for number in range(1, 31)]), **ALONE)
    assert bench.poll()[0].gaps == ()
    hide = faults.Fault(edit=lambda body: body.replace(b'"metric_set":', b'"was":'))
    bench.faults.always("/incremental/", hide)
    (page,) = bench.poll()
    assert len(page.records) == 30
    assert "metric sets" in page.gaps[0]


def of_customers(count: int) -> WrittenDesk:
    """As many tickets, each of another customer."""
    numbers = range(1, count + 1)
    return WrittenDesk(
        *[replace(story(number), customer=number) for number in numbers],
        customers=[Patron(number, T0, f"ACME-{number}", ()) for number in numbers],
    )


def test_organizations_come_with_the_tickets_and_cost_no_request(opened: Opening) -> None:
    bench = opened(of_customers(30), **ALONE)
    told = [one for page in bench.poll(page_size=10) for one in page.records]
    assert [one.customer for one in told if isinstance(one, Ticket)] == [
        Identity((f"ACME-{number}",)) for number in range(1, 31)
    ]
    assert len(bench.server.requests) == 4
    assert gaps(bench.poll()) == []


def test_an_account_whose_organizations_are_not_sent_is_a_gap(opened: Opening) -> None:
    bench = opened(of_customers(30), **ALONE)
    hide = faults.Fault(edit=lambda body: body.replace(b'"organizations":', b'"was":'))
    bench.faults.always("/incremental/", hide)
    (page,) = bench.poll()
    assert {one.customer for one in page.records if isinstance(one, Ticket)} == {None}
    assert "whose tickets these are is not told" in page.gaps[0]


def test_an_empty_account_has_a_cursor(opened: Opening) -> None:
    bench = opened(WrittenDesk(), **ALONE)
    (page,) = bench.poll()
    assert page.records == ()
    (again,) = bench.poll(page.cursor)
    assert again.cursor == page.cursor


def test_requests_are_counted(bench: Bench) -> None:
    bench.faults.next(faults.status(503))
    list(bench.connector.changes(None))
    assert bench.connector.usage().requests == {"503": 1, "200": 2}


def levels(bench: Bench, **changes: object) -> list[str]:
    findings = bench.connect(**changes).check()
    assert all("throw-away" not in finding.message for finding in findings)
    return [finding.level for finding in findings]


def test_check_finds_everything_in_order(bench: Bench) -> None:
    bench.clock.at = datetime.now(UTC)
    assert levels(bench, **EVERYTHING) == ["ok"] * 6


def test_check_knows_a_simulators_clock(bench: Bench) -> None:
    bench.clock.at = datetime.now(UTC) - timedelta(minutes=10)
    assert levels(bench) == ["ok"] * 4
    told = bench.connector.check()[1].message
    assert re.match(r"its clock and ours differ by 60\d s: .* a simulator's clock", told)


def test_check_leaves_the_name_of_the_source_to_the_heading(bench: Bench) -> None:
    bench.faults.forbid("/groups")
    good = bench.connector.check()
    bad = bench.connect(api_token="throw-away-wrong").check()
    assert [one.message for one in (*good, *bad) if "source '" in one.message] == []


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (faults.status(404), "Check `url` of this source"),
        (faults.html(), "web page"),
        (faults.drop(), "could not be reached"),
        (faults.replace(b'"id":390000000001', b'"id":null'), "nobody is signed in"),
    ],
)
def test_check_tells_what_is_wrong(bench: Bench, fault: faults.Fault, words: str) -> None:
    bench.faults.always("/users/me", fault)
    (finding,) = bench.connector.check()
    assert finding.level == "error"
    assert words in finding.message


def test_check_tells_a_wrong_token_from_a_missing_role(bench: Bench) -> None:
    bench.clock.at = datetime.now(UTC)
    (finding,) = bench.connect(api_token="throw-away-wrong").check()
    assert (finding.level, "was refused" in finding.message) == ("error", True)
    for part in ("/incremental/", "/groups", "/satisfaction_ratings"):
        bench.faults.forbid(part)
    findings = bench.connect(**EVERYTHING).check()
    assert [finding.level for finding in findings] == ["ok", "ok", "error", *["warning"] * 3]
    assert "open to admins only" in findings[2].message


def test_prepared_pages_are_the_same_and_are_not_rendered_again(
    opened: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    present = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
    bench = opened(SeededDesk(7, present=present, weeks=1, rate=20.0), **ALONE)
    bench.clock.at = present
    plain = records(bench.poll())
    assert bench.simulator.prepare(1000) == len(plain)
    rendered: list[str] = []
    answer = bench.simulator._answer

    def watched(
        method: str, path: str, query: dict[str, str], visible: datetime
    ) -> dict[str, object]:
        rendered.append(path)
        return answer(method, path, query, visible)

    monkeypatch.setattr(bench.simulator, "_answer", watched)
    assert records(bench.poll()) == plain
    assert not [path for path in rendered if "/incremental/" in path]
