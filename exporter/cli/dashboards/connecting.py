"""What `publish` and `diff` have in common: which Grafana, whose token, and what would change."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import rich_click as click

from dashboards import source
from dashboards.building import built
from dashboards.grafana import Address, Grafana, Settings
from dashboards.publishing import FOLDER, Asked, Plan, planned
from dashboards.refusals import A_NEW_ONE, GrafanaError
from exporter.cli.options import together
from exporter.cli.wiring import Unusable, config_option, read_installation

URLS: Final = ("DESKPULSE_GRAFANA_URL", "GRAFANA_URL")
TOKENS: Final = ("DESKPULSE_GRAFANA_TOKEN", "GRAFANA_TOKEN")
A_TOKEN: Final = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True, slots=True)
class Target:
    """What was asked for on the command line. path: of the configuration."""

    path: Path
    url: str | None
    plain_http: bool
    folder: str
    name: str
    prometheus: str
    deskpulse: str


target_options: Final = together(
    config_option,
    click.option(
        "--url",
        envvar=URLS,
        metavar="URL",
        help=f"The address of Grafana; {URLS[0]} and {URLS[1]} say it too.",
    ),
    click.option("--plain-http", is_flag=True, help="Send the token even where it is readable."),
    click.option(
        "--folder",
        default=FOLDER,
        show_default=True,
        metavar="TITLE|UID",
        help="The folder for new dashboards, made where there is none.",
    ),
    click.option(
        "--datasource",
        "name",
        default="",
        metavar="NAME",
        help="The Prometheus data source of Grafana that the dashboards begin with.",
    ),
    click.option(
        "--prometheus-url",
        "prometheus",
        default="",
        metavar="URL",
        help="Make that data source, or bring it up to date: Prometheus as Grafana reaches it.",
    ),
    click.option(
        "--deskpulse-url",
        "deskpulse",
        default="",
        metavar="URL",
        help="deskpulse as a browser reaches it: exemplars then lead to their tickets.",
    ),
)
"""Whose thresholds, which Grafana, which folder and which data source."""


@contextlib.contextmanager
def connected(target: Target) -> Iterator[tuple[Grafana, Settings]]:
    """The Grafana, and what it says of itself. Raises `Unusable`, for any `GrafanaError` too."""
    address = _address(target)
    with Grafana(address, _token()) as grafana:
        try:
            yield grafana, grafana.settings()
        except GrafanaError as error:
            raise Unusable(str(error)) from error


def plan(grafana: Grafana, settings: Settings, target: Target) -> Plan:
    """All that would change. Raises `GrafanaError`, and `Unusable` for what cannot be meant."""
    installation = read_installation(target.path)
    boards, asked = built(installation.parameters), _asked(target, installation.scrape_interval)
    return planned(grafana, settings, boards, target.folder, asked)


def _asked(target: Target, every: timedelta) -> Asked:
    if target.name and target.prometheus:
        raise Unusable("--datasource names one that exists, --prometheus-url makes one: name one.")
    if target.deskpulse and not target.prometheus:
        raise Unusable("--deskpulse-url goes with --prometheus-url: it is a part of that one.")
    for option, url in (("prometheus", target.prometheus), ("deskpulse", target.deskpulse)):
        if url:
            _check_url(f"--{option}-url", url)
    if not target.prometheus:
        return Asked(target.name)
    return Asked(wanted=source.prometheus(target.prometheus, target.deskpulse, every))


def _check_url(option: str, url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
        raise Unusable(f"{option} is no address: write http(s)://HOST:PORT, without credentials.")


def _address(target: Target) -> Address:
    if not target.url:
        raise Unusable(f"Which Grafana? Say it with --url, or set {URLS[0]}.")
    try:
        address = Address.of(target.url)
    except ValueError as error:
        raise Unusable(f"The address of Grafana cannot be used: {error}.") from error
    if address.is_in_the_clear and not target.plain_http:
        raise Unusable(
            f"{address} is not encrypted, and everyone on the way could read the token: use https, "
            "or say --plain-http where that network is yours alone."
        )
    return address


def _token() -> str:
    """From the environment, for others on this machine can read command lines."""
    name = next((name for name in TOKENS if os.environ.get(name, "").strip()), None)
    if name is None:
        raise Unusable(f"No token is set: {A_NEW_ONE} ({TOKENS[1]} is read too).")
    token = os.environ[name].strip()
    if not A_TOKEN.fullmatch(token):
        raise Unusable(f"{name} holds spaces, line ends or other signs that no token has.")
    return token
