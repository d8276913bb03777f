"""Down a list that changes while it is read: nothing that stays as it was is skipped."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from connectors.chatwoot.descent import Descent, Place, Sheet, Step, read, written
from connectors.contract import Fatal

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
CLOCK = int(NOW.timestamp())
SIZE = 5
Row = tuple[int, int]  # id and last activity


class Desk:
    """A list of conversations; something may happen before each answer."""

    def __init__(self, count: int, happens: Callable[[Desk], None] = lambda _: None) -> None:
        self.rows: dict[int, int] = {one: CLOCK - 10_000 + one for one in range(1, count + 1)}
        self.asked = 0
        self.happens = happens

    def ask(self, page: int) -> Sheet[Row]:
        self.asked += 1
        if self.asked > 1:
            self.happens(self)
        listed = sorted(self.rows.items(), key=lambda row: (-row[1], -row[0]))
        found = listed[(page - 1) * SIZE : page * SIZE]
        return Sheet(found, len(found), NOW)

    def walk(self) -> Descent[Row]:
        return Descent("the list", self.ask, lambda row: row[1], lambda row: row)


def told(steps: list[Step[Row]]) -> set[int]:
    return {number for step in steps for number, _ in step.rows}


def test_it_ends_where_the_last_walk_began() -> None:
    desk = Desk(40)
    walk = desk.walk()
    first = list(walk.steps(Place()))
    assert told(first) == set(range(1, 41))
    assert [step.complete_to for step in first] == [None] * (len(first) - 1) + [NOW]
    place = walk.after(first[-1])
    assert place == Place(CLOCK - 10_000 + 40)
    desk.rows[3] = CLOCK - 50
    assert told(list(desk.walk().steps(place))) == {3, 40}


def test_what_changes_goes_to_the_front_and_nothing_is_skipped() -> None:
    chance = random.Random(4)

    def change(desk: Desk) -> None:
        desk.rows[chance.randrange(1, 41)] = CLOCK + desk.asked

    for _ in range(20):
        desk = Desk(40, change)
        walk = desk.walk()
        steps = list(walk.steps(Place()))
        desk.happens = lambda _: None
        again = told(list(desk.walk().steps(walk.after(steps[-1]))))
        assert told(steps) | again == set(range(1, 41))


def test_what_a_deletion_moves_up_is_found_on_the_page_before() -> None:
    chance = random.Random(5)

    def delete(desk: Desk) -> None:
        if desk.asked % 2 == 0:
            gone = max(desk.rows, key=lambda one: (desk.rows[one], one))
            del desk.rows[gone]

    for _ in range(20):
        desk = Desk(chance.randrange(20, 60), delete)
        whole = set(desk.rows)
        steps = list(desk.walk().steps(Place()))
        assert told(steps) >= whole & set(desk.rows)


def test_an_interrupted_walk_goes_on_with_the_page_before_where_it_was() -> None:
    desk = Desk(40)
    steps = desk.walk().steps(Place())
    before = [next(steps), next(steps), next(steps)]
    place = read("the list", written(before[-1].place))
    rest = desk.walk()
    after = list(rest.steps(place))
    assert told(before) | told(after) == set(range(1, 41))
    assert len(after) < 8
    assert rest.after(after[-1]).to == CLOCK - 10_000 + 40


def test_what_is_held_is_read_again() -> None:
    desk = Desk(40)
    walk = desk.walk()
    steps = list(walk.steps(Place()))
    walk.hold(desk.rows[38])
    assert told(list(desk.walk().steps(walk.after(steps[-1])))) == {38, 39, 40}


def test_what_is_held_survives_an_interruption() -> None:
    desk = Desk(40)
    walk = desk.walk()
    first = next(walk.steps(Place()))
    walk.hold(desk.rows[38])
    rest = desk.walk()
    steps = list(rest.steps(read("the list", written(walk.after(first)))))
    assert rest.after(steps[-1]) == Place(desk.rows[38])


def test_the_next_walk_begins_before_the_clock_however_new_the_newest_is() -> None:
    desk = Desk(3)
    desk.rows[3] = CLOCK
    walk = desk.walk()
    steps = list(walk.steps(Place()))
    assert walk.after(steps[-1]) == Place(CLOCK - 30)


@pytest.mark.parametrize("page", [[(1, 5), (2, 6)], [(1, 6), (2, 5)]])
def test_a_list_out_of_order_or_without_an_end_is_an_error(page: list[Row]) -> None:
    stuck = Descent("it", lambda _: Sheet(page, 2, NOW), lambda row: row[1], lambda row: row)
    with pytest.raises(Fatal, match=r"keep the order|the same rows again"):
        list(stuck.steps(Place()))


def test_a_cursor_of_somebody_else_is_an_error() -> None:
    with pytest.raises(Fatal, match="none of this connector's"):
        read("source 'desk'", "yesterday")
