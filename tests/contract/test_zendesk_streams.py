"""What the Zendesk connector tells beyond the tickets: exchanges and ratings, over HTTP."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from connectors.contract import (
    ConfigurationError,
    ConnectorError,
    Fact,
    Fatal,
    Page,
    Reason,
    Retriable,
)
from connectors.measures import OF_CUSTOMERS
from connectors.records import Exchange, Rating, Supplement, Survey, Ticket
from connectors.testing import faults
from connectors.testing.desk import Kind
from connectors.testing.dialogue import dialogue
from connectors.testing.hours import Hours
from connectors.testing.seeded import SeededDesk
from connectors.testing.states import state
from connectors.testing.written import WrittenDesk
from connectors.zendesk import stream
from connectors.zendesk.connector import ZendeskConnector
from connectors.zendesk.cursor import Cursor, stored
from connectors.zendesk.settings import ZendeskSettings
from tests.contract.zendesk_bench import (
    AGENT,
    BOT,
    CUSTOMER,
    NOW,
    SYSTEM,
    Bench,
    Opening,
    Step,
    at,
    benches,
    closed,
    gaps,
    records,
    solved,
    story,
)

EVENTS, RATINGS = "/ticket_metric_events", "/satisfaction_ratings"
PRESENT = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def message(seconds: int) -> Step:
    return seconds, Kind.COMMENT, CUSTOMER, ""


def reply(seconds: int) -> Step:
    return seconds, Kind.COMMENT, AGENT, ""


def rated(seconds: int, value: str) -> Step:
    return seconds, Kind.RATED, CUSTOMER, value


def given(score: int, seconds: int) -> Rating:
    return Rating(Survey.SATISFACTION, score, 1, at(seconds))


DESK = WrittenDesk(
    story(1, message(20), reply(60)),
    story(
        2,
        (30, Kind.STATUS, AGENT, "open"),
        reply(30),
        message(100),
        message(130),
        (140, Kind.COMMENT, BOT, ""),
        (150, Kind.COMMENT, AGENT, "", False),
        (160, Kind.COMMENT, AGENT, "merged"),
        reply(220),
        (220, Kind.STATUS, AGENT, "pending"),
        reply(300),
        message(400),
        *solved(420),
        (430, Kind.OFFERED, SYSTEM, ""),
        rated(500, "satisfaction 0 1"),
        rated(7_000, "satisfaction 1 1"),
    ),
    story(3, reply(50), (60, Kind.COMMENT, CUSTOMER, "merged"), opened_by=AGENT),
    story(4, *solved(80), (90, Kind.OFFERED, SYSTEM, "")),
    story(5, reply(10), message(10), reply(10), *closed(400), rated(410, "satisfaction 1 1")),
)
EXCHANGES = {
    "2": {1: Exchange(1, at(100), at(220)), 2: Exchange(2, at(400))},
    "5": {1: Exchange(1, at(10), at(10))},
}
STATEMENTS = {("2", given(1, 7_000)), ("5", given(1, 410))}


@pytest.fixture
def opened() -> Iterator[Opening]:
    with benches() as open_:
        yield open_


@pytest.fixture
def bench(opened: Opening) -> Bench:
    return opened(DESK)


def supplements(pages: Iterable[Page]) -> list[Supplement]:
    return [one for page in pages for one in page.records if isinstance(one, Supplement)]


def exchanges(pages: Iterable[Page]) -> dict[str, dict[int, Exchange]]:
    """What is known after all these pages, whatever came twice or in parts."""
    known: dict[str, dict[int, Exchange]] = {}
    for told in supplements(pages):
        for one in told.exchanges:
            by_number = known.setdefault(told.id, {})
            before = by_number.get(one.number, one)
            by_number[one.number] = Exchange(
                one.number,
                before.asked_at or one.asked_at,
                before.answered_at or one.answered_at,
            )
    return known


def statements(pages: Iterable[Page]) -> set[tuple[str, Rating]]:
    return {(told.id, rating) for told in supplements(pages) for rating in told.ratings}


def fault(find: str, put: str) -> faults.Fault:
    return faults.Fault(edit=lambda body: body.replace(find.encode(), put.encode()))


def test_everything_is_told_in_one_poll_up_to_one_instant(bench: Bench) -> None:
    pages = bench.poll()
    assert exchanges(pages) == EXCHANGES
    assert statements(pages) == STATEMENTS
    assert [page.complete_to for page in pages] == [None, None, NOW - timedelta(seconds=60)]
    assert gaps(pages) == []
    assert [page.rejected for page in pages] == [()] * 3


def test_tickets_come_first_and_each_further_stream_costs_one_request_when_idle(
    bench: Bench,
) -> None:
    cursor = bench.poll()[-1].cursor
    before = len(bench.server.requests)
    (*_, last) = bench.poll(cursor)
    asked = [path.partition("?")[0] for path in bench.server.requests[before:]]
    assert asked == [
        "/api/v2/groups.json",
        "/api/v2/incremental/tickets/cursor.json",
        "/api/v2/incremental/ticket_metric_events.json",
        "/api/v2/satisfaction_ratings.json",
    ]
    assert last.cursor == cursor


def test_a_first_import_asks_for_events_of_so_many_days_and_every_rating(bench: Bench) -> None:
    bench.poll()
    (events,) = bench.asked(EVENTS)
    (ratings,) = bench.asked(RATINGS)
    begin = bench.clock.at - timedelta(days=3650) - timedelta(minutes=31)
    assert f"start_time={begin:%s}" in events
    assert "start_time" not in ratings
    assert "score=received" in ratings


def test_small_pages_tell_the_same(opened: Opening) -> None:
    bench = opened(DESK, page_limit=1)
    pages = bench.poll()
    assert (exchanges(pages), statements(pages)) == (EXCHANGES, STATEMENTS)
    assert len(bench.asked(EVENTS)) > 5
    assert len(bench.asked(RATINGS)) == 2


def test_a_kill_after_any_page_loses_nothing(opened: Opening) -> None:
    bench = opened(DESK, page_limit=1)
    pages = bench.poll()
    assert len(pages) > 10
    tickets = {record.id for record in records(pages) if isinstance(record, Ticket)}
    for number in range(len(pages)):
        told = [*pages[: number + 1], *bench.poll(pages[number].cursor)]
        assert (exchanges(told), statements(told)) == (EXCHANGES, STATEMENTS)
        assert {one.id for one in records(told) if isinstance(one, Ticket)} == tickets
        assert told[-1].complete_to is not None


def test_what_is_later_than_the_tickets_is_left_for_the_next_poll(bench: Bench) -> None:
    bench.clock.at = at(280)
    changes = bench.connector.changes(None)
    told = [next(changes)]
    # the tickets are complete to 220; by now the account shows what happened until 7,100
    bench.clock.at = at(7_160)
    told += changes
    assert told[-1].complete_to == at(220)
    assert exchanges(told) == {**EXCHANGES, "2": {1: EXCHANGES["2"][1]}}
    assert statements(told) == set()
    told += bench.poll(told[-1].cursor)
    assert (exchanges(told), statements(told)) == (EXCHANGES, STATEMENTS)


def test_bit_by_bit_is_the_same_but_for_ratings_changed_meanwhile(bench: Bench) -> None:
    pages: list[Page] = []
    cursor = None
    for seconds in (60, 90, 161, 280, 460, 560, 600, 7_060, 7_200):
        bench.clock.at = at(seconds)
        pages += bench.poll(cursor)
        cursor = pages[-1].cursor
        told = [one for known in exchanges(pages).values() for one in known.values()]
        visible = at(seconds - 60)
        assert all((one.answered_at or one.asked_at or visible) <= visible for one in told)
    assert exchanges(pages) == EXCHANGES
    assert statements(pages) == {*STATEMENTS, ("2", given(0, 500))}


def test_events_that_are_written_down_late_are_still_told(bench: Bench) -> None:
    hidden = fault('"metric":"reply_time"', '"metric":"resolution_time"')
    bench.clock.at = at(500)
    bench.faults.always(EVENTS, hidden)
    pages = bench.poll()
    assert exchanges(pages) == {}
    bench.faults.clear()
    bench.clock.at = NOW
    assert exchanges(bench.poll(pages[-1].cursor)) == EXCHANGES


def test_ratings_changed_in_place_are_found_within_a_day_if_start_time_is_when_they_were_made(
    opened: Opening,
) -> None:
    bench = opened(WrittenDesk(*DESK.stories(NOW), story(6, rated(6_000, "satisfaction 1 1"))))
    bench.simulator.ratings.since = "created_at"
    found = []
    pages: list[Page] = []
    for seconds in (6_100, 9_000, 9_000 + 86_400):
        bench.clock.at = at(seconds)
        pages += bench.poll(pages[-1].cursor if pages else None)
        found.append(("2", given(1, 7_000)) in statements(pages))
    assert found == [False, False, True]


def test_older_ratings_are_looked_through_once_a_day(bench: Bench) -> None:
    cursor = bench.poll()[-1].cursor
    newest = int(at(7_000).timestamp())
    starts = []
    for hours in (1, 23, 25, 26):
        bench.clock.at = NOW + timedelta(hours=hours)
        cursor = bench.poll(cursor)[-1].cursor
        asked = bench.asked(RATINGS)[-1]
        starts.append(int(asked.partition("start_time=")[2].partition("&")[0]))
    margin, back = 1800, 28 * 86_400
    assert starts == [newest - margin - far for far in (0, 0, back, 0)]


def test_an_old_cursor_goes_on_with_its_tickets_and_reads_the_rest_from_the_start(
    bench: Bench,
) -> None:
    after = stored(bench.poll()[-1].cursor, "desk-eu").after
    old = msgspec.json.encode({"after": after}).decode()
    pages = bench.poll(old)
    assert [record for record in records(pages) if isinstance(record, Ticket)] == []
    assert (exchanges(pages), statements(pages)) == (EXCHANGES, STATEMENTS)
    assert stored(pages[-1].cursor, "desk-eu").after == after


def test_a_cursor_of_a_newer_deskpulse_is_fatal(bench: Bench) -> None:
    newer = msgspec.json.encode({"after": "x", "version": 3}).decode()
    with pytest.raises(Fatal, match="newer deskpulse"):
        bench.poll(newer)


@pytest.mark.parametrize("status", [403, 404])
@pytest.mark.parametrize(
    ("path", "word"), [(EVENTS, "metric events"), (RATINGS, "satisfaction ratings")]
)
def test_a_refused_stream_is_a_gap_and_is_caught_up_with_later(
    bench: Bench, path: str, word: str, status: int
) -> None:
    bench.faults.always(path, faults.status(status))
    pages = bench.poll()
    (gap,) = gaps(pages)
    assert word in gap
    assert pages[-1].complete_to == NOW - timedelta(seconds=60)
    assert exchanges(pages) == ({} if path == EVENTS else EXCHANGES)
    assert statements(pages) == (set() if path == RATINGS else STATEMENTS)
    bench.faults.clear()
    pages += bench.poll(pages[-1].cursor)
    assert (exchanges(pages), statements(pages)) == (EXCHANGES, STATEMENTS)


@pytest.mark.parametrize("path", [EVENTS, RATINGS])
@pytest.mark.parametrize(
    ("trouble", "kind", "reason"),
    [
        (faults.status(401), ConfigurationError, Reason.CREDENTIALS),
        (faults.status(503), Retriable, Reason.SERVER),
        (faults.throttle(3600), Retriable, Reason.THROTTLED),
        (faults.status(400), Fatal, Reason.CONTRACT),
    ],
)
def test_any_other_trouble_of_a_stream_is_a_verdict(
    bench: Bench, path: str, trouble: faults.Fault, kind: type[ConnectorError], reason: Reason
) -> None:
    bench.faults.always(path, trouble)
    error = bench.failure()
    assert isinstance(error, kind)
    assert error.reason is reason


@pytest.mark.parametrize(
    ("find", "put", "word"),
    [
        ('"time":"2026', '"time":"not 2026', "time"),
        ('"instance_id":2', '"instance_id":"two"', "instance_id"),
    ],
)
def test_a_malformed_event_is_left_out_by_name_and_the_rest_counts(
    bench: Bench, find: str, put: str, word: str
) -> None:
    bench.faults.always(EVENTS, faults.replace(find.encode(), put.encode()))
    pages = bench.poll()
    (rejection,) = [one for page in pages for one in page.rejected]
    assert rejection.reason == "malformed"
    assert re.match(r"a metric event of ticket [0-9]+ was left out", rejection.message)
    assert f"'{word}'" in rejection.message
    assert statements(pages) == STATEMENTS
    assert exchanges(pages)["2"][2] == EXCHANGES["2"][2]


@pytest.mark.parametrize(
    ("find", "put", "field"),
    [
        ('"score":"good"', '"score":"splendid"', "score"),
        ('"score":"good"', '"score":null', "score"),
        ('"updated_at":"2026', '"updated_at":"2026 not', "updated_at"),
    ],
)
def test_a_rating_that_cannot_be_read_is_left_out_by_name(
    bench: Bench, find: str, put: str, field: str
) -> None:
    bench.faults.always(RATINGS, faults.replace(find.encode(), put.encode()))
    pages = bench.poll()
    (rejection,) = [one for page in pages for one in page.rejected]
    assert rejection.subject == "2"
    assert f"'{field}'" in rejection.message
    assert "splendid" not in rejection.message
    assert statements(pages) == {("5", given(1, 410))}
    assert exchanges(pages) == EXCHANGES


def test_an_offer_among_the_answers_is_no_rating(bench: Bench) -> None:
    bench.faults.always(RATINGS, fault('"score":"good"', '"score":"offered"'))
    pages = bench.poll()
    assert statements(pages) == set()
    assert [one for page in pages for one in page.rejected] == []


def test_a_list_that_is_no_list_is_one_rejection(bench: Bench) -> None:
    bench.faults.always(RATINGS, faults.Fault(body=b'{"satisfaction_ratings": null}'))
    pages = bench.poll()
    assert [one.subject for page in pages for one in page.rejected] == ["unknown"]
    assert pages[-1].complete_to is not None


def test_events_that_were_taken_back_do_not_count(bench: Bench) -> None:
    bench.faults.always(
        EVENTS,
        fault(
            '"instance_id":3,"type":"activate"', '"deleted":true,"instance_id":3,"type":"activate"'
        ),
    )
    assert exchanges(bench.poll())["2"] == {1: EXCHANGES["2"][1]}


def test_exchanges_of_tickets_that_nobody_knows_are_told_all_the_same(bench: Bench) -> None:
    bench.faults.always(EVENTS, fault('"ticket_id":2,', '"ticket_id":77,'))
    assert exchanges(bench.poll())["77"] == EXCHANGES["2"]


def test_a_clock_that_starts_again_keeps_its_first_start(bench: Bench) -> None:
    bench.faults.always(
        EVENTS,
        fault(
            '"metric":"requester_wait_time","instance_id":1,"type":"pause"',
            '"metric":"reply_time","instance_id":2,"type":"activate"',
        ),
    )
    assert exchanges(bench.poll())["2"][1] == EXCHANGES["2"][1]


@pytest.mark.parametrize("said", ['"end_of_stream":false', '"was":0'])
def test_an_export_of_events_that_stands_still_is_fatal_unless_it_has_ended(
    bench: Bench, said: str
) -> None:
    bench.faults.always(EVENTS, fault('"end_of_stream":true', said))
    if said == '"was":0':
        assert exchanges(bench.poll()) == EXCHANGES
        assert len(bench.asked(EVENTS)) == 2
    else:
        with pytest.raises(Fatal, match="metric events says that more follows"):
            bench.poll()


def test_a_full_second_that_does_not_say_that_it_is_the_last_is_fatal(opened: Opening) -> None:
    desk = WrittenDesk(*[story(number) for number in range(1, 130)])
    bench = opened(desk)
    bench.faults.always(EVENTS, fault('"end_of_stream":true', '"was":0'))
    with pytest.raises(Fatal, match="does not move on"):
        bench.poll()


@pytest.mark.parametrize(
    "edit",
    [
        fault('"has_more":false,"after_cursor":null', '"has_more":true,"after_cursor":"x"'),
        fault('"meta":{"has_more":false', '"next_page":"another","meta":{"has_more":false'),
    ],
)
def test_a_list_of_ratings_that_stands_still_is_fatal(bench: Bench, edit: faults.Fault) -> None:
    bench.faults.always(RATINGS, edit)
    with pytest.raises(Fatal, match="satisfaction ratings says that more follows"):
        bench.poll()


@pytest.mark.parametrize("path", [EVENTS, RATINGS])
def test_a_stream_without_end_is_fatal(
    opened: Opening, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    bench = opened(DESK, page_limit=1)
    cursor = Cursor(after=stored(bench.poll()[-1].cursor, "desk-eu").after)
    monkeypatch.setattr(stream, "PAGE_CAP", 1 if path == RATINGS else 3)
    switch = {"metric_events": path == EVENTS}
    with pytest.raises(Fatal, match=r"did not end within [13] pages"):
        bench.poll(cursor.text, **switch)


def test_what_is_switched_off_is_not_asked_for_and_declared_untold(bench: Bench) -> None:
    pages = bench.poll(metric_events=False, satisfaction_ratings=False)
    assert len(pages) == 1
    assert pages[0].complete_to is not None
    assert bench.asked(EVENTS) + bench.asked(RATINGS) == []
    plain = {"subdomain": "acme", "email": "a@acme.example", "api_token": "throw-away"}
    off = ZendeskSettings.model_validate(
        {**plain, "metric_events": False, "satisfaction_ratings": False}
    )
    measures = ZendeskConnector("desk-eu", off).measures()
    assert measures.untold.keys() == {
        *(Fact.NEXT_RESPONSE, Fact.AWAITING_REPLY, Fact.SATISFACTION),
        *(Fact.RECOMMENDATION, Fact.EFFORT, Fact.LANGUAGE),
    }
    assert measures.told.keys() == set(Fact) - OF_CUSTOMERS - measures.untold.keys()
    assert "`metric_events`" in measures.untold[Fact.NEXT_RESPONSE]
    assert "`effort_field`" in measures.untold[Fact.EFFORT]


def test_the_simulated_account_tells_every_fact_with_its_precision(bench: Bench) -> None:
    measures = bench.connector.measures()
    assert measures.told.keys() == set(Fact) - OF_CUSTOMERS
    coarse = {fact for fact, told in measures.told.items() if told.precision == 60}
    assert coarse == {Fact.FIRST_RESPONSE, Fact.FIRST_RESOLUTION, Fact.REQUESTER_WAIT}
    assert {told.precision for told in measures.told.values()} == {1, 60}
    assert measures.lag == timedelta(seconds=60)
    assert (measures.history, measures.chat_replies_merge) == ("state", False)


def test_a_ticket_has_an_address_for_people(bench: Bench) -> None:
    assert bench.connector.ticket_url("35") == f"{bench.server.url}/agent/tickets/35"
    plain = {"subdomain": "acme", "email": "a@acme.example", "api_token": "throw-away"}
    connector = ZendeskConnector("desk-eu", ZendeskSettings.model_validate(plain))
    assert connector.ticket_url("35") == "https://acme.zendesk.com/agent/tickets/35"


def test_surveys_language_and_tags_come_with_the_ticket(opened: Opening) -> None:
    told = story(
        1,
        rated(50, "recommendation 3 10"),
        rated(60, "recommendation 9 10"),
        rated(70, "effort 6 7"),
        (80, Kind.OFFERED, SYSTEM, ""),
        tags=("billing", "vip"),
        language="pt-BR",
    )
    bench = opened(WrittenDesk(told))
    (ticket,) = records(bench.poll())
    assert isinstance(ticket, Ticket)
    assert ticket.ratings == (Rating(Survey.RECOMMENDATION, 9, 10), Rating(Survey.EFFORT, 6, 7))
    assert (ticket.language, ticket.tags, ticket.offered) == ("pt-BR", ("billing", "vip"), True)


def test_the_wait_by_business_hours_follows_the_accounts_schedule(opened: Opening) -> None:
    open_hours = Hours("UTC", dict.fromkeys(range(5), (("09:00", "17:00"),)))
    # Monday 09:00:20 to Tuesday 09:00:20, with an hour in which the customer had to answer
    told = story(
        1,
        (3_600, Kind.STATUS, AGENT, "pending"),
        (7_200, Kind.STATUS, CUSTOMER, "open"),
        *solved(86_400),
        *closed(90_000),
    )
    bench = opened(WrittenDesk(told, hours=open_hours))
    (ticket,) = records(bench.poll())
    assert isinstance(ticket, Ticket)
    waits = [(one.waited, one.waited_business) for one in ticket.solves]
    assert waits == [(23 * 3_600, 7 * 3_600)]


def test_a_seeded_desk_is_told_as_it_was(opened: Opening) -> None:
    desk = SeededDesk(11, present=PRESENT, weeks=1, rate=20.0)
    bench = opened(desk, PRESENT)
    pages: list[Page] = []
    cursor = None
    for hours in (-100, -60, -20, -19, 0):
        bench.clock.at = PRESENT + timedelta(hours=hours)
        pages += bench.poll(cursor)
        cursor = pages[-1].cursor
    visible = PRESENT - timedelta(seconds=60)
    known = exchanges(pages)
    latest = dict(sorted(statements(pages), key=lambda row: row[1].at or visible))
    tickets = {one.id: one for one in records(pages) if isinstance(one, Ticket)}
    answered = rated_ones = waits = 0
    for told in desk.stories(visible):
        number = str(told.id)
        true = [(one.asked_at, one.answered_at) for one in dialogue(told, visible).exchanges]
        found = [known[number][one] for one in sorted(known[number])] if number in known else []
        assert [(one.asked_at, one.answered_at) for one in found] == true
        answered += len(true)
        shown = state(told, visible)
        if "satisfaction" in shown.ratings:
            given_at = shown.ratings["satisfaction"]
            assert latest[number] == Rating(Survey.SATISFACTION, given_at.score, 1, given_at.at)
            rated_ones += 1
        if shown.removed:
            continue
        ticket = tickets[number]
        assert ticket.reassignments == shown.reassignments
        assert ticket.offered == shown.offered
        assert set(ticket.tags) == set(told.tags)
        assert (ticket.language or "") == told.language
        if not shown.open:
            (solve,) = ticket.solves
            assert solve.replies == shown.said.replies
            assert solve.waited is not None
            assert solve.waited_business is not None
            assert 0 <= solve.waited_business <= solve.waited
            waits += solve.waited_business < solve.waited
    assert answered > 100
    assert rated_ones > 20
    assert waits > 50


def test_the_first_reading_of_a_stream_is_catching_up_and_no_other(opened: Opening) -> None:
    bench = opened(DESK, page_limit=1)
    pages = bench.poll()
    for page in pages:
        tells_more = any(isinstance(one, Supplement) for one in page.records)
        assert page.catching_up or not tells_more
        assert not (page.catching_up and any(isinstance(one, Ticket) for one in page.records))
    assert not any(page.catching_up for page in bench.poll(pages[-1].cursor))


def test_a_stream_that_is_switched_on_later_is_catching_up(bench: Bench) -> None:
    off = bench.poll(metric_events=False, satisfaction_ratings=False)
    assert not any(page.catching_up for page in off)
    on = bench.poll(off[-1].cursor)
    assert supplements(on)
    assert [page.catching_up for page in on] == [bool(page.records) for page in on]
    assert not any(page.catching_up for page in bench.poll(on[-1].cursor))


def test_an_account_without_events_or_ratings_does_not_catch_up_for_ever(opened: Opening) -> None:
    bench = opened(WrittenDesk())
    cursor = bench.poll()[-1].cursor
    assert not any(page.catching_up for page in bench.poll(cursor))
