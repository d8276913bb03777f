"""The page for people: its words, and what it says where it cannot tell a number."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import Channel, Fact, Measures, Page, Priority, Status, Ticket, Told, Usage
from exporter.definition import ClockName, Definition, Promise, Target
from exporter.knowledge import milliseconds
from exporter.quantiles import quantile
from exporter.serving.drawing import Hour, bars, stack
from exporter.serving.statuspage import StatusPage
from exporter.serving.tile import change, duration, share, span
from exporter.source import Source
from exporter.store import Snapshot, Store

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOUR = 3_600_000
ALL = Measures({fact: Told() for fact in Fact if "customer" not in fact and fact != "revenue"})
SOURCE = Source("desk", "desk", ALL)
TARGETS = Definition(promises=(Promise(Target.FIRST_RESPONSE, ClockName.CALENDAR, HOUR),))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(f"sqlite:///{tmp_path}/page.db")
    yield opened
    opened.close()


def told(
    store: Store, source: Source, tickets: int = 3, late: timedelta = timedelta(seconds=30)
) -> str:
    """The page of a source whose tickets came a minute apart and were polled at nine."""
    store.prepare([source])
    page = Page(tuple(map(ticket, range(tickets))), "here", NINE)
    store.commit(source, page, Usage(), milliseconds(NINE), milliseconds(NINE))
    return shown(store, source, late)


def shown(store: Store, source: Source, late: timedelta = timedelta(seconds=30)) -> str:
    return unescape(StatusPage(store, [source], clock=(NINE + late).timestamp).html())


def ticket(number: int) -> Ticket:
    at = NINE - timedelta(minutes=number, hours=2)
    return Ticket(
        id=str(number),
        created_at=at,
        changed_at=at,
        status=Status.OPEN,
        priority=Priority.HIGH,
        channel=Channel.CHAT,
        team="Billing",
        assigned=True,
    )


def tile(page: str, title: str) -> str:
    """The words of one tile."""
    found = re.search(rf"<article[^>]*>\s*<h3>{title}</h3>.*?</article>", page, re.DOTALL)
    assert found, page
    return " ".join(re.sub(r"<[^>]+>", " ", found[0]).split())


def without(*facts: Fact) -> Source:
    """A source that tells all but these."""
    told_facts = {fact: how for fact, how in ALL.told.items() if fact not in facts}
    return replace(SOURCE, measures=Measures(told_facts))


def test_what_was_open_a_week_ago_is_not_guessed(store: Store) -> None:
    assert "A week ago not known" in tile(told(store, without(Fact.REOPENED)), "Open now")


def test_what_a_vendor_does_not_tell_has_no_number(store: Store) -> None:
    page = told(store, without(Fact.FIRST_RESPONSE, Fact.SATISFACTION))
    assert "desk does not tell it" in tile(page, "9 of 10 answered in")
    assert "desk does not tell it" in tile(page, "Satisfied, last 7 days")


def test_few_ratings_and_responses_are_too_few(store: Store) -> None:
    page = told(store, SOURCE)
    assert tile(page, "Satisfied, last 7 days").startswith("Satisfied, last 7 days too few")
    assert tile(page, "9 of 10 answered in").startswith("9 of 10 answered in too few")


def test_without_targets_it_says_who_waits(store: Store) -> None:
    words = tile(told(store, SOURCE), "Unanswered")
    assert words == "Unanswered 3 Longest wait 2.0 h Target none is set"


def test_a_broken_promise_is_an_alarm_in_words(store: Store) -> None:
    page = told(store, replace(SOURCE, definition=TARGETS))
    assert tile(page, "Late now").startswith("Late now 3 mostly first response Next 1 h 0")
    assert "Look at desk: promises broken." in page


def test_nothing_to_do_is_said(store: Store) -> None:
    assert "Nothing needs you now." in told(store, SOURCE)


def test_before_the_first_import_it_waits(store: Store) -> None:
    store.prepare([SOURCE])
    page = shown(store, SOURCE)
    assert "Wait for desk: no numbers yet." in page
    assert "not asked yet" in page


def test_old_data_are_told_with_what_to_do(store: Store) -> None:
    page = told(store, SOURCE, late=timedelta(minutes=20))
    assert "Look at desk: not up to date, data old." in page
    assert "not polled for 20 min. Look into the log" in page
    assert "older than 5 min" in tile(page, "Age of the data")


def test_a_vendor_that_stands_still_is_told_from_a_silent_one(store: Store) -> None:
    told(store, SOURCE)
    later = NINE + timedelta(minutes=20)
    again = Page((), "here", NINE)
    store.commit(SOURCE, again, Usage(), milliseconds(later), milliseconds(later))
    page = shown(store, SOURCE, timedelta(minutes=20, seconds=5))
    assert "desk answers, but tells nothing later than 2026-03-02 09:00:00 UTC" in page


def test_words_of_a_vendor_are_no_markup(store: Store) -> None:
    told(store, SOURCE)
    store.fail(SOURCE, "refused", "<script>alert(1)</script> & more", Usage(), 1, 0)
    page = StatusPage(store, [SOURCE]).html()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; more" in page
    name = bars([Hour('"><b>', 1)], "<i>")
    assert "<b>" not in name
    assert "<i>" not in stack([("<b>", 1)], "<i>")


def test_nobody_waits_for_numbers_that_are_being_looked_up(store: Store) -> None:
    told(store, SOURCE)
    slow, begun, go_on = threading.Event(), threading.Event(), threading.Event()

    def snapshot() -> Snapshot:
        if slow.is_set():
            begun.set()
            assert go_on.wait(20)
        return store.snapshot()

    page = StatusPage(store, [SOURCE], snapshot)
    before = page.renew()
    store.commit(SOURCE, Page((ticket(9),), "on", NINE), Usage(), 1, 1)
    slow.set()
    thread = threading.Thread(target=page.renew)
    thread.start()
    assert begun.wait(20)
    assert page.renew() is before
    go_on.set()
    thread.join(20)
    assert page.renew() is not before


@pytest.mark.parametrize(
    ("milliseconds", "words"),
    [(30_000, "30 s"), (90_000, "90 s"), (300_000, "5 min"), (5_400_000, "90 min"),
     (28_800_000, "8 h"), (259_200_000, "3 d"), (0, "0 s")],
)  # fmt: skip
def test_what_somebody_chose_is_said_as_it_was_chosen(milliseconds: int, words: str) -> None:
    assert span(milliseconds) == words


@pytest.mark.parametrize(
    ("now", "before", "words"),
    [(110, 100, " (+10 %)"), (90, 100, " (−10 %)"), (1001, 1000, " (the same)"), (5, 0, "")],
)
def test_a_change_is_in_percent_of_what_was(now: int, before: int, words: str) -> None:
    assert change(now, before) == words.replace(" %", "\N{NO-BREAK SPACE}%")


def test_a_share_of_few_is_none() -> None:
    assert share(19, 19) == "too few"
    assert share(10, 20) == "50 %"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (42, "42 s"),
        (119, "119 s"),
        (120, "2 min"),
        (7_200, "2.0 h"),
        (2e5, "2.3 d"),
    ],
)
def test_durations_are_said_as_people_say_them(seconds: float, words: str) -> None:
    assert duration(int(seconds * 1000)) == words


@given(st.lists(st.integers(0, 1000), min_size=1), st.integers(1, 100))
def test_a_quantile_is_a_value_that_enough_do_not_exceed(values: list[int], percent: int) -> None:
    found = quantile(sorted(values), str(percent / 100))
    assert found in values
    assert 100 * sum(v <= found for v in values) >= percent * len(values)
    smaller = [v for v in values if v < found]
    assert 100 * len(smaller) < percent * len(values)
