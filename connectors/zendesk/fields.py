"""What the custom ticket fields tell that the settings name: categories, language and surveys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from connectors import customfields
from connectors.contract import Rejection
from connectors.records import Rating, Survey
from connectors.zendesk import wire
from connectors.zendesk.settings import ZendeskSettings

RECOMMENDATION_BEST = 10
UNREAD = "ticket {} was taken in without its custom fields"
UNCLEAR = "ticket {} was taken in without its answer to a survey"

_FIELDS = msgspec.json.Decoder(list[wire.CustomField])


@dataclass(frozen=True, slots=True)
class Answers:
    """What the custom fields of one ticket tell."""

    fields: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    language: str | None = None
    ratings: tuple[Rating, ...] = ()


NOTHING = Answers()


class CustomFields:
    """The custom fields that the settings name."""

    def __init__(self, settings: ZendeskSettings) -> None:
        surveys = (
            (settings.recommendation_field, Survey.RECOMMENDATION, RECOMMENDATION_BEST),
            (settings.effort_field, Survey.EFFORT, settings.effort_best),
        )
        self._kept = frozenset(settings.fields)
        self._language = settings.language_field
        self._surveys = {
            number: (survey, best) for number, survey, best in surveys if number is not None
        }
        self.wanted = {*self._kept, *self._surveys, *filter(None, [self._language])}

    def of(self, ticket: wire.Ticket) -> tuple[Answers, tuple[Rejection, ...]]:
        """What they tell of one ticket, and a rejection for each that cannot be read."""
        try:
            read = _FIELDS.decode(ticket.custom_fields)
        except msgspec.ValidationError:
            return NOTHING, (wire.malformed(ticket.id, UNREAD, "custom_fields"),)
        values = {
            one.id: customfields.chosen(one.value)
            for one in read
            if one.id in self.wanted and one.value not in (None, "", [])
        }
        ratings, unclear = self._ratings(ticket, values)
        spoken = values.get(self._language) if self._language is not None else None
        kept = {str(number): value for number, value in values.items() if number in self._kept}
        language = customfields.language(customfields.alone(spoken))
        return Answers(kept, language, ratings), unclear

    def _ratings(
        self, ticket: wire.Ticket, values: Mapping[int, str | tuple[str, ...]]
    ) -> tuple[tuple[Rating, ...], tuple[Rejection, ...]]:
        ratings: list[Rating] = []
        unclear: list[Rejection] = []
        for number, (survey, best) in self._surveys.items():
            if number not in values:
                continue
            score = customfields.score(values[number])
            if score is None:
                unclear.append(wire.malformed(ticket.id, UNCLEAR, f"custom field {number}"))
            else:
                ratings.append(Rating(survey, score, best))
        return tuple(ratings), tuple(unclear)
