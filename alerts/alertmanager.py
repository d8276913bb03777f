"""The configuration of Alertmanager: who is told how soon, and what silences what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from alerts.document import rendered
from alerts.rules import About, Severity


@dataclass(frozen=True, slots=True)
class Route:
    """How soon, how often again and how often repeated one severity is told."""

    severity: Severity
    wait: str
    interval: str
    repeat: str


@dataclass(frozen=True, slots=True)
class Inhibition:
    """While something fires, what it silences, where both have equal labels."""

    firing: str
    silenced: str
    equal: tuple[str, ...]


ROUTES = (
    Route(Severity.PAGE, wait="10s", interval="1m", repeat="4h"),
    Route(Severity.TICKET, wait="1m", interval="10m", repeat="1d"),
    Route(Severity.INFO, wait="5m", interval="1h", repeat="7d"),
)

INHIBITIONS = (
    Inhibition(f'about="{About.SOURCE}"', f'about="{About.BUSINESS}"', ("instance", "source")),
    Inhibition(f'about="{About.SELF}"', f'about=~"{About.BUSINESS}|{About.SOURCE}"', ("instance",)),
)


def render(*, webhook: str) -> str:
    """The configuration for Alertmanager 0.25 and newer, as YAML.

    webhook: the URL that receives every notification by POST, whatever its severity; the name of
        the receiver in it is the severity.
    """
    document = {
        "route": _tree(),
        "receivers": [_receiver(route.severity, webhook) for route in ROUTES],
        "inhibit_rules": [
            {
                "source_matchers": [one.firing],
                "target_matchers": [one.silenced],
                "equal": list(one.equal),
            }
            for one in INHIBITIONS
        ],
    }
    return rendered(document, note="Made by alerts/alertmanager.py.")


def _tree() -> dict[str, Any]:
    """What carries no severity of ours is a ticket, so that nothing is lost."""
    return {
        "receiver": str(Severity.TICKET),
        "group_by": ["alertname", "source"],
        "routes": [
            {
                "receiver": str(route.severity),
                "matchers": [f'severity="{route.severity}"'],
                "group_wait": route.wait,
                "group_interval": route.interval,
                "repeat_interval": route.repeat,
            }
            for route in ROUTES
        ],
    }


def _receiver(severity: Severity, webhook: str) -> dict[str, Any]:
    return {
        "name": str(severity),
        "webhook_configs": [{"url": webhook, "send_resolved": True}],
    }
