"""What the custom ticket fields tell that the settings name: categories, language and surveys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from connectors import customfields
from connectors.contract import Rejection
from connectors.freshdesk import wire
from connectors.freshdesk.settings import FreshdeskSettings
from connectors.records import Rating, Survey

RECOMMENDATION_BEST = 10

_FIELDS = msgspec.json.Decoder(dict[str, Any])


@dataclass(frozen=True, slots=True)
class Answers:
    """What the custom fields of one ticket tell."""

    fields: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    language: str | None = None
    ratings: tuple[Rating, ...] = ()


NOTHING = Answers()


class CustomFields:
    """The custom ticket fields that the settings name."""

    def __init__(self, settings: FreshdeskSettings) -> None:
        surveys = (
            (settings.recommendation_field, Survey.RECOMMENDATION, RECOMMENDATION_BEST),
            (settings.effort_field, Survey.EFFORT, settings.effort_best),
        )
        self._kept = frozenset(settings.fields)
        self._language = settings.language_field
        self._surveys = {name: (survey, best) for name, survey, best in surveys if name}
        self._wanted = {*self._kept, *self._surveys, *filter(None, [self._language])}

    def of(self, ticket: wire.Ticket) -> tuple[Answers, tuple[Rejection, ...]]:
        """What they tell of one ticket, and a rejection for each that cannot be read."""
        if not self._wanted:
            return NOTHING, ()
        try:
            read = _FIELDS.decode(ticket.custom_fields)
        except msgspec.ValidationError:
            return NOTHING, (unread(ticket, "custom_fields"),)
        values = {
            name: customfields.chosen(value)
            for name, value in read.items()
            if name in self._wanted and value not in (None, "", [])
        }
        ratings, unclear = self._ratings(ticket, values)
        spoken = values.get(self._language) if self._language else None
        kept = {name: value for name, value in values.items() if name in self._kept}
        language = customfields.language(customfields.alone(spoken))
        return Answers(kept, language, ratings), unclear

    def _ratings(
        self, ticket: wire.Ticket, values: Mapping[str, str | tuple[str, ...]]
    ) -> tuple[tuple[Rating, ...], tuple[Rejection, ...]]:
        ratings: list[Rating] = []
        unclear: list[Rejection] = []
        for name, (survey, best) in self._surveys.items():
            if name in values:
                score = customfields.score(values[name])
                if score is None:
                    unclear.append(unread(ticket, name))
                else:
                    ratings.append(Rating(survey, score, best))
        return tuple(ratings), tuple(unclear)


def unread(ticket: wire.Ticket, name: str) -> Rejection:
    """A custom field of a ticket that is taken in without it."""
    message = f"ticket {ticket.id} was taken in without '{name}', which does not hold what it must"
    return Rejection(str(ticket.id), "malformed", message)
