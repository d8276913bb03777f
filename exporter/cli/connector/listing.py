"""`deskpulse connector list`: every vendor, how far it can be trusted, and what it measures."""

from __future__ import annotations

import sys
from typing import Any, Final

import rich_click as click
from rich.console import Console
from rich.table import Table

from connectors import Connector
from connectors.discovery import discover
from exporter.certify.candidate import folder_of
from exporter.certify.quality import Quality, QualityError
from exporter.certify.table import measured

WIDEST: Final = 10_000
"""No line is longer: what other programs read has one line for each vendor."""
COLUMNS: Final = ("vendor", "tier", "title", "measures", "from")


@click.command("list")
def list_() -> None:
    """Print every vendor that a configuration may name, its tier and what it measures.

    The tiers are what `deskpulse connector certify` found: bronze, silver, gold.
    """
    found = discover()
    table = Table(box=None, pad_edge=False)
    for title in COLUMNS:
        table.add_column(title, overflow="fold")
    troubles = dict(found.broken)
    for name, kind in found.vendors.items():
        quality = Quality()
        try:
            quality = Quality.read(folder_of(kind))
        except QualityError as error:
            troubles[f"The quality of {name}"] = str(error)
        table.add_row(name, _tier(quality), kind.title, measured(quality.tells), _place(kind))
    console = Console()
    if not console.is_terminal:
        console.width = WIDEST
    console.print(table, markup=False, highlight=False)
    for place, reason in troubles.items():
        click.echo(f"{place} cannot be used: {reason}", err=True)
    if troubles:
        sys.exit(1)


def _tier(quality: Quality) -> str:
    return "none" if quality.tier is None else str(quality.tier)


def _place(kind: type[Connector[Any]]) -> str:
    return kind.__module__.rpartition(".")[0]
