"""`deskpulse backfill`: the weeks before the first scrape, for dashboards that work on day one."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import rich_click as click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from alerts.parameters import JOB
from alerts.prometheus import INSTANCE
from exporter.cli.wiring import Unusable, config_option, opened_store, read_config, store_file
from exporter.cli.wiring import source as configured
from exporter.config import Config
from exporter.history import blocks, living
from exporter.history.folder import DataFolder
from exporter.history.past import Past
from exporter.history.reading import pasts, watermarks
from exporter.history.receiver import Login, Receiver
from exporter.history.seams import Seams
from exporter.history.times import ago
from exporter.history.verdict import Refused
from exporter.history.writing import History
from exporter.source import Source
from exporter.store import Store

PASSWORD = "DESKPULSE_REMOTE_PASSWORD"  # noqa: S105 -- the name of the variable
_SPAN = re.compile(r"(\d+)([wdh])")
_UNITS = {"w": timedelta(weeks=1), "d": timedelta(days=1), "h": timedelta(hours=1)}
_MARGIN = timedelta(hours=1)

CommandT = TypeVar("CommandT", bound=Callable[..., Any])


class Span(click.ParamType[timedelta]):
    """Weeks, days or hours, such as `6w`."""

    name = "SPAN"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        """The span that was typed."""
        if isinstance(value, timedelta):
            return value
        match = _SPAN.fullmatch(str(value).strip())
        if match is None or not timedelta(0) < (span := int(match[1]) * _UNITS[match[2]]):
            self.fail(f"'{value}' is no span; write it like 6w, 10d or 36h", param, ctx)
        if span > timedelta(days=1100):
            self.fail("three years are the most", param, ctx)
        return span


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the operator asked for."""

    config: Config
    store: Store
    sources: Sequence[Source]
    since: timedelta
    job: str
    instance: str

    def history(self, seams: dict[str, int], since: int) -> History:
        """The past of the sources up to their seams."""
        made = pasts(self.store, self.sources, seams)
        return History(made, since, self.job, self.instance)

    def seams(self) -> dict[str, int]:
        """How far each source is known; a vendor's clock that is ahead of ours is not believed."""
        now = _now()
        return {name: min(at, now) for name, at in watermarks(self.store, self.sources).items()}


_OPTIONS = (
    click.option("--since", type=Span(), default="6w", show_default=True, help="How far back."),
    click.option(
        "--source", "names", multiple=True, metavar="NAME", help="Only this one; may be repeated."
    ),
    click.option("--job", default=JOB, show_default=True, help="The job that scrapes deskpulse."),
    click.option(
        "--instance", default=INSTANCE, show_default=True, help="Its constant label `instance`."
    ),
    config_option,
)


def _shared(command: CommandT) -> CommandT:
    for option in _OPTIONS:
        command = option(command)
    return command


@click.group()
def backfill() -> None:
    """Give Prometheus the weeks before its first scrape, out of the store."""


@backfill.command()
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    required=True,
    metavar="DIR",
    help="What Prometheus gets as --storage.tsdb.path; it must not have run on it.",
)
@click.option("--promtool", metavar="PATH", help="Where promtool is, if not on the PATH.")
@_shared
def prometheus(data: Path, promtool: str | None, **options: Any) -> None:
    """Make blocks in the data folder of a fresh Prometheus, before it is started."""
    with _chosen(**options) as chosen:
        program = shutil.which(promtool or "promtool")
        if program is None:
            raise Refused(
                f"There is no {promtool or 'promtool on the PATH'}. It comes with Prometheus: "
                "apt install prometheus, or brew install prometheus; or name it with --promtool."
            )
        _make_blocks(chosen, DataFolder(data), program)


@backfill.command("remote-write")
@click.argument("url")
@click.option(
    "--user", metavar="NAME", help=f"For basic authentication; the password is in {PASSWORD}."
)
@_shared
def remote_write(url: str, user: str | None, **options: Any) -> None:
    """Send it to a living Prometheus or VictoriaMetrics at URL."""
    password = os.environ.get(PASSWORD)
    if user and not password:
        raise Unusable(f"There is no password for {user}: put it into the variable {PASSWORD}.")
    with _chosen(**options) as chosen:
        receiver = Receiver(url, Login(user, password) if user and password else None)
        with contextlib.closing(receiver):
            _send(chosen, receiver)


@contextlib.contextmanager
def _chosen(
    path: Path, since: timedelta, names: tuple[str, ...], job: str, instance: str
) -> Iterator[Chosen]:
    config = read_config(path, secrets=False)
    known = {one.name: one for one in config.sources}
    if unknown := sorted(set(names) - known.keys()):
        raise Unusable(f"There is no source '{unknown[0]}' in {path}: it has {', '.join(known)}.")
    sources = [configured(one) for name, one in known.items() if not names or name in names]
    try:
        with opened_store(config, existing=True) as store:
            yield Chosen(config, store, sources, since, job, instance)
    except Refused as verdict:
        raise Unusable(str(verdict)) from verdict


def _make_blocks(chosen: Chosen, folder: DataFolder, program: str) -> None:
    if _is_done(chosen, folder):
        return
    with folder.locked():
        seams = chosen.seams()
        since = ago(chosen.since, max(seams.values()))
        folder.refuse_living(since)
        history = chosen.history(seams, since)
        with _progress(history.slices) as advance:
            blocks.write(history, folder, program, advance)
    days = chosen.since.days + 2
    _tell(
        history,
        f"Written to {folder.path}. Start Prometheus on it now, and let it keep this: "
        f"--storage.tsdb.retention.time={days}d or more.",
    )


def _is_done(chosen: Chosen, folder: DataFolder) -> bool:
    done = folder.done()
    if done is None:
        return False
    missing = [one.name for one in chosen.sources if one.name not in done["seams"]]
    if missing or (done["job"], done["instance"]) != (chosen.job, chosen.instance):
        raise Refused(
            f"{folder.path} was backfilled before, with other sources, another job or another "
            "instance. Use `deskpulse backfill remote-write` for the rest once Prometheus lives."
        )
    click.echo(f"{folder.path} has it already: nothing to do.")
    return True


def _send(chosen: Chosen, receiver: Receiver) -> None:
    file = store_file(chosen.config) or chosen.config.path
    remembered = Seams(file.with_name(f"{file.name}-backfilled"))
    target = f"{receiver.url} {chosen.job} {chosen.instance}"
    seams = chosen.seams()
    since = ago(chosen.since, max(seams.values()))
    age = timedelta(milliseconds=_now() - since) + _MARGIN
    title = receiver.takes(age)
    scraped = living.Scraped(receiver, chosen.job, chosen.instance, int(age.total_seconds()))
    for known in (remembered.of(target), scraped.seams()):
        seams |= {name: min(seams[name], at) for name, at in known.items() if name in seams}
    remembered.remember(target, seams)
    history = chosen.history(seams, since)
    absent = [past for past in history.pasts if not _holds(scraped, past, since)]
    if not absent:
        click.echo(f"{receiver.url} has it already: nothing to do.")
        return
    for past in absent:
        if (first := scraped.first_values(past.source)) is not None:
            past.stay_below(first)
    history = replace(history, pasts=absent)
    with _progress(history.slices) as advance:
        sent = living.write(history, receiver, advance)
    receiver.refresh()
    _tell(history, f"{sent:,} samples sent to the {title} at {receiver.url}.")


def _holds(scraped: living.Scraped, past: Past, since: int) -> bool:
    instants = past.instants(since)
    return not instants or scraped.holds(past.source, (instants[0], instants[-1]))


@contextlib.contextmanager
def _progress(total: int) -> Iterator[Callable[[int], None]]:
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    bar = Progress(*columns, TimeElapsedColumn(), console=console, disable=not console.is_terminal)
    with bar:
        task = bar.add_task("the past", total=total)
        yield lambda done: bar.update(task, completed=done)


def _tell(history: History, ending: str) -> None:
    first = datetime.fromtimestamp(history.since / 1000, UTC)
    for past in history.pasts:
        seam = datetime.fromtimestamp(past.seam / 1000, UTC)
        click.echo(
            f"{past.source}: {past.series:,} series from {first:%Y-%m-%d %H:%M} to "
            f"{seam:%Y-%m-%d %H:%M:%S} UTC."
        )
    click.echo(ending)
    reasons: defaultdict[str, set[str]] = defaultdict(set)
    for past in history.pasts:
        for name, reason in past.left_out.items():
            reasons[reason].add(name)
    for reason, names in sorted(reasons.items()):
        click.echo(f"No past, because each {reason}: {', '.join(sorted(names))}.")


def _now() -> int:
    return round(time.time() * 1000)
