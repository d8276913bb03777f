"""`deskpulse report`: a period's numbers against the period before."""

from __future__ import annotations

import contextlib
import sys
from importlib import import_module
from pathlib import Path

import rich_click as click

from exporter.cli.explain import chosen, print_table
from exporter.cli.wiring import Unusable, config_option, opened_store, read_config, source
from exporter.config import SourceConfig
from exporter.reporting.books import Unanswerable, opened
from exporter.reporting.frames import BY
from exporter.reporting.period import period
from exporter.reporting.report import ALL, Report
from exporter.reporting.report import report as made
from exporter.store import Store

FORMATS = ("table", "csv", "parquet", "html")
NO_PARQUET = (
    "Parquet needs the package pyarrow, which is not installed: `pip install pyarrow`, or write "
    "--format csv."
)


@click.command()
@config_option
@click.option("--since", default="7d", show_default=True, metavar="7d|DATE",
              help="Where the period begins; the one before is as long.")  # fmt: skip
@click.option("--until", metavar="DATE", help="Where it ends; up to when all is told otherwise.")
@click.option("--source", "name", metavar="SOURCE", help="Only this source.")
@click.option("--by", type=click.Choice(BY), help="Break every number down by this as well.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="table", show_default=True)
@click.option("--output", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False),
              help="Where to write; standard output otherwise.")  # fmt: skip
def report(
    path: Path,
    since: str,
    until: str | None,
    name: str | None,
    by: str | None,
    form: str,
    output: Path | None,
) -> None:
    """Print a period's numbers against those of the equally long period before. Polls nothing.

    Tickets deleted, merged or marked as spam are left out. Days begin at midnight UTC.
    """
    config = read_config(path, secrets=False)
    if form == "parquet" and output is None and sys.stdout.isatty():
        raise Unusable("Parquet is no text: name a file with --output FILE.")
    try:
        with opened_store(config, existing=True) as store:
            found = _report(store, chosen(config, name), since, until, by)
    except Unanswerable as error:
        raise Unusable(str(error)) from error
    if form == "table" and output is None:
        _print(found)
        return
    body = _body(found, form)
    if output is None:
        sys.stdout.buffer.write(body)
        return
    try:
        output.write_bytes(body)
    except OSError as error:
        raise Unusable(f"{output} cannot be written: {error.strerror}.") from error
    click.echo(f"Written: {output}", err=True)


def _report(
    store: Store, sources: list[SourceConfig], since: str, until: str | None, by: str | None
) -> Report:
    with contextlib.ExitStack() as stack:
        shelf = [stack.enter_context(opened(store, source(one))) for one in sources]
        least = min(books.watermark for books in shelf)
        return made(shelf, period(since, until, least), by)


def _body(found: Report, form: str) -> bytes:
    if form == "html":
        from exporter.reporting.page import page

        return page(found).encode()
    if form == "csv":
        return found.frame().to_csv(index=False, lineterminator="\n").encode()
    if form == "parquet":
        return _parquet(found)
    return found.frame().to_string(index=False).encode() + b"\n"


def _parquet(found: Report) -> bytes:
    try:
        import_module("pyarrow")
    except ImportError:
        raise Unusable(NO_PARQUET) from None
    import io

    held = io.BytesIO()
    found.frame().to_parquet(held, engine="pyarrow", index=False)
    return held.getvalue()


def _print(found: Report) -> None:
    from exporter.reporting.words import change_text, value_text

    click.echo(f"{', '.join(found.sources)}: {found.period} UTC, against {found.period.before}")
    for group in (ALL, *found.groups):
        if group != ALL:
            click.echo(f"\n{found.by}: {group}")
        print_table(
            [
                {
                    "measure": line.title,
                    "value": value_text(line.value, line.unit),
                    "n": line.n,
                    "before": value_text(line.before, line.unit),
                    "n before": line.n_before,
                    "change": change_text(line),
                    "": line.note,
                }
                for line in found.of(group)
            ]
        )
