"""Every metric equals the desk's truth, on both clocks, with every edge case switched on."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.testing.seeded import SeededDesk
from exporter.certify.policies import everything
from tests.pipeline import differences, pipeline

FEW, MANY = 15, 200
"""So few have every vendor on every present."""

# Around the days on which Europe and America change their clocks, and an ordinary month.
PRESENTS = (
    datetime(2026, 4, 9, 15, 0, tzinfo=UTC),
    datetime(2025, 11, 12, 22, 30, tzinfo=UTC),
    datetime(2026, 7, 1, 6, 0, tzinfo=UTC),
)


def _seed(number: int) -> object:
    return pytest.param(number, marks=[] if number < FEW else pytest.mark.slow)


@pytest.mark.parametrize("seed", [_seed(number) for number in range(MANY)])
def test_every_number_is_the_truth(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    desk = SeededDesk(seed, present=PRESENTS[seed % len(PRESENTS)], weeks=4, rate=1.0, ancient=20)
    vendor = "servicenow" if seed % 5 == 4 else "zendesk"
    policy = everything(desk.hours)
    if vendor == "servicenow":  # an incident has no tags
        policy = replace(policy, categories=())
    with pipeline(vendor, desk, tmp_path, policy=policy) as source:
        at = desk.present - timedelta(days=chance.uniform(10, 20))
        while at < desk.present:
            source.poll(at)
            at += timedelta(hours=chance.choice((0.2, 1, 7, 30, 100)))
        source.poll(desk.present)
        source.poll(desk.present + timedelta(days=9))
        assert differences(source.samples(), source.truth().as_samples()) == []
