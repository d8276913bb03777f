"""What every vendor's quality.yaml says is what is found when its rules are tried anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.discovery import discover
from exporter.certify.candidate import Candidate
from exporter.certify.quality import FILE, Proof, Quality, QualityError, drift
from exporter.certify.rules import RULES
from exporter.certify.scale import Mark, Result, Rule, Tier
from exporter.certify.suite import attempt, rules
from exporter.certify.table import PROOFS, proofs, renewed

VENDORS = tuple(
    name for name, kind in discover().vendors.items() if kind.__module__.startswith("connectors.")
)


CROWDS = "hundred-thousand"
"""The rule that takes longest: a minute for most. Beside that of REST, crowds are tried by
`make test-long`."""

TRIED = [
    pytest.param(
        vendor,
        rule,
        id=f"{vendor}-{rule.id}",
        marks=[pytest.mark.slow] if rule.id == CROWDS and vendor != "rest" else [],
    )
    for vendor in VENDORS
    for rule in RULES
]


@pytest.mark.parametrize(("vendor", "rule"), TRIED)
def test_what_is_written_of_a_rule_is_found_again(vendor: str, rule: Rule) -> None:
    candidate = Candidate.of(vendor)
    written = Quality.read(candidate.folder)
    exempt = written.exempt.get(rule.id)
    result = attempt(candidate, rule, exempt)
    if result.mark is Mark.UNPROVEN:
        pytest.skip(result.reason)
    assert (str(result.mark), result.reason) == (
        ("exempt", exempt) if exempt else (written.rules[rule.id], "")
    )
    assert {name: written.figures[name] for name in result.figures} == result.figures


@pytest.mark.parametrize("vendor", VENDORS)
def test_the_tier_and_the_facts_are_those_of_the_connector(vendor: str) -> None:
    candidate = Candidate.of(vendor)
    written = Quality.read(candidate.folder)
    assert (written.tier, written.tells) == (written.reached, tuple(candidate.tells()))
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


@pytest.mark.parametrize("said", ["luck", "[simulator, luck]"])
def test_only_a_proof_that_there_is_can_be_named(said: str, tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(f"proven_against: {said}\n")
    with pytest.raises(QualityError, match="luck is none of: simulator, documentation, openapi"):
        Quality.read(tmp_path)


def test_a_proof_is_told_in_words() -> None:
    assert {*PROOFS} == {*Proof}
    assert proofs((Proof.SIMULATOR,)) == "its simulator alone"
    told = proofs(("simulator", "openapi (tickets)", "server"))
    assert told == "the vendor's OpenAPI (tickets), a real server"


def test_a_misspelt_key_is_told_and_not_written_over(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("ruls: {}\n")
    with pytest.raises(QualityError, match=r"ruls is no key here: tier, "):
        Quality.read(tmp_path)


@pytest.mark.parametrize("text", ["tier: platinum", "[]", "rules: 5", "a: b: c", "figures: {a: x}"])
def test_a_file_that_is_damaged_is_told(text: str, tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(text)
    with pytest.raises(QualityError, match=r"quality\.yaml cannot be read"):
        Quality.read(tmp_path)


EVERYTHING = {rule.id: "done" for rule in RULES}


def found(before: Quality, upto: Tier, mark: Mark = Mark.DONE) -> Quality:
    """What is written once these rules were tried."""
    return before.found([Result(rule, mark) for rule in rules(upto)], ["created"])


def test_the_tier_is_that_of_which_and_below_which_every_rule_is_kept() -> None:
    assert Quality(rules=EVERYTHING).reached is Tier.GOLD
    assert Quality(rules=EVERYTHING | {"kill": "todo"}).reached is Tier.BRONZE
    assert Quality(rules=EVERYTHING | {"offline": "todo"}).reached is None


def test_what_was_not_tried_again_is_no_longer_written() -> None:
    written = Quality(tier=Tier.GOLD, rules=EVERYTHING, figures={"requests of a quiet poll": 1})
    again = found(written, Tier.BRONZE)
    assert (again.tier, again.figures) == (Tier.BRONZE, {})
    assert again.rules.keys() == {rule.id for rule in rules(Tier.BRONZE)}
    assert "kill: todo" in again.text()
    assert found(written, Tier.GOLD).tier is Tier.GOLD


def test_what_this_machine_cannot_try_stands_as_it_stood() -> None:
    assert found(Quality(rules=EVERYTHING), Tier.GOLD, Mark.UNPROVEN).tier is Tier.GOLD
    assert found(Quality(), Tier.GOLD, Mark.UNPROVEN).tier is None


def test_a_check_of_a_lower_tier_says_nothing_of_what_is_above_it() -> None:
    written = Quality(tier=Tier.GOLD, rules=EVERYTHING, tells=("created",), figures={"cost": 1})
    assert drift(written, found(written, Tier.BRONZE), Tier.BRONZE) == []
    broken = found(written, Tier.BRONZE, Mark.TODO)
    assert "tier: written bronze, found None" in drift(written, broken, Tier.BRONZE)
    assert drift(written, found(written, Tier.GOLD)) == ["figures: written {'cost': 1}, found {}"]


def test_a_figure_that_is_a_whole_number_is_written_as_one() -> None:
    text = Quality(figures={"one": 1, "two": 2.0, "more": 18.27}).text()
    assert "more: 18.27\n" in text
    assert "one: 1\n" in text
    assert text.endswith("two: 2\n")
