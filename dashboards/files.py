"""The dashboards as files: their JSON, and what makes Grafana read it and know whom to ask."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from alerts.document import rendered as yaml
from alerts.files import outdated, put
from alerts.installation import Installation
from dashboards import source
from dashboards.building import BOARDS, rendered

NOTE: Final = "Built by deskpulse, from dashboards/*.py."
JSON: Final = "json"
PROVISIONING: Final = "provisioning"


@dataclass(frozen=True, slots=True)
class Places:
    """Where things are, as Grafana and a browser see them. The defaults are docker-compose.yml's.

    dashboards: the folder in which Grafana finds the JSON. prometheus: its address for Grafana.
    alertmanager: the same; "": there is none. deskpulse: its address for a browser; "": exemplars
    do not lead to tickets.
    """

    dashboards: str = "/etc/deskpulse/dashboards"
    prometheus: str = "http://prometheus:9090"
    alertmanager: str = "http://alertmanager:9093"
    deskpulse: str = "http://127.0.0.1:9464"


COMPOSE: Final = Places()
DEFAULT: Final = Installation()


def texts(places: Places = COMPOSE, installation: Installation = DEFAULT) -> dict[str, str]:
    """Every file that is built, by its path below a folder. Colours change where the installation's
    alerts do, and no graph asks for finer steps than Prometheus scrapes.
    """
    made = {f"{JSON}/{name}.json": rendered(name, installation.parameters) for name in BOARDS}
    for kind, document in (
        ("dashboards", _provider(places.dashboards)),
        ("datasources", _data_sources(places, installation)),
    ):
        made[f"{PROVISIONING}/{kind}/deskpulse.yml"] = yaml(document, note=NOTE)
    return made


def write(folder: Path, made: Mapping[str, str]) -> Iterator[Path]:
    """Write every file below `folder` that is not so already; gives those. Raises `OSError`."""
    for name in outdated(folder, made):
        put(folder / name, made[name])
        yield folder / name


def forgotten(folder: Path, made: Mapping[str, str]) -> list[str]:
    """The dashboards below `folder` that are built no longer, and that Grafana would still show."""
    found = sorted((folder / JSON).glob("*.json"))
    return [name for path in found if (name := f"{JSON}/{path.name}") not in made]


def _provider(path: str) -> dict[str, Any]:
    provider = {
        "name": "deskpulse",
        "folder": "deskpulse",
        "type": "file",
        "disableDeletion": True,
        "allowUiUpdates": False,
        "updateIntervalSeconds": 30,
        "options": {"path": path},
    }
    return {"apiVersion": 1, "providers": [provider]}


def _data_sources(places: Places, installation: Installation) -> dict[str, Any]:
    made = source.prometheus(places.prometheus, places.deskpulse, installation.scrape_interval)
    for link in made["jsonData"].get("exemplarTraceIdDestinations", ()):
        # Files of provisioning may name variables of the environment; this is none.
        link["url"] = link["url"].replace("$", "$$")
    all_made = [{**made, "name": "Prometheus", "isDefault": True, "editable": False}]
    if places.alertmanager:
        all_made.append({**source.alertmanager(places.alertmanager), "editable": False})
    return {"apiVersion": 1, "datasources": all_made}
