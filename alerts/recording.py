"""What is reckoned once and used by several rules and dashboards, named level:metric:operations.

Every level begins with `instance`, which the scrape configuration keeps constant.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from alerts.document import duration
from alerts.parameters import Parameters, Windows

CHANNEL = "instance, source, channel"
TEAM = "instance, source, team"
SOURCE = "instance, source"

CREATED = "support_tickets_created_total"
OPEN = "support_tickets_open"
UNANSWERED = "support_oldest_unanswered_created_timestamp_seconds"
CATCHING_UP = "deskpulse_source_catching_up"
COMPLETE_TO = "deskpulse_source_complete_to_timestamp_seconds"
LAST_SUCCESS = "deskpulse_source_last_success_timestamp_seconds"

BACKLOG = f"instance_source:{OPEN}:sum"
BACKLOG_USUAL = f"instance_source:{OPEN}:usual"
AGE = f"instance_source:{LAST_SUCCESS}:age"
WAIT = f"instance_source_team:{UNANSWERED}:wait"


@dataclass(frozen=True, slots=True)
class Recording:
    """One recording rule: the series that it makes, and out of what.

    help: what it tells, where people ask for it and not only other rules.
    """

    record: str
    expr: str
    help: str = ""


@dataclass(frozen=True, slots=True)
class Arrivals:
    """The names of the series on arrivals; the window is part of each."""

    counted: str
    expected: str
    upper: str

    @classmethod
    def over(cls, windows: Windows) -> Arrivals:
        """Those of one set of windows."""
        level, window = f"instance_source_channel:{CREATED}", duration(windows.arrivals)
        return cls(*(f"{level}:{word}{window}" for word in ("increase", "expected", "upper")))


def recordings(parameters: Parameters) -> Iterator[Recording]:
    """Every recording rule, each after those that it uses."""
    windows, names = parameters.windows, Arrivals.over(parameters.windows)
    yield Recording(AGE, f"time() - max by ({SOURCE}) ({LAST_SUCCESS})")
    yield Recording(names.counted, _counted(windows))
    yield Recording(names.expected, _expected(windows, names.counted))
    yield Recording(names.upper, _upper(parameters, names.expected))
    yield Recording(BACKLOG, f"sum by ({SOURCE}) ({OPEN})")
    yield Recording(BACKLOG_USUAL, _usual_backlog())
    yield Recording(WAIT, _wait())


def _counted(windows: Windows) -> str:
    """Absent, not wrong: nothing for a window that is not whole or that a catch-up lies in."""
    window, stale = duration(windows.arrivals), int(windows.stale_after.total_seconds())
    return (
        f"sum by ({CHANNEL}) (\n"
        f"  increase({CREATED}[{window}])\n"
        f"  and max_over_time({CREATED}[{window}] offset {window})\n"
        ")\n"
        f"unless on ({SOURCE}) max_over_time({CATCHING_UP}[{window}]) == 1\n"
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
        f"+ {t.spike_score} * sqrt(\n"
        f"  {expected} + {t.spike_dispersion} * {expected} ^ 2 + {t.spike_variance}\n"
        ")\n"
    )


def _usual_backlog() -> str:
    """The same moment of yesterday or, where it is more and known, of a week ago."""
    return (
        f"max by ({SOURCE}) (\n"
        f'  label_replace({BACKLOG} offset 1d, "usual", "1d", "", "")\n'
        f'  or label_replace({BACKLOG} offset 1w, "usual", "1w", "", "")\n'
        ")\n"
        f"and on ({SOURCE}) {BACKLOG} offset 1d\n"
    )


def _wait() -> str:
    """Reckoned at the watermark, so that a source that stands still lets nobody wait longer."""
    return (
        f"max by ({SOURCE}) ({COMPLETE_TO})\n"
        f"- on ({SOURCE}) group_right () min by ({TEAM}) ({UNANSWERED})\n"
    )
