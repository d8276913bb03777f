"""The course of a ticket out of its changes of status."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from connectors.course import Course, Turn, course
from connectors.records import Status

BEGUN = datetime(2026, 4, 1, 9, tzinfo=UTC)


def after(hours: float) -> datetime:
    return BEGUN + timedelta(hours=hours)


def told(now: Status, *turns: tuple[float, Status, Status]) -> Course:
    return course(BEGUN, now, [Turn(after(hours), old, new) for hours, old, new in turns])


def test_each_solve_and_each_return_is_told_with_the_wait_up_to_it() -> None:
    found = told(
        Status.SOLVED,
        (1, Status.NEW, Status.PENDING),
        (3, Status.PENDING, Status.HOLD),
        (4, Status.HOLD, Status.SOLVED),
        (6, Status.SOLVED, Status.OPEN),
        (7, Status.OPEN, Status.SOLVED),
    )
    assert found.ends == (after(4), after(7))
    assert [found.waited(at) for at in found.ends] == [2 * 3600, 3 * 3600]
    assert (found.first_end, found.reopens) == (after(4), 1)


def test_closing_a_solved_ticket_is_no_solve_and_closing_an_unsolved_one_is() -> None:
    closed = (2, Status.SOLVED, Status.CLOSED)
    assert told(Status.CLOSED, (1, Status.OPEN, Status.SOLVED), closed).ends == (after(1),)
    assert told(Status.CLOSED, (2, Status.OPEN, Status.CLOSED)).ends == (after(2),)
    again = told(Status.OPEN, (2, Status.OPEN, Status.CLOSED), (3, Status.CLOSED, Status.OPEN))
    assert (again.ends, again.first_end, again.reopens) == ((), after(2), 1)


def test_what_was_over_when_it_was_written_down_was_solved_then() -> None:
    found = told(Status.SOLVED)
    assert (found.ends, found.waited(BEGUN)) == ((BEGUN,), 0)


def test_a_ticket_whose_status_was_never_changed_is_as_it_began() -> None:
    assert told(Status.NEW).ends == ()
    assert told(Status.NEW).waited(after(2)) == 7200
