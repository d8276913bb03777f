"""What Prometheus makes of the rules on customers and money, and what their proofs would notice."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from alerts.build import FOLDER, built
from tests.peers import require

PROOFS: Final = {file.stem: file for file in (FOLDER / "tests" / "economics").glob("*.yml")}
WRONG: Final = (
    ("churn", "churned_total:increase30d", "increase(", "delta("),
    ("churn", "churn_ratio30d", ">= 20", ">= 19"),
    ("churn", "churn_ratio30d", ">= 20", "> 20"),
    ("churn", "start30d", "offset 30d", "offset 29d"),
    ("churn", "lost30d", "churn|contraction", "churn"),
    ("churn", "lost30d", "[30d]", "[36d]"),
    ("churn", "lost30d", "or 0 * ", "or 1 * "),
    ("churn", "regained30d", "expansion|reactivation", "expansion"),
    ("churn", "regained30d", "expansion|reactivation", "expansion|reactivation|new"),
    ("churn", "gross_churn_ratio30d", "start30d > 0", "start30d"),
    ("churn", "gross_churn_ratio30d", ">= 20", ">= 19"),
    ("churn", "net_churn_ratio30d", ">= 20", ">= 19"),
    ("churn", "net_retention_ratio30d", "net_churn", "gross_churn"),
    ("value", "payback_months30d", ">= 5", ">= 4"),
    ("value", "payback_months30d", "start30d >= 20", "start30d >= 19"),
    ("value", "payback_months30d", "  * on", "  / on"),
    ("value", "per_customer", ">= 20", ">= 19"),
    ("quarter", "lifetime_value90d", "3 * ", "1 * "),
    ("quarter", "lifetime_value30d", "churn_ratio30d", "churn_ratio90d"),
    ("quarter", "payback_months90d", ">= 5", ">= 11"),
    ("currencies", "per_customer", ")) == 1", ")) == 2"),
    ("currencies", "payback_months30d", ")) == 1", ")) == 2"),
    ("currencies", "start30d", "\nunless on (instance, source)", "\nunless on (instance)"),
    ("currencies", ":sum", "support_mrr:sum > 0 unless", "support_mrr:sum >= 0 unless"),
    (
        "currencies",
        ":sum",
        "\nunless on (instance, source) (instance_source_currency:support_mrr:s",
        "\nunless (instance_source_currency:support_mrr:s",
    ),
)
"""Proof, the rules by the end of their names, and what would be wrong with them."""


def proved(proof: Path) -> subprocess.CompletedProcess[str]:
    command = [str(require("promtool")), "test", "rules", str(proof)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def group() -> dict[str, Any]:
    """What is recorded; the alert on it has a proof of its own."""
    (found,) = yaml.safe_load(built()["rules/economics.yml"])["groups"]
    return {**found, "rules": [rule for rule in found["rules"] if "record" in rule]}


def test_prometheus_takes_the_rules() -> None:
    command = [str(require("promtool")), "check", "rules", str(FOLDER / "rules" / "economics.yml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", ["churn", "value", "quarter", "currencies"])
def test_the_rules_come_to_what_was_worked_out_by_hand(name: str) -> None:
    done = proved(PROOFS[name])
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_number_that_is_told_is_proved_over_30_days_and_one_of_each_kind_over_90() -> None:
    words = "\n".join(file.read_text() for file in PROOFS.values())
    told = [one["record"] for one in group()["rules"]]
    for name in told:
        if name.endswith(("ratio30d", "value30d", "months30d", "per_customer")):
            assert name in words, f"nothing proves {name}"
    for ending in ("churn_ratio90d", "lifetime_value90d", "payback_months90d"):
        assert ending in words, f"nothing proves {ending}"


@pytest.mark.parametrize(("proof", "ending", "old", "new"), WRONG)
def test_a_proof_fails_where_a_rule_is_wrong(
    tmp_path: Path, proof: str, ending: str, old: str, new: str
) -> None:
    wrong = group()
    changed = 0
    for rule in wrong["rules"]:
        if rule["record"].endswith(ending) and old in rule["expr"]:
            rule["expr"] = rule["expr"].replace(old, new)
            changed += 1
    assert changed, "the rule is written otherwise now"
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "economics.yml").write_text(yaml.safe_dump({"groups": [wrong]}))
    copy = tmp_path / "tests" / "economics" / f"{proof}.yml"
    copy.parent.mkdir(parents=True)
    copy.write_text(PROOFS[proof].read_text())
    done = proved(copy)
    assert done.returncode
    said = done.stdout + done.stderr
    assert "got:" in said or "must be unique" in said, "it must fail by what it saw"
