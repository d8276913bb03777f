"""What the REST connector gives, against APIs of many manners over real HTTP."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from connectors.contract import ConfigurationError, Fatal, Finding, Page, Reason
from connectors.customers import Record
from connectors.records import Removal, Removed, Ticket
from connectors.rest import walk
from connectors.rest.connector import RestConnector
from connectors.rest.instants import written
from connectors.rest.settings import RestSettings
from connectors.rest.simulator import SECRET, RestSimulator
from connectors.testing.clock import StandingClock
from connectors.testing.desk import Event, Kind, Role, Story
from connectors.testing.replay import ReplayedDesk
from connectors.testing.seeded import SeededDesk
from connectors.testing.server import SimRequest, SimResponse, Simulator, SimulatorServer
from exporter.certify.bench import Bench
from exporter.certify.candidate import Candidate
from exporter.certify.line import differences, opened
from exporter.certify.policies import everything
from exporter.certify.rules.moving import moving

NOON = datetime(2026, 3, 20, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
SMALL = 40  # records in an answer

MANNERS: list[dict[str, Any]] = [
    {"paging": "cursor", "auth": "bearer", "since": "iso"},
    {"paging": "page", "auth": "basic", "since": "unix"},
    {"paging": "offset", "auth": "header", "since": "iso"},
    {"paging": "link", "auth": "query", "since": "unix"},
    {"paging": "next", "auth": "query", "since": "iso"},
    {"paging": "none", "auth": "none", "since": None},
]
PAGED = [manner["paging"] for manner in MANNERS if manner["paging"] != "none"]


def candidate(**manner: Any) -> Candidate:
    simulated: Any = partial(RestSimulator, **manner)
    return Candidate(RestConnector, simulated, Path())


def by_instants(simulator: Simulator) -> dict[str, object]:
    """Its settings for `tickets`, read oldest change first."""
    told: Any = simulator.settings("")
    return {**told["tickets"], "oldest_first": True}


class Api(Simulator):
    """An API that answers as a test says, asked for /tickets at `url`."""

    vendor = "rest"

    def __init__(self, reply: Callable[[SimRequest], Any]) -> None:
        super().__init__(SeededDesk(1, present=NOON, weeks=1), StandingClock(NOON))
        self._reply = reply

    def settings(self, url: str) -> dict[str, object]:
        return {"url": url, "tickets": "/tickets"}

    def answer(self, request: SimRequest) -> SimResponse:
        told = self._reply(request)
        if isinstance(told, SimResponse):
            return told
        return SimResponse(200, body=json.dumps(told).encode())


@contextmanager
def asking(simulator: Simulator, **changes: object) -> Iterator[RestConnector]:
    with SimulatorServer(simulator) as server, connected(server, **changes) as connector:
        yield connector


@contextmanager
def connected(server: SimulatorServer, **changes: object) -> Iterator[RestConnector]:
    given = {**server.simulator.settings(server.url), **changes}
    given.pop("vendor", None)
    connector = RestConnector("quickdesk", RestSettings.model_validate(given))
    try:
        yield connector
    finally:
        connector.close()


def a_record(number: int, minutes: float = 0, **more: object) -> dict[str, object]:
    """A ticket that changed so many minutes before noon."""
    return {
        "id": number,
        "created_at": "2026-03-01T08:00:00Z",
        "updated_at": (NOON - timedelta(minutes=minutes)).isoformat(),
        **more,
    }


CHANGED = {"fields": {"changed": "updated_at"}}


def ids(pages: Sequence[Page]) -> list[str]:
    return [record.id for page in pages for record in page.records]


def newest(pages: Sequence[Page]) -> dict[str, Record]:
    """What stands after these pages."""
    found: dict[str, Record] = {}
    for page in pages:
        for one in page.records:
            assert isinstance(one, Ticket | Removed)
            known = found.get(one.id)
            assert known is None or isinstance(known, Ticket | Removed)
            if known is None or known.changed_at <= one.changed_at:
                found[one.id] = one
    return found


def levels(findings: Sequence[Finding], level: str) -> list[str]:
    return [finding.message for finding in findings if finding.level == level]


# --- the same desk, the same numbers --------------------------------------------------------------


@pytest.mark.parametrize("manner", MANNERS, ids=lambda manner: "-".join(map(str, manner.values())))
def test_every_manner_of_asking_gives_the_truth(manner: dict[str, Any], tmp_path: Path) -> None:
    desk = SeededDesk(11, present=NOON, rate=0.5)
    with opened(candidate(**manner), desk, tmp_path, page_limit=SMALL) as line:
        for days in (30, 38, 38.01, 38.5, 56):
            line.poll(desk.begins + timedelta(days=days))
            assert differences(line.samples(), line.truth().as_samples()) == []


@pytest.mark.parametrize("paging", PAGED)
def test_a_list_that_is_read_by_instants_gives_the_truth(paging: str, tmp_path: Path) -> None:
    desk = SeededDesk(12, present=NOON, rate=0.5)
    told = by_instants(RestSimulator(desk, StandingClock(NOON), paging=paging))
    with opened(
        candidate(paging=paging), desk, tmp_path, page_limit=SMALL, settings={"tickets": told}
    ) as line:
        for days in (30, 38.5, 56):
            line.poll(desk.begins + timedelta(days=days))
            assert differences(line.samples(), line.truth().as_samples()) == []


def test_everything_that_can_be_decided_gives_the_truth(tmp_path: Path) -> None:
    desk = SeededDesk(13, present=NOON, rate=1)
    with opened(candidate(), desk, tmp_path, policy=everything(desk.hours)) as line:
        for days in (30, 56):
            line.poll(desk.begins + timedelta(days=days))
            assert differences(line.samples(), line.truth().as_samples()) == []
        published = {name for name, _ in line.samples()}
    assert "support_requester_wait_business_seconds_count" in published
    assert "support_next_response_seconds_count" not in published


# --- nothing is lost at a boundary ----------------------------------------------------------------


@pytest.mark.parametrize("oldest_first", [False, True])
@pytest.mark.parametrize("paging", PAGED)
def test_a_poll_that_breaks_off_after_any_page_loses_nothing(
    paging: str, oldest_first: bool
) -> None:
    clock = StandingClock(NOON)
    desk = SeededDesk(3, present=NOON, weeks=1, rate=1)
    simulator = RestSimulator(desk, clock, page_limit=9, paging=paging)
    told: Any = simulator.settings("")["tickets"]
    with asking(simulator, tickets={**told, "oldest_first": oldest_first}) as connector:
        whole = list(connector.changes(None))
        assert len(whole) > 5
        assert len(newest(whole)) == len(desk.stories(NOON))
        for stop in range(1, len(whole), 2):
            rest = list(connector.changes(whole[stop - 1].cursor))
            assert newest([*whole[:stop], *rest]) == newest(whole)
            assert [page.complete_to for page in rest] == [None] * (len(rest) - 1) + [NOON]
        goes_on = len(list(connector.changes(whole[-2].cursor))) < len(whole)
        assert goes_on == (oldest_first or paging == "cursor")


@pytest.mark.parametrize("forgetting", [404, 410, 422, 500])
def test_a_cursor_that_the_vendor_forgot_begins_again(forgetting: int) -> None:
    class Forgetful(RestSimulator):
        def answer(self, request: SimRequest) -> SimResponse:
            forgotten = request.query.get("after") == "forgotten"
            return SimResponse(forgetting) if forgotten else super().answer(request)

    desk = SeededDesk(3, present=NOON, weeks=1, rate=1)
    with asking(Forgetful(desk, StandingClock(NOON), page_limit=9)) as connector:
        whole = list(connector.changes(None))
        cursor = json.loads(whole[2].cursor)
        cursor["half"]["place"]["value"] = "forgotten"
        again = list(connector.changes(json.dumps(cursor)))
        assert newest(again) == newest(whole)


def a_crowd(at: datetime, count: int) -> ReplayedDesk:
    """Tickets that all came within one second."""
    return ReplayedDesk(
        [
            Story(n, at, "email", Role.CUSTOMER, (Event(at, Kind.OPENED, Role.CUSTOMER),))
            for n in range(1, count + 1)
        ]
    )


@pytest.mark.parametrize("oldest_first", [False, True])
@pytest.mark.parametrize("paging", PAGED)
def test_more_changes_in_a_second_than_a_page_holds_are_all_told(
    paging: str, oldest_first: bool
) -> None:
    simulator = RestSimulator(
        a_crowd(NOON - 3 * SECOND, 31), StandingClock(NOON), page_limit=4, paging=paging
    )
    told: Any = simulator.settings("")["tickets"]
    with asking(simulator, tickets={**told, "oldest_first": oldest_first}) as connector:
        pages = list(connector.changes(None))
        assert {int(one) for one in ids(pages)} == set(range(1, 32))
        assert len(set(ids(list(connector.changes(pages[-1].cursor))))) == 31


def test_what_a_vendor_shows_late_is_told_within_the_overlap() -> None:
    shown = [a_record(1, 30), a_record(2, 10)]

    def reply(request: SimRequest) -> list[dict[str, object]]:
        since = request.query.get("since", "")
        return [one for one in shown if str(one["updated_at"]) >= since]

    tickets = {"path": "/tickets", "since": {"param": "since", "overlap": "5m"}}
    with asking(Api(reply), tickets=tickets, **CHANGED) as connector:
        (page,) = connector.changes(None)
        assert ids([page]) == ["1", "2"]
        shown.append(a_record(3, 14))
        assert ids(list(connector.changes(page.cursor))) == ["2", "3"]


class Moving(RestSimulator):
    """An API on whose desk time goes on by ten minutes after the first answer."""

    def answer(self, request: SimRequest) -> SimResponse:
        told = super().answer(request)
        assert isinstance(self.clock, StandingClock)
        self.clock.at = max(self.clock.at, NOON + timedelta(minutes=10))
        return told


def a_changing_desk() -> ReplayedDesk:
    """Twenty tickets; the first of them changes once more, five minutes past noon."""
    stories = []
    for n in range(1, 21):
        at = NOON - timedelta(hours=21 - n)
        events = [Event(at, Kind.OPENED, Role.CUSTOMER)]
        if n == 1:
            later = NOON + timedelta(minutes=5)
            events.append(Event(later, Kind.STATUS, Role.AGENT, "pending"))
        stories.append(Story(n, at, "email", Role.CUSTOMER, tuple(events)))
    return ReplayedDesk(stories)


@pytest.mark.parametrize("paging", ["page", "offset", "link", "next"])
def test_a_list_that_moves_while_it_is_counted_through_is_read_again(
    paging: str, caplog: pytest.LogCaptureFixture
) -> None:
    clock = StandingClock(NOON)
    with asking(Moving(a_changing_desk(), clock, page_limit=5, paging=paging)) as connector:
        with caplog.at_level(logging.WARNING):
            first = list(connector.changes(None))
        assert "6" not in ids(first), "which slipped to the page that was read"
        assert "oldest_first" in caplog.text
        second = list(connector.changes(first[-1].cursor))
        assert {int(one) for one in ids(second)} == set(range(1, 21))
        third = list(connector.changes(second[-1].cursor))
        assert ids(third) == ["1"], "from then on only changes are read"


@pytest.mark.parametrize("paging", PAGED)
def test_read_by_instants_a_list_may_move(paging: str) -> None:
    simulator = Moving(a_changing_desk(), StandingClock(NOON), page_limit=5, paging=paging)
    with asking(simulator, tickets=by_instants(simulator)) as connector:
        first = list(connector.changes(None))
        assert {int(one) for one in ids(first)} == set(range(1, 21))
        assert first[-1].complete_to == NOON


@pytest.mark.parametrize("oldest_first", [False, True])
@pytest.mark.parametrize("paging", PAGED)
def test_a_desk_may_live_while_it_is_read(paging: str, oldest_first: bool, tmp_path: Path) -> None:
    class Sorted(RestSimulator):
        def settings(self, url: str) -> dict[str, object]:
            told: Any = super().settings(url)
            return {**told, "tickets": {**told["tickets"], "oldest_first": oldest_first}}

    simulated: Any = partial(Sorted, paging=paging)
    moving(Bench(Candidate(RestConnector, simulated, Path()), tmp_path))


class Leaving(RestSimulator):
    """An API at whose n-th request the first tickets of its list have just changed, each of which
    leaves its place for the end; its Date is ahead of its changes."""

    request = 0
    ahead = timedelta(0)

    def answer(self, request: SimRequest) -> SimResponse:
        assert isinstance(self.clock, StandingClock)
        self.request -= 1
        if self.request == 0:
            self.clock.at = NOON + timedelta(minutes=5)
        told = super().answer(request)
        date = format_datetime(self.clock.at + self.ahead, usegmt=True)
        return replace(told, headers={**told.headers, "Date": date})


def a_crowd_that_changes(at: datetime, count: int, later: datetime) -> ReplayedDesk:
    """Tickets that came within one second, of which the first two are taken up later."""
    return ReplayedDesk(
        [
            Story(
                n,
                at,
                "email",
                Role.CUSTOMER,
                (
                    Event(at, Kind.OPENED, Role.CUSTOMER),
                    *[Event(later, Kind.STATUS, Role.AGENT, "pending")] * (n < 3),
                ),
            )
            for n in range(1, count + 1)
        ]
    )


@pytest.mark.parametrize("number", [3, 5, 9])
@pytest.mark.parametrize("paging", ["page", "offset", "link", "next"])
def test_within_one_second_too_a_ticket_that_changes_hides_no_other(
    paging: str, number: int
) -> None:
    desk = a_crowd_that_changes(NOON - timedelta(hours=1), 31, NOON + timedelta(minutes=5))
    simulator = Leaving(desk, StandingClock(NOON), page_limit=4, paging=paging)
    simulator.request = number
    with asking(simulator, tickets=by_instants(simulator)) as connector:
        pages = list(connector.changes(None))
    assert {int(one) for one in ids(pages)} == set(range(1, 32))


@pytest.mark.parametrize("ahead", [0, 5, 90])
@pytest.mark.parametrize("oldest_first", [False, True])
def test_a_clock_of_answers_that_is_ahead_hides_no_ticket_of_a_list_that_moves(
    oldest_first: bool, ahead: int
) -> None:
    desk = a_crowd_that_changes(NOON - timedelta(hours=1), 31, NOON + SECOND)
    simulator = Leaving(desk, StandingClock(NOON), page_limit=4, paging="page")
    simulator.request, simulator.ahead = 3, ahead * SECOND
    told = {**by_instants(simulator), "oldest_first": oldest_first}
    with asking(simulator, tickets=told) as connector:
        first = list(connector.changes(None))
        second = list(connector.changes(first[-1].cursor))
        assert {int(one) for one in ids([*first, *second])} == set(range(1, 32))


def test_a_second_that_is_another_at_each_reading_is_a_verdict_and_no_endless_poll() -> None:
    asked = []

    def reply(request: SimRequest) -> list[dict[str, object]]:
        asked.append(request)
        page = int(request.query["page"])
        return [a_record(len(asked) * 10 + page, 60), a_record(page, 60)]

    tickets = {
        "path": "/tickets",
        "since": {"param": "since"},
        "pagination": {"page": {}},
        "oldest_first": True,
    }
    with asking(Api(reply), tickets=tickets, **CHANGED) as connector:
        said = verdict(connector, Fatal)
    assert "was another each of 100 times that a second was read" in said
    assert len(asked) < 400


def test_a_ticket_that_is_told_on_two_pages_keeps_no_poll_from_moving_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """As where a list has a row for each of a ticket's tags: nothing moved."""
    shown = [a_record(n // 2, 600 - 10 * n) for n in range(50)]
    for n, one in enumerate(shown):
        one["updated_at"] = shown[n - n % 2]["updated_at"]

    def reply(request: SimRequest) -> list[dict[str, object]]:
        since = request.query.get("since", "")
        begin = int(request.query.get("offset", 0))
        return [r for r in shown if str(r["updated_at"]) >= since][begin : begin + 7]

    tickets = {"path": "/tickets", "since": {"param": "since"}, "pagination": {"offset": {}}}
    with asking(Api(reply), tickets=tickets, **CHANGED) as connector:
        first = list(connector.changes(None))
        assert len(ids(first)) == 50
        assert ids(list(connector.changes(first[-1].cursor))) == ["24", "24"]
    assert "moved" not in caplog.text


def test_a_record_that_changes_while_its_answer_is_written_hides_none_behind_it() -> None:
    shown = [a_record(n, 600 - 10 * n) for n in range(1, 51)]
    shown[2]["updated_at"] = NOON.isoformat()  # in its old place

    def reply(request: SimRequest) -> list[dict[str, object]]:
        since = request.query.get("since", "")
        begin = int(request.query.get("offset", 0))
        return [r for r in shown if str(r["updated_at"]) >= since][begin : begin + 7]

    tickets = {
        "path": "/tickets",
        "since": {"param": "since"},
        "pagination": {"offset": {}},
        "oldest_first": True,
    }
    with asking(Api(reply), tickets=tickets, **CHANGED) as connector:
        assert {int(one) for one in ids(list(connector.changes(None)))} == set(range(1, 51))


def test_an_instant_that_the_vendor_takes_for_a_later_one_skips_nothing() -> None:
    shown = [a_record(n, 600 - 10 * n) for n in range(1, 51)]

    def reply(request: SimRequest) -> list[dict[str, object]]:
        told = datetime.fromisoformat(request.query.get("since", "2020-01-01"))
        since = told.replace(tzinfo=UTC) + timedelta(hours=2)
        found = [r for r in shown if datetime.fromisoformat(str(r["updated_at"])) >= since]
        begin = int(request.query.get("offset", 0))
        return found[begin : begin + 7]

    tickets = {
        "path": "/tickets",
        "since": {"param": "since", "format": "%Y-%m-%d %H:%M:%S"},
        "pagination": {"offset": {}},
        "oldest_first": True,
    }
    with asking(Api(reply), tickets=tickets, **CHANGED) as connector:
        assert {int(one) for one in ids(list(connector.changes(None)))} == set(range(1, 51))
        (error,) = levels(connector.check(), "error")
        assert "`tickets.since.format` and `zone`" in error


def test_only_changes_are_asked_for_and_other_settings_ask_for_everything() -> None:
    desk = SeededDesk(3, present=NOON, weeks=1, rate=1)
    clock = StandingClock(NOON - timedelta(hours=3))
    simulator = RestSimulator(desk, clock)
    with SimulatorServer(simulator) as server:
        with connected(server) as connector:
            first = list(connector.changes(None))
            clock.at = NOON
            second = list(connector.changes(first[-1].cursor))
            assert 0 < len(ids(second)) < len(ids(first)) / 2
            assert second[-1].complete_to == NOON
        known = second[-1].cursor
        with connected(server, auth={"bearer": SECRET}, lag="30s") as connector:
            again = list(connector.changes(known))
            assert len(ids(again)) < len(ids(first)) / 2
            assert again[-1].complete_to == NOON - timedelta(seconds=30)
        told: Any = simulator.settings("")
        with connected(server, values={**told["values"], "channel": {"*": "other"}}) as connector:
            assert len(ids(list(connector.changes(known)))) == len(desk.stories(NOON))


def test_a_change_dated_in_the_future_stops_no_later_poll() -> None:
    asked = []

    def reply(request: SimRequest) -> list[dict[str, object]]:
        asked.append(request.query.get("since"))
        return [a_record(1, -60 * 24 * 200), a_record(2, 5)]

    tickets = {"path": "/tickets", "since": {"param": "since"}}
    with asking(Api(reply), tickets=tickets, **CHANGED) as connector:
        (page,) = connector.changes(None)
        list(connector.changes(page.cursor))
    assert asked == [None, "2026-03-20T11:59:00Z"]


def test_the_first_import_may_begin_at_an_instant() -> None:
    asked = []

    def reply(request: SimRequest) -> list[dict[str, object]]:
        asked.append(request.query["since"])
        return []

    since = {"param": "since", "format": "unix", "begin": "2026-01-01T00:00:00Z"}
    with asking(Api(reply), tickets={"path": "/tickets", "since": since}, **CHANGED) as connector:
        (page,) = connector.changes(None)
        list(connector.changes(page.cursor))
    assert asked == ["1767225600"] * 2


# --- records --------------------------------------------------------------------------------------


def test_a_record_that_cannot_be_read_is_rejected_by_its_field_and_the_rest_counts() -> None:
    told = [
        a_record(1),
        a_record(2, state="Ms Miller"),
        {"id": None, "created_at": "2026-03-01T08:00:00Z"},
        a_record(4, created_at="yesterday"),
        "a line",
        a_record(6, state="open", created_at=1709280000),
        a_record(7, state="trash"),
    ]
    told[0]["state"] = "new"  # type: ignore[index]
    with asking(
        Api(lambda _: told),
        fields={"changed": "updated_at", "status": "state"},
        values={"status": {"trash": "deleted"}},
    ) as connector:
        (page,) = connector.changes(None)
    assert ids([page]) == ["1", "7"]
    assert isinstance(page.records[1], Removed)
    said = [rejection.message for rejection in page.rejected]
    assert [rejection.subject for rejection in page.rejected[:2]] == ["2", "number 3 of its answer"]
    assert "field 'state' holds a word that `values.status` does not know" in said[0]
    assert "field 'id' is missing or empty" in said[1]
    assert "field 'created_at' holds no time" in said[2]
    assert "it is no object" in said[3]
    assert "`time_format`" in said[4]
    assert "Miller" not in repr(said)
    assert "yesterday" not in repr(said)


def test_a_rating_beyond_its_scale_is_doubted_and_its_ticket_counts(
    caplog: pytest.LogCaptureFixture,
) -> None:
    told = [a_record(1, stars=9)]
    with asking(Api(lambda _: told), fields={"rating": "stars"}) as connector:
        with caplog.at_level(logging.WARNING):
            (page,) = connector.changes(None)
        assert "not from 1 to 5" in "".join(levels(connector.check(), "warning"))
    assert ids([page]) == ["1"]
    assert "source 'quickdesk': ticket 1: satisfaction is not from 1 to 5" in caplog.text


def test_a_removal_in_a_field_of_its_own_is_stronger_than_the_status() -> None:
    told = [
        a_record(1, stage="open", gone=None),
        a_record(2, stage="solved", gone="spam"),
        a_record(3, stage=None, gone="joined"),
        a_record(4, stage="open", gone=False),
        a_record(5, stage="no word of ours", gone=True),
        a_record(6, stage="open", gone="whatever"),
    ]
    fields = {**CHANGED["fields"], "status": "stage", "removed": "gone"}
    values = {"removed": {"Joined": "merged"}}
    with asking(Api(lambda _: told), fields=fields, values=values) as connector:
        (page,) = connector.changes(None)
    gone = {one.id: one.why for one in page.records if isinstance(one, Removed)}
    assert gone == {"2": Removal.SPAM, "3": Removal.MERGED, "5": Removal.DELETED}
    assert [one.id for one in page.records if isinstance(one, Ticket)] == ["1", "4"]
    (rejection,) = page.rejected
    assert "field 'gone' holds a word that `values.removed` does not know" in rejection.message
    assert "whatever" not in rejection.message


def test_a_time_that_no_ticket_can_have_is_told_as_what_it_would_be() -> None:
    seconds = int(NOON.timestamp())
    told = [{"id": 1, "opened": seconds, "ended": 0}]
    fields = {"created": "opened", "solved": "ended"}
    with asking(Api(lambda _: told), fields=fields, time_format="unix_ms") as connector:
        (page,) = connector.changes(None)
        warnings = levels(connector.check(), "warning")
    said = "record 1: field 'opened' would be 1970-01-21; is `time_format` right?"
    assert [one.message for one in page.rejected] == [said]
    assert said in warnings
    with asking(Api(lambda _: told), fields=fields, time_format="unix") as connector:
        (page,) = connector.changes(None)
    (ticket,) = page.records
    assert isinstance(ticket, Ticket)
    assert (ticket.created_at, ticket.solves) == (NOON, ())


@pytest.mark.parametrize("created", ["1989-12-31T23:59:59Z", "2299-01-01T00:00:00Z"])
def test_a_time_long_ago_or_far_ahead_is_no_time_of_a_ticket(created: str) -> None:
    with asking(Api(lambda _: [a_record(1, created_at=created), a_record(2)])) as connector:
        (page,) = connector.changes(None)
    assert ids([page]) == ["2"]
    assert f"would be {created[:10]}" in page.rejected[0].message


def test_without_a_time_of_change_the_poll_is_the_version() -> None:
    with asking(Api(lambda _: [a_record(1)])) as connector:
        (page,) = connector.changes(None)
        (ticket,) = page.records
        assert isinstance(ticket, Ticket)
        assert ticket.changed_at == NOON
        assert any("latest poll" in note for note in connector.measures().notes)


# --- verdicts -------------------------------------------------------------------------------------


def verdict(connector: RestConnector, kind: type[Exception]) -> str:
    """What a poll says that cannot go on; `check` says it too, without the source's name."""
    with pytest.raises(kind) as caught:
        list(connector.changes(None))
    assert str(caught.value).startswith("source 'quickdesk': ")
    return str(caught.value)


@pytest.mark.parametrize("auth", ["bearer", "basic", "header", "query"])
def test_a_wrong_credential_is_a_verdict_without_it(auth: str) -> None:
    desk = SeededDesk(1, present=NOON, weeks=1)
    simulator = RestSimulator(desk, StandingClock(NOON), auth=auth)
    told = json.loads(json.dumps(simulator.settings("")["auth"]).replace(SECRET, "wrong-secret"))
    with asking(simulator, auth=told) as connector:
        said = verdict(connector, ConfigurationError)
        assert "Set `auth` of source 'quickdesk'" in said
        (finding,) = connector.check()
        assert (finding.level, finding.reason) == ("error", Reason.CREDENTIALS)
    assert "wrong-secret" not in said + finding.message


def test_a_list_that_is_elsewhere_is_found() -> None:
    told = {"data": {"tickets": [], "users": []}, "meta": {"next": None}}
    tickets = {"path": "/tickets", "records": "data.items"}
    with asking(Api(lambda _: told), tickets=tickets) as connector:
        said = verdict(connector, ConfigurationError)
        assert "has no list at `data.items`: set `tickets.records`" in said
        assert "Lists are at `data.tickets`, `data.users`." in said
        assert levels(connector.check(), "error") == [said.removeprefix("source 'quickdesk': ")]
    with asking(Api(lambda _: told)) as connector:
        assert "is no list: set `tickets.records`" in verdict(connector, ConfigurationError)


def test_records_that_cannot_be_read_at_all_are_a_verdict_and_no_empty_desk() -> None:
    told = [a_record(n, opened_at="") for n in range(9)]
    with asking(Api(lambda _: told), fields={"created": "opened_at"}) as connector:
        said = verdict(connector, ConfigurationError)
    assert "none of the first 9 records can be read" in said
    assert "field 'opened_at' is missing or empty" in said


def endless(number: int = 0) -> dict[str, object]:
    return {"list": [a_record(number), a_record(number + 1)], "next": "on", "more": True}


@pytest.mark.parametrize(
    ("pagination", "reply", "what"),
    [
        (
            {"cursor": {"param": "c", "from": "next"}},
            lambda r: endless(2 * len(r.query)),
            "leads to",
        ),
        ({"page": {}}, lambda _: endless(), "the same page again"),
        ({"page": {"more": "more"}}, lambda _: {"list": [], "more": True}, "does not end within"),
        ({"offset": {}}, lambda _: endless(), "the same page again"),
        ({"next": "link"}, lambda _: {**endless(), "link": "/tickets?a=1"}, "the same page again"),
        ({"page": {}}, lambda r: endless(2 * int(r.query["page"])), "does not end within"),
        ({"next": "more"}, lambda _: endless(), "has no address at `more`"),
        ({"cursor": {"param": "c", "from": "list"}}, lambda _: endless(), "no text and no number"),
        ({"page": {"more": "next"}}, lambda _: endless(), "neither true nor false at `next`"),
        ({"page": {"last": "next"}}, lambda _: endless(), "no whole number at `next`"),
        (
            {"next": "link"},
            lambda _: {**endless(), "link": "https://elsewhere.example/tickets?page=2"},
            "at another host than `url`",
        ),
        ({"next": "link"}, lambda _: {**endless(), "link": "http://[x"}, "that is none"),
    ],
)
def test_pages_that_lead_nowhere_are_a_verdict(
    pagination: dict[str, Any],
    reply: Callable[[SimRequest], Any],
    what: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(walk, "PAGE_CAP", 30)
    tickets = {"path": "/tickets", "records": "list", "pagination": pagination}
    with asking(Api(reply), tickets=tickets) as connector:
        said = verdict(connector, Fatal)
    assert what in said
    assert said.endswith("Nothing is lost.")


def test_a_link_header_that_nobody_follows_is_a_verdict_and_no_short_list() -> None:
    link = {"Link": '</tickets?page=2>; rel="next"'}
    body = json.dumps([a_record(1)]).encode()
    with asking(Api(lambda _: SimResponse(200, link, body))) as connector:
        assert "pagination: {link: header}" in verdict(connector, Fatal)
        assert "pagination: {link: header}" in levels(connector.check(), "error")[0]


def test_a_list_that_is_not_sorted_as_it_is_said_to_be_is_a_verdict() -> None:
    told = [a_record(1, 10), a_record(2, 20)]
    tickets = {"path": "/tickets", "since": {"param": "since"}, "oldest_first": True}
    with asking(Api(lambda _: told), tickets=tickets, **CHANGED) as connector:
        assert "take `tickets.oldest_first` out" in verdict(connector, Fatal)


def test_an_address_of_a_next_page_is_asked_at_our_host_and_repeats_no_secret() -> None:
    asked = []

    def reply(request: SimRequest) -> dict[str, object]:
        asked.append(request.query)
        following = "http://127.0.0.1:1/v9/tickets?api_key=old&page=2&q=a%20b"
        first = "page" not in request.query
        return {"list": [a_record(len(asked))], "next": following if first else None}

    tickets = {"path": "/tickets", "records": "list", "pagination": {"next": "next"}}
    auth = {"query": {"name": "api_key", "value": SECRET}}
    with asking(Api(reply), tickets=tickets, auth=auth) as connector:
        pages = list(connector.changes(None))
    assert ids(pages) == ["1", "2"]
    assert asked == [{"api_key": SECRET}, {"api_key": SECRET, "page": "2", "q": "a b"}]
    assert SECRET not in "".join(page.cursor for page in pages)


def test_a_cursor_of_something_else_is_a_verdict() -> None:
    with asking(Api(lambda _: [])) as connector, pytest.raises(Fatal, match="another name"):
        list(connector.changes("7"))


# --- check ----------------------------------------------------------------------------------------


def test_check_of_a_good_source_has_nothing_to_say_against_it() -> None:
    desk = SeededDesk(1, present=NOON, weeks=1)
    with asking(RestSimulator(desk, StandingClock(NOON))) as connector:
        findings = connector.check()
    assert {finding.level for finding in findings} == {"ok"}
    said = "\n".join(finding.message for finding in findings)
    assert "signed in to http://127.0.0.1" in said
    assert "24 of 24 fields found in 100 records" in said
    assert "changes can be asked for" in said
    assert "clock" in said


def test_check_names_the_fields_that_no_record_has() -> None:
    told = [a_record(n, group={"title": "Billing"}) for n in range(3)]
    with asking(
        Api(lambda _: told), fields={"team": "group.titel", "status": "state"}, further=["x.y"]
    ) as connector:
        status, team, further = levels(connector.check(), "warning")[:3]
    assert team.startswith("`fields.team`: group.titel is in none of 3 records. Did you mean")
    assert "Did you mean group.title?" in team
    assert status.startswith("`fields.status`: state is in none of 3 records.")
    assert further.startswith("`further`: x.y")


@pytest.mark.parametrize(
    ("tickets", "reply", "what"),
    [
        ({}, lambda _: [a_record(n) for n in range(50)], "exactly 50 records and no `tickets.pag"),
        (
            {"params": {"limit": 3}},
            lambda _: [a_record(n) for n in range(3)],
            "exactly 3 records and no `tickets.pagination`",
        ),
        ({}, lambda _: [], "no record in the first answer"),
        (
            {"records": "l", "pagination": {"cursor": {"param": "c", "from": "meta.nxt"}}},
            lambda _: {"l": [a_record(1)], "meta": {"next": "x"}},
            "the first answer has no meta.nxt. Did you mean meta.next?",
        ),
        (
            {"since": {"param": "sinze"}},
            lambda _: [a_record(1, 60 * 24 * 9), a_record(2)],
            "every poll reads everything. Check `tickets.since.param`",
        ),
    ],
)
def test_check_tells_what_may_be_a_mistake(
    tickets: dict[str, Any], reply: Callable[[SimRequest], Any], what: str
) -> None:
    with asking(Api(reply), tickets={"path": "/tickets", **tickets}, **CHANGED) as connector:
        assert what in "\n".join(levels(connector.check(), "warning"))


def in_pages(way: str, size: int = 50, by: int = 1) -> Callable[[SimRequest], Any]:
    """120 tickets, of which page n begins behind n times `by`, or behind a number of records."""

    def reply(request: SimRequest) -> Any:
        begin = int(request.query.get(way, 0)) * by
        return [a_record(n) for n in range(120)][begin : begin + size]

    return reply


@pytest.mark.parametrize(
    ("pagination", "reply", "what"),
    [
        (
            {"page": {"param": "offset", "first": 0}},
            in_pages("offset"),
            "page 2 repeats 49 of 50 tickets of page 1: does `offset` fit better than `page`?",
        ),
        (
            {"page": {"param": "side"}},
            in_pages("page"),
            "page 2 repeats 50 of 50 tickets of page 1: does the vendor know the parameters that",
        ),
        ({"page": {"first": 0}}, in_pages("page", by=50), ""),
        ({"offset": {}}, in_pages("offset"), ""),
        ({"page": {"first": 0}}, in_pages("page", by=49), ""),  # one that moved meanwhile
    ],
)
def test_check_tells_when_the_second_page_repeats_the_first(
    pagination: dict[str, Any], reply: Callable[[SimRequest], Any], what: str
) -> None:
    with asking(Api(reply), tickets={"path": "/tickets", "pagination": pagination}) as connector:
        warnings = levels(connector.check(), "warning")
    assert [one[: len(what)] for one in warnings] == ([what] if what else [])


def test_check_reads_no_second_page_where_the_first_answer_is_the_end() -> None:
    asked = []

    def reply(request: SimRequest) -> Any:
        asked.append(request.query)
        return {"list": [a_record(1)], "more": False}

    tickets = {"path": "/tickets", "records": "list", "pagination": {"page": {"more": "more"}}}
    with asking(Api(reply), tickets=tickets) as connector:
        connector.check()
    assert asked == [{"page": "1"}]


@pytest.mark.parametrize(
    ("below", "path", "ends"),
    [
        ("/v1", "/v1/cases", "It is `url` with `tickets.path` behind it: /v1 stands in both."),
        ("/v1", "/cases", "It is `url` with `tickets.path` behind it."),
    ],
)
def test_a_list_that_is_not_there_names_both_settings_that_make_its_address(
    below: str, path: str, ends: str
) -> None:
    def reply(request: SimRequest) -> Any:
        return {} if request.path == "/v1/me" else SimResponse(404)

    simulator = Api(reply)
    with SimulatorServer(simulator) as server:
        url = f"{server.url}{below}"
        with connected(server, url=url, tickets=path, check="/me") as connector:
            assert verdict(connector, ConfigurationError).endswith(ends)
            signed, error = connector.check()
    assert (signed.level, signed.message) == ("ok", f"signed in to {url}")
    assert (error.level, error.reason) == ("error", Reason.ADDRESS)
    assert f"{below}{path} does not exist there (status 404)" in error.message


def test_a_check_that_ends_in_an_error_tells_that_the_sign_in_was_good() -> None:
    with asking(Api(lambda _: {"tickets": []})) as connector:
        signed, error = connector.check()
    assert signed.level == "ok"
    assert signed.message.startswith("signed in to http://127.0.0.1")
    assert "set `tickets.records`" in error.message


def test_check_asks_the_path_that_is_named_for_it() -> None:
    def reply(request: SimRequest) -> Any:
        return SimResponse(403) if request.path == "/me" else []

    with asking(Api(reply), check="/me") as connector:
        (finding,) = connector.check()
    assert finding.message.startswith("/me may not be read")


def test_times_without_an_offset_are_asked_for_in_the_zone_of_the_vendor() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    # Around the end of summer time, when the clocks there show an hour twice.
    moments = [datetime(2026, 10, 25, tzinfo=UTC) + timedelta(minutes=10 * n) for n in range(18)]
    asked = [written(at, "%Y-%m-%d %H:%M:%S", "Europe/Berlin") for at in moments]
    for at, told in zip(moments, asked, strict=True):
        local = datetime.fromisoformat(str(told))
        taken = [local.replace(tzinfo=berlin, fold=fold) for fold in (0, 1)]
        assert max(taken) <= at, "whichever of the two the vendor takes it for"
        assert at - min(taken) <= timedelta(hours=3)
