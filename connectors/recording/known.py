"""Which words the code of a connector knows: those alone can change what it reads."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from pydantic import BaseModel

from connectors.contract import Connector, Settings
from connectors.recording.words import EMAIL, ID_WITHIN, KEYS, OPERATORS, SCHEMA, tokens
from connectors.records import Channel, Priority, Removal, Status

OURS = frozenset(one.value for kind in (Status, Priority, Channel, Removal) for one in kind)
"""deskpulse's own words, which generic sources know."""

CODE = re.compile(r"[A-Za-z0-9_./:=>^\[\]?&%,-]{1,80}", re.ASCII)
PHRASE = re.compile(r"[^\n]{1,80}")
SPLIT = re.compile(r"[^A-Za-z0-9_]+")
PATH = re.compile(r"/(?:[\w.~-]+/?)*", re.ASCII)
DIRECTIVE = re.compile(r"%[YymdHIMSj]")
LONGEST_PAIR = 2
WHO = frozenset({"account", "assignee", "auth", "email", "login", "owner", "user", "username"})
"""Keys of settings that say who asks, or whom for."""


class Known:
    """The words of one connector: `values` may stand in answers, `parts` in keys and addresses.

    named: fields that the settings name, the last steps of paths. forms: how the settings say that
    times are written.
    """

    def __init__(
        self,
        values: frozenset[str],
        parts: frozenset[str],
        named: frozenset[str] = frozenset(),
        forms: frozenset[str] = frozenset(),
    ) -> None:
        self.values = values
        self.named = named
        self.forms = forms
        words = (SPLIT.split(value) for value in values if CODE.fullmatch(value))
        self.parts = parts | {word for found in words for word in found if word}

    @classmethod
    def of(cls, kind: type[Connector[Any]], settings: Settings) -> Known:
        """What the code of the connector's package says, and what is nested in its settings: a map
        of words that an operator wrote for a generic source is code too."""
        values = {kind.vendor, *kind.recorded, *OURS}
        parts = {*values, *type(settings).model_fields}
        for file in _files(kind):
            for node in ast.walk(_without_words(ast.parse(file.read_text(encoding="utf-8")))):
                _take(node, values, parts)
        described = {*_nested(settings)}
        named = frozenset(word.rpartition(".")[2] for word in described)
        forms = frozenset(word for word in described if DIRECTIVE.search(word))
        return cls(frozenset(values | described), frozenset(parts), named, forms)

    def is_key(self, key: str) -> bool:
        """Whether a key of JSON belongs to the form of an answer rather than to its data."""
        if key in KEYS or key in self.values or key in self.parts:
            return True
        words = tokens(key)
        plain = len("".join(words)) == len(re.sub(r"[_.\-$@:]", "", key)) and key.isascii()
        return bool(words) and plain and all(word in SCHEMA or word.isdigit() for word in words)

    def is_part(self, word: str) -> bool:
        """Whether a word of an address is one of the code's, or two of them put together."""
        if word in self.parts or word.lower() in SCHEMA:
            return True
        cuts = range(LONGEST_PAIR, len(word) - LONGEST_PAIR + 1)
        return any(self._is_half(word[:cut]) and self._is_half(word[cut:]) for cut in cuts)

    def _is_half(self, word: str) -> bool:
        return word in self.parts or word in OPERATORS


def _files(kind: type[Connector[Any]]) -> list[Path]:
    """The sources of the connector, and of those that it is built on; what only plays or tests the
    vendor is not among them."""
    own = [one for one in kind.__mro__ if issubclass(one, Connector) and one is not Connector]
    return list(dict.fromkeys(file for one in own for file in _beside(one)))


def _beside(kind: type) -> list[Path]:
    file = Path(inspect.getfile(kind))
    if "." not in kind.__module__ or not (file.parent / "__init__.py").exists():
        return [file]
    return [
        one
        for one in sorted(file.parent.glob("*.py"))
        if not one.name.startswith(("simulat", "test", "conftest"))
    ]


def _without_words(tree: ast.AST) -> ast.AST:
    """The same without docstrings: they are for people, and may hold anybody's name."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)):
            node.body = [one for one in node.body if not _is_words(one)] or [ast.Pass()]
    return tree


def _is_words(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _take(node: ast.AST, values: set[str], parts: set[str]) -> None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        if PHRASE.fullmatch(node.value):  # a whole value, in whatever language
            values.add(node.value)
    elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        parts.add(node.target.id)


def _nested(told: object, depth: int = 0) -> Iterator[str]:
    """Every word below the first level of settings that is neither an address nor a secret, and
    what describes the vendor on the first."""
    if isinstance(told, BaseModel):
        told = dict(told)
    if isinstance(told, Mapping):
        for key, value in told.items():
            if key in WHO:
                continue
            if depth:
                yield from _nested(str(key), depth + 1)
            yield from _nested(value, depth + 1)
    elif isinstance(told, (list, tuple, set, frozenset)):
        for value in told:
            yield from _nested(value, depth + 1)
    elif isinstance(told, str) and (depth > 1 or describes(told)) and not _is_somebody(told):
        yield from without_ids(told)


def without_ids(text: str) -> list[str]:
    """A text; of one with ids in it, the words between them."""
    if not ID_WITHIN.search(text):
        return [text]
    return [word for piece in ID_WITHIN.split(text) for word in piece.split()]


def _is_somebody(text: str) -> bool:
    return "://" in text or EMAIL.search(text) is not None


def describes(text: str) -> bool:
    """Whether a setting says how a vendor is read, rather than who asks: a path, a time zone, or
    how times are written."""
    return bool(PATH.fullmatch(text) or DIRECTIVE.search(text)) or text in available_timezones()
