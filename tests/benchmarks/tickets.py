"""Tickets by number, with everything that a vendor can tell of them.

Whatever one ticket has and another has not depends on its number and a small divisor of its own,
so that everything comes together with everything else within a few thousand tickets.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import product

from connectors import (
    Channel,
    Exchange,
    Priority,
    Rating,
    Solve,
    Status,
    Supplement,
    Survey,
    Ticket,
)

PRESENT = datetime(2024, 3, 4, 12, tzinfo=UTC)
HISTORY = timedelta(weeks=8)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
TEAMS = ("Billing", "Technical", "Orders")
# A third of the tickets stays open: far more than a desk has, and so the harder case.
STATUSES = (Status.NEW, *(Status.SOLVED,) * 3, Status.PENDING, *(Status.CLOSED,) * 3, Status.OPEN)
TAGS = (("invoice",), ("outage", "urgent"), ("hardware",), (), ("refund",))
LANGUAGES = ("de", "en", "fr", None, "pt-BR", "en", "de")


def tickets(count: int, teams: Sequence[str] = TEAMS) -> list[Ticket]:
    """This many tickets, evenly over the history, the oldest first."""
    kinds = list(product(STATUSES, teams, Priority, Channel))
    return [_ticket(number, count, *kinds[number % len(kinds)]) for number in range(count)]


def supplement(ticket: Ticket) -> Supplement | None:
    """What is told of a ticket elsewhere: its exchanges, and how satisfied its customer was."""
    exchanges, ratings = _exchanges(ticket), _satisfaction(ticket)
    return Supplement(ticket.id, exchanges, ratings) if exchanges or ratings else None


def reopened(ticket: Ticket, times: int, at: datetime) -> tuple[Ticket, Supplement]:
    """The ticket after it was answered again, solved again, and came back."""
    number = int(ticket.id)
    solve = Solve(at - MINUTE / 2, waited=7_200, waited_business=3_600, replies=4)
    changed = Ticket(
        id=ticket.id,
        created_at=ticket.created_at,
        changed_at=at,
        status=Status.OPEN,
        priority=ticket.priority,
        channel=ticket.channel,
        team=ticket.team,
        assigned=True,
        first_response_at=ticket.first_response_at or at - MINUTE,
        first_solved_at=ticket.first_solved_at or solve.at,
        solves=(solve,),
        reopens=times,
        reassignments=ticket.reassignments,
        offered=True,
        ratings=ticket.ratings,
        language=ticket.language,
        tags=ticket.tags,
    )
    said = Rating(Survey.SATISFACTION, number % 2, 1, at - MINUTE / 4)
    return changed, Supplement(
        ticket.id, (Exchange(100 + times, at - HOUR, at - MINUTE / 2),), (said,)
    )


def _ticket(
    number: int, count: int, status: Status, team: str, priority: Priority, channel: Channel
) -> Ticket:
    created = PRESENT - HISTORY * ((count - number) / count)
    answered = None if status is Status.NEW else _by_now(created + MINUTE * (number % 500))
    solved = None if status.is_open else _by_now((answered or created) + MINUTE * (number % 5_000))
    return Ticket(
        id=str(number),
        created_at=created,
        changed_at=solved or answered or created,
        status=status,
        priority=priority,
        channel=channel,
        team=team,
        assigned=number % 5 > 0,
        first_response_at=answered,
        first_solved_at=solved,
        solves=() if solved is None else (_solve(number, created, solved),),
        reassignments=int(number % 13 == 0),
        offered=solved is not None and number % 5 < 3,
        ratings=() if solved is None else _surveys(number),
        language=LANGUAGES[number % 11 % len(LANGUAGES)],
        tags=TAGS[number % len(TAGS)],
    )


def _solve(number: int, created: datetime, at: datetime) -> Solve:
    waited = (at - created) // timedelta(seconds=2)
    return Solve(at, waited, waited_business=waited // 3, replies=1 + number % 5)


def _surveys(number: int) -> tuple[Rating, ...]:
    """What is asked in fields of the ticket, where nobody writes down when it was answered."""
    if number % 5 == 0:
        return (Rating(Survey.RECOMMENDATION, number % 11, 10),)
    if number % 5 == 1:
        return (Rating(Survey.EFFORT, 1 + number % 11 % 7, 7),)
    return ()


def _satisfaction(ticket: Ticket) -> tuple[Rating, ...]:
    """The answer of two customers in three that were asked; one in six thinks better of it."""
    number, solved = int(ticket.id), ticket.first_solved_at
    if solved is None or not ticket.offered or number % 17 % 3 == 0:
        return ()
    first = Rating(Survey.SATISFACTION, int(number % 11 > 2), 1, _by_now(solved + HOUR))
    if number % 19 % 6:
        return (first,)
    return first, Rating(Survey.SATISFACTION, 1, 1, _by_now(solved + 2 * HOUR))


def _exchanges(ticket: Ticket) -> tuple[Exchange, ...]:
    """None, one or two of them. An open ticket may be waiting for the answer to its last."""
    number, answered = int(ticket.id), ticket.first_response_at
    if answered is None:
        return ()
    asked = [answered + HOUR * (1 + 9 * place) for place in range(number % 17 % 3)]
    gaps = [MINUTE * (5 + number % 480)] * len(asked)
    told = [
        Exchange(place, _by_now(at), _by_now(at + gap))
        for place, (at, gap) in enumerate(zip(asked, gaps, strict=True), start=1)
    ]
    if told and ticket.status is Status.OPEN:
        told[-1] = Exchange(told[-1].number, told[-1].asked_at)
    return tuple(told)


def _by_now(instant: datetime) -> datetime:
    return min(instant, PRESENT)
