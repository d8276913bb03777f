"""Walking a list: nothing is lost while it moves; a vendor that stands still ends in a verdict."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from connectors import Fatal, Rejection
from connectors.walking import NAMELESS, Answer, Leg, Walk, cursor_at

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)

Row = tuple[datetime, int]


@dataclass
class Vendor:
    """A list of tickets by time of change, paged by offset or by a cursor of the vendor's own.

    before: called with the number of each request, before it is answered.
    """

    changed: dict[int, datetime]
    now: datetime = START + timedelta(hours=1)
    size: int = 3
    before: Callable[[int], None] = lambda number: None
    asked: list[tuple[datetime, object]] = field(default_factory=list)

    def by_offset(self, since: datetime, offset: int | None) -> Answer[Row, int]:
        rows, begin = self._rows(since, offset), offset or 0
        end = begin + self.size
        return Answer(rows[begin:end], end if end < len(rows) else None, self.now)

    def by_cursor(self, since: datetime, after: Row | None) -> Answer[Row, Row]:
        rows = [row for row in self._rows(since, after) if after is None or row > after]
        page = rows[: self.size]
        return Answer(page, page[-1] if len(rows) > len(page) else None, self.now)

    def _rows(self, since: datetime, place: object) -> list[Row]:
        self.asked.append((since, place))
        self.before(len(self.asked))
        return sorted((at, number) for number, at in self.changed.items() if at >= since)

    def walk(self, *, shifts: bool) -> Walk[Row, int] | Walk[Row, Row]:
        if shifts:
            return Walk("the list", self.by_offset, lambda row: row, shifts=True)
        return Walk("the list", self.by_cursor, lambda row: row)


def told(legs: list[Leg[Row]]) -> set[Row]:
    return {row for leg in legs for row in leg.rows}


@pytest.mark.parametrize("shifts", [True, False])
def test_every_row_is_told_once_and_the_last_leg_says_up_to_when(shifts: bool) -> None:
    vendor = Vendor({number: START + number // 4 * SECOND for number in range(40)})
    legs = list(vendor.walk(shifts=shifts).legs(None))
    assert sorted(row for leg in legs for row in leg.rows) == sorted(
        (at, number) for number, at in vendor.changed.items()
    )
    assert [leg.complete_to for leg in legs] == [None] * (len(legs) - 1) + [vendor.now]


@pytest.mark.parametrize("shifts", [True, False])
def test_a_walk_that_ends_after_any_leg_is_taken_up_without_loss(shifts: bool) -> None:
    vendor = Vendor({number: START + number // 7 * SECOND for number in range(30)})
    whole = list(vendor.walk(shifts=shifts).legs(None))
    for stop in range(1, len(whole)):
        begun = whole[:stop]
        rest = list(vendor.walk(shifts=shifts).legs(begun[-1].cursor))
        assert told(begun) | told(rest) == told(whole)


@pytest.mark.parametrize("shifts", [True, False])
def test_a_quiet_list_tells_nothing_again(shifts: bool) -> None:
    vendor = Vendor(dict.fromkeys(range(10), START), now=START + 6 * 60 * SECOND)
    cursor = list(vendor.walk(shifts=shifts).legs(None))[-1].cursor
    vendor.asked.clear()
    (leg,) = vendor.walk(shifts=shifts).legs(cursor)
    assert (leg.rows, len(vendor.asked)) == ((), 1)


@pytest.mark.parametrize("ahead", [0, 5, 15, 60, 240])
def test_a_clock_of_answers_that_is_ahead_hides_no_change(ahead: int) -> None:
    """A new ticket every five seconds, a walk every minute."""
    vendor, now, cursor = Vendor({}, now=START), START, None
    seen: set[int] = set()
    for poll in range(20):
        for number in range(12):
            vendor.changed[poll * 12 + number] = now - (60 - 5 * number) * SECOND
        vendor.now = now + ahead * SECOND
        legs = list(vendor.walk(shifts=False).legs(cursor))
        cursor = legs[-1].cursor
        seen |= {number for _, number in told(legs)}
        now += 60 * SECOND
    assert len(seen) == 240


@pytest.mark.parametrize("shifts", [True, False])
def test_what_was_written_down_late_is_told_by_the_next_walk(shifts: bool) -> None:
    vendor = Vendor({1: START, 2: START + 2 * SECOND}, now=START + 3 * SECOND)
    cursor = list(vendor.walk(shifts=shifts).legs(None))[-1].cursor
    vendor.changed[3], vendor.now = START + SECOND, START + 20 * SECOND
    assert 3 in {number for _, number in told(list(vendor.walk(shifts=shifts).legs(cursor)))}


@pytest.mark.parametrize("tied", [1, 2, 9])
@pytest.mark.parametrize("request_number", range(1, 16))
def test_a_ticket_that_changes_meanwhile_hides_no_other(tied: int, request_number: int) -> None:
    """It leaves its place for the end, and all behind it move up."""
    vendor = Vendor({number: START + number // tied * SECOND for number in range(20)})

    def change(number: int) -> None:
        if number == request_number:
            vendor.now += SECOND
            vendor.changed[0] = vendor.changed[10] = vendor.now

    vendor.before = change
    legs = list(vendor.walk(shifts=True).legs(None))
    assert {number for _, number in told(legs)} == set(range(20))


def test_rejections_are_told_once_though_a_page_is_read_twice() -> None:
    bad = Rejection("7", "malformed", "ticket 7: a field is none")

    def ask(since: datetime, offset: int | None) -> Answer[Row, int]:
        rows = [(START, 1), (START + SECOND, 2), (START + SECOND, 3)]
        found = [row for row in rows if row[0] >= since]
        begin = offset or 0
        more = begin + 2 < len(found)
        return Answer(found[begin : begin + 2], begin + 2 if more else None, START, [bad])

    legs = list(Walk("the list", ask, lambda row: row, shifts=True).legs(None))
    assert [one for leg in legs for one in leg.rejected] == [bad]


@pytest.mark.parametrize("moves", [False, True])
@pytest.mark.parametrize("tied", [1, 9])
def test_rows_without_a_name_that_cannot_be_read_are_counted_one_by_one(
    tied: int, moves: bool
) -> None:
    """Two on each of three pages; a page that is read again, because the list moved, adds none."""
    bad = Rejection(NAMELESS, "malformed", "a ticket without an id")
    vendor = Vendor({number: START + number // tied * SECOND for number in range(9)}, size=3)

    def ask(since: datetime, offset: int | None) -> Answer[Row, int]:
        answer = vendor.by_offset(since, offset)
        pages.add((since, offset))
        return replace(answer, rejected=[bad, bad])

    def change(number: int) -> None:
        if moves and number == 2:
            vendor.changed[0] = vendor.now = vendor.now + SECOND

    pages: set[object] = set()
    vendor.before = change
    legs = list(Walk("the list", ask, lambda row: row, shifts=True).legs(None))
    assert len([one for leg in legs for one in leg.rejected]) == 2 * len(pages)


def test_a_second_that_is_another_at_each_reading_is_an_error() -> None:
    vendor = Vendor(dict.fromkeys(range(9), START))

    def change(number: int) -> None:
        vendor.changed = {number * 100 + one: START for one in range(9)}

    vendor.before = change
    with pytest.raises(Fatal, match="was another each of 100 times that it was read"):
        list(vendor.walk(shifts=True).legs(None))
    assert len(vendor.asked) < 400


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ([Answer([(START, 1)], 1, START)], "tells the same rows again"),
        ([Answer([], 1, START), Answer([], 1, START)], "its place does not move on"),
        (
            [Answer([(START + SECOND, 1), (START, 2)], None, START + timedelta(hours=1))],
            "does not keep the order",
        ),
    ],
)
@pytest.mark.parametrize("shifts", [True, False])
def test_a_vendor_that_stands_still_or_goes_back_is_an_error(
    answers: list[Answer[Row, int]], words: str, shifts: bool
) -> None:
    waiting = list(answers)

    def ask(since: datetime, place: int | None) -> Answer[Row, int]:
        return waiting.pop(0) if len(waiting) > 1 else waiting[0]

    with pytest.raises(Fatal, match=words):
        list(Walk("the list", ask, lambda row: row, shifts=shifts).legs(None))


def test_a_list_without_end_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.walking.LONGEST", 50)

    def ask(since: datetime, place: int | None) -> Answer[Row, int]:
        return Answer([], (place or 0) + 1, START)

    with pytest.raises(Fatal, match="does not come to an end"):
        list(Walk("the list", ask, lambda row: row).legs(None))


def test_a_cursor_of_somebody_else_is_an_error() -> None:
    walk = Vendor({}).walk(shifts=True)
    with pytest.raises(Fatal, match="the stored cursor is none of this connector's"):
        list(walk.legs('{"after": 3}'))


def test_the_cursor_of_an_instant_tells_what_changed_since() -> None:
    vendor = Vendor({number: START + number * SECOND for number in range(10)})
    legs = list(vendor.walk(shifts=False).legs(cursor_at(START + 4.5 * SECOND)))
    assert {number for _, number in told(legs)} == set(range(4, 10))
