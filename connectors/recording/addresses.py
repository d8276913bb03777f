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
from connectors.recording.words import HEX, INSTANT, ORIGIN, is_cursor, is_secret, tokens

if TYPE_CHECKING:
    from connectors.recording.scrubber import Scrubber

REMOVED: Final = "removed"
SHORT_NUMBER: Final = 6
_PARTS: Final = re.compile(rf"{INSTANT.pattern}|\w+(?:[.@%+-]\w+)*")
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
        return "/".join(self._around(unquote(one), self._segment) for one in path.split("/"))

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
        is_stem = self._is_kept(stem) or _is_number(stem)
        is_file = dot and is_stem and self._scrubber.known.is_part(ending)
        if not segment or is_file or self._is_kept(segment) or _is_number(segment):
            return segment
        return self._scrubber.standins.word(segment)

    def _is_kept(self, word: str) -> bool:
        known = self._scrubber.known
        return bool(HEX.fullmatch(word)) or word in known.values or known.is_part(word)

    def _name(self, name: str) -> str:
        words = [word for word in re.split(r"[\[\].]", name) if word]
        if all(self._scrubber.known.is_key(word) for word in words):
            return name
        return self._scrubber.standins.key(name)

    def _value(self, name: str, value: str) -> str:
        """A value; what is put together of words, such as a query language, word by word."""
        if is_secret(tokens(name)):
            return REMOVED
        if not value or self._scrubber.keeps(name, value):
            return value
        if value in self._scrubber.made:
            return self._scrubber.made[value]
        if is_instant(value) and self._is_of_instants(name):
            return value
        if is_cursor(tokens(name)):
            return self._scrubber.standins.word(value)
        return self._around(value, self._word_by_word)

    def _is_of_instants(self, name: str) -> bool:
        return self._scrubber.instants.hold_asked(name) and self._name(name) == name

    def _word_by_word(self, value: str) -> str:
        pieces, end = [], 0
        for found in _PARTS.finditer(value):
            pieces += [_signs(value[end : found.start()]), self._word(found[0])]
            end = found.end()
        return "".join([*pieces, _signs(value[end:])])

    def _word(self, word: str) -> str:
        is_short = _is_number(word) and len(word) <= SHORT_NUMBER
        if INSTANT.fullmatch(word) or is_short or self._is_kept(word):
            return word
        return self._scrubber.standins.word(word)


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
