"""The root of the command line."""

from __future__ import annotations

import logging
import sys

import rich_click as click

from exporter.cli.backfill import backfill
from exporter.cli.check import check
from exporter.cli.connector import connector
from exporter.cli.demo import demo
from exporter.cli.explain import explain
from exporter.cli.init import init
from exporter.cli.recompute import recompute
from exporter.cli.reconcile import reconcile
from exporter.cli.report import report
from exporter.cli.run import run
from exporter.cli.store import metrics, status
from exporter.cli.sync import sync
from exporter.cli.wiring import Unusable
from exporter.serving.exposition import release


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
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


for each in (demo, init, check, run, sync, backfill, metrics, status, recompute, connector,
             explain, report, reconcile):  # fmt: skip
    command.add_command(each)


def main() -> None:
    """The program: a verdict on the configuration or the usage ends it with exit code 2."""
    try:
        command(prog_name="deskpulse")
    except Unusable as verdict:
        click.echo(str(verdict), err=True)
        sys.exit(2)
