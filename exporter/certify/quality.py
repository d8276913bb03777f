"""`quality.yaml` in a vendor's package: what came of every rule, and what a person exempts.

    tier: gold
    tells: [created, first_response, ...]
    proven_against: [simulator]
    rules:
      settings-documented: done
      check-tells-credentials: {exempt: a file asks nobody for a password}
    figures:
      requests per 1,000 changes: 1.1

A person writes `exempt` and `proven_against`; everything else is written by
`deskpulse connector certify`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, Self

import yaml

from connectors import Fact
from exporter.certify.rules import RULES
from exporter.certify.scale import Mark, Result, Tier

FILE: Final = "quality.yaml"
HEAD: Final = """\
# What `deskpulse connector certify` found, which writes this file. Yours to write: `exempt`, with a
# reason, for a rule that does not apply, and `proven_against`.
"""
KEYS: Final = ("tier", "tells", "proven_against", "rules", "figures")
EXEMPT: Final = "exempt"


class Proof(StrEnum):
    """What a connector, and the simulator that it is certified with, were held against. In the
    file a word may be followed by what of it: `openapi (tickets)`."""

    SIMULATOR = "simulator"
    DOCUMENTATION = "documentation"
    OPENAPI = "openapi"
    SAMPLES = "samples"
    RECORDING = "recording"
    DATA = "real data"
    SERVER = "server"


class QualityError(Exception):
    """A quality.yaml that says what it cannot say; names file, key and remedy."""


@dataclass(frozen=True)
class Quality:
    """What is known of a connector.

    rules: by id, `done` or `todo`. exempt: the reasons of those that do not apply.
    tells: the facts that it measures with the settings of its simulator.
    proven_against: what it was tried on. figures: what it costs, by name.
    """

    tier: Tier | None = None
    tells: tuple[str, ...] = ()
    proven_against: tuple[str, ...] = (Proof.SIMULATOR.value,)
    rules: Mapping[str, str] = field(default_factory=dict)
    exempt: Mapping[str, str] = field(default_factory=dict)
    figures: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Path) -> Self:
        """The file in this folder; nothing is known where there is none. Raises `QualityError`."""
        path = folder / FILE
        if not path.is_file():
            return cls()
        try:
            told = yaml.safe_load(path.read_text(encoding="utf-8"))
            return cls._of({} if told is None else told, path)
        except (yaml.YAMLError, AttributeError, TypeError, ValueError) as error:
            raise QualityError(
                f"{path} cannot be read ({type(error).__name__}: {error}). Delete it, and "
                "certify anew."
            ) from None

    @classmethod
    def _of(cls, told: Mapping[str, Any], path: Path) -> Self:
        if strange := sorted(told.keys() - KEYS):
            raise QualityError(f"{path}: {strange[0]} is no key here: {', '.join(KEYS)}.")
        said: dict[str, Any] = dict(told.get("rules") or {})
        exempt = {name: _reason(name, one, path) for name, one in said.items() if _is_exempt(one)}
        known = {rule.id for rule in RULES}
        if strangers := sorted(said.keys() - known):
            raise QualityError(
                f"{path}: rules.{strangers[0]} is no rule. The rules: {', '.join(sorted(known))}."
            )
        tier = told.get("tier")
        return cls(
            tier=None if tier in (None, "none") else Tier(tier),
            tells=tuple(Fact(one).value for one in told.get("tells") or ()),
            proven_against=_proofs(told.get("proven_against"), path) or cls.proven_against,
            rules={name: str(one) for name, one in said.items() if name not in exempt},
            exempt=exempt,
            figures={str(name): float(one) for name, one in (told.get("figures") or {}).items()},
        )

    def found(self, results: Sequence[Result], tells: Sequence[str]) -> Quality:
        """The same with what was found. A rule that this machine cannot try stands as it stood;
        one that was not tried is not written, for the connector may have changed since.
        """
        marks = {
            one.rule.id: self.rules[one.rule.id]
            for one in results
            if one.mark is Mark.UNPROVEN and one.rule.id in self.rules
        }
        tried = [one for one in results if one.mark in (Mark.DONE, Mark.TODO)]
        marks |= {one.rule.id: str(one.mark) for one in tried}
        found = replace(
            self,
            tells=tuple(tells),
            rules={rule.id: marks[rule.id] for rule in RULES if rule.id in marks},
            figures={name: one for result in results for name, one in result.figures.items()},
        )
        return replace(found, tier=found.reached)

    @property
    def reached(self) -> Tier | None:
        """The highest tier of which, and below which, every rule is kept or exempt."""
        missed = [
            rule.tier.rank
            for rule in RULES
            if self.rules.get(rule.id) != Mark.DONE and rule.id not in self.exempt
        ]
        below = [tier for tier in Tier if tier.rank < min(missed, default=len(Tier))]
        return below[-1] if below else None

    def write(self, folder: Path) -> None:
        """Write the file in this folder, the same bytes for the same content."""
        (folder / FILE).write_text(self.text(), encoding="utf-8")

    def text(self) -> str:
        """As the file says it."""
        stands: dict[str, Any] = {
            rule.id: {EXEMPT: self.exempt[rule.id]}
            if rule.id in self.exempt
            else self.rules.get(rule.id, str(Mark.TODO))
            for rule in RULES
        }
        whole = {
            "tier": None if self.tier is None else str(self.tier),
            "tells": list(self.tells),
            "proven_against": list(self.proven_against),
            "rules": stands,
            "figures": {name: _plain(one) for name, one in sorted(self.figures.items())},
        }
        return HEAD + yaml.safe_dump(whole, sort_keys=False, width=100, allow_unicode=True)


def drift(before: Quality, after: Quality, upto: Tier = Tier.GOLD) -> list[str]:
    """Where what is written differs from what was found, in words. upto: the tier that was tried;
    of what is above nothing is said.
    """
    found = [
        f"{name}: written {before.rules.get(name, 'nothing')}, found {mark}"
        for name, mark in after.rules.items()
        if before.rules.get(name) != mark
    ]
    whole = upto is Tier.GOLD
    figures = {name: one for name, one in before.figures.items() if whole or name in after.figures}
    for name, told, seen in (
        ("tier", _lower(before.tier, upto), after.tier),
        ("tells", before.tells, after.tells),
        ("figures", figures, dict(after.figures)),
    ):
        if told != seen:
            found.append(f"{name}: written {told}, found {seen}")
    return found


def _lower(one: Tier | None, other: Tier) -> Tier | None:
    return one if one is None or one.rank < other.rank else other


def _plain(figure: float) -> float:
    """A whole number without its zero behind the point."""
    return int(figure) if float(figure).is_integer() else figure


def _proofs(told: object, path: Path) -> tuple[str, ...]:
    given = told if isinstance(told, list) else [] if told is None else [told]
    words = [str(word) for word in given]
    if strange := [word for word in words if word.partition(" (")[0] not in set(Proof)]:
        raise QualityError(f"{path}: proven_against: {strange[0]} is none of: {', '.join(Proof)}.")
    return tuple(words)


def _is_exempt(told: object) -> bool:
    return told == EXEMPT or isinstance(told, Mapping)


def _reason(rule: str, told: object, path: Path) -> str:
    reason = told.get(EXEMPT) if isinstance(told, Mapping) else None
    if not isinstance(reason, str) or len(reason.split()) < 3:
        raise QualityError(
            f"{path}: rules.{rule} is exempt without a reason of three words or more. Write why it "
            f"does not apply: `{rule}: {{exempt: a file asks nobody for a password}}`."
        )
    return reason
