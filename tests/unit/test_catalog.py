"""The catalog is the only place that names a metric, and docs/metrics.md is made from it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from exporter.catalog import CATALOG
from exporter.metric import Metric, Type
from exporter.reference import reference

NAME = re.compile(r"[a-z][a-z0-9_]*")


def test_the_reference_is_what_the_catalog_gives(root: Path) -> None:
    page = (root / "docs/metrics.md").read_text("utf-8")
    assert page == reference() + "\n", "run `make docs`"


@pytest.mark.parametrize("metric", CATALOG.values(), ids=lambda m: m.name)
def test_names_follow_the_conventions(metric: Metric) -> None:
    assert NAME.fullmatch(metric.name)
    assert metric.name.startswith(("support_", "deskpulse_"))
    assert not metric.name.endswith("_total"), "the exposition adds it"
    assert metric.name != "support_tickets"
    assert "source" not in metric.labels
    assert metric.help.endswith(".")
    if metric.type is Type.HISTOGRAM:
        assert metric.name.endswith(("_seconds", "_per_ticket", "_score"))


def test_no_label_can_hold_a_person_or_a_ticket() -> None:
    allowed = {
        *("age", "category", "channel", "code", "counted", "definition", "fact", "group"),
        *("currency", "direction", "experience", "into", "joined_by", "movement"),
        *(
            "label",
            "language",
            "outcome",
            "priority",
            "percentile",
            "rating",
            "reason",
            "result",
            "scale",
            "state",
        ),
        *("status", "target", "team", "version", "window"),
    }
    assert {label for metric in CATALOG.values() for label in metric.labels} <= allowed


def test_no_other_module_spells_a_metric_that_the_catalog_does_not_have(root: Path) -> None:
    spelt = re.compile(r'"((?:support|deskpulse)_[a-z_]+)"')
    for path in (root / "exporter").rglob("*.py"):
        for name in spelt.findall(path.read_text("utf-8")):
            known = name.removesuffix("_").removesuffix("_total")
            assert known in CATALOG, f"{path.name} names {name}"
