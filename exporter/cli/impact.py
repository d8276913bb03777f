"""`deskpulse impact`: whether customers who had bad support leave more often."""

from __future__ import annotations

from pathlib import Path

import rich_click as click

from connectors import Fact
from exporter.cli.explain import chosen, print_table
from exporter.cli.options import answer_options, until_option
from exporter.cli.output import write
from exporter.cli.wiring import Unusable, config_option, opened_store, read_config, source
from exporter.config import Config, SourceConfig
from exporter.customers.experience import DAY
from exporter.customers.identity import By
from exporter.reporting.books import Unanswerable
from exporter.reporting.impact import Impact, Loss, Row
from exporter.reporting.impact import impact as made
from exporter.reporting.words import between, percent, words

FORMATS = ("table", "html", "csv")


@click.command()
@config_option
@click.argument("name", metavar="[SOURCE]", required=False)
@click.option(
    "--since",
    default="90d",
    show_default=True,
    metavar="90d|DATE",
    help="Where the period begins; support of the time before counts.",
)
@until_option
@answer_options(FORMATS)
def impact(
    path: Path, name: str | None, since: str, until: str | None, form: str, output: Path | None
) -> None:
    """Print who of the customers of SOURCE left, by the support they had had. Polls nothing.

    Everybody who paid when the period began, each share and ratio with its interval of 95 %.
    """
    config = read_config(path, secrets=False)
    try:
        asked = _of_customers(config, name)
        with opened_store(config, existing=True) as store:
            found = made(store, source(asked), since, until)
    except Unanswerable as error:
        raise Unusable(str(error)) from error
    if form == "table" and output is None:
        _print(found)
        return
    write(_body(found, form), output)


def _of_customers(config: Config, name: str | None) -> SourceConfig:
    """The source of customers that was asked for, or the only one. Raises `Unanswerable`."""
    found = [one for one in chosen(config, name) if Fact.CUSTOMERS in one.measures().told]
    if not found and name is not None:
        raise Unanswerable(
            f"Source '{name}' tells no customers, and so not who left: name one that does."
        )
    if not found:
        raise Unanswerable(
            f"No source of {config.path} tells customers, so that nobody knows who left: add one "
            "for your CRM or billing (docs/impact.md)."
        )
    if len(found) > 1:
        names = ", ".join(one.name for one in found)
        raise Unanswerable(f"Several sources tell customers: name one of {names}.")
    return found[0]


def _body(found: Impact, form: str) -> bytes:
    if form == "html":
        from exporter.reporting.impactpage import page

        return page(found).encode()
    if form == "csv":
        return found.frame().to_csv(index=False, lineterminator="\n").encode()
    return found.frame().to_string(index=False).encode() + b"\n"


def _print(found: Impact) -> None:
    days = found.window / DAY
    click.echo(
        f"{found.source}: who left from {found.period} UTC, by the support of the "
        f"{days:.4g} days before ({', '.join(found.helpdesks)})"
    )
    joined = sum(found.joins[by] for by in By)
    click.echo(f"{joined:,} of {sum(found.joins.values()):,} tickets have a customer\n")
    print_table([_row(row) for row in found.rows])
    if found.losses:
        click.echo("\nwhat they paid a month when the period began")
        print_table([_loss(loss) for loss in found.losses])
    for note in found.notes:
        click.echo(f"note: {note}", err=True)


def _row(row: Row) -> dict[str, object]:
    return {
        "support": words(row.group),
        "customers": row.n,
        "left": row.left,
        "share": percent(row.share),
        "95 %": between(row.low, row.high),
        "against": words(row.against or ""),
        "times as often": None if row.risk is None else round(row.risk.ratio, 2),
        "95 % ": "" if row.risk is None else f"{row.risk.low:.2f} to {row.risk.high:.2f}",
        "": row.verdict,
    }


def _loss(loss: Loss) -> dict[str, object]:
    return {
        "support": words(loss.group),
        "currency": loss.currency,
        "customers": loss.n,
        "left": loss.left,
        "paid": f"{loss.paid:,.2f}",
        "lost": f"{loss.lost:,.2f}",
        "share": percent(loss.share),
    }
