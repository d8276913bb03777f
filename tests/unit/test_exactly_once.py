"""Killing, replaying, overlapping, duplicating and shuffling leave the numbers byte-equal."""

from __future__ import annotations

import contextlib
import random
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest import mock

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from connectors import (
    Channel,
    Exchange,
    Fact,
    Measures,
    Page,
    Priority,
    Rating,
    Record,
    Removal,
    Removed,
    Solve,
    Status,
    Survey,
    Ticket,
    Told,
    Usage,
)
from connectors.testing.desk import Kind, Story
from connectors.testing.dialogue import dialogue
from connectors.testing.opinions import statement as statement_of
from connectors.testing.seeded import SeededDesk
from exporter.certify.policies import definition, everything
from exporter.serving.exposition import Exposition
from exporter.source import Source
from exporter.store import Store
from exporter.store.series import SeriesWriter

PRESENT = datetime(2026, 3, 20, 15, 0, tzinfo=UTC)
SOURCE = Source(
    "desk",
    "desk",
    Measures({fact: Told() for fact in Fact}),
    max_teams=2,
    max_categories=1,
    definition=definition(everything(None)),
)
REMOVALS = {
    Kind.DELETED: Removal.DELETED,
    Kind.MERGED: Removal.MERGED,
    Kind.SPAM: Removal.SPAM,
}


class Killed(Exception):
    """The process ends here."""


def statement(story: Story, at: datetime) -> Record:
    """What a vendor says of a story that tells only its present."""
    seen = [event for event in story.events if event.at <= at]
    for event in seen:
        if event.kind in REMOVALS:
            return Removed(str(story.id), event.at, REMOVALS[event.kind])
    last = {event.kind: event.value for event in seen}
    said = dialogue(story, at)
    rated = [statement_of(e.value, e.at) for e in seen if e.kind is Kind.RATED]
    solves = [e.at for e in seen if e.kind is Kind.STAMP and e.value == "solved"]
    answers = [e.at for e in seen if e.kind is Kind.COMMENT and e.role == "agent" and e.public]
    return Ticket(
        id=str(story.id),
        created_at=story.created_at,
        changed_at=seen[-1].at,
        status=Status(last.get(Kind.STATUS, "new")),
        priority=Priority(last.get(Kind.PRIORITY, "normal")),
        channel=Channel(story.channel),
        team=last.get(Kind.TEAM) or None,
        assigned=last.get(Kind.ASSIGNED) == "yes",
        first_response_at=answers[0] if answers else None,
        first_solved_at=solves[0] if solves else None,
        solves=tuple(Solve(at) for at in solves[-1:]),
        reopens=sum(event.kind is Kind.REOPENED for event in seen),
        offered=any(event.kind is Kind.OFFERED for event in seen),
        exchanges=tuple(
            Exchange(number, one.asked_at, one.answered_at)
            for number, one in enumerate(said.exchanges, 1)
        ),
        ratings=tuple(Rating(Survey(r.survey), r.score, r.best, r.at) for r in rated),
        language=story.language or None,
        tags=story.tags,
    )


def pages(records: Sequence[Record], size: int, at: datetime) -> Iterator[Page]:
    """The records in pages, the last of which is complete."""
    starts = range(0, len(records), size) or [0]
    for start in starts:
        last = start + size >= len(records)
        batch = tuple(records[start : start + size])
        yield Page(batch, f"{at.isoformat()} {start}", at if last else None)


class ExactlyOnce(RuleBasedStateMachine):
    """One store is disturbed in every way, the other is not; both must publish the same."""

    @initialize(seed=st.integers(0, 50))
    def begin(self, seed: int) -> None:
        self.desk = SeededDesk(seed, present=PRESENT, weeks=1, rate=1.0)
        self.now = self.desk.begins
        self.folder = Path(tempfile.mkdtemp())
        self.disturbed = Store.open(f"sqlite:///{self.folder / 'disturbed'}.db")
        self.calm = Store.open(f"sqlite:///{self.folder / 'calm'}.db")
        for store in (self.disturbed, self.calm):
            store.prepare([SOURCE])
        self.before = self.now - timedelta(seconds=1)

    def records(self, after: datetime) -> list[Record]:
        return [statement(story, self.now) for _, story in self.desk.touched(after, self.now)]

    def commit(self, store: Store, page: Page) -> None:
        store.commit(SOURCE, page, Usage(), 0, 0)

    @rule(
        hours=st.integers(1, 40),
        size=st.integers(1, 40),
        chaos=st.randoms(use_true_random=False),
        overlap=st.booleans(),
        shuffled=st.booleans(),
        duplicated=st.booleans(),
        killed=st.integers(0, 3),
    )
    def poll(
        self,
        hours: int,
        size: int,
        chaos: random.Random,
        overlap: bool,
        shuffled: bool,
        duplicated: bool,
        killed: int,
    ) -> None:
        """Time passes; both stores are polled, one of them not undisturbed."""
        after, self.now = self.before, self.now + timedelta(hours=hours)
        for page in pages(self.records(after), 100, self.now):
            self.commit(self.calm, page)
        told = self.records(after - timedelta(hours=9) if overlap else after)
        if duplicated:
            told += chaos.sample(told, len(told) // 2)
        if shuffled:
            chaos.shuffle(told)
        wanted = list(pages(told, size, self.now))
        for _ in range(killed):
            self.be_killed(wanted, chaos)
        for page in wanted:
            self.commit(self.disturbed, page)
        self.before = self.now

    @rule(size=st.integers(1, 60))
    def replay(self, size: int) -> None:
        """Everything is read again from the beginning."""
        if self.before < self.now:
            return
        for page in pages(self.records(datetime.min.replace(tzinfo=UTC)), size, self.now):
            self.commit(self.disturbed, page)

    def be_killed(self, wanted: list[Page], chaos: random.Random) -> None:
        """A poll that ends in the middle: between two pages, or inside a transaction."""
        stop = chaos.randrange(len(wanted))
        for page in wanted[:stop]:
            self.commit(self.disturbed, page)
        if chaos.random() < 0.7:
            dying = mock.patch.object(SeriesWriter, "add", side_effect=Killed)
            with dying, contextlib.suppress(Killed):
                self.commit(self.disturbed, wanted[stop])

    @invariant()
    def both_publish_the_same(self) -> None:
        if not hasattr(self, "calm"):
            return
        calm, disturbed = (self.published(s) for s in (self.calm, self.disturbed))
        assert calm == disturbed
        if len(self.desk.stories(self.before)) > 20:  # some of which were not removed at once
            assert any(b'team="' in line for line in calm)

    def published(self, store: Store) -> list[bytes]:
        body = Exposition(store.snapshot(), ["desk"], totals=True).body()
        return [line for line in body.splitlines() if line.startswith((b"support", b"deskpulse_c"))]

    def teardown(self) -> None:
        for store in (self.calm, self.disturbed):
            store.close()
        shutil.rmtree(self.folder)


TestExactlyOnce = ExactlyOnce.TestCase
TestExactlyOnce.settings = settings(
    max_examples=25,
    stateful_step_count=6,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
)
