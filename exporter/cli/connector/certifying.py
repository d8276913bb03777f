"""`deskpulse connector certify`: tries every rule, and writes down what came of it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import rich_click as click
from rich.console import Console
from rich.status import Status
from rich.table import Table

from connectors.discovery import BrokenConnector
from exporter.certify.candidate import Candidate
from exporter.certify.quality import FILE, Quality, QualityError, drift
from exporter.certify.scale import Mark, Result, Rule, Tier
from exporter.certify.suite import attempt, rules
from exporter.cli.wiring import Unusable

SIGNS = {Mark.DONE: "✓", Mark.TODO: "✗", Mark.EXEMPT: "–", Mark.UNPROVEN: "?"}


@click.command()
@click.argument("vendor", required=False)
@click.option(
    "--tier",
    type=click.Choice([str(tier) for tier in Tier]),
    help="Try the rules up to this tier only, and fail where it is not reached. What is above it "
    f"is then not said in {FILE}, unless with --check.",
)
@click.option("--check", is_flag=True, help=f"Write nothing; fail where {FILE} says otherwise.")
@click.option("--rules", "listed", is_flag=True, help="Print every rule, and try none.")
def certify(vendor: str | None, tier: str | None, check: bool, listed: bool) -> None:
    """Hold VENDOR's connector against every rule, and print the tier that it reaches.

    No network and no credentials are needed: the vendor's simulator answers. What is found is
    written to quality.yaml in the vendor's package.
    """
    if listed:
        _print_rules()
        return
    if vendor is None:
        raise Unusable("Name the vendor: `deskpulse connector certify VENDOR`.")
    try:
        candidate = Candidate.of(vendor)
        before = Quality.read(candidate.folder)
        tells = candidate.tells()
    except BrokenConnector as error:
        raise Unusable(f"{error}. `deskpulse connector list` shows every vendor.") from error
    except QualityError as error:
        raise Unusable(str(error)) from error
    except Exception as error:  # a connector may do anything
        raise Unusable(
            f"{vendor} cannot be certified: what it declares raises {type(error).__name__} "
            f"({error}). Mend its settings, its `measures` and its simulator's `settings` first."
        ) from error
    asked = Tier(tier) if tier else Tier.GOLD
    results = _tried(candidate, tuple(rules(asked)), before)
    after = before.found(results, tells)
    reached = "no tier" if after.tier is None else str(after.tier)
    for one in (one for one in results if one.mark is Mark.UNPROVEN):
        click.echo(f"{one.rule.id} could not be tried and stands as before: {one.reason}", err=True)
    rest = "" if asked is Tier.GOLD else f"; nothing above {asked} was tried"
    click.echo(f"{candidate.connector.title}: {reached}{rest}")
    differs = _checked(before, after, asked) if check else _written(candidate.folder, after)
    wanted = Tier(tier) if tier else Tier.BRONZE
    if differs or after.tier is None or after.tier.rank < wanted.rank:
        sys.exit(1)


def _tried(candidate: Candidate, asked: Sequence[Rule], before: Quality) -> list[Result]:
    """What comes of each rule, printed as it comes."""
    console = Console(highlight=False)
    told: Tier | None = None
    results = []
    for rule in asked:
        if rule.tier is not told:
            console.print(f"{rule.tier}", style="bold")
            told = rule.tier
        with Status(f"  {rule.title} …", console=console):
            result = attempt(candidate, rule, before.exempt.get(rule.id))
        results.append(result)
        console.print(f"  {SIGNS[result.mark]} {rule.title}  [{rule.id}, {result.seconds:.1f} s]",
                      markup=False)  # fmt: skip
        if result.reason:
            console.print(f"      {result.reason}", markup=False)
    return results


def _checked(before: Quality, after: Quality, asked: Tier) -> bool:
    """Whether the file says something else than what was found; what, on standard error."""
    found = drift(before, after, asked)
    for line in found:
        click.echo(f"{FILE}: {line}", err=True)
    if found:
        click.echo("Mend the connector, or certify it anew without --check.", err=True)
    return bool(found)


def _written(folder: Path, after: Quality) -> bool:
    """Write the file; gives False, for nothing differs then."""
    try:
        after.write(folder)
    except OSError as error:
        raise Unusable(
            f"{folder / FILE} cannot be written: {error.strerror}. Certify in a checkout of the "
            "connector, or use --check."
        ) from error
    click.echo(f"Written to {folder / FILE}.")
    return False


def _print_rules() -> None:
    table = Table(box=None, pad_edge=False)
    for title in ("tier", "rule", "promise"):
        table.add_column(title, overflow="fold")
    for rule in rules():
        table.add_row(rule.tier, rule.id, rule.title)
    Console().print(table, markup=False, highlight=False)
