"""The facts of a period as tables of pandas, without tickets that no longer count as ones."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from typing import TYPE_CHECKING

from connectors import Fact
from exporter.knowledge import Known
from exporter.reporting.books import Books
from exporter.reporting.period import Period

if TYPE_CHECKING:
    from pandas import DataFrame

FACTS = ("source", "ticket", "kind", "at", "value", "business", "mark", "target",
         "team", "priority", "channel", "category")  # fmt: skip
TICKETS = ("source", "ticket", "created_at", "open", "steps", "team", "priority", "channel",
           "category")  # fmt: skip
BY = ("team", "priority", "channel", "category")
"""What a report may be broken down by."""


def facts(shelf: Iterable[Books], period: Period) -> DataFrame:
    """Every fact from the period before `period` on: one row each. Durations in milliseconds.

    mark: of a rating its word, of a promise how it ended; target: which promise it was.
    """
    import pandas as pd

    rows = []
    for books in shelf:
        removed = books.removed()
        for one in books.observations():
            if one.at < period.before.since or one.subject in removed:
                continue
            mark = one.marks[-1] if one.marks else ""
            target = one.marks[0] if len(one.marks) > 1 else ""
            rows.append((books.source.name, one.subject, one.kind.value, one.at, one.value,
                         one.business, mark, target, one.team, one.priority, one.channel,
                         one.category))  # fmt: skip
    frame = pd.DataFrame(rows, columns=list(FACTS))
    numbers = {"at": "int64", "value": "Int64", "business": "Int64"}
    return frame.astype(numbers)


def tickets(shelf: Iterable[Books]) -> DataFrame:
    """Every ticket that counts as one, with the instants at which it was solved and came back."""
    import pandas as pd

    rows = []
    for books in shelf:
        reopened = _reopened(books)
        rows += [_ticket(books, known, reopened.get(known.id, [])) for known in books.tickets()
                 if known.counts]  # fmt: skip
    return pd.DataFrame(rows, columns=list(TICKETS)).astype({"created_at": "int64", "open": bool})


def was_open(created_at: int, steps: list[tuple[int, bool]], at: int) -> bool:
    """Whether a ticket was open at an instant, by the solves and reopens that are told of it."""
    if created_at > at:
        return False
    return next((opens for when, opens in reversed(steps) if when <= at), True)


def _reopened(books: Books) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for one in books.observations((Fact.REOPENED,)):
        found.setdefault(one.subject, []).append(one.at)
    return found


def _ticket(books: Books, known: Known, reopened: list[int]) -> tuple[object, ...]:
    state = known.state
    if state is None:  # a ticket that counts has a state
        raise AssertionError(known.id)
    steps = _steps(known, state.is_open, reopened)
    return (books.source.name, known.id, state.created_at, state.is_open, steps,
            state.team, state.priority, state.channel, state.category)  # fmt: skip


def _steps(known: Known, is_open: bool, reopened: list[int]) -> list[tuple[int, bool]]:
    """When a ticket was closed (False) and came back (True), ending with how it stands now.

    A reopen is dated by the first sight of it, which may be after the next solve. Of several
    after one solve only the last can be its own; after the last of a ticket that is closed, none.
    """
    solves = sorted(known.ledger.solves)
    back = {bisect_right(solves, at): at for at in sorted(reopened)}
    if not is_open:
        back.pop(len(solves), None)
    steps = sorted([(at, False) for at in solves] + [(at, True) for at in back.values()])
    if (steps[-1][1] if steps else True) != is_open:
        steps.append((max([known.version[0], *(at for at, _ in steps)]), is_open))
    return steps
