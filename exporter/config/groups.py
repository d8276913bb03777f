"""A group of keys in the file, read key by key; what is wrong is noted, and reading goes on."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

from exporter.config.marked import NO_BLANK, WITHOUT_A_BLANK, Document, Keys, Value
from exporter.config.problems import Problem, did_you_mean, nearest
from exporter.config.references import References
from exporter.config.values import Wrong

T = TypeVar("T")
DefaultT = TypeVar("DefaultT")


@dataclass(frozen=True, slots=True)
class Group:
    """The keys below `path`; problems with them are added to `problems`."""

    document: Document
    references: References
    problems: list[Problem]
    path: Keys
    values: dict[str, Value]

    def note(self, message: str, *inner: str | int) -> None:
        """Note what is wrong with the group itself, or with what stands at `inner` in it."""
        self.problems.append(self.document.problem((*self.path, *inner), message))

    def hurt(self, *inner: str | int) -> bool:
        """Whether a reference in there leads nowhere, which is a problem of its own."""
        return self.references.hurt((*self.path, *inner))

    def taken(self, key: str, default: DefaultT, parse: Callable[[Value], T]) -> T | DefaultT:
        """The value of a key, `default` where it is not given or wrong."""
        if key not in self.values or self.hurt(key):
            return default
        return self.checked(default, lambda: parse(self.values[key]), key)

    def checked(self, default: DefaultT, parse: Callable[[], T], *inner: str | int) -> T | DefaultT:
        """What `parse` gives; where it says what is `Wrong`, that is noted."""
        try:
            return parse()
        except Wrong as verdict:
            self.note(str(verdict), *inner)
            return default

    def needed(self, key: str, known: Collection[str], remedy: str) -> None:
        """Note that a key is missing, unless it is there under another spelling."""
        if key not in self.values and not self.misspelt(key, known):
            self.note(f"needs '{key}:': {remedy}")

    def only(self, known: Collection[str], what: str) -> None:
        """Note every key that is none of the known ones."""
        for key in self.values.keys() - set(known):
            self.note(f"is no key of {what}: {did_you_mean(key, known)}", key)

    def misspelt(self, key: str, known: Collection[str]) -> str | None:
        """The word that was meant to be `key`, where `key` itself is not there."""
        if key in self.values:
            return None
        words = sorted(self.values.keys() - set(known))
        return next((word for word in words if nearest(word, known) == key), None)

    def group(self, key: str, remedy: str) -> Group:
        """The group below a key, empty where the key is not given or no group, which is noted."""
        given = self._below(self.values[key], remedy, key) if key in self.values else None
        return given or replace(self, path=(*self.path, key), values={})

    def groups(self, remedy: str) -> Iterator[tuple[str, Group | None]]:
        """Every key with the group below it, None where that is wrong."""
        for key, value in self.values.items():
            yield key, self._below(value, remedy, key)

    def listed(self, key: str, remedy: str) -> Iterator[Group]:
        """The groups in the list below a key."""
        value = self.values.get(key, [])
        if not isinstance(value, list):
            self._unlike(value, f"must be a list: {remedy}", key)
            return
        for at, item in enumerate(value):
            if group := self._below(item, remedy, key, at):
                yield group

    def _below(self, value: Value, remedy: str, *inner: str | int) -> Group | None:
        if isinstance(value, dict):
            return replace(self, path=(*self.path, *inner), values=value)
        self._unlike(value, f"must be a group of keys, indented below it: {remedy}", *inner)
        return None

    def _unlike(self, value: Value, message: str, *inner: str | int) -> None:
        if (*self.path, *inner) not in self.references.failed:
            together = isinstance(value, str) and NO_BLANK.match(value)
            self.note(WITHOUT_A_BLANK if together else message, *inner)
