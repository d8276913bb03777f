"""The connector of Request Tracker against a real RT 5, used as its users use it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from connectors import Page, Record, Removal, Removed, Ticket
from connectors.rt.connector import RtConnector
from connectors.rt.settings import RtSettings
from connectors.rt.simulator import TOKEN, RtSimulator
from connectors.testing.clock import StandingClock
from connectors.testing.desk import Event, Kind, Patron, Role, Story
from connectors.testing.server import SimulatorServer
from connectors.testing.written import WrittenDesk
from tests.rt import RealRt, real_rt

WORDS = {
    "statuses": {"parked": "hold", "archived": "closed"},
    "priorities": {"low": 0, "normal": 50, "high": 75, "urgent": 100},
    "inboxes": ["Incoming"],
    "bots": ["autopilot"],
    "channel_field": "Channel",
    "customer_field": "Customer",
}


@pytest.fixture(scope="module")
def rt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealRt]:
    with real_rt(tmp_path_factory.mktemp("rt")) as server:
        yield server


@pytest.fixture(scope="module")
def settled(rt: RealRt) -> RealRt:
    """A server whose ticket is older than the seconds that every poll reads again."""
    rt.reply(rt.create(Channel="web"))
    time.sleep(11)
    return rt


@contextmanager
def connected(server: RealRt, user: str = "connector", **changes: object) -> Iterator[RtConnector]:
    given = {"url": server.url, "token": server.tokens[user], **WORDS, **changes}
    connector = RtConnector("rt", RtSettings.model_validate(given))
    try:
        yield connector
    finally:
        connector.close()


def told(pages: list[Page]) -> dict[str, Record]:
    """What is told of each ticket at last."""
    assert [one for page in pages for one in page.rejected] == []
    return {one.id: one for page in pages for one in page.records}


def asked(connector: RtConnector) -> int:
    """The requests since this was last asked."""
    return sum(connector.usage().requests.values())


def test_the_time_zone_of_the_user_changes_nothing(settled: RealRt) -> None:
    first = {}
    for user in ("tokyo", "york"):
        with connected(settled, user) as connector:
            (*_, first[user]) = connector.changes(None)
            asked(connector)
            (quiet,) = connector.changes(first[user].cursor)
            assert (quiet.records, asked(connector)) == ((), 1)
    ticket = settled.create()
    for user, last in first.items():
        with connected(settled, user) as connector:
            pages = list(connector.changes(last.cursor))
            spent = asked(connector)
            assert told(pages).keys() == {str(ticket), *_since(settled, last)}
            assert spent > 10  # by which clock RT reads was found out
            list(connector.changes(pages[-1].cursor))
            assert asked(connector) <= 5  # and is known from then on


def _since(server: RealRt, page: Page) -> set[str]:
    """The tickets that changed at the very instant of the mark on which a page ends."""
    at = page.cursor.partition('"at":"')[2][:20]
    found = server.get("tickets", query="id > 0", fields="LastUpdated", per_page=100)["items"]
    return {one["id"] for one in found if one["LastUpdated"] >= at}


def test_rt_reads_instants_in_queries_by_the_clock_of_the_user(settled: RealRt) -> None:
    newest = settled.get("tickets", query="id > 0", fields="LastUpdated", per_page=100)["items"]
    latest = max(datetime.fromisoformat(one["LastUpdated"]) for one in newest)
    for user, ahead in (("connector", 0), ("tokyo", 9)):
        for hours in (ahead, ahead + 1):
            text = (latest + timedelta(hours=hours)).strftime("%Y-%m-%d %H:%M:%S")
            found = settled.get("tickets", user, query=f"LastUpdated >= '{text}'")
            assert (found["count"] > 0) == (hours == ahead)
    nonsense = settled.get("tickets", query="LastUpdated >= 'whenever'")
    assert nonsense["count"] == len(newest)  # it counts as 1970, without an error


def test_who_may_see_tickets_is_told_no_total_of_transactions(settled: RealRt) -> None:
    query = "ObjectType = 'RT::Ticket' AND id > 0"
    found = settled.get("transactions", "connector", query=query, per_page=2)
    assert (found["total"], found["pages"], "next_page" in found) == (None, None, False)
    hidden = settled.get("transactions", "connector", query=f"{query} AND Type = 'EmailRecord'")
    assert hidden["items"] == []
    assert settled.get("transactions", query=f"{query} AND Type = 'EmailRecord'")["total"] > 0


def test_what_is_not_set_is_1970_and_a_query_that_is_none_is_refused(settled: RealRt) -> None:
    asked = settled.get("tickets", query="Status = 'open'", fields="Resolved,Due", per_page=1)
    (one,) = asked["items"]
    assert one["Resolved"] == one["Due"] == "1970-01-01T00:00:00Z"
    with pytest.raises(AssertionError, match=r"tickets: 400 .*Wrong query, expecting a OPERATOR"):
        settled.get("tickets", query="Foo ~~ 3")


def test_what_is_deleted_or_merged_is_told_as_gone(rt: RealRt) -> None:
    deleted, merged, kept = (rt.create(queue="Billing") for _ in range(3))
    with connected(rt) as connector:
        (*_, last) = connector.changes(None)
        rt.reply(merged)
        rt.set(deleted, Status="deleted")
        rt.set(merged, MergeInto=kept)
        found = told(list(connector.changes(last.cursor)))
    assert rt.get(f"ticket/{merged}")["id"] == kept  # it answers as the other one
    gone = {number: one.why for number, one in found.items() if isinstance(one, Removed)}
    assert gone == {str(deleted): Removal.DELETED, str(merged): Removal.MERGED}
    one = found[str(kept)]
    assert isinstance(one, Ticket)
    assert one.first_response_at is None  # the reply came in with the other ticket
    assert rt.get("tickets", query=f"id = {deleted} OR Status = 'deleted'")["count"] == 0


def test_what_is_deleted_by_mistake_and_brought_back_goes_on_as_it_was(rt: RealRt) -> None:
    solved, opened = rt.create(queue="Billing"), rt.create(queue="Billing", Channel="web")
    for ticket, back in ((solved, "resolved"), (opened, "open")):
        for status in ("resolved", "deleted", back):
            rt.set(ticket, Status=status)
    rt.set(opened, Priority=-5)
    with connected(rt) as connector:
        found = told(list(connector.changes(None)))
    lives = [found[str(number)] for number in (solved, opened)]
    assert [
        (len(one.solves), one.reopens, str(one.priority))
        for one in lives
        if isinstance(one, Ticket)
    ] == [(1, 0, "low"), (1, 1, "low")]


def test_queues_that_may_not_be_seen_are_left_out(rt: RealRt) -> None:
    hidden, seen = rt.create(queue="Vault"), rt.create(queue="Billing")
    rt.set(seen, Status="resolved")
    with connected(rt, "narrow") as connector:
        found = told(list(connector.changes(None)))
    one = found[str(seen)]
    assert isinstance(one, Ticket)
    assert (str(hidden) in found, len(one.solves)) == (False, 1)


def test_check_tells_rights_tokens_and_addresses_apart(rt: RealRt) -> None:
    ticket = rt.create()
    with connected(rt) as connector:
        assert [one.message for one in connector.check() if one.level != "ok"] == []
    with connected(rt, statuses={}) as connector:
        rt.set(ticket, Status="archived")
        (found,) = [one for one in connector.check() if one.level != "ok"]
        assert "tickets in the status archived are done in RT and count as open" in found.message
    with connected(rt, "narrow") as connector:  # who is told a total, and not of all queues
        seen = next(one.message for one in connector.check() if "tickets: " in one.message)
    assert seen.endswith("of those queues that deskpulse's user may see")
    with connected(rt, "blind") as connector:
        assert any("no ticket is visible" in one.message for one in connector.check())
    for changes, verdict in (
        ({"token": "1-1-wrong"}, "was refused (status 401). Create an authentication token"),
        ({"url": f"{rt.url}/elsewhere"}, "Check `url` of this source"),
    ):
        with connected(rt, **changes) as connector:
            (found,) = connector.check()
        assert (found.level, verdict in found.message) == ("error", True), found.message


WRITTEN = {
    Kind.COMMENT: "Correspond",
    Kind.STATUS: "Status",
    Kind.STAMP: "Status",
    Kind.REOPENED: "Status",
    Kind.TEAM: "Set",
    Kind.PRIORITY: "Set",
    Kind.ASSIGNED: "Set",
}
"""The type of the transaction by which RT writes something down."""


@dataclass
class Playing:
    """A story while it is played on a server: what was done, and when RT wrote it down."""

    server: RealRt
    number: int
    events: list[Event] = field(default_factory=list)

    def do(self, action: Callable[[], object], *happened: tuple[Kind, Role, str]) -> None:
        """Do something, which is these events."""
        action()
        for kind, role, value in happened:
            at = self.server.at(self.number, WRITTEN[kind])
            self.events.append(Event(at, kind, role, value))


def played(server: RealRt) -> Story:
    """A ticket that is answered, asked about, set aside, solved, reopened and solved again."""
    number = server.create(Channel="chat", Customer="ACME-1")
    play, agent, customer = Playing(server, number), Role.AGENT, Role.CUSTOMER
    opened = (Kind.OPENED, customer, ""), (Kind.COMMENT, customer, "")
    begun = datetime.fromisoformat(server.get(f"ticket/{number}")["Created"])
    play.events = [Event(begun, *one) for one in opened]
    one, another = server.reply, server.set
    move = (Kind.TEAM, agent, "Billing")
    play.do(lambda: another(number, Queue="Billing"), move)
    opens = (Kind.STATUS, Role.SYSTEM, "open")
    play.do(lambda: one(number, "autopilot"), (Kind.COMMENT, Role.BOT, ""), opens)
    play.do(lambda: another(number, Owner="agent"), (Kind.ASSIGNED, agent, "yes"))
    play.do(lambda: one(number), (Kind.COMMENT, agent, ""))
    server.comment(number)
    play.do(lambda: one(number, "customer"), (Kind.COMMENT, customer, ""))
    play.do(lambda: another(number, Status="stalled"), (Kind.STATUS, agent, "pending"))
    play.do(lambda: another(number, Status="parked"), (Kind.STATUS, agent, "hold"))
    play.do(lambda: another(number, Priority=75), (Kind.PRIORITY, agent, "high"))
    play.do(lambda: one(number), (Kind.COMMENT, agent, ""), opens)
    solved = (Kind.STATUS, agent, "solved"), (Kind.STAMP, agent, "solved")
    play.do(lambda: another(number, Status="resolved"), *solved)
    back = opens, (Kind.REOPENED, customer, "")
    play.do(lambda: one(number, "customer"), (Kind.COMMENT, customer, ""), *back)
    play.do(lambda: another(number, Queue="Technical"), (Kind.TEAM, agent, "Technical"))
    play.do(lambda: another(number, Status="resolved"), *solved)
    return Story(number, begun, "chat", customer, tuple(play.events), customer=1)


def test_the_same_story_gives_the_same_records_here_and_in_the_simulator(rt: RealRt) -> None:
    story = played(rt)
    with connected(rt) as connector:
        theirs = told(list(connector.changes(None)))[str(story.id)]
    acme = Patron(1, story.created_at, "ACME-1", ())
    desk = WrittenDesk(story, teams=("Billing", "Technical"), customers=[acme])
    clock = StandingClock(datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=30))
    with SimulatorServer(RtSimulator(desk, clock)) as server:
        given = {"url": server.url, "token": TOKEN, **WORDS}
        connector = RtConnector("rt", RtSettings.model_validate(given))
        ours = told(list(connector.changes(None)))[str(story.id)]
        connector.close()
    assert isinstance(theirs, Ticket)
    assert isinstance(ours, Ticket)
    assert (len(ours.solves), ours.reopens, len(ours.exchanges)) == (2, 1, 2)
    assert abs(theirs.changed_at - ours.changed_at) <= timedelta(seconds=2)
    assert replace(theirs, changed_at=ours.changed_at, revision=0) == replace(ours, revision=0)
