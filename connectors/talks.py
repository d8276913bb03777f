"""What a customer and agents said to each other, out of messages that a vendor tells one by one.

The rules are those of docs/semantics.md: the first reply is the first response; of several
unanswered messages after it only the first begins an exchange, which the next reply ends.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from connectors.records import Exchange


class Message(NamedTuple):
    """A public message of a person's; notes, programs and what opened the ticket are none."""

    at: datetime
    by_agent: bool


@dataclass(frozen=True, slots=True)
class Talk:
    """What was said so far.

    replies: the instants of the agents' messages; turns: of those that follow on a customer's.
    """

    exchanges: tuple[Exchange, ...]
    replies: tuple[datetime, ...]
    turns: tuple[datetime, ...]

    @property
    def first_response_at(self) -> datetime | None:
        """The first reply; None: not yet."""
        return self.replies[0] if self.replies else None

    def replies_until(self, at: datetime, *, merged: bool) -> int:
        """How many replies there were by then; `merged`: of those in a row one."""
        return sum(one <= at for one in (self.turns if merged else self.replies))


def talk(messages: Iterable[Message]) -> Talk:
    """What these messages come to, in the order in which they were written."""
    replies: list[datetime] = []
    turns: list[datetime] = []
    asked: list[tuple[datetime, datetime | None]] = []
    in_turn = False
    for at, by_agent in messages:
        waits = bool(asked) and asked[-1][1] is None
        if by_agent:
            replies.append(at)
            turns += [] if in_turn else [at]
            if waits:
                asked[-1] = (asked[-1][0], at)
        elif replies and not waits:
            asked.append((at, None))
        in_turn = by_agent
    exchanges = (Exchange(number, *one) for number, one in enumerate(asked, 1))
    return Talk(tuple(exchanges), tuple(replies), tuple(turns))
