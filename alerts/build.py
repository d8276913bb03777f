"""The files that are built out of the tables: rules, and default configurations for compose."""

from __future__ import annotations

from pathlib import Path

from alerts import alertmanager, economics, prometheus, rules
from alerts.parameters import PRODUCTION, VARIANTS, Links, Parameters

FOLDER = Path(__file__).resolve().parent

TARGET = "exporter:9464"
ALERTMANAGER = "alertmanager:9093"
WEBHOOK = "http://receiver:9095/"
"""A placeholder: what receives the notifications is for each installation to say."""


def built(links: Links | None = None) -> dict[str, str]:
    """Every built file, by its path within this folder."""
    files = {
        f"rules/{name}.yml": rules.render(_linked(variant, links))
        for name, variant in VARIANTS.items()
    }
    files["rules/economics.yml"] = economics.render(PRODUCTION)
    files["prometheus.yml"] = prometheus.render(
        target=TARGET,
        alertmanager=ALERTMANAGER,
        rules=[Path("rules/deskpulse.yml"), Path("rules/economics.yml")],
        scrape_interval="30s",
        evaluation_interval="30s",
    )
    files["alertmanager.yml"] = alertmanager.render(webhook=WEBHOOK)
    return files


def write(folder: Path = FOLDER, links: Links | None = None) -> list[Path]:
    """Write every built file below `folder`; gives their paths."""
    paths = []
    for name, text in built(links).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        paths.append(path)
    return paths


def outdated(folder: Path = FOLDER, links: Links | None = None) -> list[Path]:
    """The built files below `folder` that are missing or differ from what would be built."""
    return [
        folder / name
        for name, text in built(links).items()
        if not (folder / name).is_file() or (folder / name).read_text("utf-8") != text
    ]


def _linked(variant: Parameters, links: Links | None) -> Parameters:
    return variant if links is None else Parameters(variant.windows, variant.thresholds, links)
