"""`deskpulse alerts test`: the proofs of the alerts, tried against the rules."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

import rich_click as click

from alerts.build import committed, rule_files, write
from alerts.narrowing import narrowed
from alerts.parameters import PRODUCTION, Parameters
from alerts.proofs import changed, proofs
from exporter.cli.wiring import Unusable, config_option, read_installation
from exporter.programs import PROMTOOL, Said, said

Outcome = Mapping[str, Said]

APART: Final = (
    "With your {} these do not hold as they are written, and what they prove is proven for the "
    "defaults alone: {}."
)


@click.command()
@click.argument("names", nargs=-1, metavar="[PROOF]...")
@click.option(
    "--strict", is_flag=True, help="Fail, too, where a proof does not hold with your thresholds."
)
@config_option
def test(names: tuple[str, ...], strict: bool, path: Path) -> None:
    """Try the proofs of the alerts: silent first, then firing, silent in what only looks alike.

    They are tried with the default thresholds, for which they are written, and with those of the
    configuration where these differ. Prints what came of each PROOF, by default of all. Needs
    promtool.
    """
    found = PROMTOOL.find()
    if found is None:
        raise Unusable(f"promtool is not installed and tries the proofs: {PROMTOOL.remedy}.")
    chosen = _chosen(names)
    own = read_installation(path).parameters
    differ = changed(own)
    by_default = _tried(found, chosen, PRODUCTION)
    with_own = _tried(found, chosen, own) if differ else by_default
    for name in chosen:
        click.echo(f"{_verdict(name, by_default, with_own):<24}{name}")
    for name in _failed(by_default):
        click.echo(f"{name}:\n{by_default[name].words}", err=True)
    apart = sorted(_failed(with_own) - _failed(by_default))
    if apart:
        click.echo(APART.format(", ".join(differ), ", ".join(apart)), err=True)
    refused = _refused(found, own)
    if refused or _failed(by_default) or (strict and apart):
        sys.exit(1)


def _chosen(names: Sequence[str]) -> Mapping[str, str]:
    """The proofs of these names, all where there is none."""
    known = proofs()
    if unknown := sorted(set(names) - set(known)):
        raise Unusable(f"There is no proof {', '.join(unknown)}; there are: {', '.join(known)}.")
    return {name: text for name, text in known.items() if not names or name in names}


def _tried(found: str, chosen: Mapping[str, str], parameters: Parameters) -> Outcome:
    """What promtool says of each proof against rules with these windows and thresholds."""
    plain = replace(parameters, links=PRODUCTION.links)  # proofs compare annotations to the letter
    rules = {name: text for name, text in committed().items() if name.startswith("rules/")}
    rules.update(rule_files(plain))
    with tempfile.TemporaryDirectory(prefix="deskpulse-proofs-") as name:
        commands = []
        for proof, text in chosen.items():
            needed = {name: narrowed(rule_file, proof) for name, rule_file in rules.items()}
            file, *_ = write(Path(name) / proof, {f"tests/{proof}.yml": text, **needed})
            commands.append(["test", "rules", file])
        with ThreadPoolExecutor() as pool:
            outcomes = pool.map(partial(said, found), commands)
            return dict(zip(chosen, outcomes, strict=True))


def _failed(outcome: Outcome) -> set[str]:
    return {name for name, one in outcome.items() if not one.succeeded}


def _verdict(name: str, by_default: Outcome, with_own: Outcome) -> str:
    if not by_default[name].succeeded:
        return "FAILED"
    return "proven" if with_own[name].succeeded else "with the defaults only"


def _refused(found: str, parameters: Parameters) -> bool:
    """Whether promtool refuses the rules; why, on standard error."""
    with tempfile.TemporaryDirectory(prefix="deskpulse-rules-") as name:
        verdict = said(found, ["check", "rules", *write(Path(name), rule_files(parameters))])
    if not verdict.succeeded:
        click.echo(f"promtool refuses the rules:\n{verdict.words}", err=True)
    return not verdict.succeeded
