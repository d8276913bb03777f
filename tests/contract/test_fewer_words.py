"""A vendor that tells less than deskpulse knows can be exact, if it says what it leaves out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from connectors import Fact, Measures, Told
from connectors.rest.connector import RestConnector
from connectors.rest.simulator import RestSimulator
from connectors.testing.server import SimRequest, SimResponse
from exporter.certify.candidate import Candidate
from exporter.certify.hostile.connector import HostileConnector
from exporter.certify.hostile.flaws.flaw import HEALTHY
from exporter.certify.hostile.simulator import HostileSimulator
from exporter.certify.rules import RULES, truthful
from exporter.certify.scale import Mark, Rule
from exporter.certify.suite import attempt

UNNAMED = ("team", "reassignments")
REMOVED = ("trashed", "joined", "junk")
OTHERS = {"api": "form", "social": "mail", "on_hold": "in_progress", "new": "in_progress"}
INSTEAD = {"api": "web", "social": "email", "hold": "open", "new": "open", "urgent": "high"}


ASKED_OF_ALL = ("replay", "kill", "overlap", "order", "moving", "truth-imported", "truth-polled")


@pytest.fixture(autouse=True)
def two_desks(monkeypatch: pytest.MonkeyPatch) -> None:
    """One whose answers are whole, and one in small pages."""
    monkeypatch.setattr(truthful, "SEEDS", (1, 2))


def rule_of(name: str) -> Rule:
    (rule,) = (one for one in RULES if one.id == name)
    return rule


class Terse(HostileSimulator):
    """Knows no API, no social media, no holding, no new tickets, nothing urgent and no closing."""

    def answer(self, request: SimRequest) -> SimResponse:
        response = super().answer(request)
        told = msgspec.json.decode(response.body)
        for ticket in told.get("tickets", ()):
            self._shorten(ticket)
        return replace(response, body=msgspec.json.encode(told))

    def _shorten(self, ticket: dict[str, Any]) -> None:
        ticket["closed_at"] = None
        ticket["priority"] = ticket["priority"].replace("critical", "high")
        for key in ("channel", "status"):
            ticket[key] = OTHERS.get(ticket[key], ticket[key])


class Declared(HostileConnector):
    def measures(self) -> Measures:
        return replace(super().measures(), closings=False, instead=INSTEAD)


class Forgetful(HostileSimulator):
    """Knows no teams; a ticket that is removed is in its list no more."""

    def answer(self, request: SimRequest) -> SimResponse:
        response = super().answer(request)
        told = msgspec.json.decode(response.body)
        if "tickets" in told:
            told["tickets"] = [one for one in told["tickets"] if one["state"] == "active"]
        for ticket in told.get("tickets", ()):
            ticket["group"] = None
            ticket["group_changes"] = 0
        return replace(response, body=msgspec.json.encode(told))


class Teamless(HostileConnector):
    def measures(self) -> Measures:
        found = super().measures()
        told: Mapping[Fact, Told] = {
            fact: one for fact, one in found.told.items() if fact is not Fact.REASSIGNED
        }
        untold = {**found.untold, Fact.REASSIGNED: "there are no teams"}
        return replace(found, told=told, untold=untold, teams=False, removals=self.removals)

    removals = False


class Confused(Teamless):
    removals = True


@pytest.mark.parametrize("silent", [HostileConnector, Confused])
def test_teams_and_removals_that_are_missing_have_to_be_declared(
    silent: type[HostileConnector],
) -> None:
    result = attempt(Candidate(silent, Forgetful, HEALTHY.folder), rule_of("truth-polled"))
    assert result.mark is Mark.TODO
    for word in ("merges", "removals", "teams"):
        assert f"`{word}`" in result.reason


@pytest.mark.parametrize("rule", ASKED_OF_ALL)
def test_teams_and_removals_that_are_declared_as_missing_are_not_asked_for(rule: str) -> None:
    result = attempt(Candidate(Teamless, Forgetful, HEALTHY.folder), rule_of(rule))
    assert (result.mark, result.reason) == (Mark.DONE, "")


def test_where_there_are_no_teams_nothing_goes_from_one_to_another() -> None:
    class Contradicting(HostileConnector):
        def measures(self) -> Measures:
            return replace(super().measures(), teams=False)

    candidate = Candidate(Contradicting, HostileSimulator, HEALTHY.folder)
    result = attempt(candidate, rule_of("facts-declared"))
    assert result.reason.startswith("`reassigned` is told although there are no teams")


class Severed(HostileSimulator):
    """A ticket that went into another is merely closed."""

    def answer(self, request: SimRequest) -> SimResponse:
        response = super().answer(request)
        body = response.body.replace(b'"state":"merged"', b'"state":"active"')
        return replace(response, body=body)


class Severing(HostileConnector):
    def measures(self) -> Measures:
        return replace(super().measures(), merges=False)


@pytest.mark.parametrize("rule", ["truth-imported", "truth-polled"])
def test_merges_that_are_declared_as_missing_are_not_asked_for(rule: str) -> None:
    tried = rule_of(rule)
    silent = attempt(Candidate(HostileConnector, Severed, HEALTHY.folder), tried)
    assert silent.mark is Mark.TODO
    told = attempt(Candidate(Severing, Severed, HEALTHY.folder), tried)
    assert (told.mark, told.reason) == (Mark.DONE, "")


class Bare(RestSimulator):
    """Has no field for a team, and no word that says that a ticket is gone; it is not listed."""

    def settings(self, url: str) -> dict[str, object]:
        told: Any = super().settings(url)
        fields = {name: path for name, path in told["fields"].items() if name not in UNNAMED}
        words = told["values"]["status"].items()
        known = {theirs: ours for theirs, ours in words if theirs not in REMOVED}
        return {**told, "fields": fields, "values": {**told["values"], "status": known}}

    def answer(self, request: SimRequest) -> SimResponse:
        response = super().answer(request)
        told = msgspec.json.decode(response.body)
        if "data" in told:
            rows = told["data"]["tickets"]
            told["data"]["tickets"] = [one for one in rows if one["state"] not in REMOVED]
        return replace(response, body=msgspec.json.encode(told))


@pytest.mark.parametrize("rule", ["truth-imported", "truth-polled"])
def test_a_source_without_a_field_for_teams_and_words_for_removals_gives_the_truth(
    rule: str,
) -> None:
    result = attempt(Candidate(RestConnector, Bare, HEALTHY.folder), rule_of(rule))
    assert (result.mark, result.reason) == (Mark.DONE, "")


@pytest.mark.parametrize("rule", ["truth-imported", "truth-polled"])
def test_words_that_are_declared_as_missing_are_not_asked_for(rule: str) -> None:
    tried = rule_of(rule)
    silent = attempt(Candidate(HostileConnector, Terse, HEALTHY.folder), tried)
    assert silent.mark is Mark.TODO
    assert "`instead`" in silent.reason
    told = attempt(Candidate(Declared, Terse, HEALTHY.folder), tried)
    assert (told.mark, told.reason) == (Mark.DONE, "")
