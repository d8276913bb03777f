"""From creation to the last solve: what a ticket itself tells, read against its ledger. Pure."""

from __future__ import annotations

from datetime import datetime

from connectors import Fact, Measures, Ticket
from exporter.book import Book
from exporter.definition import Target
from exporter.knowledge import Extra, Known, Ledger, Pledge, milliseconds
from exporter.pledges import ended, lost, settled


class Lifecycle:
    """One statement of a ticket, made at `changed_at`."""

    def __init__(self, book: Book, known: Known, ticket: Ticket, measures: Measures) -> None:
        self._book = book
        self._known = known
        self._ticket = ticket
        self._told = measures.told
        self._created_at = book.state.created_at
        self._changed_at = milliseconds(ticket.changed_at)
        self._clock = known.begun[0]

    def ledger(self) -> Ledger:
        """The ledger after everything new was taken down."""
        was, ticket = self._known.ledger, self._ticket
        solves = self._solves(was.solves)
        return Ledger(
            created=was.created or self._once(Fact.CREATED, self._created_at),
            first_response=was.first_response
            or self._timed_once(Fact.FIRST_RESPONSE, ticket.first_response_at),
            first_resolution=was.first_resolution
            or self._timed_once(Fact.FIRST_RESOLUTION, ticket.first_solved_at),
            offered=was.offered or (ticket.offered and self._once(Fact.OFFERED, self._changed_at)),
            solves=solves,
            waits=self._waits(was.waits),
            replies=self._replies(was.replies),
            reopens=self._up_to(Fact.REOPENED, was.reopens, ticket.reopens),
            reassignments=self._up_to(Fact.REASSIGNED, was.reassignments, ticket.reassignments),
            changed_ratings=was.changed_ratings,
            unseen=self._unseen(was.unseen, solves),
            corrections=was.corrections,
        )

    def response(self) -> Pledge:
        """How the promise of a first response stands after this."""
        pledge = self._known.response
        kept = self._kept(self._ticket.first_response_at)
        if kept is None and self._ticket.first_response_at is not None:
            return Pledge(pledge.breaks_at, pledge.counted, over=True)
        return settled(self._book, Target.FIRST_RESPONSE, 0, pledge, kept)

    def resolution(self, ledger: Ledger) -> Pledge:
        """How the promise of a resolution stands after this.

        The first solve is not told of a ticket that was reopened before it was seen.
        """
        pledge = self._known.resolution
        kept = self._kept(self._ticket.first_solved_at)
        if kept is None and self._ticket.reopens and not ledger.first_resolution:
            return lost(self._book, pledge, ended(ledger.solves, self._created_at))
        return settled(self._book, Target.RESOLUTION, 0, pledge, kept)

    def _kept(self, instant: datetime | None) -> int | None:
        at = None if instant is None else milliseconds(instant)
        return at if at is not None and at >= self._created_at else None

    def _once(self, kind: Fact, at: int) -> bool:
        if kind in self._told:
            self._book.count(kind, 0, at)
        return True

    def _timed_once(self, kind: Fact, instant: datetime | None) -> bool:
        if instant is None or kind not in self._told:
            return False
        return self._timed(kind, 0, milliseconds(instant))

    def _timed(self, kind: Fact, ordinal: int, at: int) -> bool:
        return self._book.time(kind, ordinal, self._created_at, at, self._clock)

    def _solves(self, known: tuple[int, ...]) -> tuple[int, ...]:
        if Fact.SOLVED not in self._told:
            return known
        for solve in self._ticket.solves:
            at = milliseconds(solve.at)
            if at not in known and self._timed(Fact.SOLVED, at, at):
                known = (*known, at)
        return known

    def _waits(self, known: tuple[int, ...]) -> tuple[int, ...]:
        if Fact.REQUESTER_WAIT not in self._told:
            return known
        for solve in self._ticket.solves:
            at = milliseconds(solve.at)
            if solve.waited is not None and at not in known:
                business = solve.waited_business
                by_business = None if business is None else business * 1000
                self._book.count(Fact.REQUESTER_WAIT, at, at, solve.waited * 1000, by_business)
                known = (*known, at)
        return known

    def _replies(self, known: tuple[int, ...]) -> tuple[int, ...]:
        if Fact.REPLIES not in self._told:
            return known
        for solve in self._ticket.solves:
            at = milliseconds(solve.at)
            if solve.replies is not None and at not in known:
                self._book.count(Fact.REPLIES, at, at, solve.replies)
                known = (*known, at)
        return known

    def _up_to(self, kind: Fact, counted: int, told: int) -> int:
        """The vendor's own count of something went up."""
        if kind not in self._told:
            return counted
        for number in range(counted + 1, told + 1):
            self._book.count(kind, number, self._changed_at)
        return max(counted, told)

    def _unseen(self, counted: int, solves: tuple[int, ...]) -> int:
        """Every reopen followed a solve; solves that nobody told the instant of are unseen."""
        ticket = self._ticket
        if Fact.SOLVED not in self._told or not ticket.reopens:
            return counted
        stands = bool(ticket.solves) and not ticket.status.is_open
        missing = ticket.reopens - (len(solves) - stands)
        for number in range(counted + 1, missing + 1):
            self._book.count(Extra.UNSEEN, number, self._changed_at)
        return max(counted, missing)
