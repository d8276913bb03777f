"""What Prometheus and Alertmanager themselves make of the rules and configurations."""

from __future__ import annotations

import shutil
import subprocess
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from alerts import rules
from alerts.build import FOLDER, built
from alerts.parameters import DEMO, VARIANTS
from connectors.testing.seeded import SeededDesk
from tests.peers import require

PROOFS = sorted((FOLDER / "tests").glob("*.yml"))
WRONG: Final = (
    ("VolumeSpike", "catching_up[30m]) == 1", "catching_up[30m]) == 9"),
    ("VolumeSpike", "age[30m]) > 1800", "age[30m]) > 1e9"),
    ("VolumeSpike", "offset 23h30m", "offset 9w"),
    ("VolumeSpike", "quantile_over_time(0.5", "quantile_over_time(1"),
    ("VolumeSpike", ">= 10\n", ">= 8\n"),
    ("VolumeSpike", "+ 5 *", "+ 50 *"),
    ("BacklogGrowing", "> 1.5 *", "> 1.05 *"),
    ("BacklogGrowing", "sum offset 1w", "sum offset 9w"),
    ("BacklogGrowing", ">= 25", ">= 20"),
    ("BacklogGrowing", "unless on (instance, source) deskpulse_source_catching_up == 1", ""),
    ("UnansweredTooLong", "> 259200", "> 200000"),
    ("UnansweredTooLong", "[1h])) > 0", "[1h])) >= 0"),
    (
        "UnansweredTooLong",
        "max by (instance, source) (deskpulse_source_complete_to",
        "time() + 0 * max by (instance, source) (deskpulse_source_complete_to",
    ),
    ("SourceStale", "age > 1800", "age > 1200"),
    (
        "SourceStale",
        "complete_to_timestamp_seconds offset 30m",
        "complete_to_timestamp_seconds offset 9w",
    ),
    ("SourceFailing", "> 0.5", "> 0.05"),
    ("SourceFailing", "[15m]))\n", "[2m]))\n"),
    ("ExporterDown", 'or absent(up{job="deskpulse"})', ""),
    ("ExporterDown", 'up{job="deskpulse"} == 0', "up == 0"),
)
"""Alert, and what would be wrong with it: its proof must notice each."""
STEP: Final = timedelta(seconds=5)
RATE: Final = 900.0
CALM: Final = tuple(range(12))
STRUCK: Final = tuple(range(50, 58))


def ran(program: str, *words: object) -> str:
    """What the program prints; it must succeed."""
    command = [str(require(program)), *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("name", VARIANTS)
def test_prometheus_takes_the_rules(name: str) -> None:
    assert "rules found" in ran("promtool", "check", "rules", FOLDER / "rules" / f"{name}.yml")


@pytest.mark.parametrize("proof", PROOFS, ids=lambda file: file.stem)
def test_the_alert_fires_when_it_should_and_only_then(proof: Path) -> None:
    ran("promtool", "test", "rules", proof)


@pytest.mark.parametrize(("name", "old", "new"), WRONG, ids=lambda text: text[:30].strip())
def test_a_proof_fails_where_its_alert_is_wrong(
    tmp_path: Path, name: str, old: str, new: str
) -> None:
    text = built()["rules/deskpulse.yml"]
    assert old in text
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "deskpulse.yml").write_text(text.replace(old, new))
    (tmp_path / "tests").mkdir()
    proof = shutil.copy(FOLDER / "tests" / f"{name}.yml", tmp_path / "tests")
    done = subprocess.run(
        [require("promtool"), "test", "rules", proof],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode
    assert "got:" in done.stdout + done.stderr, "it must fail by what it saw"


def test_prometheus_takes_the_configuration() -> None:
    assert "SUCCESS" in ran("promtool", "check", "config", FOLDER / "prometheus.yml")


class Told:
    """Arrivals of virtual desks as the series of a promtool test, one source for each desk."""

    begin: Final = datetime(2026, 3, 3, 9, 50, tzinfo=UTC)

    def __init__(self, length: timedelta) -> None:
        self.length = length
        self.series: list[dict[str, str]] = []

    def add(self, source: str, desk: SeededDesk) -> None:
        """A source that was imported in the first two steps and polled at every step since."""
        steps = self.length // STEP
        arrived: dict[str, Counter[int]] = {}
        for story in desk.stories(self.begin + self.length):
            step = -((self.begin - story.events[0].at) // STEP)
            arrived.setdefault(story.channel, Counter())[max(step, 2)] += 1
        for channel, counts in arrived.items():
            totals = accumulate(counts[step] for step in range(2, steps))
            labels = f'{{instance="deskpulse",source="{source}",channel="{channel}"}}'
            self._tell(f"support_tickets_created_total{labels}", ["_", "_", *map(str, totals)])
        at = f'{{instance="deskpulse",source="{source}"}}'
        success = [str(step * STEP // timedelta(seconds=1)) for step in range(steps)]
        self._tell(f"deskpulse_source_last_success_timestamp_seconds{at}", success)
        self._tell(f"deskpulse_source_catching_up{at}", ["1", "1", *["0"] * (steps - 2)])

    def _tell(self, series: str, values: list[str]) -> None:
        self.series.append({"series": series, "values": " ".join(values)})


def test_an_incident_on_the_demos_desk_is_told_within_three_minutes_and_nothing_else_is(
    tmp_path: Path,
) -> None:
    """Desks of many seeds, each seen from its first import on; the incident comes as in the demo,
    two minutes after the beginning."""
    told, after = Told(timedelta(minutes=20)), timedelta(minutes=2)
    begin = told.begin
    for seed in CALM:
        told.add(f"calm-{seed}", SeededDesk(seed, present=begin, weeks=1, live_rate=RATE))
    for seed in STRUCK:
        desk = SeededDesk(seed, present=begin, weeks=1, live_rate=RATE, incident_at=begin + after)
        told.add(f"struck-{seed}", desk)
    firing = 'ALERTS{alertname="VolumeSpike",alertstate="firing"}'
    asked: list[dict[str, Any]] = [
        {"expr": f"max_over_time({firing}[2m])", "eval_time": "2m", "exp_samples": []},
        {
            "expr": f"count by (source, channel) ({firing})",
            "eval_time": "5m",
            "exp_samples": [spike(seed) for seed in STRUCK],
        },
        {
            "expr": f"count by (source, channel) (max_over_time({firing}[20m]))",
            "eval_time": "20m",
            "exp_samples": [spike(seed) for seed in STRUCK],
        },
    ]
    test = {"interval": "5s", "input_series": told.series, "promql_expr_test": asked}
    whole = {"rule_files": ["demo.yml"], "evaluation_interval": "5s", "tests": [test]}
    (tmp_path / "demo.yml").write_text(rules.render(DEMO))
    (tmp_path / "test.yml").write_text(yaml.safe_dump(whole, width=10_000_000))
    ran("promtool", "test", "rules", tmp_path / "test.yml")


def spike(seed: int) -> dict[str, object]:
    """What a promtool test expects of a desk with an incident."""
    return {"labels": f'{{source="struck-{seed}",channel="chat"}}', "value": 1}
