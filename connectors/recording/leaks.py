"""Looks for what must not be in a finished recording, with rules of its own.

The scrubber takes out what it does not know to be harmless; this asks of every word that is left
who allowed it. A step of the scrubber that fails does not fail here too.
"""

from __future__ import annotations

import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote, quote_plus, unquote_plus

from connectors.recording.instants import Instants, is_called, is_instant, is_written, leaves
from connectors.recording.known import Known
from connectors.recording.replayable import THROW_AWAY
from connectors.recording.scrubber import is_id
from connectors.recording.standins import MADE
from connectors.recording.turn import NO_JSON, Turn, read_json
from connectors.recording.words import (
    HEX,
    HOST,
    ID,
    ID_WITHIN,
    INSTANT,
    KEYS,
    LANGUAGE,
    MEASURED,
    OPERATORS,
    ORIGIN,
    SCHEMA,
    is_recorded,
    tokens,
)

ALLOWED: Final = frozenset(word.lower() for word in SCHEMA | OPERATORS) | {
    *("application", "charset", "deskpulse", "example", "get", "gmt", "http", "https", "json"),
    *("patch", "post", "put", "ratelimit", "recorded", "recording", "rel", "removed", "reset"),
    *("retry", "self", "settings", "turns", "utf", "vendor", "whole"),
}
SHORTEST: Final = 4
FREE_TEXT: Final = 12
MOST_DIGITS: Final = 6
MOST_TOLD: Final = 10

SECRET: Final = "a secret of the settings"  # noqa: S105 -- what it is called
ACCOUNT: Final = "the address or a name of the account"
EMAIL: Final = "an e-mail address"
PHONE: Final = "a telephone number"
TOKEN: Final = "a credential"  # noqa: S105 -- see SECRET
TEXT: Final = "text that nothing allows"

_EMAIL: Final = re.compile(rf"[^\s@]+(?:@|%40)(?!{re.escape(HOST)}\b)[^\s@]+\.[^\s@]")
_PHONE: Final = re.compile(r"\+ ?\d[\d ()/.-]{5,}\d|\(?\b\d{2,5}\)?[ /.-]\d{2,5}[ /.-]\d{2,8}\b")
_TOKENS: Final = re.compile(
    r"\b(?:bearer|basic)\s+[\w.~+/=-]{6,}|\beyJ[\w-]{8,}\.|://[^/\s@]*:[^/\s@]*@", re.IGNORECASE
)
_WORD: Final = re.compile(r"[^\W_]+")
_WHOLE: Final = re.compile("|".join((THROW_AWAY, *sorted(KEYS))))
_HEX: Final = re.compile(rf"\b(?:{HEX.pattern})\b", re.ASCII)
_PLACE: Final = re.compile(r"\$\.turns\[(\d+)\]\.(request|answer)(?:\.json|\.body)?")


@dataclass(frozen=True, slots=True)
class Leak:
    """Where something stands that must not, and what it is; never the thing itself."""

    place: str
    what: str

    def __str__(self) -> str:
        found = _PLACE.match(self.place)
        if found is None:
            return f"{self.place}: {self.what}"
        rest = self.place[found.end() :]
        return f"{found[2]} {int(found[1]) + 1}, ${rest}: {self.what}"


@dataclass(frozen=True)
class Guard:
    """What is looked for. secrets: as they are; private: names and addresses of the account.

    vocabulary: words that came again and again. recorded: keys that the connector vouches for.
    """

    known: Known
    secrets: tuple[str, ...] = ()
    private: tuple[str, ...] = ()
    vocabulary: frozenset[str] = frozenset()
    recorded: frozenset[str] = frozenset()
    raw: set[str] = field(default_factory=set)
    instants: Instants = field(default_factory=Instants)
    ids: set[str] = field(default_factory=set)

    def remember(self, turns: Iterable[Turn]) -> None:
        """Take in what the vendor really said, to find it again."""
        for turn in turns:
            self.instants.learn_query(turn.url)
            told = read_json(turn.body)
            if told is not NO_JSON:
                self.instants.learn(told)
            texts = _texts(told) if told is not NO_JSON else _lines(bytes(turn.body))
            others = (value for name, value in turn.headers.items() if name != "content-type")
            for text in (*texts, *others):
                if len(text) >= FREE_TEXT and " " in text and not INSTANT.fullmatch(text):
                    self.raw.add(text)

    def leaks(self, document: object) -> list[Leak]:
        """What is found in a finished recording, the first few."""
        forms = [form for one in self.secrets for form in spellings(one)]
        words = self._allowed()
        names = [one for one in self.private if len(one) >= SHORTEST and one.lower() not in words]
        private = [form for one in names for form in _plain(one)]
        self.ids.update(_ids(document))
        found = []
        for place, key, text in _walk(document, self):
            what = _pattern(text, forms, private)
            if not (what or text in self.known.values or text in self.vocabulary):
                what = self._unknown(place, key, text, words)
            if what:
                found.append(Leak(place, what))
                if len(found) == MOST_TOLD:
                    break
        return found

    def _unknown(self, place: str, key: str, text: str, words: frozenset[str]) -> str | None:
        """What a text is that no rule allows."""
        if self._is_instant(place, key, text):
            return None
        left = self._unexplained(place, key, text)
        if _PHONE.search(left):
            return PHONE
        if text in self.raw or not left.isascii():
            return TEXT
        recorded = is_recorded(key, self.recorded)
        counted = recorded or is_id(key) or set(tokens(key)) & MEASURED
        found = _WORD.findall(left)
        if not counted and any(len(word) > MOST_DIGITS for word in found if word.isdecimal()):
            return PHONE
        others = (word for word in found if len(word) > 2 and not word.isdecimal())
        return None if recorded or all(_is_allowed(word, words) for word in others) else TEXT

    def _unexplained(self, place: str, key: str, text: str) -> str:
        """A text without stand-ins, instants, and the ids that may stand there."""
        left = unquote_plus(text) if "%" in text else text
        for harmless in (_WHOLE, MADE, INSTANT):
            left = harmless.sub(" ", left)
        if is_id(key) or is_recorded(key, self.recorded):
            left = _HEX.sub(" ", left)
        asked = ".request." in place or text.startswith("/") or ORIGIN in text
        if asked or place.startswith("$.settings"):
            left = ID_WITHIN.sub(self._unless_told, left)
        return left

    def _unless_told(self, found: re.Match[str]) -> str:
        """An id in a request, a link or a setting goes by the place where it was told: an answer,
        which is looked through by its keys, or a number of the settings."""
        before = found.string[: found.start()]
        told = found[0] in self.ids or self.instants.compared(before, found[0])
        return " " if told else found[0]

    def _is_instant(self, place: str, key: str, text: str) -> bool:
        """Whether the whole text is an instant, in a field that holds such."""
        held = self.instants.hold_asked if ".request.query" in place else self.instants.hold
        if is_instant(text) and held(key):
            return True
        is_named = key in self.known.named and not is_called(key)
        return is_named and is_written(text, self.known.forms)

    def _allowed(self) -> frozenset[str]:
        from_code = {
            word.lower() for part in (*self.known.parts, *self.vocabulary) for word in _split(part)
        }
        return ALLOWED | from_code


def spellings(secret: str) -> list[str]:
    """A secret as it may be written: plain, quoted, in hexadecimal, and within base64."""
    if len(secret) < SHORTEST:
        return []
    raw = secret.encode()
    found = [*_plain(secret), raw.hex()]
    for shift, skipped in ((0, 0), (1, 2), (2, 3)):
        shifted = bytes(shift) + raw
        whole = len(shifted) * 8 // 6  # characters that depend on nothing behind the secret
        written = (encode(shifted).decode() for encode in (b64encode, urlsafe_b64encode))
        found += [text[skipped:whole] for text in written]
    return [form.lower() for form in found if len(form) >= SHORTEST]


def _plain(text: str) -> list[str]:
    escaped = text.encode("unicode_escape").decode()
    forms = dict.fromkeys((text, quote(text, safe=""), quote(text), quote_plus(text), escaped))
    return [form.lower() for form in forms]


def _pattern(text: str, forms: list[str], private: list[str]) -> str | None:
    lower = text.lower()
    if any(form in lower for form in forms):
        return SECRET
    if any(form in lower for form in private):
        return ACCOUNT
    if _TOKENS.search(text):
        return TOKEN
    return EMAIL if _EMAIL.search(text) else None


def _is_allowed(word: str, words: frozenset[str]) -> bool:
    lower = word.lower()
    if lower in words or LANGUAGE.fullmatch(word):
        return True
    return any(lower[:cut] in words and lower[cut:] in words for cut in range(2, len(word) - 1))


def _split(part: str) -> list[str]:
    return [part, *_WORD.findall(part), *tokens(part)]


def _walk(
    told: Any, guard: Guard, place: str = "$", key: str = ""
) -> Iterator[tuple[str, str, str]]:
    """Every text of a document with its place and the key under which it stands; keys too."""
    if isinstance(told, dict):
        for number, (name, value) in enumerate(told.items()):
            # a key that is data does not belong into a message
            plain = guard.known.is_key(name) or MADE.fullmatch(name) or name in ALLOWED
            inside = f"{place}.{name}" if plain else f"{place}.(key {number + 1})"
            yield inside, "", name
            yield from _walk(value, guard, inside, name)
    elif isinstance(told, (list, tuple)):
        pair = len(told) == 2 and place.endswith("]") and ".request.query" in place
        for number, value in enumerate(told):
            name = str(told[0]) if pair and number else key
            yield from _walk(value, guard, f"{place}[{number}]", name)
    elif told is not None and not isinstance(told, bool):
        yield place, key, str(told)


def _ids(document: Any) -> Iterator[str]:
    """The ids that answers tell, and the numbers of the settings."""
    for turn in document["turns"]:
        yield from (str(one) for _, one in leaves(turn["answer"].get("json")) if _is_id(one))
    yield from (str(one) for _, one in leaves(document["settings"]) if isinstance(one, int))


def _is_id(told: object) -> bool:
    return isinstance(told, (int, str)) and ID.fullmatch(str(told)) is not None


def _texts(told: Any) -> Iterator[str]:
    """Every text of an answer, keys too, however deep."""
    waiting = [told]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            waiting += [*one, *one.values()]
        elif isinstance(one, list):
            waiting += one
        elif isinstance(one, str):
            yield one


def _lines(body: bytes) -> list[str]:
    return [piece.strip() for piece in re.split(r"[<>\n]", body.decode("utf-8", "replace"))]
