"""Arrivals as Prometheus counts them, for a demo of minutes: the score is slower, and surer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from alerts.alert import About, Alert, Severity
from alerts.annotations import Board, asked, label, selected, value
from alerts.document import duration
from alerts.health import AGE
from alerts.parameters import Parameters, Windows
from alerts.recording import (
    CHANNEL,
    CREATED,
    SOURCE,
    Recording,
    labels_of,
    named,
    unless_catching_up,
)


@dataclass(frozen=True, slots=True)
class Arrivals:
    """The names of the series on arrivals; the window is part of each."""

    counted: str
    expected: str
    upper: str

    @classmethod
    def over(cls, windows: Windows) -> Arrivals:
        """Those of one set of windows."""
        window = duration(windows.arrivals)
        words = ("increase", "expected", "upper")
        return cls(*(named(CHANNEL, CREATED, f"{word}{window}") for word in words))


def recordings(parameters: Parameters) -> Iterator[Recording]:
    """What came in, what is expected and what would still be usual."""
    windows, names = parameters.windows, Arrivals.over(parameters.windows)
    yield Recording(names.counted, _counted(windows))
    yield Recording(names.expected, _expected(windows, names.counted))
    yield Recording(names.upper, _upper(parameters, names.expected))


def alerts(parameters: Parameters) -> Iterator[Alert]:
    """More than is usual."""
    windows, names = parameters.windows, Arrivals.over(parameters.windows)
    labels = labels_of(CHANNEL)
    window = duration(windows.arrivals)
    yield Alert(
        name="VolumeSpike",
        severity=Severity.PAGE,
        about=About.BUSINESS,
        expr=(
            f"{names.counted} > {names.upper}\n"
            f"and {names.counted} >= {parameters.thresholds.spike_floor}\n"
        ),
        labels=labels,
        limits=("spike_deviations", "spike_floor"),
        hold=windows.spike_for,
        keep=windows.spike_keep,
        board=Board.VOLUME,
        summary=(
            f"{label('source')}: {value()} tickets by {label('channel')} in {window}, "
            f"expected {asked(selected(names.expected, *labels), *labels)}"
        ),
        description=(
            f"Up to {asked(selected(names.upper, *labels), *labels)} would still be usual for this "
            "channel. The usual value is the greatest of what came recently and at the same time "
            "of earlier days. Something that many customers notice may be broken."
        ),
    )


def _counted(windows: Windows) -> str:
    """Absent, not wrong: nothing for a window that is not whole or that a catch-up lies in."""
    window, stale = duration(windows.arrivals), int(windows.stale_after.total_seconds())
    return (
        f"sum by ({CHANNEL}) (\n"
        f"  increase({CREATED}[{window}])\n"
        f"  and max_over_time({CREATED}[{window}] offset {window})\n"
        ")\n"
        f"{unless_catching_up(windows.arrivals)}"
        f"unless on ({SOURCE}) max_over_time({AGE}[{window}]) > {stale}\n"
    )


def _expected(windows: Windows, counted: str) -> str:
    """The greatest of several usual values, once the history reaches back far enough."""
    window = duration(windows.arrivals)
    usual = [f"quantile_over_time(0.5, {counted}[{duration(windows.recent)}] offset {window})"]
    for season in windows.seasons:
        # A routine that comes half a window earlier or later is still that routine.
        around = duration(2 * windows.arrivals)
        usual.append(
            f"max_over_time({counted}[{around}] offset {duration(season - windows.arrivals)})"
        )
    told = (f'label_replace({one}, "usual", "{i}", "", "")' for i, one in enumerate(usual))
    remembered = f"{counted}[{duration(windows.horizon)}] offset {duration(windows.memory)}"
    return (
        f"max by ({CHANNEL}) (\n  "
        + "\n  or ".join(told)
        + f"\n)\nand on ({CHANNEL}) present_over_time({remembered})\n"
    )


def _upper(parameters: Parameters, expected: str) -> str:
    t = parameters.thresholds
    return (
        f"{expected}\n"
        f"+ {t.spike_deviations} * sqrt(\n"
        f"  {expected} + {t.spike_dispersion} * {expected} ^ 2 + {t.spike_variance}\n"
        ")\n"
    )
