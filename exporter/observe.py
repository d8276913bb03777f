"""The heart: what a record tells that was not known before. Pure.

A vendor tells states; a metric counts events. `Observer` holds the two apart: what is known of a
ticket is its newest state together with a ledger of what was counted for it. Each fact is counted
once, under a key made of the vendor's own facts (the instant of a solve, the number of a reopen)
and never of the order of arrival. So repeating, overlapping or shuffling records changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from msgspec.structs import replace

from connectors import Measures, Removed, Supplement, Ticket
from connectors.records import OfTicket
from exporter import opinions, talks
from exporter.book import Book
from exporter.definition import Definition, Target
from exporter.knowledge import Extra, Known, Observation, State, milliseconds
from exporter.labels import Labeller
from exporter.lifecycle import Lifecycle
from exporter.pledges import broken, clocks, due_at, made, with_pledge


class Change(NamedTuple):
    """What one record brought: the new knowledge, the new facts, and facts refused by reason."""

    known: Known
    observations: tuple[Observation, ...] = ()
    refused: tuple[str, ...] = ()


@dataclass(frozen=True)
class Observer:
    """Observes the records of one source: what it tells, and how its operator defines it."""

    measures: Measures
    definition: Definition = field(default_factory=Definition)
    labeller: Labeller = field(default_factory=Labeller)

    def observe(self, before: Known | None, after: OfTicket) -> Change:
        """What `after` adds to `before`, counting only facts that the source declares as told."""
        known = before or Known(after.id)
        if isinstance(after, Removed):
            return self._removal(known, after)
        if isinstance(after, Supplement):
            return self._supplement(known, after)
        version = (milliseconds(after.changed_at), after.revision)
        if known.removed and version <= known.version:
            return Change(known)
        return self._ticket(known, after, version)

    def lapse(self, known: Known, watermark: int) -> Change:
        """What is certain once everything up to the watermark is told: promises broken by then."""
        if known.state is None:
            return Change(known)
        book = Book(known.id, known.state, self.definition)
        for clock in clocks(known):
            at = due_at(known, clock)
            if at is None or at > watermark:
                continue
            pledge = broken(book, clock.target, clock.number, clock.pledge)
            known = with_pledge(known, clock, pledge)
        return Change(known, tuple(book.observations))

    def state(self, ticket: Ticket) -> State:
        """Where a ticket stands, in the words of the store."""
        status, label = ticket.status, self.labeller.label
        return State(
            milliseconds(ticket.created_at),
            status.value,
            status.is_open,
            ticket.priority.value,
            label(ticket.team),
            ticket.channel.value,
            ticket.assigned,
            label(self.definition.category(ticket)),
            label(ticket.language),
            *self._asked(ticket),
        )

    def _asked(self, ticket: Ticket) -> tuple[str | None, str | None]:
        """Who asked, as keyed hashes of an id and a domain."""
        if ticket.customer is None:
            return None, None
        keyed = self.labeller.keyed
        names = ticket.customer.external_ids, ticket.customer.domains
        first, second = (keyed(several[0]) if several else None for several in names)
        return first, second

    def _removal(self, known: Known, after: Removed) -> Change:
        version = (milliseconds(after.changed_at), after.revision)
        if version < known.version:
            return Change(known)
        if known.removed:
            return Change(replace(known, version=version))
        removed = replace(known, version=version, removed=after.why.value)
        if not known.ledger.created or known.state is None:
            return Change(removed)
        book = Book(known.id, known.state, self.definition)
        number = known.ledger.corrections + 1
        book.count(Extra.CORRECTED, number, version[0])
        ledger = replace(known.ledger, corrections=number)
        return Change(replace(removed, ledger=ledger), tuple(book.observations))

    def _supplement(self, known: Known, after: Supplement) -> Change:
        spoken = talks.merged(known.talks, after.exchanges)
        rated = opinions.merged(known.opinions, after.ratings, known.version[0])
        if spoken == known.talks and rated == known.opinions:
            return Change(known)
        known = replace(known, talks=spoken, opinions=rated)
        if not known.counts or known.state is None:
            return Change(known)
        book = Book(known.id, known.state, self.definition)
        known = self._told_beside(book, known)
        return Change(known, tuple(book.observations), tuple(book.refused))

    def _told_beside(self, book: Book, known: Known) -> Known:
        """A ticket that counts, after the new of its exchanges and ratings was taken down."""
        if not known.talks and not known.opinions:
            return known
        ledger = known.ledger
        rated, changed = opinions.observed(
            book, known.opinions, ledger.changed_ratings, self.measures
        )
        return replace(
            known,
            talks=talks.observed(book, known.talks, self.definition, self.measures),
            opinions=rated,
            ledger=replace(ledger, changed_ratings=max(changed, 0)),
        )

    def _ticket(self, known: Known, after: Ticket, version: tuple[int, int]) -> Change:
        state = self.state(after)
        book = Book(known.id, state, self.definition)
        first = known.state is None
        if first:
            known = self._begun(known, state, version[0])
        newest = first or version >= known.version
        life = Lifecycle(book, known, after, self.measures)
        ledger = life.ledger()
        grown = replace(
            known,
            version=max(version, known.version),
            state=state if newest else known.state,
            removed=None if newest else known.removed,
            answered=known.answered or after.first_response_at is not None,
            response=life.response(),
            resolution=life.resolution(ledger),
            ledger=ledger,
            talks=talks.merged(known.talks, after.exchanges) if after.exchanges else known.talks,
            opinions=opinions.merged(known.opinions, after.ratings, version[0])
            if after.ratings
            else known.opinions,
        )
        if not first and version <= known.version:
            book.refused.clear()  # what it tells of itself was refused with its own version
        grown = self._told_beside(book, grown)
        return Change(grown, tuple(book.observations), tuple(book.refused))

    def _begun(self, known: Known, state: State, seen_at: int) -> Known:
        """A ticket that is seen for the first time: the clocks of its promises start."""
        start = state.created_at
        return replace(
            known,
            begun=(state.team, state.priority),
            opinions=opinions.dated(known.opinions, seen_at),
            response=made(self.definition, self.measures, Target.FIRST_RESPONSE, state, start),
            resolution=made(self.definition, self.measures, Target.RESOLUTION, state, start),
        )
