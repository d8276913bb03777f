"""`deskpulse explain`: the tickets or customers behind a number."""

from __future__ import annotations

import csv
import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import rich_click as click
from rich.console import Console
from rich.table import Table

from connectors import Priority
from exporter.cli.serving import pages
from exporter.cli.wiring import Unusable, config_option, opened_store, read_config, source
from exporter.config import Config, SourceConfig
from exporter.config.problems import did_you_mean
from exporter.metric import Metric, Type
from exporter.reporting.books import Books, Unanswerable, opened
from exporter.reporting.entry import Entry, Sum, Unit
from exporter.reporting.explanation import (
    POINTING,
    TODAYS,
    adds_up,
    carried,
    entries,
    metric_named,
    ranked,
)
from exporter.reporting.period import instant, instant_iso
from exporter.serving.tile import duration
from exporter.store import Store

FORMATS = ("table", "csv", "json")
PRIORITIES = tuple(one.value for one in Priority)


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked: which entries of the metric."""

    metric: Metric
    team: str | None
    priority: str | None
    since: str | None


@dataclass
class Answer:
    """Of one or several sources: the entries, what they come to, and words beside them."""

    entries: list[Entry]
    sum: Sum
    notes: list[str]


@click.command()
@config_option
@click.argument("metric")
@click.option("--source", "name", metavar="SOURCE", help="Only this source.")
@click.option("--team", help="Only this team; `other` for all teams beyond the cap.")
@click.option(
    "--priority", type=click.Choice([one.value for one in Priority]), help="Only this priority."
)
@click.option("--since", metavar="7d|DATE", help="Only what happened since then.")
@click.option(
    "--limit",
    type=click.IntRange(0),
    default=20,
    show_default=True,
    help="How many lines at most; 0 for all.",
)
@click.option("--format", "form", type=click.Choice(FORMATS), default="table", show_default=True)
def explain(
    path: Path,
    metric: str,
    name: str | None,
    team: str | None,
    priority: str | None,
    since: str | None,
    limit: int,
    form: str,
) -> None:
    """Print the tickets or customers behind METRIC, the slowest or oldest first. Polls nothing.

    Count and sum are those of /metrics, to the last of them. A customer is a hash that stays.
    """
    config = read_config(path, secrets=False)
    try:
        question = Question(metric_named(metric), team, priority, since)
        asked = chosen(config, name)
        with opened_store(config, existing=True) as store:
            answer = _answer(store, asked, question)
    except Unanswerable as error:
        raise Unusable(str(error)) from error
    answer.entries = ranked(question.metric, answer.entries)
    with pages(asked) as urls:
        shown = answer.entries[: limit or None]
        rows = [
            _row(question.metric, one, urls[one.source](one.ticket) if one.ticket else None)
            for one in shown
        ]
    _print(form, question.metric, answer, rows)


def chosen(config: Config, name: str | None) -> list[SourceConfig]:
    """The source of a name, or all of them. Raises `Unanswerable`."""
    found = [one for one in config.sources if name in (None, one.name)]
    if not found:
        hint = did_you_mean(str(name), (one.name for one in config.sources))
        raise Unanswerable(f"There is no source '{name}' in {config.path}: {hint}")
    return found


def _answer(store: Store, sources: list[SourceConfig], question: Question) -> Answer:
    """From every source that can answer; the reason of the first where none can."""
    answer = Answer([], Sum(), [])
    refused: list[Unanswerable] = []
    for one in sources:
        try:
            with opened(store, source(one)) as books:
                _add(answer, books, question)
        except Unanswerable as error:
            refused.append(error)
    if len(refused) == len(sources):
        raise refused[0]
    answer.notes += [str(error) for error in refused]
    return answer


def _add(answer: Answer, books: Books, question: Question) -> None:
    metric = question.metric
    teams = None if question.team is None else books.teams(question.team)
    since = None if question.since is None else instant(question.since, books.watermark)
    if since is not None and metric.type is Type.GAUGE and metric.name != TODAYS:
        raise Unanswerable(f"{metric.name} is about now: leave out --since.")
    waiting = 0
    for one in entries(books, metric):
        if teams is not None and one.team not in teams:
            continue
        if question.priority not in (None, one.priority) or (since and one.at < since):
            continue
        answer.entries.append(one)
        answer.sum = answer.sum.with_(one.value or 0)
        waiting += books.shown["team"].get(one.team) == ""
    answer.notes += _notes(books, question, teams, waiting)


def _notes(
    books: Books, question: Question, teams: frozenset[str] | None, waiting: int
) -> Iterator[str]:
    name, metric = books.source.name, question.metric
    folded = sorted(t for t, shown in books.shown["team"].items() if shown not in (t, ""))
    mine = [team for team in folded if teams is None or team in teams]
    if mine and (question.team is not None or "team" in metric.labels):
        yield f"{name}: shown as team `other`, beyond max_teams: {', '.join(mine)}"
    more = carried(books, metric)
    if more.count and question.since is None:
        yield (
            f"{name}: /metrics shows {more.count:+,} beside these (sum {more.total:+,} in stored "
            "units), carried over from before numbers were counted anew"
        )
    if waiting and metric.type is not Type.GAUGE:
        yield f"{name}: {waiting:,} are of a team that gets its series when the poll is complete"
    if question.team is not None and "team" not in metric.labels:
        yield f"{metric.sample_name} has no label `team`; chosen by the ticket's team at that time"


def _row(metric: Metric, one: Entry, link: str | None) -> dict[str, object]:
    timed = one.unit in (Unit.DURATION, Unit.AGE) and one.value is not None
    beside = {
        label: value
        for label, value in zip(metric.labels, one.labels, strict=True)
        if label not in ("team", "priority", "channel")
    }
    return {
        "source": one.source,
        "ticket": one.name,
        "at": instant_iso(one.at),
        "value": words(one),
        "seconds": (one.value or 0) / 1000 if timed else None,
        **beside,
        "team": one.team,
        "priority": one.priority,
        "channel": one.channel,
        "link": link,
    }


def words(one: Entry) -> str:
    """The value of an entry as a person says it."""
    if one.value is None or one.unit is Unit.NOTHING:
        return ""
    if one.unit is Unit.AGE:
        return f"{duration(one.value)} old"
    if one.unit is Unit.DURATION:
        return duration(one.value)
    if one.unit is Unit.REPLIES:
        return f"{one.value} {'reply' if one.value == 1 else 'replies'}"
    if one.unit is Unit.MONEY:
        return f"{one.value / 1000:,.10g} {one.currency}"
    return f"score {one.value}"


def headline(metric: Metric, answer: Answer) -> str:
    """What the entries come to, in one sentence."""
    count = answer.sum.count
    if metric.name in POINTING:
        return f"{metric.sample_name}: {count:,} series, each the value of one ticket"
    if metric.type is Type.HISTOGRAM:
        total = answer.sum.total / metric.scale
        return f"{metric.name}: count {count:,}, sum {total:,.10g}"
    if adds_up(metric):
        parts = ", ".join(f"{words} {amount:,.10g}" for words, amount in amounts(answer).items())
        return f"{metric.sample_name}: {parts or 0} (out of {count:,})"
    return f"{metric.sample_name}: {count:,}"


def amounts(answer: Answer) -> dict[str, float]:
    """What amounts of money come to, by the labels of their series: currencies are never added."""
    found: Counter[str] = Counter()
    for one in answer.entries:
        found[" ".join(one.labels)] += one.value or 0
    return {words: found[words] / 1000 for words in sorted(found)}


def _print(form: str, metric: Metric, answer: Answer, rows: list[dict[str, object]]) -> None:
    if form == "json":
        total = answer.sum.total / metric.scale if metric.type is Type.HISTOGRAM else None
        whole = {
            "metric": metric.sample_name,
            "count": answer.sum.count,
            "sum": total,
            **({"amounts": amounts(answer)} if adds_up(metric) else {}),
            "notes": answer.notes,
            "tickets": rows,
        }
        click.echo(json.dumps(whole, indent=2, ensure_ascii=False))
        return
    if form == "csv":
        writer = csv.DictWriter(sys.stdout, list(rows[0]) if rows else ["source", "ticket"])
        writer.writeheader()
        writer.writerows(rows)
    else:
        print_table(rows)
    left = answer.sum.count - len(rows)
    click.echo(
        headline(metric, answer) + (f" ({left:,} more not listed)" if left else ""), err=True
    )
    for note in answer.notes:
        click.echo(f"note: {note}", err=True)


def print_table(rows: list[dict[str, object]]) -> None:
    """Rows of one form as a table on standard output."""
    console = Console()
    if not console.is_terminal:
        console.width = 240
    table = Table(box=None, pad_edge=False)
    for name in rows[0] if rows else ():
        numeric = all(isinstance(row[name], int | float | None) for row in rows)
        table.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_cell(value) for value in row.values()))
    console.print(table, markup=False, highlight=False)


def _cell(value: object) -> str:
    if value is None:
        return ""
    return f"{value:,.10g}" if isinstance(value, float) else str(value)
