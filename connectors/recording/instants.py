"""Numbers that are instants: Unix seconds or milliseconds, whatever their field is called.

A telephone number may look like one. So a field is believed only as a whole: nothing else than
instants stands in it anywhere in a recording, and its name is not that of a person's number.
And texts that are instants, in the form that the settings say, where they name the field.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from connectors.recording.words import CALLED, CALLED_STEMS, MEASURED, PERSONAL, tokens

EARLIEST: Final = 946_684_800  # 2000-01-01, in seconds
LATEST: Final = 4_102_444_800  # 2100-01-01
UNSET: Final = (None, "", 0, "0")
ASKED: Final = "?"
_COMPARED: Final = re.compile(r"([A-Za-z_][\w.]{0,60})[^\w^&,;]{1,4}$", re.ASCII)
"""A field and how it is compared, in a query language; or a step of a path."""


class Instants:
    """Which fields of answers, and which parameters of requests, hold instants alone."""

    def __init__(self) -> None:
        self._held: dict[str, bool] = {}

    def learn(self, told: object) -> None:
        """Take in every value of JSON."""
        for key, value in leaves(told):
            self._take(key, value)

    def learn_query(self, url: str) -> None:
        """Take in every parameter of an address."""
        for name, value in parse_qsl(urlsplit(url).query):
            self._take(f"{ASKED}{name}", value)

    def hold(self, key: str) -> bool:
        """Whether nothing but instants stands in a field of answers."""
        return self._held.get(key, False)

    def hold_asked(self, name: str) -> bool:
        """Whether nothing but instants is asked for in a parameter."""
        return self._held.get(f"{ASKED}{name}", False)

    def compared(self, before: str, digits: str) -> bool:
        """Whether digits are an instant with which a field is compared, whose name ends `before`;
        the name of what is measured, or of a field that holds instants alone."""
        found = _COMPARED.search(before)
        if found is None or is_called(found[1]) or not is_instant(digits):
            return False
        return bool(set(tokens(found[1])) & MEASURED) or self.hold(found[1])

    def _take(self, key: str, value: object) -> None:
        if isinstance(value, bool) or value not in UNSET:
            fits = bool(key) and not is_called(key) and is_instant(value)
            self._held[key] = fits and self._held.get(key, True)


def is_instant(value: object) -> bool:
    """Whether a whole number, or its digits, is an instant from 2000 to 2100."""
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) <= 13:
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        return False
    return any(EARLIEST * unit <= value < LATEST * unit for unit in (1, 1000))


def is_written(text: str, forms: Iterable[str]) -> bool:
    """Whether a text is an instant in one of the forms of `strptime`."""
    return any(_fits(text.strip(), form) for form in forms)


def _fits(text: str, form: str) -> bool:
    try:
        datetime.strptime(text, form)  # noqa: DTZ007 -- whether, not when
    except ValueError:
        return False
    return True


def is_called(key: str) -> bool:
    """Whether a field of this name may hold what a person is called, or called by."""
    return bool(set(tokens(key)) & (PERSONAL | CALLED) or CALLED_STEMS.search(key.lower()))


def leaves(told: object) -> Iterator[tuple[str, object]]:
    """Every value of JSON that holds no other, with the key under which it stands."""
    waiting: list[tuple[str, object]] = [("", told)]
    while waiting:
        key, one = waiting.pop()
        if isinstance(one, dict):
            waiting.extend(one.items())
        elif isinstance(one, list):
            waiting.extend((key, inner) for inner in one)
        else:
            yield key, one
