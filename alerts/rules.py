"""The rule files: what is recorded and every alert, in groups."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any, NamedTuple, Protocol

from alerts import arrivals, backlog, economics, health, promises, quality, retention
from alerts.alert import About, Alert, Severity
from alerts.document import rendered
from alerts.parameters import Parameters
from alerts.recording import Recording

__all__ = ["ECONOMICS", "MAIN", "About", "Alert", "Severity", "alerts", "recordings", "render"]


class _Recordings(Protocol):
    def __call__(self, parameters: Parameters, /) -> Iterator[Recording]: ...


class _Alerts(Protocol):
    def __call__(self, parameters: Parameters, /) -> Iterator[Alert]: ...


class Group(NamedTuple):
    """Rules that use each other: only within a group is the order of evaluation kept.

    interval: None for that of Prometheus itself. Long windows take long to read and move slowly;
        Prometheus looks back five minutes for what was recorded.
    """

    name: str
    interval: str | None
    recordings: tuple[_Recordings, ...]
    alerts: tuple[_Alerts, ...]

    def document(self, parameters: Parameters) -> dict[str, Any]:
        """The group as a rule file has it."""
        recorded = chain.from_iterable(each(parameters) for each in self.recordings)
        alerting = chain.from_iterable(each(parameters) for each in self.alerts)
        rules = [{"record": one.record, "expr": one.expr} for one in recorded]
        rules += [one.rule(parameters.links) for one in alerting]
        return {
            "name": self.name,
            **({"interval": self.interval} if self.interval else {}),
            "rules": rules,
        }


MAIN = (
    Group(
        "deskpulse",
        None,
        (health.recordings, backlog.recordings),
        (arrivals.alerts, backlog.alerts, health.alerts),
    ),
    Group("deskpulse-promises", "1m", (promises.recordings,), (promises.alerts,)),
    Group("deskpulse-quality", "2m", (quality.recordings,), (quality.alerts,)),
)
"""The groups of `rules/deskpulse.yml` and of `rules/demo.yml`."""

ECONOMICS = (Group("deskpulse-economics", "2m", (economics.recordings,), (retention.alerts,)),)
"""The groups of `rules/economics.yml`, which needs nothing of the other files."""

_ALL = (*MAIN, *ECONOMICS)


def alerts(parameters: Parameters) -> Iterator[Alert]:
    """Every alert of every file."""
    for group in _ALL:
        for each in group.alerts:
            yield from each(parameters)


def recordings(parameters: Parameters) -> Iterator[Recording]:
    """Every recording rule of every file."""
    for group in _ALL:
        for each in group.recordings:
            yield from each(parameters)


def render(parameters: Parameters, groups: tuple[Group, ...] = MAIN) -> str:
    """A rule file for Prometheus 2.42 and newer, as YAML."""
    documents = [group.document(parameters) for group in groups]
    return rendered({"groups": documents})
