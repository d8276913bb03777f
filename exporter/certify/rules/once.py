"""Nothing that happens between a vendor and the store changes a number: every fact counts once."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Final

from connectors import Page
from connectors.testing.seeded import SeededDesk
from exporter.certify.bench import PRESENT, Bench, small_desk
from exporter.certify.line import Line, business, differences
from exporter.certify.scale import Broken, Rule, Tier

PAGE: Final = 20
"""The most records in an answer here, so that a small desk has many boundaries."""

MANY: Final = 500
OVERLAPS: Final = 5
"""How many older cursors are read from again."""

POLLS: Final = (PRESENT - timedelta(days=3), PRESENT - timedelta(hours=20), PRESENT)


def replay(bench: Bench) -> None:
    """Everything told again from the start, between polls and after them."""
    with bench.line(_desk(), page_limit=PAGE) as line:
        for at in POLLS:
            line.poll(at)
        before = line.numbers()
        line.poll(PRESENT, from_start=True)
        line.poll(PRESENT)
        _same(before, line.numbers(), "everything was read again from the start")
        _forgets(line)


def _forgets(line: Line) -> None:
    """The same connector tells from the same cursor the same again: the cursor is all it knows."""
    connector = line.connect()
    with contextlib.closing(connector):
        first, again = ([page.records for page in connector.changes(None)] for _ in range(2))
    if first != again:
        raise Broken(
            f"from the same cursor a connector told {sum(map(len, first))} records, and asked "
            f"again {sum(map(len, again))} or others: it must know nothing but the cursor"
        )


def kill(bench: Bench) -> None:
    """At every page of every poll the process ends once: when the page is committed, and the one
    after it is read.
    """
    calm = bench.calm(_desk(), POLLS, PAGE)
    with bench.line(_desk(), page_limit=PAGE) as line:
        for at in POLLS:
            line.look(at)
            survived: set[str] = set()
            for _ in range(MANY):
                if _ended(line, survived):
                    break
            else:
                raise Broken(f"{MANY} processes bring no end of a desk of a hundred tickets")
        _same(calm, line.numbers(), "the process was killed at every page")


def overlap(bench: Bench) -> None:
    """Pages told again from cursors of every age."""
    calm = bench.calm(_desk(), POLLS, PAGE)
    with bench.line(_desk(), page_limit=PAGE) as line:
        cursors: list[str | None] = []
        for at in POLLS:
            cursor = line.store.cursor(line.source.name)
            line.poll(at)
            cursors += [cursor, *(page.cursor for page in line.commit_all(cursor))]
        for cursor in cursors[:: max(1, len(cursors) // OVERLAPS)]:
            line.commit_all(cursor)
        _same(calm, line.numbers(), "pages were told again from older cursors")


def order(bench: Bench) -> None:
    """Records shuffled within and across pages, pages doubled; the last page stays the last. And
    what was told long ago comes after what is told now.
    """
    _belate(bench)
    calm = bench.calm(_desk(), POLLS[-1:], PAGE)
    for seed in range(3):
        rng = random.Random(seed)
        with bench.line(_desk(), page_limit=PAGE) as line:
            line.look(PRESENT)
            for page in _disordered(line.pages(), rng):
                line.commit(page)
            _same(calm, line.numbers(), "records came in another order, and some pages twice")


def _belate(bench: Bench) -> None:
    """Statements of an earlier poll come once more, after newer ones about the same tickets."""
    with bench.line(_desk(), page_limit=PAGE) as line:
        line.poll(POLLS[0])
        old = line.pages()
        line.poll(PRESENT)
        last = line.pages(line.store.cursor(line.source.name))[-1]
        before = line.numbers()
        for page in old:
            line.commit(replace(page, cursor=last.cursor, complete_to=None))
        line.commit(last)
        _same(before, line.numbers(), "older statements came after newer ones")


def _ended(line: Line, survived: set[str]) -> bool:
    """Whether a process came to the end of the poll. It dies at the first cursor that none before
    it died at.
    """
    connector = line.connect()
    try:
        pages = connector.changes(line.store.cursor(line.source.name))
        for page in pages:
            line.commit(page)
            if page.complete_to is not None:
                return True
            if page.cursor not in survived:
                survived.add(page.cursor)
                next(pages, None)
                return False
        return True
    finally:
        connector.close()


def _desk() -> SeededDesk:
    """A desk of a hundred tickets."""
    return small_desk(rate=0.4)


def _disordered(pages: list[Page], rng: random.Random) -> Iterator[Page]:
    """The same records, dealt out anew, the pages doubled; cursor and watermark of the last."""
    records = [record for page in pages for record in page.records]
    rng.shuffle(records)
    last = pages[-1]
    for begin in range(0, len(records), PAGE):
        page = Page(tuple(records[begin : begin + PAGE]), last.cursor, catching_up=True)
        yield from (page,) * rng.choice((1, 2))
    yield replace(last, records=(*last.records, *reversed(last.records)))


def _same(expected: bytes, found: bytes, what: str) -> None:
    """Raise `Broken` where a page is another."""
    if expected == found:
        return
    changed = differences(business(found), business(expected))
    first = changed[0].replace("truth", "expected") if changed else "the order of its lines"
    raise Broken(f"{len(changed)} series of /metrics changed when {what}: {first}")


RULES: Final = (
    Rule("replay", Tier.SILVER, "Reading everything again changes nothing", replay),
    Rule("kill", Tier.SILVER, "A kill at any page boundary changes nothing", kill),
    Rule("overlap", Tier.SILVER, "Polls that overlap change nothing", overlap),
    Rule("order", Tier.SILVER, "The order of records and doubled pages change nothing", order),
)
