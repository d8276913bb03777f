"""How much was open in the past, as near as present knowledge comes to it. Pure.

A ticket stood open from its creation to its last solve, under the labels that it has now: vendors
tell no history of labels, and a reopen only after the fact. So these are estimates, good enough to
choose a threshold by; what is published is counted, not estimated.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from exporter.backlog import AWAITING_BY_AGE, BY_AGE, OPEN
from exporter.knowledge import Known
from exporter.metric import AGE_CLASSES

Cell = tuple[str, tuple[str, ...]]
Stay = tuple[Cell, int, int]
"""A gauge that a ticket filled, from when and until before when; Unix milliseconds."""

FOREVER = 1 << 62
_STATUS = "open"


def stays(tickets: Iterable[Known], answered: Mapping[str, int]) -> Iterator[Stay]:
    """What each ticket filled. answered: when a ticket had its first response, by id."""
    for known in tickets:
        state = known.state
        if state is None or not known.counts:
            continue
        end = FOREVER if state.is_open else max(known.ledger.solves, default=None)
        if end is None:
            continue  # closed, and nobody knows when
        begin, holder = state.created_at, (state.team, state.priority)
        yield (OPEN, (_STATUS, state.priority, state.team, state.channel)), begin, end
        yield from _by_age(BY_AGE, holder, begin, end)
        if not known.answered or known.id in answered:
            waited = min(end, answered.get(known.id, FOREVER))
            yield from _by_age(AWAITING_BY_AGE, holder, begin, waited)


def _by_age(metric: str, holder: tuple[str, str], begin: int, end: int) -> Iterator[Stay]:
    """The classes of age that a ticket went through."""
    since = begin
    for name, limit in AGE_CLASSES:
        until = min(end, FOREVER if limit is None else begin + limit * 1000)
        if since < until:
            yield (metric, (name, *holder)), since, until
        since = max(since, until)


def counted(stays_: Iterable[Stay], instants: np.ndarray) -> dict[Cell, np.ndarray]:
    """How many filled each cell at each instant. instants: Unix milliseconds, ascending."""
    begun: dict[Cell, list[int]] = defaultdict(list)
    ended: dict[Cell, list[int]] = defaultdict(list)
    for cell, begin, end in stays_:
        begun[cell].append(begin)
        ended[cell].append(end)
    return {
        cell: np.searchsorted(np.sort(begun[cell]), instants, "right")
        - np.searchsorted(np.sort(ended[cell]), instants, "right")
        for cell in begun
    }
