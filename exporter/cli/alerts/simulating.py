"""`deskpulse alerts simulate`: when each alert would have rung, before it wakes anybody."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import rich_click as click
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
)

from alerts.build import rule_files
from alerts.parameters import JOB, Parameters
from alerts.prometheus import INSTANCE
from exporter.cli.explain import chosen, print_table
from exporter.cli.options import answer_options, until_option
from exporter.cli.output import write
from exporter.cli.wiring import Unusable, config_option, opened_store, read_config, source
from exporter.config import SourceConfig
from exporter.config.problems import did_you_mean
from exporter.config.thresholds import KEYS, THRESHOLDS, WINDOWS
from exporter.config.values import Wrong
from exporter.history.reading import watermarks
from exporter.history.verdict import Refused
from exporter.reporting.books import Unanswerable
from exporter.reporting.period import period
from exporter.simulation.page import frame, lasted, page
from exporter.simulation.reading import stored
from exporter.simulation.rules import Rules
from exporter.simulation.simulation import Outcome, Simulation
from exporter.simulation.simulation import simulate as simulated

ESTIMATE = "How much was open is an estimate: each ticket from its creation to its last solve."
FORMATS = ("table", "html", "csv")


@click.command()
@config_option
@click.argument("name", metavar="[SOURCE]", required=False)
@click.option(
    "--since", default="8w", show_default=True, metavar="8w|DATE", help="Where it begins."
)
@until_option
@click.option(
    "--threshold",
    "thresholds",
    multiple=True,
    metavar="NAME=VALUE",
    help="Try another threshold than the configuration's; may be repeated.",
)
@answer_options(FORMATS)
def simulate(
    path: Path,
    name: str | None,
    since: str,
    until: str | None,
    thresholds: tuple[str, ...],
    form: str,
    output: Path | None,
) -> None:
    """Say when each alert of SOURCE would have fired, out of what the store knows. Polls nothing.

    Needs Prometheus, which is started for it on a folder of its own and ends with it.
    """
    config = read_config(path, secrets=False)
    parameters = _with(config.alerts.parameters, thresholds)
    try:
        asked = source(_one(chosen(config, name)))
        with opened_store(config, existing=True) as store, _progress() as progress:
            over = period(since, until, watermarks(store, [asked])[asked.name])
            known = stored(store, asked, over, JOB, INSTANCE)
            rules = Rules.read(rule_files(parameters).values())
            found = simulated(known, rules, over, progress)
    except (Refused, Unanswerable) as verdict:
        raise Unusable(str(verdict)) from verdict
    if form == "table" and output is None:
        _print(found)
    else:
        write(_body(found, form), output)


def _with(parameters: Parameters, changes: tuple[str, ...]) -> Parameters:
    """The parameters with other thresholds, each as NAME=VALUE. Raises `Unusable`."""
    for change in changes:
        key, sign, text = change.partition("=")
        if not sign or key not in KEYS:
            raise Unusable(f"--threshold {change}: write NAME=VALUE; {did_you_mean(key, KEYS)}.")
        try:
            value = (THRESHOLDS | WINDOWS)[key](text)
        except Wrong as wrong:
            raise Unusable(f"--threshold {change}: {wrong}.") from wrong
        part = "thresholds" if key in THRESHOLDS else "windows"
        changed = replace(getattr(parameters, part), **{key: value})
        parameters = replace(parameters, **{part: changed})
    return parameters


def _one(found: list[SourceConfig]) -> SourceConfig:
    if len(found) > 1:
        names = ", ".join(one.name for one in found)
        raise Unanswerable(f"There are several sources: name one of {names}.")
    return found[0]


@contextmanager
def _progress() -> Iterator[Callable[[str, float], None]]:
    """A bar for each part of the work, on a terminal."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    bar = Progress(*columns, TimeElapsedColumn(), console=console, disable=not console.is_terminal)
    tasks: dict[str, TaskID] = {}

    def tell(what: str, share: float) -> None:
        if what not in tasks:
            tasks[what] = bar.add_task(what, total=1.0)
        bar.update(tasks[what], completed=share)

    with bar:
        yield tell


def _print(found: Simulation) -> None:
    click.echo(f"{found.source}: what would have rung from {found.period} UTC\n")
    print_table([_row(outcome, found.weeks) for outcome in found.outcomes if not outcome.untried])
    rang = frame(found)
    if len(rang):
        click.echo()
        print_table(
            [{str(key): value for key, value in row.items()} for row in rang.to_dict("records")]
        )
    click.echo(ESTIMATE, err=True)
    for outcome in found.outcomes:
        if outcome.untried:
            click.echo(f"not tried: {outcome.alert.name}, because {outcome.untried}", err=True)


def _row(outcome: Outcome, weeks: float) -> dict[str, object]:
    times = len(outcome.episodes)
    return {
        "alert": outcome.alert.name,
        "severity": outcome.severity,
        "times": times,
        "a week": f"{times / weeks:.2f}",
        "longest": lasted(max((one.seconds for one in outcome.episodes), default=None)),
    }


def _body(found: Simulation, form: str) -> bytes:
    if form == "html":
        return page(found).encode()
    if form == "csv":
        return frame(found).to_csv(index=False, lineterminator="\n").encode()
    return frame(found).to_string(index=False).encode() + b"\n"
