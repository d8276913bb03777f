"""The root of the command line."""

from __future__ import annotations

import logging
import sys
from typing import Final

import rich_click as click

from exporter.cli.lazy import Lazy, Places
from exporter.cli.wiring import Unusable
from exporter.release import release

COMMANDS: Final[Places] = {
    "demo": ("demo", "demo"),
    "init": ("init", "init"),
    "check": ("check", "check"),
    "run": ("run", "run"),
    "sync": ("sync", "sync"),
    "status": ("store", "status"),
    "metrics": ("store", "metrics"),
    "report": ("report", "report"),
    "impact": ("impact", "impact"),
    "explain": ("explain", "explain"),
    "reconcile": ("reconcile", "reconcile"),
    "recompute": ("recompute", "recompute"),
    "backfill": ("backfill", "backfill"),
    "dashboards": ("dashboards", "dashboards"),
    "alerts": ("alerts", "alerts"),
    "connector": ("connector", "connector"),
}


@click.group(
    cls=Lazy,
    within="exporter.cli",
    places=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(release(), prog_name="deskpulse")
def command() -> None:
    """Exact support metrics for Prometheus, from your helpdesk."""
    logging.basicConfig(
        level=logging.WARNING,
        format="%(asctime)s %(levelname)s %(message)s",
        stream=sys.stderr,
        force=True,
    )
    # These two log addresses with their query strings; deskpulse says what matters itself.
    for name in ("urllib3", "uvicorn"):
        logging.getLogger(name).setLevel(logging.CRITICAL)


def main() -> None:
    """The program: a verdict on the configuration or the usage ends it with exit code 2."""
    try:
        command(prog_name="deskpulse")
    except Unusable as verdict:
        click.echo(str(verdict), err=True)
        sys.exit(2)
