"""The kinds of values that deskpulse's own keys take, read from the text that was typed."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from exporter.config.marked import Value
from exporter.config.problems import did_you_mean
from exporter.config.verdicts import EMPTY
from exporter.labels import Labeller

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

T = TypeVar("T")
ChoiceT = TypeVar("ChoiceT", bound=StrEnum)

UNITS: Final = {"d": 86_400.0, "h": 3_600.0, "m": 60.0, "s": 1.0, "ms": 0.001, "": 1.0}
DURATION: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(d|h|ms|m|s|$)\s*", re.ASCII)
SHORTEST: Final = timedelta(seconds=1)
LONGEST: Final = timedelta(days=1)
LONGEST_PROMISE: Final = timedelta(days=366)
MOST_VALUES: Final = 1_000
POSTGRESQL: Final = ("postgresql+psycopg", "postgresql", "postgres")
ADDRESS: Final = re.compile(
    r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<host>[^\s:\[\]]+)):(?P<port>\d{1,5})"
)


class Wrong(Exception):
    """A value that cannot be used: what it must be, never what it is."""


class HostPort(NamedTuple):
    """An address to listen on. Port 0 lets the system choose one."""

    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def a_duration(value: Value, longest: timedelta = LONGEST) -> timedelta:
    """A time from one second to `longest`, whole days: `30s`, `5m`, `1h30m`, or plain seconds."""
    text = a_text(value)
    parts = DURATION.findall(text)
    if not parts or DURATION.sub("", text):
        raise Wrong("must be a duration, such as 30s, 5m or 1h")
    seconds = sum(float(number) * UNITS[unit] for number, unit in parts)
    if not SHORTEST.total_seconds() <= seconds <= longest.total_seconds():
        raise Wrong(f"must be between 1s and {longest.days}d")
    return timedelta(seconds=seconds)


def a_promise(value: Value) -> timedelta:
    """A duration of up to 366 days."""
    return a_duration(value, LONGEST_PROMISE)


def a_count(value: Value) -> int:
    """A whole number between 1 and 1,000."""
    text = a_text(value)
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:9]) <= MOST_VALUES):
        raise Wrong(f"must be a whole number between 1 and {MOST_VALUES}")
    return int(text[:9])


def a_listen_address(value: Value) -> HostPort:
    """A host and a port, an IPv6 host in brackets."""
    return _an_address(value, "an address and a port, such as 127.0.0.1:9464 or 0.0.0.0:9464")


def a_server(value: Value) -> str:
    """HOST:PORT of a server elsewhere, an IPv6 host in brackets."""
    return str(_an_address(value, "a host and a port, such as example.com:9093"))


def _an_address(value: Value, what: str) -> HostPort:
    match = ADDRESS.fullmatch(a_text(value))
    if not match or int(match["port"]) > 65_535:
        raise Wrong(f"must be {what}")
    return HostPort(match["six"] or match["host"], int(match["port"]))


def names(value: Value, labeller: Labeller) -> tuple[str, ...]:
    """A list of different names, as they are shown in labels."""
    if value is None:
        raise Wrong(EMPTY)
    if not isinstance(value, list):
        raise Wrong("must be a list of names, such as [Support, Billing]")
    if not all(isinstance(item, str) and item.strip() for item in value):
        raise Wrong("must be a list of names: one of them is empty or no plain text")
    return listed(value, a_name(labeller)) if value else ()


def listed(value: Value, parse: Callable[[Value], T]) -> tuple[T, ...]:
    """One value or a list of different ones, each as `parse` reads it."""
    found = tuple(parse(item) for item in (value if isinstance(value, list) else [value]))
    if not found:
        raise Wrong(EMPTY)
    if len(set(found)) != len(found):
        raise Wrong("names the same thing twice: take one out")
    return found


def a_name(labeller: Labeller) -> Callable[[Value], str]:
    """What reads a name and gives it as it is shown in labels."""
    return lambda value: labeller.label(a_word(value))


def a_word(value: Value) -> str:
    """A text that is not empty."""
    text = a_text(value)
    if not text:
        raise Wrong(EMPTY)
    return text


def a_choice(kind: type[ChoiceT]) -> Callable[[Value], ChoiceT]:
    """What reads one word out of a vocabulary."""

    def read(value: Value) -> ChoiceT:
        word = a_word(value).lower()
        if word not in set(kind):
            raise Wrong(f"is none that there is: {did_you_mean(word, kind)}")
        return kind(word)

    return read


def a_store(value: Value, folder: Path) -> str:
    """SQLAlchemy's URL of a SQLite file, whose relative path is taken from `folder`, or of a
    PostgreSQL database.
    """
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        url: URL | None = make_url(a_text(value))
    except (ArgumentError, ValueError):
        url = None  # raised below, so that no cause with the URL's password in it hangs on to it
    if url is not None and url.drivername in POSTGRESQL:
        return _a_database(url)
    if url is None or url.get_backend_name() != "sqlite":
        raise Wrong(
            "must be a SQLite file, such as sqlite:///deskpulse.db, or a PostgreSQL database, "
            "such as postgresql://user:${PASSWORD}@host/deskpulse"
        )
    if url.database in (None, "", ":memory:"):
        raise Wrong("names no file: counters must outlive a restart; write sqlite:///deskpulse.db")
    path = folder / Path(str(url.database)).expanduser()
    return url.set(database=str(path)).render_as_string(hide_password=False)


def _a_database(url: URL) -> str:
    """A PostgreSQL database, with the driver that deskpulse uses."""
    if not url.database:
        raise Wrong("names no database: write postgresql://user:${PASSWORD}@host/deskpulse")
    if "@" in (url.host or "") or "password" in url.query:
        # What stands before the host would otherwise be told as part of it.
        raise Wrong("has a password that cannot be told apart: write an @ in it as %40")
    return url.set(drivername=POSTGRESQL[0]).render_as_string(hide_password=False)


def a_text(value: Value) -> str:
    """One value on its line."""
    if value is None:
        raise Wrong(EMPTY)
    if not isinstance(value, str):
        raise Wrong("must be one value, not a list or a group of keys")
    return value.strip()
