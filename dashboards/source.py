"""The data sources: what the dashboards ask, the same in files and in a Grafana that exists, and
where Grafana shows what rings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, Final

from alerts.document import duration

UID: Final = "deskpulse-prometheus"
NAME: Final = "deskpulse"
TYPE: Final = "prometheus"
TICKET: Final = "ticket"
"""The label of an exemplar that names its ticket; deskpulse leads from there to the vendor."""


def prometheus(url: str, deskpulse: str, every: timedelta) -> dict[str, Any]:
    """What Grafana's API takes for a data source.

    url: of Prometheus, as Grafana reaches it. deskpulse: the address of its page as a browser
    reaches it, where exemplars are to lead to tickets; "": they lead nowhere. every: how often it
    scrapes.
    """
    data: dict[str, Any] = {"httpMethod": "POST", "timeInterval": duration(every)}
    if deskpulse:
        data["exemplarTraceIdDestinations"] = [
            {
                "name": TICKET,
                "url": f"{deskpulse.rstrip('/')}/ticket/${{__value.raw}}",
                "urlDisplayLabel": "Open the ticket",
            }
        ]
    return {
        "name": NAME,
        "uid": UID,
        "type": TYPE,
        "access": "proxy",
        "url": url,
        "jsonData": data,
    }


def alertmanager(url: str) -> dict[str, Any]:
    """The same of Alertmanager, as Grafana reaches it: what rings can be seen and silenced there.

    Alerts of Grafana's own do not go to it.
    """
    return {
        "name": "Alertmanager",
        "uid": "deskpulse-alertmanager",
        "type": "alertmanager",
        "access": "proxy",
        "url": url,
        "jsonData": {"implementation": "prometheus", "handleGrafanaManagedAlerts": False},
    }


def changes(stored: Mapping[str, Any], wanted: Mapping[str, Any]) -> Iterator[str]:
    """What would be another than it is, a line each. A name of the operator's choice stays."""
    for key in ("type", "access", "url"):
        if stored.get(key) != wanted[key]:
            yield f"{key}: {stored.get(key)} -> {wanted[key]}"
    data = stored.get("jsonData") or {}
    for key, value in wanted["jsonData"].items():
        if data.get(key) != value:
            yield f"{key}: {data.get(key)} -> {value}"


def merged(stored: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """The stored one with what is wanted; everything else stays as an operator has set it."""
    data = {**(stored.get("jsonData") or {}), **wanted["jsonData"]}
    return {**stored, **wanted, "name": stored["name"], "jsonData": data}
