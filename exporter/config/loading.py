"""deskpulse.yaml: what an operator says, validated; each error names its line and its remedy.

    store: sqlite:///deskpulse.db
    listen: 127.0.0.1:9464
    public_url: https://pulse.acme.example
    scrape_interval: 60s
    schedules: ...        # exporter/config/schedules.py
    alerts: ...           # exporter/config/alerts.py
    sources:
      zendesk-eu:
        vendor: zendesk
        poll: 60s
        teams: [Support, Billing]
        max_teams: 50
        max_categories: 50
        schedule: office  # and targets, categories, ...: exporter/config/definitions.py
        subdomain: acme
        api_token: ${ZENDESK_EU_API_TOKEN}

What is not a key of deskpulse itself belongs to the vendor's `settings_type`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

from alerts.installation import Installation
from connectors import Connector, Measures, Settings, discovery
from exporter.config import customers, definitions, economics, volume, webhooks
from exporter.config.alerts import read_alerts
from exporter.config.configured import DEFAULT_MAX, Config, SourceConfig
from exporter.config.groups import Group
from exporter.config.key import InstallationKey
from exporter.config.marked import Document, Keys, Value, read
from exporter.config.problems import OF_VENDORS, ConfigError, Problem, did_you_mean
from exporter.config.references import References
from exporter.config.schedules import Schedules, read_schedules
from exporter.config.settings import SettingsReader
from exporter.config.thresholds import an_address
from exporter.config.values import (
    HostPort,
    a_count,
    a_duration,
    a_listen_address,
    a_store,
    names,
)
from exporter.definition import Definition
from exporter.labels import Labeller

__all__ = ["Config", "ConfigError", "HostPort", "Problem", "SourceConfig", "load", "load_alerts"]

Vendors = Mapping[str, type[Connector[Any]]]

SOURCE_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
KEYS: Final = (
    "store", "listen", "public_url", "scrape_interval", "schedules", "sources", "alerts",
)  # fmt: skip
OF_ALERTS: Final = ("scrape_interval", "alerts")
SOURCE_KEYS: Final = (
    "vendor", "poll", "teams", "max_teams", "max_categories", *definitions.KEYS, *economics.KEYS,
    *customers.KEYS, *volume.KEYS, *webhooks.KEYS,
)  # fmt: skip
DEFAULT_STORE: Final = "deskpulse.db"
DEFAULT_LISTEN: Final = HostPort("127.0.0.1", 9464)
DEFAULT_SCRAPE_INTERVAL: Final = timedelta(seconds=60)
DEFAULT_POLL: Final = timedelta(seconds=60)
DEFAULT_TEAMS: Final[tuple[str, ...]] = ()
EXAMPLE: Final = "add 'sources:' and below it a name with its vendor; `deskpulse init` writes one"


def load(path: Path, environ: Mapping[str, str], vendors: Vendors | None = None) -> Config:
    """The configuration in `path`, its `${NAME}` taken from `environ`.

    vendors: connector classes by name; None asks `connectors.discovery`.
    Raises `ConfigError` with everything that is wrong at once.
    """
    problems: list[Problem] = []
    document = read(path, problems)
    return _Loader(document, environ, vendors, problems).config()


def load_alerts(path: Path, environ: Mapping[str, str]) -> Installation:
    """What `path` says of alerts and nothing else: no secret of a source need be there.

    Raises `ConfigError` with everything that is wrong with it at once.
    """
    problems: list[Problem] = []
    document = read(path, problems)
    return _Loader(document, environ, {}, problems).installation()


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
        self._vendors = discovery.Vendors() if vendors is None else vendors
        self._labeller = Labeller(InstallationKey(document.file))
        self._found: dict[str, SourceConfig] = {}

    def config(self) -> Config:
        top = self._top(self._references.resolve(self._document.value))
        self._check_keys(top)
        folder = self._document.file.absolute().parent
        store = partial(a_store, folder=folder)
        scrape_interval = top.taken("scrape_interval", DEFAULT_SCRAPE_INTERVAL, a_duration)
        config = Config(
            path=self._document.file,
            store_url=top.taken("store", f"sqlite:///{folder / DEFAULT_STORE}", store),
            listen=top.taken("listen", DEFAULT_LISTEN, a_listen_address),
            scrape_interval=scrape_interval,
            sources=self._sources(top, read_schedules(top)),
            alerts=read_alerts(top, scrape_interval),
            public_url=top.taken("public_url", "", an_address),
            warnings=tuple(sorted(self._warnings)),
        )
        self._raise(self._references.failed)
        return config

    def installation(self) -> Installation:
        top = self._top(self._document.value)
        self._check_keys(top)
        told = {key: value for key, value in top.values.items() if key in OF_ALERTS}
        top = replace(top, values={k: self._references.resolve(told[k], (k,)) for k in told})
        scrape_interval = top.taken("scrape_interval", DEFAULT_SCRAPE_INTERVAL, a_duration)
        found = read_alerts(top, scrape_interval)
        self._raise(keys for keys in self._references.failed if keys[:1] and keys[0] in OF_ALERTS)
        return found

    def _raise(self, failed: Iterable[Keys]) -> None:
        """Raise what is wrong, with the references of these that lead nowhere."""
        why = self._references.failed
        self._problems += (self._document.problem(keys, why[keys]) for keys in failed)
        if self._problems:
            raise ConfigError(self._problems)

    def _check_keys(self, top: Group) -> None:
        for key in top.values.keys() - set(KEYS):
            hint = did_you_mean(key, KEYS)
            if key in SOURCE_KEYS:
                hint = "move it below a source"
            top.note(f"is no key of this file: {hint}", key)

    def _top(self, value: Value) -> Group:
        if isinstance(value, dict):
            return Group(self._document, self._references, self._problems, (), value)
        what = "is empty" if value is None else "holds no keys"
        if not self._problems:
            problem = Problem(self._document.file, 1, "", f"this file {what}: {EXAMPLE}")
            raise ConfigError([problem])
        raise ConfigError(self._problems)

    def _sources(self, top: Group, schedules: Schedules | None) -> tuple[SourceConfig, ...]:
        sources = top.values.get("sources")
        if not sources and ("sources",) not in self._references.failed:
            what = "is missing" if "sources" not in top.values else "is empty"
            if "sources" in top.values or not top.misspelt("sources", KEYS):
                top.note(f"{what}: {EXAMPLE}", "sources")
        elif not isinstance(sources, dict):
            top.note("must be a group of names, indented below it", "sources")
        else:
            group = top.group("sources", EXAMPLE)
            self._check_names(group)
            below = {name: one for name, one in group.groups("begin with 'vendor:'") if one}
            for name, one in below.items():
                if found := self._source(name, one, schedules, sources):
                    self._found[name] = found
            for name, found in self._found.items():
                customers.note_mute(below[name], found.service, self._measures)
        return tuple(self._found.values())

    def _measures(self, name: str) -> Measures | None:
        return self._found[name].measures() if name in self._found else None

    def _check_names(self, sources: Group) -> None:
        for name in sources.values:
            if not SOURCE_NAME.fullmatch(name):
                sources.note("is no name for a source: use up to 63 small letters, digits, '-' "
                             "and '_', the first a letter or a digit", name)  # fmt: skip

    def _source(
        self, name: str, group: Group, schedules: Schedules | None, sources: Collection[str]
    ) -> SourceConfig | None:
        connector_type = self._connector_type(group)
        poll = group.taken("poll", DEFAULT_POLL, a_duration)
        teams = group.taken("teams", DEFAULT_TEAMS, partial(names, labeller=self._labeller))
        max_teams = group.taken("max_teams", DEFAULT_MAX, a_count)
        if len(teams) > max_teams:
            group.note("names more teams than max_teams allows: raise max_teams", "teams")
        definition = definitions.read_definition(group, schedules, self._labeller)
        max_categories = group.taken("max_categories", DEFAULT_MAX, a_count)
        if len(definition.categories) > max_categories:
            group.note("are more than max_categories allows: raise max_categories", "categories")
        money = economics.read_economics(group)
        service = customers.read_service(group, sources)
        settings = self._settings(group, connector_type, definition) if connector_type else None
        if connector_type is None or settings is None:
            return None
        found = SourceConfig(
            name=name,
            vendor=connector_type.vendor,
            poll=poll,
            teams=teams,
            max_teams=max_teams,
            settings=settings,
            connector_type=connector_type,
            definition=definition,
            money=money,
            service=service,
            confirm=volume.read_confirm(group),
            webhooks=webhooks.read_webhooks(group, connector_type.webhooks),
            max_categories=max_categories,
            category_lines=self._category_lines(group.path, definition),
            labeller=self._labeller,
            beside=self._found,
        )
        economics.note_where_untold(group, found.measures)
        customers.note_where_untold(group, found.measures)
        return found

    def _settings(
        self, group: Group, kind: type[Connector[Any]], definition: Definition
    ) -> Settings | None:
        own = {key: inner for key, inner in group.values.items() if key not in SOURCE_KEYS}
        reader = SettingsReader(
            self._document,
            self._references,
            group.path,
            vendor=kind.vendor,
            reserved=SOURCE_KEYS,
        )
        settings = reader.read(own, kind.settings_type)
        self._problems += reader.problems
        self._warnings += (*reader.warnings, *webhooks.plain_secrets(group))
        return None if settings is None else _reading(settings, definition, group)

    def _category_lines(self, path: Keys, definition: Definition) -> dict[str, int]:
        """The line of each category, by its name as a label."""
        inside = (*path, "categories")
        lines = {
            self._labeller.label(str(keys[-1])): line
            for keys, line in self._document.lines.items()
            if keys[:-1] == inside
        }
        whole = self._document.line(inside)
        return {one.name: lines.get(one.name, whole) for one in definition.categories}

    def _connector_type(self, group: Group) -> type[Connector[Any]] | None:
        name = group.values.get("vendor")
        if word := group.misspelt("vendor", SOURCE_KEYS):
            group.note("is no key of a source: did you mean 'vendor'?", word)
        elif "vendor" not in group.values:
            group.note(f"needs a vendor: add 'vendor:'; {did_you_mean('', self._vendors)}")
        elif isinstance(name, str) and name in self._vendors:
            return self._vendors[name]
        elif (*group.path, "vendor") not in self._references.failed:
            word = name if isinstance(name, str) else ""
            hint = did_you_mean(word, self._vendors, OF_VENDORS)
            known = self._vendors
            troubles = known.broken if isinstance(known, discovery.Vendors) else {}
            broken = "".join(f"; {place} is broken: {why}" for place, why in troubles.items())
            group.note(f"is no known vendor: {hint}{broken}", "vendor")
        return None


def _reading(settings: Settings, definition: Definition, group: Group) -> Settings | None:
    """The settings, with the fields told that categories are made from."""
    try:
        return settings.reading(definition.fields)
    except ValueError as error:
        group.note(f"{error}", "categories" if definition.categories else "category_field")
        return None
