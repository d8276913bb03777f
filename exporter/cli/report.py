"""`deskpulse report`: a period's numbers against the period before."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import rich_click as click

from exporter.cli.explain import chosen, print_table
from exporter.cli.options import answer_options, until_option
from exporter.cli.output import write
from exporter.cli.wiring import Unusable, config_option, opened_store, read_config, source
from exporter.config import SourceConfig
from exporter.reporting.books import Books, Unanswerable, opened
from exporter.reporting.customers import TOO_FEW, Customers
from exporter.reporting.customers import customers as by_month
from exporter.reporting.frames import BY
from exporter.reporting.period import period
from exporter.reporting.report import ALL, Report
from exporter.reporting.report import report as made
from exporter.store import Store

MONTH = "month"
WEEK, YEAR = "7d", "52w"
FORMATS = ("table", "csv", "parquet", "html")
NO_PARQUET = (
    "Parquet needs the package pyarrow, which is not installed: `pip install pyarrow`, or write "
    "--format csv."
)


@click.command()
@config_option
@click.option("--since", metavar="7d|DATE", help="Where the period begins: 7d, by month 52w.")
@until_option
@click.option("--source", "name", metavar="SOURCE", help="Only this source.")
@click.option("--customers", is_flag=True, help="Who came, who left and what they pay, by month.")
@click.option(
    "--by",
    type=click.Choice((*BY, MONTH)),
    help="Break every number down by this as well; month: of customers.",
)
@answer_options(FORMATS)
def report(
    path: Path,
    since: str | None,
    until: str | None,
    name: str | None,
    by: str | None,
    form: str,
    output: Path | None,
    *,
    customers: bool,
) -> None:
    """Print a period's numbers against those of the equally long period before. Polls nothing.

    Tickets deleted, merged or marked as spam are left out. Days begin at midnight UTC, months of
    customers in the zone of `schedule` where there is one.
    """
    if customers != (by == MONTH) and not (customers and by is None):
        raise Unusable("--by month goes with --customers, and nothing else does.")
    config = read_config(path, secrets=False)
    if form == "parquet" and output is None and sys.stdout.isatty():
        raise Unusable("Parquet is no text: name a file with --output FILE.")
    try:
        with opened_store(config, existing=True) as store:
            sources = chosen(config, name)
            found: Report | Customers = (
                _months(store, sources, since or YEAR, until)
                if customers
                else _report(store, sources, since or WEEK, until, by)
            )
    except Unanswerable as error:
        raise Unusable(str(error)) from error
    if form == "table" and output is None:
        _print_months(found) if isinstance(found, Customers) else _print(found)
    else:
        write(_body(found, form), output)


def _report(
    store: Store, sources: list[SourceConfig], since: str, until: str | None, by: str | None
) -> Report:
    with _shelf(store, sources) as shelf:
        return made(shelf, period(since, until, _least(shelf)), by)


def _months(store: Store, sources: list[SourceConfig], since: str, until: str | None) -> Customers:
    with _shelf(store, sources) as shelf:
        return by_month(shelf, period(since, until, _least(shelf)))


@contextlib.contextmanager
def _shelf(store: Store, sources: list[SourceConfig]) -> Iterator[list[Books]]:
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(opened(store, source(one))) for one in sources]


def _least(shelf: list[Books]) -> int:
    return min(books.watermark for books in shelf)


def _body(found: Report | Customers, form: str) -> bytes:
    if form == "html":
        return _page(found).encode()
    if form == "csv":
        return found.frame().to_csv(index=False, lineterminator="\n").encode()
    if form == "parquet":
        return _parquet(found)
    return found.frame().to_string(index=False).encode() + b"\n"


def _page(found: Report | Customers) -> str:
    if isinstance(found, Customers):
        from exporter.reporting import customerspage

        return customerspage.page(found)
    from exporter.reporting.page import page

    return page(found)


def _parquet(found: Report | Customers) -> bytes:
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


def _print_months(found: Customers) -> None:
    from exporter.reporting.customerspage import names, text_of
    from exporter.reporting.words import DASH

    months = names(found)
    click.echo(f"{', '.join(found.sources)}: customers by month, which begin in {found.zone}")
    for currency in found.currencies:
        click.echo(f"\n{currency or 'customers'}")
        print_table(
            [
                {"month": name, **{cell.title: text_of(cell) for cell in found.of(currency, month)}}
                for month, name in months.items()
            ]
        )
    if any(cell.value is None for cell in found.cells):
        click.echo(f"\n{DASH}: {TOO_FEW}, of ARPA at the end", err=True)
