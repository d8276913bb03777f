"""Which articles of a ticket its customer and the agents said to each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, timedelta

from connectors.talks import Message, Talk
from connectors.talks import talk as of_messages
from connectors.zammad.wire import Article

# As Zammad numbers them when it is installed; triggers and automatic replies are the system's.
AGENT = 1
CUSTOMER = 2
NOTE = 10

ONE_ACTION = timedelta(seconds=5)
"""An answer that closes its ticket is two writes, and the closing is the first of them."""


def talk(articles: Iterable[Article]) -> Talk:
    """What was said on a ticket. The article that opened it is no reply, whoever wrote it."""
    return of_messages(_messages(sorted(articles, key=lambda one: (one.created_at, one.id))[1:]))


def _messages(articles: Iterable[Article]) -> Iterator[Message]:
    """A note of an agent's goes to nobody, even where the customer could read it; what a customer
    writes who is signed in is a note too."""
    for one in articles:
        by_agent = one.sender_id == AGENT and one.type_id != NOTE
        if not one.internal and (by_agent or one.sender_id == CUSTOMER):
            yield Message(one.created_at.astimezone(UTC), by_agent)
