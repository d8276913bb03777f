"""What Prometheus and Alertmanager themselves make of the rules and configurations."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Final

import pytest
import yaml

from alerts.build import FOLDER, built, write
from alerts.narrowing import narrowed
from alerts.parameters import VARIANTS
from tests.peers import require

PROOFS = sorted((FOLDER / "tests").glob("*.yml"))
CATCHING_UP: Final = "unless on (instance, source) deskpulse_source_catching_up == 1"
WRONG: Final = (
    ("VolumeSpike", "catching_up == 1", "catching_up == 9"),
    ("VolumeSpike", "age > 1800", "age > 1e9"),
    ("VolumeSpike", ">= 1\n", ">= 0.8\n"),
    ("VolumeSpike", ">= 1\n", ">= 2\n"),
    ("VolumeSpike", 'direction="spike"', 'direction="drop"'),
    ("VolumeDrop", "catching_up == 1", "catching_up == 9"),
    ("VolumeDrop", "age > 1800", "age > 1e9"),
    ("VolumeDrop", ">= 1\n", ">= 0.8\n"),
    ("VolumeDrop", ">= 1\n", ">= 2\n"),
    ("VolumeDrop", 'direction="drop"', 'direction="spike"'),
    ("FirstResponseBurn", "[5m]) == 1", "[5m]) == 9"),
    ("FirstResponseBurn", ">= 20", ">= 19"),
    ("FirstResponseBurn", 'ratio1h{target="first_response"} > 0.9', "ratio1h > 1"),
    ("FirstResponseBurn", 'ratio30m{target="first_response"} > 0.6', "ratio6h >= 0"),
    ("FirstResponseBurn", "  or 0 * ", "  or 1 * "),
    ("ResolutionBurn", 'ratio1d{target="resolution"} > 0.3', "ratio1d > 0.9"),
    ("ResolutionBurn", 'ratio3d{target="resolution"} > 0.1', "ratio3d > 0.2"),
    ("ResolutionBurn", "> 0.1", "> 0.05"),
    ("ResolutionBurn", 'ratio6h{target="resolution"} > 0.1', "ratio6h >= 0"),
    ("ResolutionBurn", ">= 20", ">= 19"),
    ("ResolutionBurn", "[6h]) == 1", "[6h]) == 9"),
    ("ResolutionBurn", 'breached"}[', 'breached",team="Orders"}['),
    ("SlaAtRisk", ">= 10", ">= 9"),
    ("SlaAtRisk", ">= 10", ">= 11"),
    ("SlaAtRisk", 'outcome="met"', 'outcome="breached"'),
    ("SlaAtRisk", "<= 1 *", "<= 0 *"),
    ("SlaAtRisk", 'state="at_risk"', 'state=~"at_risk|breached"'),
    ("SlaAtRisk", CATCHING_UP, ""),
    ("BacklogGrowing", "> 1.5 *", "> 1.05 *"),
    ("BacklogGrowing", "open offset 1w", "open offset 9w"),
    ("BacklogGrowing", ">= 25", ">= 20"),
    ("BacklogGrowing", CATCHING_UP, ""),
    ("BacklogAgeing", "> 1.5 *", "> 1.01 *"),
    ("BacklogAgeing", ">= 20", ">= 19"),
    ("BacklogAgeing", "} offset 1w", "} offset 1d"),
    ("BacklogAgeing", "<30d|", "<7d|<30d|"),
    ("BacklogAgeing", CATCHING_UP, ""),
    ("UnansweredTooLong", "<3d|<7d", "<3d|<7d|<30d"),
    ("UnansweredTooLong", "[4h]) > 0", "[4h]) >= 0"),
    ("UnansweredTooLong", "[4h]) > 0", "[1h]) > 0"),
    ("UnansweredTooLong", "increase1h offset 4h", "increase1h"),
    ("UnansweredTooLong", "increase1d > 0", "increase1d >= 0"),
    ("UnansweredTooLong", "offset 1d > 0", "offset 1d >= 0"),
    ("UnansweredTooLong", 'age=~"<7d"', 'age=~"30d"'),
    ("UnansweredTooLong", CATCHING_UP, ""),
    ("SatisfactionDrop", "sum7d >= 20", "sum7d >= 19"),
    ("SatisfactionDrop", "before7d >= 20", "before7d >= 0"),
    ("SatisfactionDrop", "ratio7d >= 0.05", "ratio7d >= 0.03"),
    ("SatisfactionDrop", "> 3 *", "> 2 *"),
    ("SatisfactionDrop", 'window="7d"', 'window=~"1d|7d"'),
    ("ReopenRate", ">= 20", ">= 1"),
    ("ReopenRate", "ratio_before7d >= 0.05", "ratio_before7d >= 0.03"),
    ("ReopenRate", "> 3 *", "> 1 *"),
    ("ReopenRate", "  or 0 * ", "  unless 0 * "),
    ("ChurnSpike", "> 1.5 *", "> 1.1 *"),
    ("ChurnSpike", "> 3 *", "> 1 *"),
    ("ChurnSpike", ">= 20", ">= 19"),
    ("SourceStale", "age > 1800", "age > 1200"),
    (
        "SourceStale",
        "complete_to_timestamp_seconds offset 30m",
        "complete_to_timestamp_seconds offset 9w",
    ),
    ("SourceFailing", "> 0.5", "> 0.05"),
    ("SourceFailing", "[15m]))\n", "[2m]))\n"),
    ("CredentialsRefused", "deskpulse_source_up == 0", "deskpulse_source_up >= 0"),
    ("CredentialsRefused", 'reason="credentials"', 'reason=~".+"'),
    ("CredentialsRefused", "[15m])) > 0", "[15m])) >= 0"),
    ("Throttled", "[1h]) == 1", "[1h]) == 9"),
    ("Throttled", "> 0.5", "> 0.3"),
    ("Throttled", "[1h]", "[15m]"),
    ("RecordsRejected", ">= 5", ">= 4"),
    ("RecordsRejected", ">= 5", ">= 6"),
    ("RecordsRejected", "> 0.01 *", "> 0.001 *"),
    ("LabelsCapped", "[1d])) > 0", "[1d])) >= 0"),
    ("LabelsCapped", "increase(", "max_over_time("),
    ("LabelsCapped", "[1d]", "[3d]"),
    ("ExporterDown", 'or absent(up{job="deskpulse"})', ""),
    ("ExporterDown", 'up{job="deskpulse"} == 0', "up == 0"),
)
"""Alert, and what would be wrong with it: its proof must notice each."""
PROMQL: Final = re.compile(r"```promql\n(.*?)```", re.DOTALL)


def ran(program: str, *words: object) -> str:
    """What the program prints; it must succeed."""
    command = [str(require(program)), *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("name", VARIANTS)
def test_prometheus_takes_the_rules(name: str) -> None:
    strictly = ("promtool", "check", "rules", "--lint=all", "--lint-fatal")
    assert "rules found" in ran(*strictly, FOLDER / "rules" / f"{name}.yml")


def test_prometheus_understands_every_question_of_a_runbook(tmp_path: Path, root: Path) -> None:
    asked = [
        {"record": f"asked:{file.stem}:no{number}", "expr": query}
        for file in sorted((root / "docs" / "runbooks").glob("*.md"))
        for number, query in enumerate(PROMQL.findall(file.read_text()))
    ]
    assert asked
    group = {"name": "runbooks", "rules": asked}
    (tmp_path / "asked.yml").write_text(yaml.safe_dump({"groups": [group]}))
    assert f"{len(asked)} rules found" in ran("promtool", "check", "rules", tmp_path / "asked.yml")


def rules_for(name: str) -> dict[str, str]:
    """The rules that the proof of an alert needs, by their paths."""
    files = built().items()
    return {path: narrowed(text, name) for path, text in files if path.startswith("rules/")}


def proved(folder: Path, name: str, needed: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """What comes of the proof of an alert with these rules."""
    (proof,) = write(folder, {f"tests/{name}.yml": (FOLDER / f"tests/{name}.yml").read_text()})
    write(folder, needed)
    command = [str(require("promtool")), "test", "rules", str(proof)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


@pytest.mark.parametrize("name", [proof.stem for proof in PROOFS])
def test_the_alert_fires_when_it_should_and_only_then(tmp_path: Path, name: str) -> None:
    done = proved(tmp_path, name, rules_for(name))
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("name", "old", "new"), WRONG, ids=lambda text: text[:30].strip())
def test_a_proof_fails_where_its_alert_is_wrong(
    tmp_path: Path, name: str, old: str, new: str
) -> None:
    needed = rules_for(name)
    wrong = {path: text.replace(old, new) for path, text in needed.items()}
    assert wrong != needed, "the rule is written otherwise now"
    done = proved(tmp_path, name, wrong)
    assert done.returncode
    assert "got:" in done.stdout + done.stderr, "it must fail by what it saw"


def test_no_alert_is_without_something_that_its_proof_would_notice() -> None:
    assert {name for name, *_ in WRONG} == {proof.stem for proof in PROOFS}


def test_prometheus_takes_the_configuration() -> None:
    assert "SUCCESS" in ran("promtool", "check", "config", FOLDER / "prometheus.yml")
