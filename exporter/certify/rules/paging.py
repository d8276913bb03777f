"""Pages: nothing is lost between two of them, and none is left out in silence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from connectors import ConnectorError, Page
from connectors.testing.desk import Deal, Dealing, Desk, Event, Kind, Patron, Role, Story
from connectors.testing.server import SimRequest, SimResponse, SimulatorServer
from connectors.testing.written import WrittenDesk
from exporter.certify.bench import PRESENT, Bench, small_desk
from exporter.certify.line import Line, Samples, differences
from exporter.certify.scale import Broken, Rule, Tier

MANY: Final = 320
"""Pages; more than the caps that one meets most: a hundred, and three hundred."""

TIED: Final = 30
SMALL_PAGE: Final = 4
PAGE: Final = 20
PRICE: Final = "team 49.00 EUR month 1"
SECOND: Final = timedelta(seconds=1)
EARLIER: Final = timedelta(hours=6)
PATIENCE: Final = 3_000
"""Requests after which a connector goes on for ever."""


def ties(bench: Bench) -> None:
    """A second with more changes than a page holds; a poll that comes in the middle of it."""
    tied = PRESENT - timedelta(hours=1)
    calm = _polled_within(bench, tied, _HalfTold(tied, whole=True))
    found = _polled_within(bench, tied, _HalfTold(tied))
    if wrong := differences(found, calm):
        raise Broken(
            f"{TIED} tickets were created within one second and {TIED} solved ({TIED} customers "
            f"began, {TIED} left), half of each before a poll, and {_first(wrong)}"
        )


def _polled_within(bench: Bench, tied: datetime, desk: _HalfTold) -> Samples:
    """What comes of a poll in the middle of a second, and of others after it."""
    with bench.line(desk, page_limit=SMALL_PAGE) as line:
        line.poll(tied - line.measures.lag)
        desk.whole = True
        for at in (tied + SECOND, tied + timedelta(minutes=10), PRESENT):
            line.poll(at)
        return line.samples()


def caps(bench: Bench) -> None:
    """Of a first import of very many pages, nothing is left out, unless an error says so."""
    desk = bench.crowd(MANY, PRESENT - timedelta(days=1))
    whole, whole_small = (_imported(bench, one) for one in (desk, small_desk()))
    with bench.line(desk, page_limit=1) as line:
        line.look(PRESENT)
        try:
            pages = line.pages()
        except ConnectorError:
            return
        line.commit(_as_one(pages))
        if wrong := differences(line.samples(), whole):
            raise Broken(f"{MANY} records were imported in pages of one, and {_first(wrong)}")
    if wrong := differences(_imported(bench, small_desk(), PAGE), whole_small):
        raise Broken(f"a desk was imported in pages of {PAGE}, and {_first(wrong)}")


def _as_one(pages: Sequence[Page]) -> Page:
    """Pages taken in at once: what is asked here is whether each was read."""
    records = tuple(record for page in pages for record in page.records)
    return replace(pages[-1], records=records)


def _imported(bench: Bench, desk: Desk, page_limit: int | None = None) -> Samples:
    """What comes of a first import."""
    with bench.line(desk, page_limit=page_limit) as line:
        line.poll(PRESENT)
        return line.samples()


def endless(bench: Bench) -> None:
    """Answers that repeat themselves end in an error, not in silence and not never: in a first
    import and in a later poll.
    """
    for before in (None, PRESENT - timedelta(days=40)):
        with bench.line(small_desk(), page_limit=SMALL_PAGE) as line:
            if before is not None:
                line.poll(before)
            line.look(PRESENT)
            _stick(line)


def _stick(line: Line) -> None:
    stuck = _Stuck(line.server)
    try:
        pages = line.pages(line.store.cursor(line.source.name))
    except ConnectorError as error:
        if stuck.asked > PATIENCE:
            raise Broken(f"the same answer was asked for {PATIENCE} times") from error
        return
    told = sum(len(page.records) for page in pages)
    raise Broken(
        f"every answer was the same as the first and said that more follows, and a poll took "
        f"{told} records for all there are; raise Fatal when pages do not move on"
    )


class _HalfTold(WrittenDesk):
    """Tickets that are created within one second, and others that are solved within it; customers
    that begin within it, and others that leave.

    Until it is `whole`, every second life lacks what happens within that second.
    """

    def __init__(self, second: datetime, *, whole: bool = False) -> None:
        old, young = range(1, TIED + 1), range(TIED + 1, 2 * TIED + 1)
        super().__init__(
            *(_solved(number, second) for number in old),
            *(_created(number, second) for number in young),
            customers=[
                *(_left(number, second) for number in old),
                *(_begun(number, second) for number in young),
            ],
        )
        self.whole = whole
        self._second = second

    def stories(self, until: datetime) -> Sequence[Story]:
        """Those that have begun, as far as they are told."""
        found = super().stories(until)
        if self.whole:
            return found
        told = (story if story.id % 2 else self._half(story) for story in found)
        return [story for story in told if story.events]

    def touched(self, after: datetime, until: datetime) -> Iterator[tuple[datetime, Story]]:
        """As every desk does; what came late is told to whoever has seen the second before."""
        yield from super().touched(self._late(after), until)

    def customers(self, until: datetime) -> Sequence[Patron]:
        """Those that have begun, as far as they are told."""
        found = super().customers(until)
        if self.whole:
            return found
        told = (patron if patron.id % 2 else self._unsaid(patron) for patron in found)
        return [patron for patron in told if patron.events]

    def customers_touched(
        self, after: datetime, until: datetime
    ) -> Iterator[tuple[datetime, Patron]]:
        """Likewise."""
        yield from super().customers_touched(self._late(after), until)

    def _late(self, after: datetime) -> datetime:
        return after - SECOND if after == self._second else after

    def _half(self, story: Story) -> Story:
        events = tuple(event for event in story.events if event.at < self._second)
        return replace(story, events=events)

    def _unsaid(self, patron: Patron) -> Patron:
        events = tuple(dealing for dealing in patron.events if dealing.at < self._second)
        return replace(patron, events=events)


class _Stuck:
    """Puts the first answer at each path in the place of all later ones."""

    def __init__(self, server: SimulatorServer) -> None:
        self.asked = 0
        self._answer = server.answer or server.simulator.answer
        self._first: dict[str, SimResponse] = {}
        server.answer = self.answer

    def answer(self, request: SimRequest) -> SimResponse:
        self.asked += 1
        if self.asked > PATIENCE:
            return SimResponse(410)
        if request.path not in self._first:
            self._first[request.path] = self._answer(request)
        return self._first[request.path]


def _created(number: int, at: datetime, *events: Event) -> Story:
    opened = (Event(at, Kind.OPENED, Role.CUSTOMER), Event(at, Kind.COMMENT, Role.CUSTOMER))
    return Story(number, at, "email", Role.CUSTOMER, (*opened, *events))


def _solved(number: int, at: datetime) -> Story:
    events = (
        Event(at, Kind.COMMENT, Role.AGENT),
        Event(at, Kind.STATUS, Role.AGENT, "solved"),
        Event(at, Kind.STAMP, Role.AGENT, "solved"),
    )
    return _created(number, at - EARLIER, *events)


def _begun(number: int, at: datetime, *dealings: Dealing) -> Patron:
    paid = Dealing(at, Deal.PAID, number, PRICE)
    return Patron(number, at, f"ACME-{number}", (), (paid, *dealings))


def _left(number: int, at: datetime) -> Patron:
    return _begun(number, at - EARLIER, Dealing(at, Deal.ENDED, number, "price"))


def _first(wrong: Sequence[str]) -> str:
    return f"{len(wrong)} series are wrong: {wrong[0].replace('truth', 'expected')}"


RULES: Final = (
    Rule("ties", Tier.SILVER, "Changes within one second are all told, pages between them", ties),
    Rule("caps", Tier.SILVER, "However many pages there are, none is left out in silence", caps),
    Rule("ends", Tier.SILVER, "An answer that repeats itself is an error", endless),
)
