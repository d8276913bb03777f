"""What a recording rule is, how its series are named, and what several rules look at.

Names are level:metric:operations. Every level begins with `instance`, which the scrape
configuration keeps constant.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from alerts.document import duration

SOURCE = "instance, source"
CHANNEL = f"{SOURCE}, channel"
TEAM = f"{SOURCE}, team"
TARGET = f"{SOURCE}, target"

SOLVED = "support_tickets_solved_total"
OPEN = "support_tickets_open"
CATCHING_UP = "deskpulse_source_catching_up"
COMPLETE_TO = "deskpulse_source_complete_to_timestamp_seconds"
LAST_SUCCESS = "deskpulse_source_last_success_timestamp_seconds"


@dataclass(frozen=True, slots=True)
class Recording:
    """One recording rule: the series that it makes, and out of what.

    help: what it tells, where people ask for it and not only other rules.
    """

    record: str
    expr: str
    help: str = ""


def named(labels: str, metric: str, operation: str) -> str:
    """The name of a recorded series."""
    return f"{labels.replace(', ', '_')}:{metric}:{operation}"


def labels_of(level: str) -> tuple[str, ...]:
    """The labels of a level, one by one."""
    return tuple(level.split(", "))


def increased(level: str, metric: str, window: str, matchers: str = "") -> str:
    """How much a counter grew within a window, added up by the labels of a level."""
    chosen = f"{{{matchers}}}" if matchers else ""
    return f"sum by ({level}) (increase({metric}{chosen}[{window}]))"


def unless_catching_up(within: timedelta | None = None) -> str:
    """Takes away what is of a source that catches up, or did at any time within a window.

    What a catch-up brings happened before, and comes at once.
    """
    if within is None:
        return f"unless on ({SOURCE}) {CATCHING_UP} == 1\n"
    return f"unless on ({SOURCE}) max_over_time({CATCHING_UP}[{duration(within)}]) == 1\n"
