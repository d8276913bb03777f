"""Which backlog gauges a ticket fills, and how it grows older. Pure.

A gauge is a count of records, kept up by differences: a ticket that changed leaves the cells that
it filled and enters others. So a poll costs what changed, whatever the backlog.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from exporter.catalog import AGE_CLASSES
from exporter.observe import Known, State

Cell = tuple[str, tuple[str, ...]]
"""One series of a source: the metric's name and its label values in the catalog's order."""

OPEN = "support_tickets_open"
BY_AGE = "support_tickets_open_by_age"
UNASSIGNED = "support_tickets_unassigned"
AWAITING = "support_tickets_awaiting_first_response"
OLDEST_OPEN = "support_oldest_open_created_timestamp_seconds"
OLDEST_UNANSWERED = "support_oldest_unanswered_created_timestamp_seconds"

BOUNDARIES = tuple(
    (younger, older, age * 1000)
    for (younger, age), (older, _) in pairwise(AGE_CLASSES)
    if age is not None
)
"""Each step of growing older: (class left, class entered, age in milliseconds)."""


def age_class(created_at: int, watermark: int) -> str:
    """The age class of a ticket; a ticket from the vendor's future is as young as can be."""
    age = watermark - created_at
    for name, limit in AGE_CLASSES:
        if limit is None or age < limit * 1000:
            return name
    raise AssertionError(age)  # the last class has no limit


def filled(known: Known | None, watermark: int | None) -> list[Cell]:
    """The cells that this ticket counts in; by age only once there is a watermark."""
    if known is None or known.removed or known.state is None or not known.state.is_open:
        return []
    state = known.state
    holder = (state.team, state.priority)
    cells: list[Cell] = [(OPEN, (state.status, state.priority, state.team, state.channel))]
    if watermark is not None:
        cells.append((BY_AGE, (age_class(state.created_at, watermark), *holder)))
    if not state.assigned:
        cells.append((UNASSIGNED, holder))
    if not known.answered:
        cells.append((AWAITING, holder))
    return cells


def present(state: State) -> Iterator[Cell]:
    """The cells that exist, be it at 0, because a ticket has been in this state."""
    holder = (state.team, state.priority)
    status = state.status if state.is_open else "open"
    yield OPEN, (status, state.priority, state.team, state.channel)
    yield UNASSIGNED, holder
    yield AWAITING, holder
    for name, _ in AGE_CLASSES:
        yield BY_AGE, (name, *holder)
