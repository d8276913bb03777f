"""The configuration of Alertmanager: who is told how soon, and what silences what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from alerts.document import rendered
from alerts.receivers import Receiver, Receivers
from alerts.rules import About, Severity

TEMPLATES: Final = "templates/*.tmpl"
"""Where the words are, relative to the folder of the configuration."""


@dataclass(frozen=True, slots=True)
class Route:
    """How soon, how often again and how often repeated one severity is told.

    together: what has these labels in common is one notification.
    """

    severity: Severity
    together: tuple[str, ...]
    wait: str
    interval: str
    repeat: str


@dataclass(frozen=True, slots=True)
class Inhibition:
    """While something fires, what it silences, where both have equal labels.

    A label that neither has is equal.
    """

    firing: tuple[str, ...]
    silenced: tuple[str, ...]
    equal: tuple[str, ...]


ROUTES: Final = (
    # A page is one question. What is to be done today is one list for each team.
    Route(Severity.PAGE, ("alertname", "source", "team"), "10s", "1m", "4h"),
    Route(Severity.TICKET, ("source", "team"), "1m", "10m", "1d"),
    Route(Severity.INFO, ("source", "team"), "5m", "1h", "4d"),
)

SOURCE: Final = ("instance", "source")
DIMENSIONS: Final = ("team", "channel", "priority", "category", "target", "clock", "currency")
SAME: Final = ("alertname", *SOURCE, *DIMENSIONS)

INHIBITIONS: Final = (
    # By name: what is merely worth knowing about a source must never silence its business.
    Inhibition(
        ('alertname="ExporterDown"',), (f'about=~"{About.BUSINESS}|{About.SOURCE}"',), ("instance",)
    ),
    Inhibition(('alertname="SourceStale"',), (f'about="{About.BUSINESS}"',), SOURCE),
    # It says why the polls fail.
    Inhibition(('alertname="CredentialsRefused"',), ('alertname="SourceFailing"',), SOURCE),
    # The backlog grows because more comes in, which has been told.
    Inhibition(('alertname="VolumeSpike"',), ('alertname="BacklogGrowing"',), SOURCE),
    Inhibition(
        (f'severity="{Severity.PAGE}"',),
        (f'severity=~"{Severity.TICKET}|{Severity.INFO}"',),
        SAME,
    ),
    Inhibition((f'severity="{Severity.TICKET}"',), (f'severity="{Severity.INFO}"',), SAME),
)


def render(receivers: Receivers, *, routes: tuple[Route, ...] = ROUTES) -> str:
    """The configuration for Alertmanager 0.25 and newer, as YAML.

    receivers: those of each severity; the name of the receiver in it is the severity.
    """
    document = {
        "templates": [TEMPLATES],
        "route": _tree(routes),
        "receivers": [
            _receiver(route.severity, receivers.get(route.severity, ())) for route in routes
        ],
        "inhibit_rules": [
            {
                "source_matchers": list(one.firing),
                "target_matchers": list(one.silenced),
                "equal": list(one.equal),
            }
            for one in INHIBITIONS
        ],
    }
    return rendered(document)


def _tree(routes: tuple[Route, ...]) -> dict[str, Any]:
    """What carries no severity of ours is a ticket, so that nothing is lost."""
    return {
        "receiver": str(Severity.TICKET),
        "group_by": ["alertname", "source", "team"],
        "routes": [
            {
                "receiver": str(route.severity),
                "matchers": [f'severity="{route.severity}"'],
                "group_by": list(route.together),
                "group_wait": route.wait,
                "group_interval": route.interval,
                "repeat_interval": route.repeat,
            }
            for route in routes
        ],
    }


def _receiver(severity: Severity, receivers: tuple[Receiver, ...]) -> dict[str, Any]:
    document: dict[str, Any] = {"name": str(severity)}
    for one in receivers:
        config = {"send_resolved": True, **one.config(severity)}
        document.setdefault(f"{one.kind}_configs", []).append(config)
    return document
