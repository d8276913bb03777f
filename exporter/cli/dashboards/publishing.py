"""`deskpulse dashboards publish` and `diff`: the dashboards in a Grafana that exists."""

from __future__ import annotations

import sys
from typing import Any, Final

import rich_click as click

from dashboards.meaning import difference
from dashboards.publishing import Plan, applied
from dashboards.refusals import GrafanaError, lacking
from dashboards.standing import Board, State
from exporter.cli.dashboards.connecting import Target, connected, plan, target_options
from exporter.release import release

WOULD: Final = {
    State.MISSING: "would be created",
    State.SAME: "nothing to change",
    State.OLD: "would be updated",
    State.EDITED: "was changed in Grafana",
    State.FOREIGN: "is another dashboard",
    State.LOCKED: "cannot be changed",
}


@click.command()
@target_options
@click.option("--overwrite", is_flag=True, help="Replace what was changed in Grafana, too.")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
def publish(*, overwrite: bool, dry_run: bool, **given: Any) -> None:
    """Write the dashboards to a Grafana that exists, 11 or newer. Nothing is ever deleted.

    The token is read from DESKPULSE_GRAFANA_TOKEN or GRAFANA_TOKEN: of a service account with the
    role Editor, or Admin with --prometheus-url. All is looked at before anything is written.
    """
    target = Target(**given)
    with connected(target) as (grafana, settings):
        found = plan(grafana, settings, target)
        click.echo(f"Grafana {settings.version} at {grafana.address}")
        refused = found.refused(overwrite=overwrite)
        for board in refused:
            click.echo(f"{board.title} ({board.uid}): {board.why}.", err=True)
        if refused:
            click.echo("Nothing was written.", err=True)
            sys.exit(1)
        if lacks := found.lacking(settings.rights):
            raise GrafanaError("\n".join(lacking(wish) for wish in lacks))
        if found.is_done:
            click.echo("Nothing to change.")
        elif dry_run:
            _tell(found)
        else:
            for line in applied(grafana, found, release=release(), overwrite=overwrite):
                click.echo(f"  {line}")


@click.command()
@target_options
def diff(**given: Any) -> None:
    """Show what `publish` would change, as a unified diff: 1 where something differs, else 0.

    The token is read from DESKPULSE_GRAFANA_TOKEN or GRAFANA_TOKEN; reading is all it must be
    allowed. What Grafana adds by itself (ids, versions) is left out.
    """
    target = Target(**given)
    with connected(target) as (grafana, settings):
        found = plan(grafana, settings, target)
    if found.is_done:
        return
    _tell(found)
    for board in found.boards:
        _show(board)
    sys.exit(1)


def _tell(found: Plan) -> None:
    """One line for each thing, in the order in which it would be done."""
    made = found.source
    if made is not None:
        click.echo(f"  data source {made.wanted['name']}: {WOULD[made.state]}")
        for line in made.changes:
            click.echo(f"    {line}")
    if found.makes_folder:
        click.echo(f"  folder {found.folder.title}: {WOULD[State.MISSING]}")
    for board in found.boards:
        click.echo(f"  {board.title} ({board.uid}): {WOULD[board.state]}")


def _show(board: Board) -> None:
    if board.stored is None or board.stored.is_newer:
        return
    old, new = f"{board.uid} in Grafana, version {board.stored.version}", f"{board.uid} as built"
    for line in difference(board.stored.content, board.built, old, new):
        click.echo(line)
