"""From a value in JSON to what a fact needs: one function for each kind of value.

None is a value that is not there. What cannot be read is a `Flaw`, which never holds the value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from connectors.fields.settings import UNIX
from connectors.fields.words import (
    LONGEST,
    NO,
    OWN_WORDS,
    SECONDS,
    SEPARATORS,
    Flaw,
    Vocabulary,
)
from connectors.rest.settings import RestSettings
from connectors.verdicts import YEARS

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
ISO: Final = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:?\d{2}.*)?", re.ASCII)
NUMBER: Final = re.compile(r"\d{1,15}(?:\.\d{1,9})?", re.ASCII)
LARGEST: Final = 10**9
NESTED: Final = "holds a group or a list: go on to a value in it, as in group.name"


class Values:
    """Reads the values of the facts of one source."""

    def __init__(self, settings: RestSettings) -> None:
        self._form = settings.time_format
        self._zone = ZoneInfo(settings.zone)
        self._seconds = SECONDS[settings.waited_in]
        self._words = Vocabulary(settings.values)

    def value(self, fact: str, told: object) -> Any:
        """What the value of a fact says; a further field is text or a tuple of it."""
        return READ.get(fact, Values.further)(self, fact, told)

    def text(self, _fact: str, told: object) -> str | Flaw | None:
        """Text; a number or a truth as JSON writes it."""
        if told is None:
            return None
        if isinstance(told, dict | list):
            return Flaw(NESTED)
        text = _plain(told)
        if len(text) > LONGEST:
            return Flaw(f"holds more than {LONGEST} characters: is it the right field?")
        return text or None

    def further(self, fact: str, told: object) -> str | tuple[str, ...] | Flaw | None:
        """Text, or of a list its texts."""
        return self.tags(fact, told) if isinstance(told, list) else self.text(fact, told)

    def flag(self, _fact: str, told: object) -> bool:
        """Whether anything affirmative stands there."""
        if isinstance(told, dict | list):
            return bool(told)
        return told is not None and _plain(told).casefold() not in NO

    def tags(self, fact: str, told: object) -> tuple[str, ...] | Flaw:
        """A list of texts, or one text of words, apart by blanks, commas, semicolons or bars."""
        if isinstance(told, list):
            items = [self.text(fact, item) for item in told]
            flaw = next((item for item in items if isinstance(item, Flaw)), None)
            return flaw or tuple(item for item in items if isinstance(item, str))
        text = self.text(fact, told)
        if isinstance(text, Flaw):
            return text
        return tuple(word for word in SEPARATORS.split(text or "") if word)

    def word(self, fact: str, told: object) -> object:
        """What a word of a vocabulary means."""
        text = self.text(fact, told)
        return text if isinstance(text, Flaw) else self._words.meaning(fact, text or "")

    def whole(self, _fact: str, told: object) -> int | Flaw | None:
        """A whole number, 0 or more."""
        number = _number(told)
        if isinstance(number, float) and (not number.is_integer() or number >= LARGEST):
            return Flaw("holds no whole number")
        return Flaw("holds no whole number") if isinstance(number, Flaw) else _int(number)

    def score(self, fact: str, told: object) -> int | Flaw | None:
        """A whole number, which may be given as a word."""
        plain = isinstance(told, str | bool | int)
        return self.whole(fact, self._words.score(_plain(told)) if plain else told)

    def amount(self, _fact: str, told: object) -> int | Flaw | None:
        """A stretch of time in whole seconds."""
        number = _number(told)
        return number if isinstance(number, Flaw) else _int(number, self._seconds)

    def instant(self, _fact: str, told: object) -> datetime | Flaw | None:
        """An instant in UTC. 0 of Unix time is none."""
        if told in (None, "") or (self._form in UNIX and told in (0, "0")):
            return None
        if isinstance(told, bool | dict | list):
            at = None
        elif self._form in UNIX:
            at = _since_epoch(told, 1000 if self._form == "unix_ms" else 1)
        else:
            at = self._written(told) if isinstance(told, str) else None
        if at is not None and at.year in YEARS:
            return at
        form = "the form 2024-03-31T08:00:00Z" if self._form is None else f"the form {self._form}"
        return Flaw(f"holds no time of {form} (`time_format`)")

    def _written(self, text: str) -> datetime | None:
        """A time in text. One that the zone's clocks show twice is the first of the two."""
        text = text.strip()
        try:
            if self._form is not None:
                at = datetime.strptime(text, self._form)  # noqa: DTZ007 -- placed below
            elif ISO.fullmatch(text):
                at = datetime.fromisoformat(text)
            else:
                return None
            return (at if at.tzinfo else at.replace(tzinfo=self._zone)).astimezone(UTC)
        except (ValueError, OverflowError):
            return None


READ: Final[Mapping[str, Callable[[Values, str, object], Any]]] = {
    **dict.fromkeys(("id", "team", "language", "customer", "domain"), Values.text),
    **dict.fromkeys(OWN_WORDS, Values.word),
    **dict.fromkeys(("assigned", "offered"), Values.flag),
    **dict.fromkeys(("reopens", "reassignments", "replies"), Values.whole),
    **dict.fromkeys(("rating", "recommendation", "effort"), Values.score),
    **dict.fromkeys(("waited", "waited_business"), Values.amount),
    **dict.fromkeys(("created", "changed", "first_response", "rating_at"), Values.instant),
    **dict.fromkeys(("first_solved", "solved", "closed"), Values.instant),
    "tags": Values.tags,
}


def _plain(told: object) -> str:
    """A single value as text."""
    if isinstance(told, bool):
        return "true" if told else "false"
    if isinstance(told, float) and told.is_integer():
        return f"{told:.0f}"
    return str(told).strip()


def _number(told: object) -> float | Flaw | None:
    """A number, 0 or more."""
    if told is None or told == "":
        return None
    if isinstance(told, str) and NUMBER.fullmatch(told.strip()):
        return float(told)
    if isinstance(told, int | float) and not isinstance(told, bool) and 0 <= told < LARGEST**2:
        return float(told)
    return Flaw("holds no number")


def _int(number: float | None, times: int = 1) -> int | None:
    return None if number is None else int(number * times)


def _since_epoch(told: object, parts: int) -> datetime | None:
    number = _number(told)
    if number is None or isinstance(number, Flaw):
        return None
    try:
        return EPOCH + timedelta(seconds=number / parts)
    except OverflowError:
        return None
