"""What the custom ticket fields tell that the settings name: categories, language and surveys."""

from __future__ import annotations

import msgspec

from connectors.contract import Rejection
from connectors.customfields import NOTHING, Answers, Named
from connectors.zendesk import wire
from connectors.zendesk.settings import ZendeskSettings

UNREAD = "ticket {} was taken in without its custom fields"
UNCLEAR = "ticket {} was taken in without its answer to a survey"

_FIELDS = msgspec.json.Decoder(list[wire.CustomField])


class CustomFields:
    """The custom fields that the settings name."""

    def __init__(self, settings: ZendeskSettings) -> None:
        self._named = Named(
            settings.fields,
            settings.language_field,
            settings.recommendation_field,
            settings.effort_field,
            settings.effort_best,
        )

    def of(self, ticket: wire.Ticket) -> tuple[Answers, tuple[Rejection, ...]]:
        """What they tell of one ticket, and a rejection for each that cannot be read."""
        if not self._named.wanted:
            return NOTHING, ()
        try:
            read = _FIELDS.decode(ticket.custom_fields)
        except msgspec.ValidationError:
            return NOTHING, (wire.malformed(ticket.id, UNREAD, "custom_fields"),)
        answers, unclear = self._named.told((one.id, one.value) for one in read)
        return answers, tuple(
            wire.malformed(ticket.id, UNCLEAR, f"custom field {number}") for number in unclear
        )
