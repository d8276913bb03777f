"""What the custom ticket fields tell that the settings name: categories, language and surveys."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from typing import Any

import msgspec

from connectors.contract import Rejection
from connectors.customfields import NOTHING, Answers, Named
from connectors.freshdesk import wire
from connectors.freshdesk.settings import FreshdeskSettings

_FIELDS = msgspec.json.Decoder(dict[str, Any])


class CustomFields:
    """The custom ticket fields that the settings name."""

    def __init__(self, settings: FreshdeskSettings) -> None:
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
            return NOTHING, (unread(ticket, "custom_fields"),)
        answers, unclear = self._named.told(read.items())
        return answers, tuple(unread(ticket, name) for name in unclear)

    def lacking(self, tickets: Iterable[wire.Ticket]) -> list[str]:
        """Those that none of these tickets has: Freshdesk tells empty ones too."""
        there: set[str] = set()
        for ticket in tickets:
            with contextlib.suppress(msgspec.ValidationError):
                there.update(_FIELDS.decode(ticket.custom_fields))
        return sorted(self._named.wanted - there)


def unread(ticket: wire.Ticket, name: str) -> Rejection:
    """A custom field of a ticket that is taken in without it."""
    message = f"ticket {ticket.id} was taken in without '{name}', which does not hold what it must"
    return Rejection(str(ticket.id), "malformed", message)
