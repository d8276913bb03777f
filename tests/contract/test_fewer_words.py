"""A vendor that has fewer words than deskpulse can be exact, if it says which it lacks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from connectors import Measures
from connectors.testing.server import SimRequest, SimResponse
from exporter.certify.candidate import Candidate
from exporter.certify.hostile.connector import HostileConnector
from exporter.certify.hostile.flaws.flaw import HEALTHY
from exporter.certify.hostile.simulator import HostileSimulator
from exporter.certify.rules import RULES
from exporter.certify.scale import Mark
from exporter.certify.suite import attempt

OTHERS = {"api": "form", "social": "mail", "on_hold": "in_progress", "new": "in_progress"}
INSTEAD = {"api": "web", "social": "email", "hold": "open", "new": "open", "urgent": "high"}


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


@pytest.mark.parametrize("rule", ["truth-imported", "truth-polled"])
def test_words_that_are_declared_as_missing_are_not_asked_for(rule: str) -> None:
    (tried,) = (one for one in RULES if one.id == rule)
    silent = attempt(Candidate(HostileConnector, Terse, HEALTHY.folder), tried)
    assert silent.mark is Mark.TODO
    assert "`instead`" in silent.reason
    told = attempt(Candidate(Declared, Terse, HEALTHY.folder), tried)
    assert (told.mark, told.reason) == (Mark.DONE, "")
