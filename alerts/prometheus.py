"""The configuration of a Prometheus that scrapes deskpulse and evaluates its rules."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alerts.document import rendered
from alerts.parameters import JOB

INSTANCE = "deskpulse"
"""Constant, so that a move to another host or port continues every counter."""


OUT_OF_ORDER = "7w"
"""How old samples may be that are written to it: more than `deskpulse backfill` goes back."""


def render(
    *,
    target: str,
    alertmanager: str | None,
    rules: list[Path],
    scrape_interval: str,
    evaluation_interval: str,
) -> str:
    """The configuration as YAML.

    target, alertmanager: HOST:PORT; without an Alertmanager alerts are only shown.
    rules: absolute, or relative to the folder in which the configuration will lie.
    scrape_interval, evaluation_interval: durations as Prometheus writes them, such as `30s`.
    """
    document: dict[str, Any] = {
        "global": {"scrape_interval": scrape_interval, "evaluation_interval": evaluation_interval},
        "storage": {"tsdb": {"out_of_order_time_window": OUT_OF_ORDER}},
        "rule_files": [str(path) for path in rules],
    }
    if alertmanager is not None:
        managers = [{"static_configs": [{"targets": [alertmanager]}]}]
        document["alerting"] = {"alertmanagers": managers}
    scraped = {"targets": [target], "labels": {"instance": INSTANCE}}
    document["scrape_configs"] = [{"job_name": JOB, "static_configs": [scraped]}]
    return rendered(document)
