"""The connector of Redmine against a real Redmine 5, used as its users use it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from connectors import ConfigurationError, Page, Ticket
from connectors.redmine.connector import RedmineConnector
from connectors.redmine.settings import RedmineSettings
from connectors.redmine.simulated_issue import BOT
from connectors.redmine.simulator import KEY, RedmineSimulator
from connectors.testing.clock import StandingClock
from connectors.testing.desk import Event, Kind, Patron, Role, Story
from connectors.testing.server import SimulatorServer
from connectors.testing.written import WrittenDesk
from tests.redmine import RealRedmine, real_redmine

WORDS = {
    "statuses": {"On hold": "hold"},
    "channel_field": "Channel",
    "customer_field": "Customer",
}


@pytest.fixture(scope="module")
def redmine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealRedmine]:
    with real_redmine(tmp_path_factory.mktemp("redmine")) as server:
        yield server


@contextmanager
def connected(server: RealRedmine, **changes: object) -> Iterator[RedmineConnector]:
    given = {
        "url": server.url,
        "api_key": server.keys["connector"],
        "agent_roles": ["Developer"],
        "bots": [server.ids["program"]],
        **WORDS,
        **changes,
    }
    connector = RedmineConnector("redmine", RedmineSettings.model_validate(given))
    try:
        yield connector
    finally:
        connector.close()


def told(pages: list[Page]) -> dict[str, Ticket]:
    """What is told of each issue at last."""
    assert [one for page in pages for one in page.rejected] == []
    records = (record for page in pages for record in page.records)
    return {one.id: one for one in records if isinstance(one, Ticket)}


def test_a_wrong_key_is_an_error_although_redmine_answers_with_an_empty_list(
    redmine: RealRedmine,
) -> None:
    redmine.create()
    assert redmine.get("issues.json", "wrong", status_id="*")["total_count"] == 0
    with connected(redmine, api_key="wrong") as connector:
        with pytest.raises(ConfigurationError, match="Copy the API access key"):
            list(connector.changes(None))
        (found,) = connector.check()
    assert (found.level, "was refused (status 401)" in found.message) == ("error", True)


def test_closed_issues_are_told_although_the_list_leaves_them_out(redmine: RealRedmine) -> None:
    resolved, closed = redmine.create(), redmine.create()
    redmine.set(resolved, status="Resolved")
    redmine.set(closed, status="Closed")
    usual = {one["id"] for one in redmine.get("issues.json", limit=100)["issues"]}
    assert (resolved in usual, closed in usual) == (True, False)  # Resolved is not called closed
    with connected(redmine, page_size=1) as connector:
        found = told(list(connector.changes(None)))
    for number in (resolved, closed):
        assert (len(found[str(number)].solves), found[str(number)].status.is_open) == (1, False)


def test_journals_come_with_one_issue_at_a_time_and_only_for_those_that_changed(
    redmine: RealRedmine,
) -> None:
    issue = redmine.create()
    redmine.note(issue)
    (listed,) = redmine.get("issues.json", issue_id=issue, include="journals")["issues"]
    assert "journals" not in listed
    with connected(redmine) as connector:
        (*_, last) = connector.changes(None)
        connector.usage()
        redmine.note(issue)
        pages = list(connector.changes(last.cursor))
        changed = told(pages)
        spent = sum(connector.usage().requests.values())
    assert str(issue) in changed
    assert spent == len(changed) + 4  # the list, whose key it is, statuses, members


def test_private_notes_are_no_replies(redmine: RealRedmine) -> None:
    issue = redmine.create()
    redmine.note(issue, private=True)
    redmine.note(issue, "program")
    for user in ("connector", "agent"):  # who may not see private notes, and who may
        with connected(redmine, api_key=redmine.keys[user]) as connector:
            found = told(list(connector.changes(None)))[str(issue)]
        assert found.first_response_at is None
    (seen, hidden) = (
        redmine.get(f"issues/{issue}.json", user, include="journals")["issue"]["journals"]
        for user in ("agent", "connector")
    )
    assert (len(seen), len(hidden)) == (2, 1)


def test_an_issue_that_is_deleted_vanishes_without_a_word(redmine: RealRedmine) -> None:
    kept, deleted = redmine.create(), redmine.create()
    with connected(redmine) as connector:
        first = list(connector.changes(None))
        assert {str(kept), str(deleted)} <= told(first).keys()
        redmine.delete(deleted)
        again = told(list(connector.changes(None)))
    assert (str(kept) in again, str(deleted) in again) == (True, False)
    assert connector.measures().removals is False


def test_check_tells_what_may_not_be_seen(redmine: RealRedmine) -> None:
    redmine.create(Channel="web", Customer="ACME-1")
    with connected(redmine) as connector:
        assert [one.message for one in connector.check() if one.level != "ok"] == []
    verdicts: dict[str, dict[str, object]] = {
        "no issue is visible": {"api_key": redmine.keys["stranger"]},
        "On hold as open": {"statuses": {}},
        "nobody in the project Support is Agent": {"agent_roles": ["Agent"]},
        "has a custom field 'Company'": {"customer_field": "Company"},
        "Check `url` of this source": {"url": f"{redmine.url}/elsewhere"},
    }
    for verdict, changes in verdicts.items():
        with connected(redmine, **changes) as connector:
            found = [one.message for one in connector.check() if one.level != "ok"]
        assert any(verdict in one for one in found), (verdict, found)


@dataclass
class Playing:
    """A story while it is played on a server: what was done, and when Redmine wrote it down."""

    server: RealRedmine
    issue: int
    events: list[Event] = field(default_factory=list)

    def do(self, action: Callable[[], object], *happened: tuple[Kind, Role, str]) -> None:
        """Do something, which is these events."""
        action()
        at = self.server.at(self.issue)
        self.events += [Event(at, kind, role, value) for kind, role, value in happened]


def played(server: RealRedmine) -> Story:
    """An issue that is answered, asked about, set aside, solved, reopened and closed."""
    issue = server.create(Channel="chat", Customer="ACME-1")
    play, agent, customer = Playing(server, issue), Role.AGENT, Role.CUSTOMER
    put, note, begun = server.set, server.note, server.at(issue)
    play.events = [Event(begun, Kind.OPENED, customer), Event(begun, Kind.COMMENT, customer)]
    play.do(lambda: put(issue, category="Billing"), (Kind.TEAM, agent, "Billing"))
    play.do(lambda: note(issue, "program"), (Kind.COMMENT, Role.BOT, ""))
    play.do(lambda: put(issue, assigned_to_id=server.ids["agent"]), (Kind.ASSIGNED, agent, "yes"))
    play.do(lambda: put(issue, status="In Progress"), (Kind.STATUS, agent, "open"))
    play.do(lambda: note(issue), (Kind.COMMENT, agent, ""))
    note(issue, private=True)
    play.do(lambda: note(issue, "customer"), (Kind.COMMENT, customer, ""))
    play.do(lambda: put(issue, status="Feedback"), (Kind.STATUS, agent, "pending"))
    play.do(lambda: put(issue, status="On hold"), (Kind.STATUS, agent, "hold"))
    play.do(lambda: put(issue, priority_id=4), (Kind.PRIORITY, agent, "urgent"))
    play.do(lambda: note(issue), (Kind.COMMENT, agent, ""))
    for status, word in (("Resolved", "solved"), ("In Progress", "open"), ("Resolved", "solved")):
        more = (Kind.STAMP, agent, "solved") if word == "solved" else (Kind.REOPENED, agent, "")
        play.do(partial(put, issue, status=status), (Kind.STATUS, agent, word), more)
    play.do(lambda: put(issue, category="Technical"), (Kind.TEAM, agent, "Technical"))
    closed = (Kind.STATUS, agent, "closed"), (Kind.STAMP, agent, "closed")
    play.do(lambda: put(issue, status="Closed"), *closed)
    return Story(issue, begun, "chat", customer, tuple(play.events), customer=1)


def test_the_same_story_gives_the_same_records_here_and_in_the_simulator(
    redmine: RealRedmine,
) -> None:
    story = played(redmine)
    with connected(redmine) as connector:
        theirs = told(list(connector.changes(None)))[str(story.id)]
    acme = Patron(1, story.created_at, "ACME-1", ())
    desk = WrittenDesk(story, teams=("Billing", "Technical"), customers=[acme])
    clock = StandingClock(datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=30))
    with SimulatorServer(RedmineSimulator(desk, clock)) as server:
        given = {"url": server.url, "api_key": KEY, "agent_roles": ["Agent"], "bots": [BOT]}
        simulated = RedmineConnector("redmine", RedmineSettings.model_validate(given | WORDS))
        ours = told(list(simulated.changes(None)))[str(story.id)]
        simulated.close()
    assert (len(ours.solves), ours.reopens, len(ours.exchanges)) == (2, 1, 1)
    assert ours.reassignments == 1
    same = replace(theirs, changed_at=ours.changed_at, revision=ours.revision)
    assert same == replace(ours, fields=theirs.fields)
    assert theirs.fields == {"tracker": "Support", "Channel": "chat", "Customer": "ACME-1"}
