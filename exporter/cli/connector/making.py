"""`deskpulse connector new`: a connector that works at once, on synthetic data."""

from __future__ import annotations

import os
import shutil
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

import rich_click as click

import connectors
from connectors.discovery import discover
from exporter.cli.wiring import Unusable

if TYPE_CHECKING:
    from exporter.scaffold import Vendor

AUTHS: Final = ("bearer", "basic", "header", "none")
PAGINATIONS: Final = ("cursor", "page", "offset", "link")
GUIDE: Final = "docs/connectors.md of deskpulse"
NO_CREDENTIAL: Final = {"check-tells-credentials": "the vendor asks nobody for a credential"}


@click.command("new")
@click.argument("name")
@click.option("--title", default="", help="The vendor's name as a person writes it.")
@click.option(
    "--auth",
    type=click.Choice(AUTHS),
    default="bearer",
    show_default=True,
    help="How one signs in: a token, user and password, a key in a header of its own, or not.",
)
@click.option(
    "--pagination",
    type=click.Choice(PAGINATIONS),
    default="cursor",
    show_default=True,
    help="How the vendor pages its tickets: its own cursor, page numbers, offsets, Link headers.",
)
@click.option(
    "--as",
    "where",
    type=click.Choice(("here", "project")),
    help="Within a checkout of deskpulse, or as a project of its own. Default: here in the "
    "checkout that deskpulse runs from, else a project.",
)
def new(name: str, title: str, auth: str, pagination: str, where: str | None) -> None:
    """Make the connector NAME, which works at once, and say where to put what is its vendor's.

    What it makes asks an invented helpdesk, brings a simulator of it, and passes certification.
    """
    from exporter.scaffold import Vendor

    try:
        vendor = Vendor(name, title, auth, pagination)
    except ValueError as error:
        raise Unusable(str(error)) from error
    _refuse_twins(vendor)
    checkout = None if where == "project" else _checkout()
    if where == "here" and checkout is None:
        raise Unusable(
            "This folder is in no checkout of deskpulse: go into one, or make a project of its own "
            f"with `deskpulse connector new {name} --as project`."
        )
    if checkout is not None and not _runs(checkout):
        _tell_of_another(checkout, name, refuse=where == "here")
        checkout = None
    if checkout is None:
        _make_project(vendor)
    else:
        _make_here(vendor, checkout)


def _refuse_twins(vendor: Vendor) -> None:
    """Raise `Unusable` where a vendor is called so already, as Python spells it."""
    for known in discover().vendors:
        if known.replace("-", "_") == vendor.identifier:
            same = "" if known == vendor.name else f", which Python spells like '{vendor.name}'"
            raise Unusable(
                f"There is a vendor '{known}' already{same}: choose another name, or go on with "
                f"what it has (`deskpulse connector try {known}`)."
            )


def _tell_of_another(checkout: Path, name: str, *, refuse: bool) -> None:
    """Say that the checkout we are in is not the deskpulse that runs, which would not find what is
    made there. Raises `Unusable` where it was to be made there."""
    told = f"This deskpulse does not run from {checkout}, and finds no connector that is made there"
    if refuse:
        raise Unusable(
            f"{told}: run the deskpulse of that checkout (`make test` installs it in .venv), or "
            f"make a project of its own with `deskpulse connector new {name} --as project`."
        )
    click.echo(f"{told}: making a project of its own.", err=True)


def _make_here(vendor: Vendor, checkout: Path) -> None:
    from exporter.scaffold import package

    target = checkout / "connectors" / vendor.identifier
    if target.with_suffix(".py").exists():
        _taken(target.with_suffix(".py"))
    _write(target, {**package(vendor, f"connectors.{vendor.identifier}"), **_quality(vendor)})
    _tell(vendor, target, checkout, [])


def _make_project(vendor: Vendor) -> None:
    from exporter.scaffold import package, project

    folder = f"deskpulse_{vendor.identifier}"
    target = Path.cwd() / f"deskpulse-{vendor.name}"
    for other in sorted(Path.cwd().glob("deskpulse-*")):
        if other.name.replace("-", "_") == folder:
            _taken(other)
    inner = {**package(vendor, folder), **_quality(vendor)}
    whole = {f"{folder}/{path}": text for path, text in inner.items()}
    _write(target, {**project(vendor, folder), **whole})
    install = f"cd {target.name} && python -m pip install --editable ."
    _tell(vendor, target, target.parent, [install])


def _checkout() -> Path | None:
    """The checkout of deskpulse that we are in."""
    here = Path.cwd()
    return next((folder for folder in (here, *here.parents) if _is_checkout(folder)), None)


def _runs(checkout: Path) -> bool:
    """Whether the deskpulse that runs is that of a checkout."""
    own = (checkout / "connectors").resolve()
    return any(Path(place).resolve() == own for place in connectors.__path__)


def _is_checkout(folder: Path) -> bool:
    try:
        told = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    is_ours = told.get("project", {}).get("name") == "deskpulse"
    return is_ours and (folder / "connectors" / "discovery.py").is_file()


def _quality(vendor: Vendor) -> dict[str, str]:
    """What is known of it so far: nothing is proven."""
    from exporter.certify.quality import FILE, Quality

    exempt = NO_CREDENTIAL if vendor.auth == "none" else {}
    return {FILE: Quality(exempt=exempt).text()}


def _write(target: Path, texts: Mapping[str, str]) -> None:
    """All of the files or, where one cannot be written, none. Raises `Unusable`."""
    if target.exists() or target.is_symlink():
        _taken(target)
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        for path, text in texts.items():
            place = draft / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, encoding="utf-8")
        draft.rename(target)
    except OSError as error:
        raise Unusable(
            f"{target} cannot be written: {error.strerror}. Nothing was made; mend that, or go to "
            "a folder that you may write to."
        ) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _taken(target: Path) -> NoReturn:
    raise Unusable(
        f"{target} exists already: choose another name for the connector, or move that away."
    )


def _tell(vendor: Vendor, target: Path, root: Path, before: list[str]) -> None:
    """What was made, as seen from `root`, and what to do next."""
    for path in sorted(path for path in target.rglob("*") if path.is_file()):
        click.echo(path.relative_to(root))
    click.echo(f"\n{vendor.shown} works already, on synthetic data. Next:\n")
    steps = (
        *before,
        f"deskpulse connector try {vendor.name}",
        f"deskpulse connector certify {vendor.name}",
    )
    for step in steps:
        click.echo(f"  {step}")
    places = "`# your vendor:` marks every place that is to become the vendor's own"
    click.echo(f"\n{places}; {GUIDE} takes them in order.")
