"""Rule files as Prometheus reads them, and what stands behind an alert. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import yaml

from exporter.history.times import seconds

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"|' + r"'(?:[^'\\]|\\.)*'")
_WORD = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_METRIC = re.compile(r"(?:support|deskpulse)_[a-z0-9_]+|up")


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that records a series or, where `alerts`, one that fires.

    hold: seconds for which it must last before it fires; keep: seconds for which it goes on after.
    """

    name: str
    expr: str
    alerts: bool
    hold: int = 0
    keep: int = 0
    labels: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def words(self) -> frozenset[str]:
        """All words of its expression: names of series, labels, functions."""
        return frozenset(_WORD.findall(_STRING.sub("", self.expr)))


@dataclass(frozen=True, slots=True)
class Rules:
    """All rules of some files: those that record by the name of their series, and the alerts."""

    recorded: Mapping[str, Rule]
    alerts: tuple[Rule, ...]

    @classmethod
    def read(cls, texts: Iterable[str]) -> Rules:
        """The rules in the texts of rule files."""
        found = [rule for text in texts for rule in _rules(text)]
        return cls(
            {rule.name: rule for rule in found if not rule.alerts},
            tuple(rule for rule in found if rule.alerts),
        )

    def behind(self, rule: Rule) -> frozenset[str]:
        """The metrics that a rule reads, be it through what other rules record."""
        used = self._used([rule])
        words = frozenset().union(rule.words, *(self.recorded[name].words for name in used))
        return frozenset(word for word in words if _METRIC.fullmatch(word))

    def levels(self, rules: Iterable[Rule]) -> Iterator[list[Rule]]:
        """What must be recorded for these rules; each level needs only those before it."""
        left, done = self._used(rules), set[str]()
        while left:
            ready = sorted(n for n in left if not (self.recorded[n].words & left - {n}))
            yield [self.recorded[name] for name in ready]
            done.update(ready)
            left -= done

    def _used(self, rules: Iterable[Rule]) -> set[str]:
        found, asked = set[str](), [*rules]
        while asked:
            new = (asked.pop().words & self.recorded.keys()) - found
            found |= new
            asked += [self.recorded[name] for name in new]
        return found


def _rules(text: str) -> Iterator[Rule]:
    document: dict[str, Any] = yaml.safe_load(text)
    for group in document["groups"]:
        for one in group["rules"]:
            if "record" in one:
                yield Rule(one["record"], one["expr"], alerts=False)
            else:
                hold, keep = (int(seconds(one.get(k, "0s"))) for k in ("for", "keep_firing_for"))
                yield Rule(one["alert"], one["expr"], True, hold, keep, one.get("labels", {}))
