"""Same desk, same numbers: through any vendor, equal to the brute-force truth."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors import Fact
from connectors.discovery import discover
from connectors.testing.seeded import SeededDesk
from exporter.certify.candidate import Candidate
from tests.pipeline import Samples, differences, pipeline

PRESENT = datetime(2026, 3, 20, 15, 0, tzinfo=UTC)
VENDORS = ("zendesk", "servicenow")
HELPDESKS = tuple(
    name
    for name, kind in discover().vendors.items()
    if kind.__module__.startswith("connectors.") and Fact.CREATED in Candidate.of(name).tells()
)
SEEDS = range(1, 21)
QUICK = range(1, 4)
"""The desks on which two vendors are tried each time; certification tries three more on each."""

IMPORTS = [
    pytest.param(
        vendor,
        seed,
        marks=[] if vendor in VENDORS and seed in QUICK else [pytest.mark.slow],
    )
    for vendor in HELPDESKS
    for seed in SEEDS
]


@pytest.mark.parametrize(("vendor", "seed"), IMPORTS)
def test_a_first_import_gives_the_truth(vendor: str, seed: int, tmp_path: Path) -> None:
    desk = SeededDesk(seed, present=PRESENT, rate=1)
    with pipeline(vendor, desk, tmp_path) as source:
        source.poll(PRESENT)
        assert differences(source.samples(), source.truth().as_samples()) == []


@pytest.mark.parametrize("vendor", VENDORS)
def test_polling_along_the_way_gives_the_truth_at_each_poll(vendor: str, tmp_path: Path) -> None:
    desk = SeededDesk(11, present=PRESENT, rate=1)
    steps = (timedelta(days=d) for d in (30, 31, 38, 38.5, 38.6, 50, 56, 80))
    with pipeline(vendor, desk, tmp_path) as source:
        for step in steps:
            source.poll(desk.begins + step)
            assert differences(source.samples(), source.truth().as_samples()) == []


def test_two_vendors_agree_on_all_that_both_tell_alike(tmp_path: Path) -> None:
    desk = SeededDesk(5, present=PRESENT, rate=3)
    found: list[Samples] = []
    for vendor in VENDORS:
        with pipeline(vendor, desk, tmp_path) as source:
            source.poll(PRESENT)
            found.append(source.samples())
    names = [{name for name, _ in one} for one in found]
    to_the_minute = ("support_first_response", "support_first_resolution")
    alike = [
        {
            key: value
            for key, value in one.items()
            if key[0] in names[0] & names[1]
            and not key[0].startswith(to_the_minute)
            and ("fact", "first_response") not in key[1]
            and ("fact", "rated") not in key[1]
        }
        for one in found
    ]
    assert differences(*alike) == []
    assert len(alike[0]) > 500
