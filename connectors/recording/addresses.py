"""Addresses without host, credentials and data: of requests, and of links in answers.

A replay asks with what it was told, so that the same must come of a value in an answer and in the
request that repeats it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from connectors.recording.instants import is_instant
from connectors.recording.words import (
    ID,
    INSTANT,
    OPERATORS,
    ORIGIN,
    is_cursor,
    is_secret,
    tokens,
)

if TYPE_CHECKING:
    from connectors.recording.scrubber import Scrubber

REMOVED: Final = "removed"
_PARTS: Final = re.compile(rf"{INSTANT.pattern}|\w+(?:[.@%+-]\w+)*")
_GLUED: Final = re.compile(r"(\w*[A-Za-z_])([0-9a-f]{32})", re.ASCII)  # sys_idIN0c24...
_LINK: Final = re.compile(r"<([^<>]*)>")
_RELATION: Final = re.compile(r'; *rel="?([a-z]{1,16})"?', re.ASCII)


class Addresses:
    """The addresses of one account. base: the path of its address, which goes with the host."""

    def __init__(self, scrubber: Scrubber, base: str = "") -> None:
        self._scrubber = scrubber
        self._base = base.rstrip("/")

    def path(self, url: str) -> str:
        """The path of a URL."""
        path = urlsplit(url).path or "/"
        if self._base and path.startswith(f"{self._base}/"):
            path = path.removeprefix(self._base)
        steps = [unquote(one) for one in path.split("/")]
        before = ["", *steps]
        return "/".join(
            one if self._is_instant(f"{last}/", one) else self._around(one, self._segment)
            for last, one in zip(before, steps, strict=False)
        )

    def query(self, url: str) -> list[tuple[str, str]]:
        """Names and values of a URL's query, sorted."""
        asked = parse_qsl(urlsplit(url).query, keep_blank_values=True)
        return sorted((self._name(name), self._value(name, value)) for name, value in asked)

    def link(self, url: str) -> str:
        """A whole URL, at the host that stands for every account."""
        try:
            query = urlencode(self.query(url))
            path = self.path(url)
        except ValueError:  # a host in broken brackets
            return ORIGIN
        origin = "" if url.startswith("/") else ORIGIN
        return f"{origin}{path}?{query}" if query else f"{origin}{path}"

    def header(self, value: str) -> str:
        """A header of links, or one address."""
        links = _LINK.findall(value)
        if not links:
            return self.link(value)
        relations = _RELATION.findall(value)
        if len(links) != len(relations):
            return ""
        return ", ".join(
            f'<{self.link(url)}>; rel="{relation}"'
            for url, relation in zip(links, relations, strict=True)
        )

    def _around(self, text: str, scrub: Callable[[str], str]) -> str:
        """A text scrubbed, with what a replay has in the place of whatever the settings say."""
        for given, replayed in self._scrubber.given.items():
            if given in text:
                return replayed.join(self._around(one, scrub) for one in text.split(given))
        return scrub(text)

    def _segment(self, segment: str) -> str:
        stem, dot, ending = segment.rpartition(".")
        if dot and self._is_step(stem) and self._scrubber.known.is_part(ending):
            return f"{self._step(stem)}.{ending}"
        return self._step(segment)

    def _is_step(self, word: str) -> bool:
        return _is_number(word) or ID.fullmatch(word) is not None or self._is_kept(word)

    def _step(self, word: str) -> str:
        """A word of a path: of the code, the number of a page or so, or an id."""
        if ID.fullmatch(word):
            return self._scrubber.id(word)
        return word if not word or self._is_step(word) else self._scrubber.standins.word(word)

    def _is_kept(self, word: str) -> bool:
        known = self._scrubber.known
        return word in OPERATORS or word in known.values or known.is_part(word)

    def _is_instant(self, before: str, text: str) -> bool:
        """Whether a step of a path, or a word of a query, is an instant for what stands before."""
        return self._scrubber.instants.compared(before, text)

    def _name(self, name: str) -> str:
        known, kept = self._scrubber.known, self._scrubber.kept
        words = [word for word in re.split(r"[\[\].]", name) if word]
        if all(word in kept if ID.fullmatch(word) else known.is_key(word) for word in words):
            return name
        return self._scrubber.standins.key(name)

    def _value(self, name: str, value: str) -> str:
        """A value; what is put together of words, such as a query language, word by word."""
        if is_secret(tokens(name)):
            return REMOVED
        made = self._scrubber.made.get(value)
        is_gone = made is not None and ID.fullmatch(value) and value not in self._scrubber.kept
        if not value or (self._scrubber.keeps(name, value) and not is_gone):
            return value
        if made is not None:
            return made
        if self._is_of_instants(name, value):
            return value
        if is_cursor(tokens(name)):
            return self._scrubber.standins.word(value)
        return self._around(value, self._word_by_word)

    def _is_of_instants(self, name: str, value: str) -> bool:
        if self._name(name) != name:
            return False
        held = is_instant(value) and self._scrubber.instants.hold_asked(name)
        return held or self._scrubber.is_named_instant(name, value)

    def _word_by_word(self, value: str) -> str:
        pieces, end = [], 0
        for found in _PARTS.finditer(value):
            word, before = found[0], value[: found.start()]
            kept = self._is_instant(before, word)
            pieces += [_signs(value[end : found.start()]), word if kept else self._word(word)]
            end = found.end()
        return "".join([*pieces, _signs(value[end:])])

    def _word(self, word: str) -> str:
        if ID.fullmatch(word):
            return self._scrubber.id(word)
        if INSTANT.fullmatch(word) or _is_number(word) or self._is_field(word):
            return word
        glued = _GLUED.fullmatch(word)
        if glued and self._is_field(glued[1]):
            return f"{glued[1]}{self._scrubber.id(glued[2])}"
        return self._scrubber.made.get(word) or self._scrubber.standins.word(word)

    def _is_field(self, word: str) -> bool:
        """Whether a word of a query is one of the code, or the name of a field as APIs have it."""
        is_plain = not any(sign.isdigit() for sign in word)
        return self._is_kept(word) or (is_plain and self._scrubber.known.is_key(word))


def _is_number(word: str) -> bool:
    return word.isascii() and word.isdecimal()


def _signs(between: str) -> str:
    """What stands between words, as far as it is plain."""
    return "".join(sign for sign in between if sign.isascii() and sign.isprintable())


def plain(url: str) -> tuple[str, list[tuple[str, str]]]:
    """Path and sorted query of a request of a replay, without secrets: as a recording has them."""
    parts = urlsplit(url)
    asked = parse_qsl(parts.query, keep_blank_values=True)
    query = sorted((name, REMOVED if is_secret(tokens(name)) else value) for name, value in asked)
    return unquote(parts.path or "/"), query


def shown(method: str, path: str, query: list[tuple[str, str]]) -> str:
    """A request, for a person."""
    asked = "&".join(f"{name}={quote(value, safe=':/,')}" for name, value in query)
    return f"{method} {path}?{asked}" if asked else f"{method} {path}"
