"""The rules themselves: a healthy connector keeps every one, and each flaw breaks its own."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from connectors.discovery import discover
from connectors.testing.seeded import SeededDesk
from exporter.certify.hostile.flaws import FLAWS, Flaw
from exporter.certify.hostile.flaws.flaw import HEALTHY
from exporter.certify.load import MEBI
from exporter.certify.rules import RULES, charges, paging, truthful
from exporter.certify.scale import Mark, Rule, Tier
from exporter.certify.suite import attempt

BY_ID: Final = {rule.id: rule for rule in RULES}
CHEAP: Final = ("settings-documented", "facts-declared")


def trial(flaw: Flaw) -> object:
    return pytest.param(flaw, id=f"{flaw.rule}: {flaw.what}")


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """The long rules on less, so that they are tried in seconds."""
    monkeypatch.setattr(charges, "TICKETS", 1_200)
    monkeypatch.setattr(charges, "CHANGED", 200)
    monkeypatch.setattr(charges, "MORE", 1_100)  # beyond a thousand, where a search ends
    monkeypatch.setattr(charges, "QUIET", 1)
    monkeypatch.setattr(charges, "MEMORY", 256 * MEBI)
    monkeypatch.setattr(truthful, "SEEDS", (3,))
    monkeypatch.setattr(truthful, "WEEKS", 2)
    monkeypatch.setattr(truthful, "ANCIENT", 0)
    monkeypatch.setattr(paging, "MANY", 120)
    monkeypatch.setattr(paging, "PATIENCE", 100)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_healthy_connector_keeps_every_rule(rule: Rule) -> None:
    result = attempt(HEALTHY, rule)
    assert result.is_kept, result.reason


@pytest.mark.slow
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_healthy_connector_keeps_every_rule_in_full(rule: Rule) -> None:
    result = attempt(HEALTHY, rule)
    assert result.is_kept, result.reason


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("flaw", [trial(flaw) for flaw in FLAWS])
def test_a_flaw_breaks_its_rule_with_a_verdict_that_names_it(flaw: Flaw, tmp_path: Path) -> None:
    result = attempt(flaw.candidate(tmp_path), BY_ID[flaw.rule])
    assert result.mark is Mark.TODO, f"{flaw.what}, and nobody says so"
    assert flaw.word in result.reason
    assert not result.reason.startswith("unexpected")


@pytest.mark.usefixtures("small")
def test_an_exempt_cost_is_stated_and_excuses_nothing_else(tmp_path: Path) -> None:
    flaws = {flaw.what: flaw for flaw in FLAWS if flaw.rule == "requests"}
    dear, short = (
        attempt(flaws[what].candidate(tmp_path), BY_ID["requests"], "nothing else is offered")
        for what in ("each ticket is asked for", "a search ends at a thousand")
    )
    assert (dear.mark, dear.reason) == (Mark.EXEMPT, "nothing else is offered")
    assert dear.figures["requests per 1,000 changes"] > charges.CHANGED
    assert short.mark is Mark.TODO
    assert "a thousand rows" in short.reason


def test_every_rule_has_a_flaw_that_breaks_it() -> None:
    assert {flaw.rule for flaw in FLAWS} == BY_ID.keys()


@pytest.mark.parametrize(
    "flaw", [trial(one) for one in FLAWS if BY_ID[one.rule].tier is not Tier.BRONZE]
)
def test_a_flaw_of_a_higher_tier_leaves_what_a_connector_says_of_itself_sound(
    flaw: Flaw, tmp_path: Path
) -> None:
    for rule in CHEAP:
        result = attempt(flaw.candidate(tmp_path), BY_ID[rule])
        assert result.is_kept, result.reason


def test_a_desk_on_which_nothing_begins_proves_no_number(monkeypatch: pytest.MonkeyPatch) -> None:
    empty = SeededDesk(1, present=truthful.PRESENTS[0], weeks=1, rate=0)
    monkeypatch.setattr(truthful, "_desk", lambda seed: empty)
    result = attempt(HEALTHY, BY_ID["truth-imported"])
    assert result.mark is Mark.TODO
    assert "there is no support_tickets_created_total after a first import" in result.reason


def test_nobody_finds_it_among_the_vendors() -> None:
    assert HEALTHY.name not in discover().vendors
