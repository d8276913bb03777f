"""What the customer and the agents of a ticket said to each other, out of its articles."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.records import Exchange
from connectors.zammad.wire import Article

# As Zammad numbers them when it is installed; triggers and automatic replies are the system's.
AGENT = 1
CUSTOMER = 2
NOTE = 10

ONE_ACTION = timedelta(seconds=5)
"""An answer that closes its ticket is two writes, and the closing is the first of them."""


@dataclass(frozen=True, slots=True)
class Talk:
    """replies: the instants of public replies; turns: of those that follow on no other of them."""

    exchanges: tuple[Exchange, ...]
    replies: tuple[datetime, ...]
    turns: tuple[datetime, ...]

    @property
    def first_response_at(self) -> datetime | None:
        """The first reply; None: not yet."""
        return self.replies[0] if self.replies else None

    def replies_until(self, solved_at: datetime, *, merged: bool) -> int:
        """How many there were at a solve; `merged`: of those in a row one."""
        latest = solved_at + ONE_ACTION
        return sum(at <= latest for at in (self.turns if merged else self.replies))


def talk(articles: Iterable[Article]) -> Talk:
    """What was said on a ticket. The article that opened it is no reply, whoever wrote it."""
    replies: list[datetime] = []
    turns: list[datetime] = []
    asked: list[tuple[datetime, datetime | None]] = []
    in_turn = False
    for article in sorted(articles, key=lambda one: (one.created_at, one.id))[1:]:
        at = article.created_at
        waits = bool(asked) and asked[-1][1] is None
        if _is_reply(article):
            replies.append(at)
            turns += [] if in_turn else [at]
            if waits:
                asked[-1] = (asked[-1][0], at)
            in_turn = True
        elif _is_message(article):
            if replies and not waits:
                asked.append((at, None))
            in_turn = False
    exchanges = (Exchange(number, *one) for number, one in enumerate(asked, 1))
    return Talk(tuple(exchanges), tuple(replies), tuple(turns))


def _is_reply(article: Article) -> bool:
    """A note goes to nobody, even where the customer could read it."""
    return article.sender_id == AGENT and not article.internal and article.type_id != NOTE


def _is_message(article: Article) -> bool:
    """A customer who is signed in writes notes."""
    return article.sender_id == CUSTOMER and not article.internal
