"""`deskpulse reconcile`: our numbers held against the vendor's own."""

from __future__ import annotations

import contextlib
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import rich_click as click
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from connectors import Connector, ConnectorError, Fact, Measured
from exporter.cli.explain import chosen, print_table
from exporter.cli.wiring import Unusable, config_option, opened_store, read_config, source
from exporter.config import SourceConfig
from exporter.reporting.audit import Mistake, mistakes
from exporter.reporting.books import Unanswerable, opened
from exporter.reporting.period import Period, instant, instant_text
from exporter.reporting.reconciliation import (
    Comparison,
    Difference,
    Ours,
    Reason,
    compared,
    differences,
    ours,
)
from exporter.store import Store

SETTLING = 10 * 60_000  # an index of the vendor's may be some minutes behind
MEASURED = (Fact.FIRST_RESPONSE, Fact.FIRST_RESOLUTION, Fact.SOLVED, Fact.REQUESTER_WAIT)


@dataclass
class Verdict:
    """What came of it."""

    source: str
    period: Period
    comparisons: list[Comparison] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)
    compared: Counter[Fact] = field(default_factory=Counter)
    moved: int = 0
    notes: list[str] = field(default_factory=list)

    @property
    def unexplained(self) -> int:
        """How many differences have no known reason."""
        return (
            sum(not one.reason.explains for one in self.differences)
            + sum(one.unexplained != 0 for one in self.comparisons)
            + len(self.mistakes)
        )


@click.command()
@config_option
@click.argument("name", metavar="SOURCE")
@click.option("--since", default="28d", show_default=True, metavar="28d|DATE",
              help="Compare what happened, and tickets that changed, since then.")  # fmt: skip
@click.option("--limit", type=click.IntRange(0), default=20, show_default=True,
              help="How many differing tickets to list; 0 for all.")  # fmt: skip
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table",
              show_default=True)  # fmt: skip
def reconcile(path: Path, name: str, since: str, limit: int, form: str) -> None:
    """Compare the numbers of SOURCE with the vendor's own: its counts, and what it measured of
    each ticket. Differences that follow from a definition are named.

    Ends with 1 where a difference is unexplained. Asks the vendor; writes nothing.
    """
    config = read_config(path)
    try:
        (asked,) = chosen(config, name)
        with opened_store(config, existing=True) as store:
            verdict = _verdict(store, asked, since)
    except Unanswerable as error:
        raise Unusable(str(error)) from error
    except ConnectorError as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    verdict.differences.sort(key=_weight)
    (_print_json if form == "json" else _print)(verdict, limit)
    if verdict.unexplained:
        sys.exit(1)


def _weight(one: Difference) -> tuple[bool, bool, str, Fact]:
    """The unexplained come first, mere roundings last."""
    return one.reason.explains, one.reason is Reason.PRECISION, one.ticket, one.fact


def _verdict(store: Store, asked: SourceConfig, since: str) -> Verdict:
    mine, watermark, wrong = _ours(store, asked, since)
    verdict = Verdict(asked.name, mine.period, mistakes=wrong)
    begin = datetime.fromtimestamp(mine.period.since // 1000, UTC)
    end = datetime.fromtimestamp(mine.period.until // 1000 - 1, UTC)
    with contextlib.closing(asked.connector()) as connector:
        figures = connector.figures(begin, end)
        if figures is None:
            verdict.notes.append(f"{connector.title} offers no counts of its own to compare with")
        measured = connector.measured(begin)
        if measured is None:
            verdict.notes.append(f"{connector.title} measures no ticket by itself to compare with")
        verdict.differences += differences(mine, _watched(connector, measured or ()))
    verdict.comparisons += [compared(mine, figure) for figure in figures or ()]
    verdict.compared, verdict.moved = mine.compared, len(mine.moved)
    verdict.notes.append(f"complete to {instant_text(watermark)} UTC")
    return verdict


def _ours(store: Store, asked: SourceConfig, since: str) -> tuple[Ours, int, list[Mistake]]:
    known = source(asked)
    with opened(store, known) as books:
        begin, end = instant(since, books.watermark), books.watermark - SETTLING
        period = Period(begin // 1000 * 1000, end // 1000 * 1000)  # vendors count whole seconds
        if period.length <= 0:
            raise Unanswerable("The period is empty: give an earlier --since.")
        wrong = list(mistakes(books))
        observed = books.observations((Fact.CREATED, *MEASURED))
        mine = ours(books.tickets(), observed, period, books.watermark, known.definition)
        return mine, books.watermark, wrong


def _watched(connector: Connector[Any], measured: Iterable[Measured]) -> Iterator[Measured]:
    """The same, counted on standard error while it takes long."""
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task(f"asking {connector.title}", total=None)
        for number, one in enumerate(measured, 1):
            if number % 500 == 0:
                progress.update(task, description=f"{number:,} measurements from {connector.title}")
            yield one


def _print(verdict: Verdict, limit: int) -> None:
    click.echo(f"{verdict.source}, {verdict.period} UTC")
    for note in verdict.notes:
        click.echo(f"  {note}")
    if verdict.comparisons:
        click.echo("\nCounts")
        print_table([_count_row(one) for one in verdict.comparisons])
    if verdict.compared:
        click.echo("\nTickets")
        print_table(_tickets_rows(verdict))
    if verdict.differences:
        shown = verdict.differences[: limit or None]
        click.echo(f"\nTickets that differ ({len(shown):,} of {len(verdict.differences):,})")
        print_table([_difference_row(one) for one in shown])
    if verdict.mistakes:
        click.echo("\nSeries that are not what their tickets come to")
        print_table([_mistake_row(one) for one in verdict.mistakes[: limit or None]])
    if verdict.moved:
        click.echo(f"\n{verdict.moved:,} tickets changed since the last poll; not compared")
    number = verdict.unexplained
    words = "Nothing is unexplained." if not number else f"Unexplained: {number:,}."
    click.echo(f"\n{words}")


def _count_row(one: Comparison) -> dict[str, object]:
    reasons = [f"{number:+,} {reason}" for reason, number in one.reasons.items()]
    if one.unexplained:
        reasons.append(f"{one.unexplained:+,} unexplained")
    return {
        "count": one.label,
        "ours": one.ours,
        "vendor": one.theirs,
        "difference": one.theirs - one.ours,
        "why": "; ".join(reasons) or "equal",
    }


def _tickets_rows(verdict: Verdict) -> list[dict[str, object]]:
    """Of each fact, how many measurements agree."""
    differ = Counter(one.fact for one in verdict.differences)
    strange = Counter(one.fact for one in verdict.differences if not one.reason.explains)
    return [
        {
            "measured by the vendor": fact.replace("_", " "),
            "compared": verdict.compared[fact],
            "differ": differ[fact],
            "unexplained": strange[fact],
        }
        for fact in MEASURED
        if verdict.compared[fact]
    ]


def _difference_row(one: Difference) -> dict[str, object]:
    return {
        "ticket": one.ticket,
        "fact": one.fact.value,
        "clock": "business" if one.business else "calendar",
        "ours": one.ours,
        "vendor": one.theirs,
        "why": one.reason.value,
    }


def _mistake_row(one: Mistake) -> dict[str, object]:
    return {
        "metric": one.metric.sample_name,
        "labels": ", ".join(one.labels),
        "published": one.stored.count,
        "tickets": one.counted.count,
        "published sum": one.stored.total / one.metric.scale,
        "tickets' sum": one.counted.total / one.metric.scale,
    }


def _print_json(verdict: Verdict, limit: int) -> None:
    whole = {
        "source": verdict.source,
        "period": str(verdict.period),
        "notes": verdict.notes,
        "counts": [_count_row(one) for one in verdict.comparisons],
        "tickets": _tickets_rows(verdict),
        "differences": [_difference_row(one) for one in verdict.differences[: limit or None]],
        "series": [_mistake_row(one) for one in verdict.mistakes[: limit or None]],
        "moved": verdict.moved,
        "unexplained": verdict.unexplained,
    }
    click.echo(json.dumps(whole, indent=2, ensure_ascii=False))
