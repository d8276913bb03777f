"""What an operator's own fields tell, in whatever form a vendor has them: values, languages and
answers to surveys."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from connectors.records import Channel, Identity, Rating, Survey

Key = TypeVar("Key", bound=Hashable)

RECOMMENDATION_BEST: Final = 10

# Options of drop-downs are often tags, which are unique in an account: hence their prefixes.
LANGUAGE = re.compile(r"(?:lang_|language_|locale_)?([a-z]{2,3}(?:[-_][a-z0-9]{2,8})*)", re.ASCII)
# As IETF tags are written: regions in capitals, scripts with one.
SUBTAG = {2: str.upper, 4: str.title}
SCORE = re.compile(r"(?:.*_)?([0-9]{1,4})(?:\.0+)?", re.ASCII | re.DOTALL)


def chosen(value: object) -> str | tuple[str, ...]:
    """The value of a field in words; of a multiple choice each value."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return tuple(map(str, value)) if isinstance(value, list) else str(value)


def alone(value: str | tuple[str, ...] | None) -> str | None:
    """The value of a field that holds one alone; None of any other."""
    if isinstance(value, tuple):
        return value[0] if len(value) == 1 else None
    return value


def language(value: str | None) -> str | None:
    """An IETF tag out of a field's value (`de`, `pt-BR`, `lang_pt_br`); None: it is none."""
    if value is None:
        return None
    found = LANGUAGE.fullmatch(value.strip().lower())
    if found is None:
        return None
    first, *others = re.split("[-_]", found[1])
    return "-".join([first, *(SUBTAG.get(len(other), str)(other) for other in others)])


def score(value: str | tuple[str, ...]) -> int | None:
    """The number that an answer is or ends in (`9`, `9.0`, `nps_9`); None: there is none."""
    found = SCORE.fullmatch(alone(value) or "")
    return None if found is None else int(found[1])


def channel(values: Iterable[str]) -> Channel:
    """The way a ticket came in, where a field tells it in our words; else any other."""
    named = (one.strip().lower() for one in values)
    return next((Channel(one) for one in named if one in set(Channel)), Channel.OTHER)


def customer(values: Iterable[str]) -> Identity | None:
    """By which ids other systems know who asked; None: no field tells any."""
    told = tuple(one.strip() for one in values if one.strip())
    return Identity(told) if told else None


@dataclass(frozen=True, slots=True)
class Answers:
    """What the custom fields of one ticket tell; `fields` by their keys as text."""

    fields: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    language: str | None = None
    ratings: tuple[Rating, ...] = ()


NOTHING: Final = Answers()


class Named(Generic[Key]):
    """The custom fields of tickets that an operator named, by the keys that the vendor gives them.

    kept: those that categories are made from. language, recommendation, effort: the one that holds
    it, where there is one.
    """

    def __init__(
        self,
        kept: Iterable[Key],
        language: Key | None,
        recommendation: Key | None,
        effort: Key | None,
        effort_best: int,
    ) -> None:
        surveys = (
            (recommendation, Survey.RECOMMENDATION, RECOMMENDATION_BEST),
            (effort, Survey.EFFORT, effort_best),
        )
        self._kept = frozenset(kept)
        self._language = language
        self._surveys = {key: (survey, best) for key, survey, best in surveys if key is not None}
        spoken = () if language is None else (language,)
        self.wanted: Final = frozenset({*self._kept, *self._surveys, *spoken})

    def told(self, read: Iterable[tuple[Key, object]]) -> tuple[Answers, tuple[Key, ...]]:
        """What these fields tell, and the keys of answers to surveys that are no number."""
        values = {
            key: chosen(value)
            for key, value in read
            if key in self.wanted and value not in (None, "", [])
        }
        scores = {key: score(values[key]) for key in self._surveys if key in values}
        ratings = tuple(
            Rating(survey, told, best)
            for key, (survey, best) in self._surveys.items()
            if (told := scores.get(key)) is not None
        )
        spoken = None if self._language is None else values.get(self._language)
        kept = {str(key): value for key, value in values.items() if key in self._kept}
        unclear = tuple(key for key, one in scores.items() if one is None)
        return Answers(kept, language(alone(spoken)), ratings), unclear


def apart(recommendation: Hashable, effort: Hashable) -> None:
    """Raises ValueError, in words for the operator, where two surveys have the same field."""
    if effort is not None and effort == recommendation:
        raise ValueError(
            "`recommendation_field` and `effort_field` are the same field; give each survey "
            "the field that its answers are written into"
        )
