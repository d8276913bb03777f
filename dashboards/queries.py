"""PromQL out of series and the variables that each series can be filtered by.

A series is filtered by the labels that it has and by no other: a filter on a label that is not
there would silently empty the panel.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

HOUR: Final = "1h"
DAY: Final = "1d"
WEEK: Final = "7d"
SHOWN: Final = "$__range"
"""The time that the panel shows; Grafana puts it in."""

_TP: Final = ("source", "team", "priority")
_TPC: Final = (*_TP, "channel")


@dataclass(frozen=True, slots=True)
class Series:
    """The series of one metric. `variables`: the dashboard's variables that may filter them."""

    name: str
    variables: tuple[str, ...]

    def now(self, *matchers: str, offset: str = "", window: str = "") -> str:
        """The selector: further `matchers`, a `window` back, all of it `offset` ago."""
        inside = ", ".join((*matchers, *(f'{name}=~"${name}"' for name in self.variables)))
        span = f"[{window}]" if window else ""
        return f"{self.name}{{{inside}}}{span}" + (f" offset {offset}" if offset else "")

    def narrowed(self, *variables: str) -> Series:
        """The same, filtered by these variables only."""
        return Series(self.name, variables)

    def part(self, ending: str) -> Series:
        """A part of a histogram: `bucket` or `count`."""
        return Series(f"{self.name}_{ending}", self.variables)


OPEN: Final = Series("support_tickets_open", _TPC)
OPEN_BY_AGE: Final = Series("support_tickets_open_by_age", _TP)
UNASSIGNED: Final = Series("support_tickets_unassigned", _TP)
AWAITING: Final = Series("support_tickets_awaiting_first_response", _TP)
OLDEST_UNANSWERED: Final = Series(
    "support_oldest_unanswered_created_timestamp_seconds", ("source", "team")
)
CREATED: Final = Series("support_tickets_created_total", ("source", "channel"))
SOLVED: Final = Series("support_tickets_solved_total", _TPC)
REOPENED: Final = Series("support_tickets_reopened_total", _TPC)
FIRST_RESPONSE: Final = Series("support_first_response_seconds", _TP)
RESOLUTION: Final = Series("support_resolution_seconds", _TP)


def of_source(name: str) -> Series:
    """A metric of a source's health, named without `deskpulse_source_`."""
    return Series(f"deskpulse_source_{name}", ("source",))


WATERMARK: Final = of_source("complete_to_timestamp_seconds")


def total(series: Series, *by: str, offset: str = "", where: str = "") -> str:
    """A gauge added up, for each value of the labels in `by`."""
    matchers = (where,) if where else ()
    return f"sum{_by(by)}({series.now(*matchers, offset=offset)})"


def counted(series: Series, window: str, *by: str, offset: str = "") -> str:
    """How much a counter grew within a window."""
    return f"sum{_by(by)}(increase({series.now(window=window, offset=offset)}))"


def quantile(share: float, series: Series, window: str, *, least: int, offset: str = "") -> str:
    """A quantile of the durations within a window in seconds, absent below `least` of them."""
    buckets = counted(series.part("bucket"), window, "le", offset=offset)
    enough = f"round({counted(series.part('count'), window, offset=offset)}) >= {least}"
    return f"histogram_quantile({share}, {buckets}) and on() ({enough})"


def too_few(series: Series, window: str, *, least: int) -> str:
    """NaN where there are some durations and fewer than `least`, else absent."""
    return f"(round({counted(series.part('count'), window)}) < {least}) * NaN"


def share(part: Series, whole: Series, window: str, *, least: int) -> str:
    """A part of a whole, both counted within a window; absent where the whole is below `least`."""
    whole_count = counted(whole, window)
    return f"{counted(part, window)} / ({whole_count} >= {least})"


def age_of_oldest(*by: str) -> str:
    """How long the oldest unanswered ticket had waited at its source's watermark, in seconds."""
    watermark = f"max by (source) ({WATERMARK.now()})"
    oldest = f"min by (source, team) ({OLDEST_UNANSWERED.now()})"
    return f"max{_by(by)}({watermark} - on(source) group_right() {oldest})"


def _by(labels: tuple[str, ...]) -> str:
    return f" by ({', '.join(labels)}) " if labels else ""
