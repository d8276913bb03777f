"""What a customer costs, earns and is worth in another currency, as an operator writes it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import indent
from typing import Any, ClassVar

import pytest

from connectors import Connector, Fact, Finding, Measures, Page, Settings, Told, Usage
from exporter.cli.wiring import source as wired
from exporter.config import Config, ConfigError, load
from exporter.config.economics import MONEY_KEYS
from exporter.definition import Economics

WHOLE = """\
money:
  acquisition_cost: {EUR: 500, USD: 540.50}
  gross_margin: 0.8
  into: EUR
  rates: {USD: 0.92, JPY: 0.005801}
"""
Loads = Callable[[str], Config]


class Crm(Connector[Settings]):
    """A vendor that tells customers, and how much they pay."""

    vendor: ClassVar[str] = "crm"
    title: ClassVar[str] = "A CRM"
    settings_type: ClassVar[type[Settings]] = Settings
    told: ClassVar[tuple[Fact, ...]] = (Fact.CUSTOMERS, Fact.REVENUE)

    def measures(self) -> Measures:
        return Measures({fact: Told() for fact in self.told})

    def check(self) -> list[Finding]:
        return []

    def changes(self, cursor: str | None) -> Iterator[Page]:
        return iter(())

    def usage(self) -> Usage:
        return Usage()


class Desk(Crm):
    """A vendor that tells tickets alone."""

    vendor: ClassVar[str] = "desk"
    told = (Fact.CREATED,)


@pytest.fixture
def loads(tmp_path: Path) -> Loads:
    def load_text(text: str) -> Config:
        """A file whose source begins on line 2 and has these keys from line 4 on."""
        file = tmp_path / "deskpulse.yaml"
        vendor = "" if "vendor:" in text else "    vendor: crm\n"
        file.write_text(f"sources:\n  a:\n{vendor}{indent(text, '    ')}")
        vendors: dict[str, type[Connector[Any]]] = {"crm": Crm, "desk": Desk}
        return load(file, {}, vendors)

    return load_text


def test_everything_that_can_be_said_of_money_is_read_exactly(loads: Loads) -> None:
    (only,) = loads(WHOLE).sources
    assert only.money == Economics(
        {"EUR": 500_000_000, "USD": 540_500_000},
        800_000,
        "EUR",
        {"USD": 920_000, "JPY": 5_801},
    )


def test_what_is_said_of_money_reaches_the_exporter_and_its_metrics(loads: Loads) -> None:
    (only,) = loads(WHOLE).sources
    known = wired(only)
    assert known.money is only.money
    assert known.metrics >= {
        "support_acquisition_cost",
        "support_gross_margin_ratio",
        "support_exchange_rate",
    }


def test_who_says_nothing_of_money_has_none_of_it(loads: Loads) -> None:
    (only,) = loads("poll: 60s\n").sources
    assert only.money == Economics()


def test_what_is_said_of_money_changes_no_definition(loads: Loads) -> None:
    with_money, without = loads(WHOLE), loads("poll: 60s\n")
    prints = {config.sources[0].definition.fingerprint for config in (with_money, without)}
    assert len(prints) == 1


@pytest.mark.parametrize(
    ("text", "at", "words"),
    [
        ("money: 500", "4 ", "write 'acquisition_cost:', 'gross_margin:', 'into:' or 'rates:'"),
        ("money:\n  margin: 0.8", "5 margin", "did you mean 'gross_margin'?"),
        ("money:\n  gross_margin: 80", "5 gross_margin", "such as 0.8 for 80 %"),
        ("money:\n  gross_margin: 80%", "5 gross_margin", "such as 0.8 for 80 %"),
        ("money:\n  gross_margin: 0", "5 gross_margin", "must be a share above 0"),
        ("money:\n  gross_margin:", "5 gross_margin", "is empty"),
        ("money:\n  gross_margin: 0.3333333", "5 gross_margin", "more than six digits"),
        ("money:\n  acquisition_cost: 500", "5 acquisition_cost", "name a currency with the"),
        ("money:\n  acquisition_cost: {eur: 500}", "5 acquisition_cost.eur", "capital letters"),
        ("money:\n  acquisition_cost: {EUR: -5}", "5 acquisition_cost.EUR", "a number above 0"),
        ("money:\n  acquisition_cost: {EUR: 0}", "5 acquisition_cost.EUR", "a number above 0"),
        ("money:\n  acquisition_cost: {EUR: 1e3}", "5 acquisition_cost.EUR", "a number above 0"),
        (
            "money:\n  acquisition_cost: {EUR: 9999999999}",
            "5 acquisition_cost.EUR",
            "up to 1,000,000,000",
        ),
        ("money:\n  acquisition_cost: {EUR: [5]}", "5 acquisition_cost.EUR", "must be one value"),
        ("money:\n  into: Euro", "5 into", "write its code of three capital letters"),
        ("money:\n  rates: {USD: 0.92}", "4 ", "needs 'into:': the currency that 'rates:' lead"),
        ("money:\n  inot: EUR\n  rates: {USD: 0.92}", "5 inot", "did you mean 'into'?"),
        ("money:\n  into: EUR\n  rates: {US: 0.92}", "6 rates.US", "capital letters"),
        (
            "money:\n  into: EUR\n  rates: {USD: 0.92, EUR: 1}",
            "6 rates.EUR",
            "is the currency that the others are converted into: take it out",
        ),
        (
            "money:\n  into: EUR\n  rates: {VND: 0.0000365}",
            "6 rates.VND",
            "has more than six digits after the point: round it",
        ),
        ("money:\n  into: ${HOME_CURRENCY}", "5 into", "HOME_CURRENCY, which is not set"),
    ],
)
def test_what_is_wrong_with_money_gives_one_verdict_with_its_place(
    loads: Loads, text: str, at: str, words: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        loads(text)
    (found,) = caught.value.problems
    line, _, key = at.partition(" ")
    assert (found.line, found.key) == (int(line), f"sources.a.money.{key}".rstrip("."))
    assert words in found.message


def test_money_at_a_source_without_customers_is_told_where_it_belongs(loads: Loads) -> None:
    with pytest.raises(ConfigError) as caught:
        loads(f"vendor: desk\n{WHOLE}")
    (found,) = caught.value.problems
    assert (found.line, found.key) == (4, "sources.a.money")
    assert "tells no customers: move it to the source that does" in found.message


def test_every_key_of_money_is_documented(root: Path) -> None:
    text = (root / "docs" / "configuration.md").read_text()
    for key in ("money", *MONEY_KEYS):
        assert f"| `{key}` |" in text, f"docs/configuration.md tells nothing of `{key}`"


def test_the_documented_money_loads(root: Path, loads: Loads) -> None:
    text = (root / "docs" / "configuration.md").read_text()
    block = text.partition("### Money\n")[2].partition("```yaml\n")[2].partition("```")[0]
    (only,) = loads(block).sources
    assert only.money.margin is not None
    assert only.money.acquisition_cost
    assert only.money.rates
