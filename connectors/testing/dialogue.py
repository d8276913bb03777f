"""What the customer and the agents of a story said to each other, as docs/semantics.md has it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from connectors.testing.desk import Event, Kind, Role, Story


@dataclass(slots=True)
class Exchange:
    """A customer's message after the first response, and the reply to it: None before that."""

    asked_at: datetime
    answered_at: datetime | None = None


@dataclass(slots=True)
class Dialogue:
    """What was said so far.

    first_response: when a human agent first replied, None before that.
    exchanges: in order; the first is number 1.
    replies, turns: how many public replies there are; the same, a run of replies without a
        message of the customer between them counting once.
    """

    first_response: datetime | None = None
    exchanges: list[Exchange] = field(default_factory=list)
    replies: int = 0
    turns: int = 0

    @property
    def waits(self) -> bool:
        """Whether an exchange waits for its answer."""
        return bool(self.exchanges) and self.exchanges[-1].answered_at is None


def dialogue(story: Story, at: datetime) -> Dialogue:
    """What was said up to and including `at`; of comments in one second the story's order decides.

    The message that opened the ticket is no reply, whoever wrote it.
    """
    said = Dialogue()
    in_turn = False
    for event in _after_the_opening(story, at):
        if _is_reply(event):
            said.replies += 1
            said.turns += not in_turn
            in_turn = True
            if said.first_response is None:
                said.first_response = event.at
            elif said.waits:
                said.exchanges[-1].answered_at = event.at
        elif _is_message(event):
            in_turn = False
            if said.first_response is not None and not said.waits:
                said.exchanges.append(Exchange(event.at))
    return said


def _after_the_opening(story: Story, at: datetime) -> Sequence[Event]:
    comments = [event for event in story.events if event.kind is Kind.COMMENT and event.at <= at]
    opened = story.events[0]
    if comments and comments[0].at == opened.at and comments[0].role is story.opened_by:
        return comments[1:]
    return comments


def _is_reply(event: Event) -> bool:
    return event.role is Role.AGENT and event.public and event.value != "merged"


def _is_message(event: Event) -> bool:
    return event.role is Role.CUSTOMER and event.public and event.value != "merged"
