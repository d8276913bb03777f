"""From builders to the JSON files that Grafana reads. The files are committed build products."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from alerts.parameters import PRODUCTION, Parameters
from dashboards.customers import customers
from dashboards.health import health
from dashboards.overview import overview
from dashboards.queue import queue
from dashboards.sdk import JSONEncoder, models
from dashboards.volume import volume

SCHEMA_VERSION: Final = 39
"""That of Grafana 11.0. Newer ones bring it up to date when they load it; 11 knows no newer."""

BOARDS: Final[Mapping[str, Callable[[Parameters], models.Dashboard]]] = {
    "overview": overview,
    "queue": queue,
    "customers": customers,
    "volume": volume,
    "health": health,
}
"""Every dashboard by the name of its file."""

FOLDER: Final = Path(__file__).parent / "json"


def built(parameters: Parameters = PRODUCTION) -> dict[str, dict[str, Any]]:
    """Every dashboard as the JSON that Grafana reads, by the name of its file.

    Its `uid` is in it. Colours change where alerts with these parameters do.
    """
    return {name: json.loads(rendered(name, parameters)) for name in BOARDS}


def rendered(name: str, parameters: Parameters = PRODUCTION) -> str:
    """The JSON of a dashboard; the same builder always gives the same text."""
    made = BOARDS[name](parameters)
    made.schema_version = SCHEMA_VERSION
    return json.dumps(made, cls=JSONEncoder, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
