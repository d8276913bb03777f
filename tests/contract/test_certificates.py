"""What every vendor's quality.yaml says is what is found when its rules are tried anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.discovery import discover
from exporter.certify.candidate import Candidate
from exporter.certify.quality import FILE, Quality, QualityError
from exporter.certify.rules import RULES
from exporter.certify.scale import Mark, Rule, Tier
from exporter.certify.suite import attempt
from exporter.certify.table import renewed

VENDORS = tuple(
    name for name, kind in discover().vendors.items() if kind.__module__.startswith("connectors.")
)


@pytest.mark.parametrize("rule", RULES, ids=[rule.id for rule in RULES])
@pytest.mark.parametrize("vendor", VENDORS)
def test_what_is_written_of_a_rule_is_found_again(vendor: str, rule: Rule) -> None:
    candidate = Candidate.of(vendor)
    written = Quality.read(candidate.folder)
    if rule.id in written.exempt:
        return
    result = attempt(candidate, rule)
    if result.mark is Mark.UNPROVEN:
        pytest.skip(result.reason)
    assert (str(result.mark), result.reason) == (written.rules[rule.id], "")
    assert {name: written.figures[name] for name in result.figures} == result.figures


@pytest.mark.parametrize("vendor", VENDORS)
def test_the_tier_and_the_facts_are_those_of_the_connector(vendor: str) -> None:
    candidate = Candidate.of(vendor)
    written = Quality.read(candidate.folder)
    assert written == written.found([], candidate.tells())
    assert written.text() == (candidate.folder / FILE).read_text()


def test_zendesk_servicenow_and_files_are_gold() -> None:
    for vendor in ("file", "rest", "servicenow", "zendesk"):
        assert Quality.read(Candidate.of(vendor).folder).tier is Tier.GOLD
    for vendor in ("rest", "servicenow", "zendesk"):
        assert Quality.read(Candidate.of(vendor).folder).exempt == {}


def test_the_readme_has_the_table(root: Path) -> None:
    page = (root / "README.md").read_text()
    assert renewed(page) == page, "run `make docs`"


@pytest.mark.parametrize("said", ["exempt", "{exempt: }", "{exempt: no}", "{because: of it all}"])
def test_an_exemption_needs_a_reason(said: str, tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(f"rules:\n  kill: {said}\n")
    with pytest.raises(QualityError, match=r"rules\.kill is exempt without a reason"):
        Quality.read(tmp_path)


@pytest.mark.parametrize("said", ["{exempt: it does not apply here}", "done"])
def test_only_a_rule_that_exists_can_be_named(said: str, tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(f"rules:\n  luck: {said}\n")
    with pytest.raises(QualityError, match=r"rules\.luck is no rule. The rules: aware-utc, "):
        Quality.read(tmp_path)


def test_a_misspelt_key_is_told_and_not_written_over(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("ruls: {}\n")
    with pytest.raises(QualityError, match=r"ruls is no key here: tier, "):
        Quality.read(tmp_path)


@pytest.mark.parametrize("text", ["tier: platinum", "[]", "rules: 5", "a: b: c", "figures: {a: x}"])
def test_a_file_that_is_damaged_is_told(text: str, tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(text)
    with pytest.raises(QualityError, match=r"quality\.yaml cannot be read"):
        Quality.read(tmp_path)


def test_what_was_not_tried_stands_as_it_stood(tmp_path: Path) -> None:
    everything = {rule.id: "done" for rule in RULES}
    (tmp_path / FILE).write_text(Quality(rules=everything).text())
    again = Quality.read(tmp_path).found([], ["created"])
    assert again.tier is Tier.GOLD
    assert Quality(rules=everything | {"kill": "todo"}).found([], []).tier is Tier.BRONZE
    assert Quality(rules=everything | {"offline": "todo"}).found([], []).tier is None
