"""deskpulse.yaml: what an operator says, validated; each error names its line and its remedy.

    store: sqlite:///deskpulse.db
    listen: 127.0.0.1:9464
    scrape_interval: 60s
    sources:
      zendesk-eu:
        vendor: zendesk
        poll: 60s
        teams: [Support, Billing]
        max_teams: 50
        subdomain: acme
        api_token: ${ZENDESK_EU_API_TOKEN}

What is not a key of deskpulse itself belongs to the vendor's `settings_type`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

from connectors import Connector, Settings
from connectors.discovery import discover
from exporter.config.marked import NO_BLANK, WITHOUT_A_BLANK, Document, Keys, Value, read
from exporter.config.problems import OF_VENDORS, ConfigError, Problem, did_you_mean, nearest
from exporter.config.references import References
from exporter.config.settings import SettingsReader
from exporter.config.values import (
    HostPort,
    Wrong,
    a_count,
    a_duration,
    a_listen_address,
    a_store,
    names,
)

__all__ = ["Config", "ConfigError", "HostPort", "Problem", "SourceConfig", "load"]

T = TypeVar("T")
Vendors = Mapping[str, type[Connector[Any]]]

SOURCE_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
KEYS: Final = ("store", "listen", "scrape_interval", "sources")
SOURCE_KEYS: Final = ("vendor", "poll", "teams", "max_teams")
DEFAULT_STORE: Final = "sqlite:///deskpulse.db"
DEFAULT_LISTEN: Final = HostPort("127.0.0.1", 9464)
DEFAULT_SCRAPE_INTERVAL: Final = timedelta(seconds=60)
DEFAULT_POLL: Final = timedelta(seconds=60)
DEFAULT_TEAMS: Final[tuple[str, ...]] = ()
DEFAULT_MAX_TEAMS: Final = 50
EXAMPLE: Final = "add 'sources:' and below it a name with its vendor; `deskpulse init` writes one"


@dataclass(frozen=True, slots=True)
class SourceConfig:
    """One helpdesk to be polled.

    poll: the time between two polls.
    teams: known teams, whose series exist from the start.
    max_teams: how many values the label `team` may take.
    settings: what the vendor needs; secrets in it are `SecretStr`.
    """

    name: str
    vendor: str
    poll: timedelta
    teams: tuple[str, ...]
    max_teams: int
    settings: Settings
    connector_type: type[Connector[Any]]

    def connector(self) -> Connector[Any]:
        """A new connector with these settings. Asks no network."""
        return self.connector_type(self.name, self.settings)


@dataclass(frozen=True, slots=True)
class Config:
    """A whole configuration that can be used.

    store_url: SQLAlchemy's URL, its path absolute.
    scrape_interval: the longest interval at which a Prometheus scrapes.
    warnings: what works and had better be changed.
    """

    path: Path
    store_url: str
    listen: HostPort
    scrape_interval: timedelta
    sources: tuple[SourceConfig, ...]
    warnings: tuple[Problem, ...] = ()


def load(path: Path, environ: Mapping[str, str], vendors: Vendors | None = None) -> Config:
    """The configuration in `path`, its `${NAME}` taken from `environ`.

    vendors: connector classes by name; None asks `connectors.discovery`.
    Raises `ConfigError` with everything that is wrong at once.
    """
    problems: list[Problem] = []
    document = read(path, problems)
    return _Loader(document, environ, vendors, problems).config()


class _Loader:
    """Reads one document, and goes on after a problem to find the others."""

    def __init__(
        self,
        document: Document,
        environ: Mapping[str, str],
        vendors: Vendors | None,
        problems: list[Problem],
    ) -> None:
        self._document = document
        self._references = References(document, environ)
        self._problems = problems
        self._warnings: list[Problem] = []
        self._broken: Mapping[str, str] = {}
        if vendors is None:
            found = discover()
            vendors, self._broken = found.vendors, found.broken
        self._vendors = vendors

    def config(self) -> Config:
        top = self._top()
        for key in top.keys() - set(KEYS):
            hint = did_you_mean(key, KEYS)
            if key in SOURCE_KEYS:
                hint = "move it below a source"
            self._note((key,), f"is no key of this file: {hint}")
        folder = self._document.file.absolute().parent
        store = partial(a_store, folder=folder)
        config = Config(
            path=self._document.file,
            store_url=self._taken(top, ("store",), store(DEFAULT_STORE), store),
            listen=self._taken(top, ("listen",), DEFAULT_LISTEN, a_listen_address),
            scrape_interval=self._taken(
                top, ("scrape_interval",), DEFAULT_SCRAPE_INTERVAL, a_duration
            ),
            sources=self._sources(top),
            warnings=tuple(sorted(self._warnings)),
        )
        for keys, why in self._references.failed.items():
            self._note(keys, why)
        if self._problems:
            raise ConfigError(self._problems)
        return config

    def _top(self) -> dict[str, Value]:
        value = self._references.resolve(self._document.value)
        if isinstance(value, dict):
            return value
        what = "is empty" if value is None else "holds no keys"
        if not self._problems:
            problem = Problem(self._document.file, 1, "", f"this file {what}: {EXAMPLE}")
            raise ConfigError([problem])
        raise ConfigError(self._problems)

    def _sources(self, top: dict[str, Value]) -> tuple[SourceConfig, ...]:
        sources = top.get("sources")
        if not sources and ("sources",) not in self._references.failed:
            what = "is missing" if "sources" not in top else "is empty"
            if "sources" in top or not _misspelt("sources", top, KEYS):
                self._note(("sources",), f"{what}: {EXAMPLE}")
        elif not isinstance(sources, dict):
            self._note(("sources",), "must be a group of names, indented below it")
        else:
            found = [self._source(name, source) for name, source in sources.items()]
            return tuple(source for source in found if source)
        return ()

    def _source(self, name: str, value: Value) -> SourceConfig | None:
        path: Keys = ("sources", name)
        if not SOURCE_NAME.fullmatch(name):
            self._note(path, "is no name for a source: use up to 63 small letters, digits, '-' "
                       "and '_', the first a letter or a digit")  # fmt: skip
        if path in self._references.failed:
            return None
        if not isinstance(value, dict):
            together = isinstance(value, str) and NO_BLANK.match(value)
            group = "must be a group of keys, indented below it: begin with 'vendor:'"
            self._note(path, WITHOUT_A_BLANK if together else group)
            return None
        connector_type = self._connector_type(value, path)
        poll = self._taken(value, (*path, "poll"), DEFAULT_POLL, a_duration)
        teams = self._taken(value, (*path, "teams"), DEFAULT_TEAMS, names)
        most = self._taken(value, (*path, "max_teams"), DEFAULT_MAX_TEAMS, a_count)
        if len(teams) > most:
            self._note((*path, "teams"), "names more teams than max_teams allows: raise max_teams")
        if connector_type is None:
            return None
        own = {key: inner for key, inner in value.items() if key not in SOURCE_KEYS}
        reader = SettingsReader(
            self._document,
            self._references,
            path,
            vendor=connector_type.vendor,
            reserved=SOURCE_KEYS,
        )
        settings = reader.read(own, connector_type.settings_type)
        self._problems += reader.problems
        self._warnings += reader.warnings
        if settings is None:
            return None
        return SourceConfig(
            name, connector_type.vendor, poll, teams, most, settings, connector_type
        )

    def _connector_type(self, source: dict[str, Value], path: Keys) -> type[Connector[Any]] | None:
        name = source.get("vendor")
        if word := _misspelt("vendor", source, SOURCE_KEYS):
            self._note((*path, word), "is no key of a source: did you mean 'vendor'?")
        elif "vendor" not in source:
            self._note(path, f"needs a vendor: add 'vendor:'; {did_you_mean('', self._vendors)}")
        elif isinstance(name, str) and name in self._vendors:
            return self._vendors[name]
        elif (*path, "vendor") not in self._references.failed:
            word = name if isinstance(name, str) else ""
            hint = did_you_mean(word, self._vendors, OF_VENDORS)
            broken = "".join(f"; {place} is broken: {why}" for place, why in self._broken.items())
            self._note((*path, "vendor"), f"is no known vendor: {hint}{broken}")
        return None

    def _taken(
        self, group: dict[str, Value], path: Keys, default: T, parse: Callable[[Value], T]
    ) -> T:
        key = str(path[-1])
        if key not in group or self._references.hurt(path):
            return default
        try:
            return parse(group[key])
        except Wrong as verdict:
            self._note(path, str(verdict))
            return default

    def _note(self, path: Keys, message: str) -> None:
        self._problems.append(self._document.problem(path, message))


def _misspelt(key: str, group: Mapping[str, Value], known: Collection[str]) -> str | None:
    """The word in `group` that was meant to be `key`, where `key` itself is not there."""
    if key in group:
        return None
    words = sorted(group.keys() - set(known))
    return next((word for word in words if nearest(word, known) == key), None)
