"""Exchanges of messages between the first response and the end of a ticket. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from connectors import Exchange, Fact, Measures
from exporter.book import Book
from exporter.definition import Definition, Target
from exporter.knowledge import Talk, milliseconds
from exporter.labels import NONE
from exporter.pledges import made, settled


def merged(talks: tuple[Talk, ...], exchanges: Iterable[Exchange]) -> tuple[Talk, ...]:
    """What is known of the exchanges of a ticket, by number. What was told first stays."""
    known = {talk.number: talk for talk in talks}
    for exchange in exchanges:
        talk = known.get(exchange.number, Talk(exchange.number))
        if talk.asked is None and exchange.asked_at is not None:
            talk = replace(talk, asked=milliseconds(exchange.asked_at))
        if exchange.answered_at is not None:
            talk = _answered(talk, milliseconds(exchange.answered_at))
        known[exchange.number] = talk
    return tuple(known[number] for number in sorted(known))


def _answered(talk: Talk, at: int) -> Talk:
    """What was told first stays, unless it was impossible and is mended now."""
    if talk.answered is None:
        return replace(talk, answered=at)
    if talk.is_impossible and at != talk.answered:
        return replace(talk, answered=at, observed=False)
    return talk


def observed(
    book: Book,
    talks: tuple[Talk, ...],
    definition: Definition,
    measures: Measures,
) -> tuple[Talk, ...]:
    """The exchanges of a ticket that counts, after all that is new was taken down."""
    if Fact.NEXT_RESPONSE not in measures.told:
        return talks
    return tuple(_observed(book, talk, definition, measures) for talk in talks)


def _observed(book: Book, talk: Talk, definition: Definition, measures: Measures) -> Talk:
    asked = talk.asked
    if asked is None:
        return talk
    if talk.team is None:
        pledge = made(definition, measures, Target.NEXT_RESPONSE, book.state, asked)
        talk = replace(talk, team=book.state.team, priority=book.state.priority, pledge=pledge)
    if talk.answered is not None and not talk.observed:
        book.time(Fact.NEXT_RESPONSE, talk.number, asked, talk.answered, talk.team or NONE)
        talk = replace(talk, observed=True)
    if talk.is_impossible:
        return talk
    pledge = settled(book, Target.NEXT_RESPONSE, talk.number, talk.pledge, talk.answered)
    return talk if pledge is talk.pledge else replace(talk, pledge=pledge)
