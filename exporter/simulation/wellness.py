"""What guards of alerts read, as if every poll had succeeded at once. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import MappingProxyType

from exporter.simulation.episodes import Labels, Samples

_Value = Callable[[int], float]
_HEALTHY: dict[str, _Value] = {
    "deskpulse_source_up": lambda _: 1,
    "deskpulse_source_primed": lambda _: 1,
    "deskpulse_source_catching_up": lambda _: 0,
    "deskpulse_source_last_success_timestamp_seconds": float,
    "deskpulse_source_complete_to_timestamp_seconds": float,
}

TOLD = frozenset(_HEALTHY)


def healthy(labels: Labels, instants: Sequence[int]) -> dict[str, Samples]:
    """The health of a source that answers all the time. instants: in Unix seconds."""
    return {
        name: MappingProxyType({labels: [(at, value(at)) for at in instants]})
        for name, value in _HEALTHY.items()
    }
