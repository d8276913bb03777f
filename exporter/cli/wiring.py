"""What the commands have in common: from a configuration file to sources, store and pollers."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, Final, TypeVar

import rich_click as click
from click.core import ParameterSource

from alerts.installation import Installation
from exporter.config import Config, ConfigError, HostPort, SourceConfig, load, load_alerts
from exporter.source import Source

if TYPE_CHECKING:
    from exporter.store import Store
    from exporter.sync import Poller

# No form pleases every vendor: a token or a name, an e-mail address, the address of an account.
STAND_INS: Final = (
    "throw-away-unneeded", "throw-away@unneeded.example", "https://unneeded.example"
)  # fmt: skip
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

CommandT = TypeVar("CommandT", bound=Callable[..., Any])


class Unusable(Exception):
    """Bad configuration or usage: the verdict is printed as it is, with exit code 2.

    Not one of click's exceptions: those are framed, and a path in a frame cannot be copied.
    """


class Address(click.ParamType[HostPort]):
    """HOST:PORT, with an IPv6 host in brackets."""

    name = "HOST:PORT"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> HostPort:
        """The address that was typed."""
        host, colon, port = str(value).rpartition(":")
        if not colon or not host or not port.isdecimal() or int(port) > 65535:
            self.fail(
                f"'{value}' is no address; write HOST:PORT, such as 127.0.0.1:9464", param, ctx
            )
        return HostPort(host.strip("[]"), int(port))


def config_option(command: CommandT) -> CommandT:
    """The option --config, the same on every command that reads a configuration."""
    option = click.option(
        "--config",
        "path",
        type=click.Path(path_type=Path, dir_okay=False),
        default=Path("deskpulse.yaml"),
        show_default=True,
        metavar="FILE",
        help="The configuration to read.",
    )
    return option(command)


class _Unneeded(dict[str, str]):
    """The environment for a command that asks nobody: what is not set does not matter.

    missing: what was asked for and is not set.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        super().__init__(environ)
        self.missing: dict[str, None] = {}

    def __contains__(self, name: object) -> bool:
        return True

    def __missing__(self, name: str) -> str:
        self.missing[name] = None
        return STAND_INS[0]


def read_config(path: Path, *, secrets: bool = True) -> Config:
    """The configuration; its warnings on standard error. Raises `Unusable`.

    secrets: whether the variables that it names must be set.
    """
    try:
        config = load(path, os.environ) if secrets else _without_secrets(path)
    except ConfigError as error:
        raise Unusable(str(error)) from error
    for warning in config.warnings:
        click.echo(f"warning: {warning}", err=True)
    return config


def read_installation(path: Path) -> Installation:
    """What the configuration says of alerts, whatever else it says. Raises `Unusable`.

    Where the command was not told which to read and there is none, the defaults; that is said on
    standard error.
    """
    context = click.get_current_context(silent=True)
    named = context is None or context.get_parameter_source("path") is not ParameterSource.DEFAULT
    if not named and not path.exists():
        click.echo(f"There is no {path} here: these are the defaults.", err=True)
        return Installation()
    try:
        return load_alerts(path, os.environ)
    except ConfigError as error:
        raise Unusable(str(error)) from error


def _without_secrets(path: Path) -> Config:
    """The configuration; for each variable that is not set, whichever stand-in vendors accept."""
    environ = _Unneeded(os.environ)
    fewest, found = _loaded(path, environ)
    for name in tuple(environ.missing) if fewest else ():
        tried: dict[str, int] = {}
        for tried_one in STAND_INS:
            environ[name] = tried_one
            tried[tried_one], found = _loaded(path, environ)
            if found:
                return found
        environ[name] = min(tried, key=tried.__getitem__)
    return found or load(path, os.environ)


def _loaded(path: Path, environ: Mapping[str, str]) -> tuple[int, Config | None]:
    """How much is wrong, and the configuration where nothing is."""
    try:
        return 0, load(path, environ)
    except ConfigError as error:
        return len(error.problems), None


def source(config: SourceConfig) -> Source:
    """A configured source as the exporter knows it. Asks no network."""
    return Source(
        name=config.name,
        vendor=config.vendor,
        measures=config.measures(),
        teams=config.teams,
        max_teams=config.max_teams,
        max_categories=config.max_categories,
        poll=config.poll,
        definition=config.definition,
        money=config.money,
        helpdesks=config.helpdesks(),
        joining=config.service.joining,
        expectations=config.service.expectations,
        confirm=config.confirm,
        webhooks=config.webhooks is not None,
        labeller=config.labeller,
    )


@contextlib.contextmanager
def opened_store(config: Config, *, existing: bool = False) -> Iterator[Store]:
    """The store of a configuration, made where there is none, unless it must be an `existing` one.
    Raises `Unusable`.
    """
    from exporter.store import Store, StoreError

    file = store_file(config)
    if existing and file is not None and not file.exists():
        raise Unusable(f"There is no store at {file} yet: `deskpulse sync` makes it.")
    try:
        store = Store.open(config.store_url)
    except StoreError as error:
        raise Unusable(str(error)) from error
    try:
        yield store
    except StoreError as error:
        raise Unusable(str(error)) from error
    finally:
        store.close()


def store_file(config: Config) -> Path | None:
    """The file of a SQLite store; None for any other."""
    from sqlalchemy.engine import make_url

    url = make_url(config.store_url)
    is_file = url.get_backend_name() == "sqlite" and url.database
    return Path(str(url.database)) if is_file else None


@contextlib.contextmanager
def pollers(config: Config, store: Store, patience: float = 0.0) -> Iterator[list[Poller]]:
    """One poller for each configured source, the sources known to the store. Raises `Unusable`.

    patience: seconds for which the end waits for polls that are under way.
    """
    from exporter.store import StoreError
    from exporter.sync import Poller

    sources = [source(one) for one in config.sources]
    try:
        store.prepare(sources)
    except StoreError as error:
        raise Unusable(str(error)) from error
    made = [
        Poller(store, known, one.connector)
        for known, one in zip(sources, config.sources, strict=True)
    ]
    try:
        yield made
    finally:
        for poller in made:
            poller.close(patience)


def _is_waived(number: signal.Signals) -> bool:
    return number is signal.SIGHUP and signal.getsignal(number) is signal.SIG_IGN


@contextlib.contextmanager
def ending_on_signals() -> Iterator[threading.Event]:
    """An event that SIGINT, SIGTERM and SIGHUP set, while the context is open.

    A SIGHUP that is ignored stays so: `nohup` asks for that. An ignored SIGINT is only how shells
    start what runs in the background.
    """
    ended = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        ended.set()

    before = {number: signal.signal(number, end) for number in _ENDING if not _is_waived(number)}
    try:
        yield ended
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


__all__ = [
    "Address",
    "Unusable",
    "config_option",
    "ending_on_signals",
    "opened_store",
    "pollers",
    "read_config",
    "read_installation",
    "source",
    "store_file",
]
