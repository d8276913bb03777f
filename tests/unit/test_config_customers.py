"""What an operator says of support and customers, and each way to err."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors import Connector, Fact, Finding, Measures, Page, Settings, Told, Usage
from exporter.cli.wiring import source as wired
from exporter.config import Config, ConfigError, load
from exporter.config.customers import EXPERIENCE_KEYS, IDENTITY_KEYS
from exporter.customers.experience import DAY, Expectations
from exporter.customers.identity import By, Joining
from exporter.source import Source


class Desk(Connector[Settings]):
    """A vendor that tells whose its tickets are."""

    vendor, title, settings_type = "desk", "Desk", Settings
    told: tuple[Fact, ...] = (Fact.CREATED, Fact.CUSTOMER)

    def measures(self) -> Measures:
        untold = {Fact.CUSTOMER: "it has no organizations"}
        return Measures({fact: Told() for fact in self.told}, untold)

    def check(self) -> list[Finding]:
        return []

    def changes(self, cursor: str | None) -> Iterator[Page]:
        yield Page((), "end")

    def usage(self) -> Usage:
        return Usage()

    def close(self) -> None:
        pass


class Mute(Desk):
    """One that does not."""

    vendor = "mute"
    told = (Fact.CREATED,)


class Crm(Desk):
    """One that tells customers."""

    vendor = "crm"
    told = (Fact.CUSTOMERS,)


class Suite(Desk):
    """One that tells both."""

    vendor = "suite"
    told = (Fact.CREATED, Fact.CUSTOMER, Fact.CUSTOMERS)


VENDORS: dict[str, type[Connector[Any]]] = {one.vendor: one for one in (Desk, Mute, Crm, Suite)}

MUTE = (
    "names 'b', which does not tell whose its tickets are (it has no organizations): name another "
    "source, or take it out"
)


def read(folder: Path, *sources: str) -> Config:
    """Each source as its name, its vendor and its further lines."""
    lines = ["sources:"]
    for one in sources:
        name, vendor, *more = one.split("\n")
        lines += [f"  {name}:", f"    vendor: {vendor}", *(f"    {line}" for line in more)]
    file = folder / "deskpulse.yaml"
    file.write_text("\n".join(lines) + "\n")
    return load(file, {}, VENDORS)


def sources(folder: Path, *given: str) -> dict[str, Source]:
    return {one.name: wired(one) for one in read(folder, *given).sources}


def test_every_source_that_tells_whose_its_tickets_are_counts_unless_some_are_named(
    tmp_path: Path,
) -> None:
    found = sources(tmp_path, "a\ndesk", "b\nmute", "c\ncrm", "d\nsuite")
    assert found["c"].helpdesks == found["d"].helpdesks == ("a", "d")
    assert found["a"].helpdesks == found["b"].helpdesks == ()
    named = sources(tmp_path, "a\ndesk", "c\ncrm\nhelpdesks: d", "d\nsuite\nhelpdesks: [d, a]")
    assert (named["c"].helpdesks, named["d"].helpdesks) == (("d",), ("d", "a"))


def test_without_a_helpdesk_there_are_no_metrics_of_support_and_customers(tmp_path: Path) -> None:
    name = "support_customers_by_experience"
    assert name not in sources(tmp_path, "b\nmute", "c\ncrm")["c"].metrics
    assert name in sources(tmp_path, "a\ndesk", "c\ncrm")["c"].metrics


def test_what_is_written_is_what_counts(tmp_path: Path) -> None:
    text = (
        "c\ncrm\nidentity: {by: domain, public_domains: [Mail.Example, post.example]}\n"
        "experience: {window: 30d, slow_response: 4h, slow_resolution: 2d}"
    )
    found = sources(tmp_path, "a\ndesk", text)["c"]
    public = frozenset({"mail.example", "post.example"})
    assert found.joining == Joining((By.DOMAIN,), public)
    assert found.expectations == Expectations(30 * DAY, DAY // 6, 2 * DAY)


def test_what_is_not_written_has_defaults_and_changes_no_definition(tmp_path: Path) -> None:
    plain = sources(tmp_path, "a\ndesk", "c\ncrm")
    assert plain["c"].joining == Joining((By.EXTERNAL_ID, By.DOMAIN))
    assert plain["c"].expectations == Expectations(90 * DAY, DAY, 7 * DAY)
    written = sources(tmp_path, "a\ndesk", "c\ncrm\nexperience: {window: 30d}")
    assert written["c"].fingerprint == plain["c"].fingerprint
    assert written["a"].fingerprint == plain["a"].fingerprint


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("crm\nhelpdesks: [a, x]", 8, "names no source of this file"),
        ("crm\nhelpdesks: []", 8, "is empty"),
        ("crm\nhelpdesks: [a, a]", 8, "names the same thing twice"),
        ("crm\nhelpdesks:\n  - a\n  - b", 10, MUTE),
        ("crm\nhelpdesks: b", 8, "does not tell whose"),
        ("desk\nhelpdesks: [a]", 8, "means nothing here, because this source tells no customers"),
        ("desk\nexperience: {window: 30d}", 8, "means nothing here"),
        ("crm\nidentity: {by: name}", 8, "is none that there is"),
        ("crm\nidentity:\n  by: [domain]\n  public: [x.example]", 10, "is no key of an identity"),
        ("crm\nidentity: {public_domains: ['@mail.example']}", 8, "must be a domain"),
        ("crm\nidentity: domain", 8, "must be a group of keys"),
        ("crm\nexperience: {window: soon}", 8, "must be a duration"),
        ("crm\nexperience:\n  slow: 1d", 9, "is no key of an experience"),
        (
            "crm\nexperience:\n  window: 2d\n  slow_response: 2d\n  slow_resolution: 1d",
            10,
            "is not shorter than the window",
        ),
    ],
)
def test_each_mistake_is_told_with_its_line(
    tmp_path: Path, text: str, line: int, says: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, "a\ndesk", "b\nmute", f"c\n{text}")
    assert [one.line for one in caught.value.problems] == [line]
    assert says in str(caught.value)


def test_every_key_is_documented(root: Path) -> None:
    text = (root / "docs" / "configuration.md").read_text()
    for key in (*IDENTITY_KEYS, *EXPERIENCE_KEYS):
        assert f"| `{key}` |" in text
