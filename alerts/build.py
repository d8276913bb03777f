"""The files that are built: rules, and configurations of Prometheus and Alertmanager.

Those of an installation have the same paths as the committed ones in this package, which are what
an installation without any decision of its own gets.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Final

from alerts import alertmanager, prometheus, rules
from alerts.document import duration
from alerts.files import put
from alerts.installation import Installation
from alerts.parameters import VARIANTS, Parameters

FOLDER: Final = Path(__file__).resolve().parent
TEMPLATE: Final = "templates/deskpulse.tmpl"
EVALUATION: Final = "30s"


def rule_files(parameters: Parameters) -> dict[str, str]:
    """The rules by their paths in the folder."""
    return {
        "rules/deskpulse.yml": rules.render(parameters),
        "rules/economics.yml": rules.render(parameters, rules.ECONOMICS),
    }


def built(installation: Installation | None = None) -> dict[str, str]:
    """The text of every file of an installation by its path in the folder."""
    chosen = installation or Installation()
    files = rule_files(chosen.parameters)
    configured = prometheus.render(
        target=chosen.targets.exporter,
        alertmanager=chosen.targets.alertmanager,
        rules=[Path(name) for name in files],
        scrape_interval=duration(chosen.scrape_interval),
        evaluation_interval=EVALUATION,
    )
    return {
        **files,
        "prometheus.yml": configured,
        "alertmanager.yml": alertmanager.render(chosen.receivers),
        TEMPLATE: resources.files("alerts").joinpath(TEMPLATE).read_text("utf-8"),
    }


def committed() -> dict[str, str]:
    """What is committed in this package: the files of no decisions, and the rules of the demo."""
    demo = {f"rules/{name}.yml": rules.render(variant) for name, variant in VARIANTS.items()}
    return {**built(), **demo}


def write(folder: Path, files: Mapping[str, str]) -> list[Path]:
    """Write files below `folder`, each whole or not at all; gives their paths. Raises `OSError`."""
    for name, text in files.items():
        put(folder / name, text)
    return [folder / name for name in files]
