"""What was said on a ticket, out of messages that a vendor tells one by one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from connectors.records import Exchange
from connectors.talks import Message, talk

BEGIN = datetime(2026, 3, 2, 9, tzinfo=UTC)


def at(minutes: int) -> datetime:
    return BEGIN + timedelta(minutes=minutes)


def said(written: str) -> list[Message]:
    """A letter a minute: `a` of an agent, `c` of the customer."""
    return [Message(at(minute), one == "a") for minute, one in enumerate(written)]


@pytest.mark.parametrize(
    ("written", "response", "exchanges"),
    [
        ("", None, []),
        ("ccc", None, []),
        ("cca", 2, []),
        ("acc", 0, [(1, None)]),
        ("accaa", 0, [(1, 3)]),
        ("acacca", 0, [(1, 2), (3, 5)]),
    ],
)
def test_the_first_of_several_unanswered_messages_waits_for_the_next_reply(
    written: str, response: int | None, exchanges: list[tuple[int, int | None]]
) -> None:
    found = talk(said(written))
    assert found.first_response_at == (None if response is None else at(response))
    assert found.exchanges == tuple(
        Exchange(number, at(asked), None if answered is None else at(answered))
        for number, (asked, answered) in enumerate(exchanges, 1)
    )


def test_replies_in_a_row_are_one_turn() -> None:
    found = talk(said("aacaaca"))
    assert [found.replies_until(at(4), merged=merged) for merged in (False, True)] == [4, 2]
    assert found.replies_until(at(9), merged=True) == 3
