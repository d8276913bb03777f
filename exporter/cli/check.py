"""`deskpulse check`: is the configuration right, does every source let us in, what can it tell?"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

import rich_click as click

from connectors import Fact, Finding, Measures
from exporter.cli.joins import about_joins
from exporter.cli.webhooks import about_webhooks
from exporter.cli.wiring import config_option, read_config
from exporter.config import SourceConfig

_MARKS = {"ok": ("✓", "green"), "warning": ("!", "yellow"), "error": ("✗", "red")}


@click.command()
@config_option
def check(path: Path) -> None:
    """Validate the configuration, sign in to every source and say what it can measure."""
    config = read_config(path)
    failed = False
    for source in config.sources:
        click.secho(f"{source.name} ({source.vendor})", bold=True)
        findings = _findings(source)
        _print_findings(findings)
        if any(finding.level == "error" for finding in findings):
            failed = True
        else:
            _print_findings(about_joins(config, source))
            _print_findings(about_webhooks(config, source))
            _print_measures(source.measures())
    if failed:
        sys.exit(1)


def _findings(source: SourceConfig) -> list[Finding]:
    connector = source.connector()
    try:
        return connector.check()
    finally:
        connector.close()


def _print_findings(findings: Iterable[Finding]) -> None:
    for finding in findings:
        mark, colour = _MARKS[finding.level]
        click.secho(f"  {mark} {finding.message}", fg=colour)


def _print_measures(measures: Measures) -> None:
    click.echo("  can tell")
    for fact in Fact:
        if fact in measures.told:
            told = measures.told[fact]
            unit = "" if told.precision == 1 else f", to {told.precision} s"
            note = f": {told.note}" if told.note else ""
            click.echo(f"    {_words(fact)}{unit}{note}")
    if measures.untold:
        click.echo("  cannot tell")
        for fact, reason in measures.untold.items():
            click.echo(f"    {_words(fact)}: {reason}")
    for note in measures.notes:
        click.echo(f"  note: {note}")


def _words(fact: Fact) -> str:
    return fact.value.replace("_", " ")
