"""`thresholds` and `links` of the alerts: where a number begins to be bad, and where links lead.

thresholds: {unanswered_at_work: 4h, backlog_ratio: 2, stale_after: 1h}
links: {grafana: https://grafana.example, runbooks: https://wiki.example/runbooks}

Every field of `alerts.thresholds.Thresholds` and `alerts.parameters.Windows` is a key by its name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from datetime import timedelta
from typing import Any, Final, get_type_hints
from urllib.parse import urlsplit

from alerts.parameters import PRODUCTION, Links, Parameters, Windows
from alerts.thresholds import Thresholds
from exporter.config.groups import Group
from exporter.config.marked import Value
from exporter.config.values import Wrong, a_promise, a_word, listed

LINKS: Final = tuple(field.name for field in fields(Links))
AS_THRESHOLDS: Final = "name what is to change, as in 'unanswered_at_work: 4h'"
AS_LINKS: Final = "write 'grafana:' or 'runbooks:' below it, each with an address"
NUMBER: Final = re.compile(r"\d{1,9}(?:\.\d{1,9})?", re.ASCII)
SHARES: Final = ("_share", "_objective", "_drop", "_rise")
"""How the names of shares end."""

ASCENDING: Final = (
    ("unanswered_at_work", "unanswered_always"),
    ("unanswered_always", "unanswered_abandoned"),
)
"""The first of each must be less than the second."""


def a_number(value: Value) -> float:
    """A number above 0."""
    text = a_word(value)
    if not NUMBER.fullmatch(text) or not float(text):
        raise Wrong("must be a number above 0, such as 1.5")
    return float(text)


def a_share(value: Value) -> float:
    """A number above 0 and up to 1."""
    share = a_number(value)
    if share > 1:
        raise Wrong("must be a share above 0 and up to 1, such as 0.5 for half")
    return share


def a_whole_number(value: Value) -> int:
    """A whole number above 0."""
    number = a_number(value)
    if not number.is_integer():
        raise Wrong("must be a whole number above 0, such as 10")
    return int(number)


def a_length(value: Value) -> timedelta:
    """A duration of whole seconds, as Prometheus has no others here."""
    length = a_promise(value)
    if length % timedelta(seconds=1):
        raise Wrong("must be whole seconds")
    return length


def lengths(value: Value) -> tuple[timedelta, ...]:
    """One duration or a list of different ones."""
    return listed(value, a_length)


def an_address(value: Value) -> str:
    """The address of a web server, without a slash at its end, a password or blanks."""
    text = a_word(value).rstrip("/")
    try:
        parts = urlsplit(text)
        whole = parts.scheme in {"http", "https"} and parts.hostname and not re.search(r"\s", text)
    except ValueError:
        whole, parts = False, urlsplit("")
    if not whole:
        raise Wrong("must be an address, such as https://example.com")
    if parts.username is not None or parts.password is not None:
        raise Wrong("has a name or a password in it, which is no place for a secret: take it out")
    return text


KINDS: Final[Mapping[object, Callable[[Value], object]]] = {
    float: a_number,
    int: a_whole_number,
    timedelta: a_length,
    tuple[timedelta, ...]: lengths,
}


def parsers(kind: type) -> dict[str, Callable[[Value], object]]:
    """What reads each field of a table of thresholds, by the type that it is declared with."""
    hints = get_type_hints(kind)
    told = ((field.name, KINDS.get(hints[field.name])) for field in fields(kind))
    found = {name: parse for name, parse in told if parse}
    shares = {name: a_share for name in found if name.endswith(SHARES)}
    return {**found, **shares}


THRESHOLDS: Final = parsers(Thresholds)
WINDOWS: Final = parsers(Windows)
KEYS: Final = (*THRESHOLDS, *WINDOWS)


def read_parameters(alerts: Group) -> Parameters:
    """What the rules are built with; what is wrong is noted and left as it is by default."""
    group = alerts.group("thresholds", AS_THRESHOLDS)
    group.only(KEYS, "thresholds")
    given = replace(
        PRODUCTION,
        thresholds=replace(PRODUCTION.thresholds, **_taken(group, THRESHOLDS)),
        windows=replace(PRODUCTION.windows, **_taken(group, WINDOWS)),
        links=_links(alerts.group("links", AS_LINKS)),
    )
    for less, more in ASCENDING:
        if getattr(given.thresholds, less) >= getattr(given.thresholds, more):
            group.note(f"must be less than {more}", less)
    return given


def _taken(group: Group, known: Mapping[str, Callable[[Value], object]]) -> dict[str, Any]:
    found = {name: group.taken(name, None, parse) for name, parse in known.items()}
    return {name: value for name, value in found.items() if value is not None}


def _links(group: Group) -> Links:
    group.only(LINKS, "links")
    told = {name: group.taken(name, getattr(PRODUCTION.links, name), an_address) for name in LINKS}
    return Links(**told)
