"""Tickets that an agent began, as vendors tell them to whom these are requests from the customer's
first message on, and none before."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from connectors.testing.desk import Event, Kind, Role, Story

NEVER: Final = datetime.max.replace(tzinfo=UTC)
FORGOTTEN: Final = frozenset({Kind.OPENED, Kind.COMMENT, Kind.STAMP, Kind.REOPENED})
"""What happened before that message and is not told; how the ticket then stood is."""


def answered(story: Story) -> Story:
    """The same life from the customer's first message on; one that never begins without any."""
    if story.opened_by is not Role.AGENT:
        return story
    first = next((n for n, event in enumerate(story.events) if _is_message(event)), None)
    if first is None:
        return replace(story, events=(Event(NEVER, Kind.OPENED, Role.CUSTOMER),))
    message, *rest = story.events[first:]
    opened = Event(message.at, Kind.OPENED, Role.CUSTOMER)
    stood = [
        replace(event, at=message.at)
        for event in story.events[:first]
        if event.kind not in FORGOTTEN
    ]
    return replace(
        story,
        created_at=message.at,
        opened_by=Role.CUSTOMER,
        events=(opened, message, *stood, *rest),
    )


def _is_message(event: Event) -> bool:
    is_said = event.kind is Kind.COMMENT and event.public and event.value != "merged"
    return is_said and event.role is Role.CUSTOMER
