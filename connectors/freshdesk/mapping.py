"""From Freshdesk's words to deskpulse's. Pure: tables, and what a reopened ticket still tells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Final

from connectors.contract import Rejection
from connectors.customfields import NOTHING, Answers
from connectors.freshdesk import wire
from connectors.freshdesk.settings import FreshdeskSettings
from connectors.records import (
    Channel,
    Identity,
    Priority,
    Rating,
    Removal,
    Removed,
    Solve,
    Status,
    Supplement,
    Survey,
    Ticket,
)

STATUSES: Final = {
    2: Status.OPEN,
    3: Status.PENDING,
    4: Status.SOLVED,
    5: Status.CLOSED,
    6: Status.PENDING,  # waiting on customer
    7: Status.HOLD,  # waiting on third party
}
PRIORITIES: Final = {
    1: Priority.LOW,
    2: Priority.NORMAL,
    3: Priority.HIGH,
    4: Priority.URGENT,
}
CHANNELS: Final = {
    1: Channel.EMAIL,
    2: Channel.WEB,
    3: Channel.PHONE,
    5: Channel.SOCIAL,  # Twitter
    6: Channel.SOCIAL,  # Facebook
    7: Channel.CHAT,
    8: Channel.CHAT,  # within an app
    9: Channel.WEB,  # feedback widget
    10: Channel.EMAIL,  # outbound
    12: Channel.CHAT,  # bot
    13: Channel.CHAT,  # WhatsApp
    15: Channel.CHAT,  # web chat
}

SCORES: Final = {103: 5, 102: 4, 101: 4, 100: 3, -101: 2, -102: 2, -103: 1, 1: 5, 2: 3, 3: 1}
"""Extremely happy to extremely unhappy; 1 to 3 are those of a classic survey."""

BEST: Final = 5
QUESTION: Final = "default_question"
AFTERWARDS: Final = 1
"""The revision of a removal, which comes after whatever happened at the same instant."""

NO_STATS: Final = wire.Stats()


def ticket(
    row: wire.Ticket,
    teams: Mapping[int, str],
    customers: Mapping[int, Identity],
    settings: FreshdeskSettings,
    answers: Answers = NOTHING,
) -> Ticket:
    """What a ticket says now. `teams` names every group that occurs."""
    stats, stands = row.stats or NO_STATS, status(row.status, settings)
    solved_at = _solved_at(stats)
    if solved_at is None and not stands.is_open and stats.status_updated_at is not None:
        solved_at = utc(stats.status_updated_at)  # a status of their own, which resolves nothing
    return Ticket(
        id=str(row.id),
        created_at=utc(row.created_at),
        changed_at=utc(row.updated_at),
        status=stands,
        priority=PRIORITIES.get(row.priority or 0, Priority.NORMAL),
        channel=CHANNELS.get(row.source or 0, Channel.OTHER),
        team=None if row.group_id is None else teams[row.group_id],
        assigned=row.responder_id is not None,
        first_response_at=stats.first_responded_at and utc(stats.first_responded_at),
        first_solved_at=None if stats.reopened_at else solved_at,
        solves=() if solved_at is None else (Solve(solved_at),),
        reopens=int(stats.reopened_at is not None),  # at least; how often is not told
        ratings=answers.ratings,
        language=answers.language,
        customer=None if row.company_id is None else customers.get(row.company_id),
        tags=row.tags or (),
        fields={**({"type": row.type} if row.type else {}), **answers.fields},
    )


def removed(row: wire.Ticket, why: Removal) -> Removed:
    """A ticket of the list of deleted ones, or of spam."""
    return Removed(str(row.id), utc(row.updated_at), why, AFTERWARDS)


def status(number: int, settings: FreshdeskSettings) -> Status:
    """Where a ticket with this status stands; one that nobody explains counts as open."""
    return settings.meanings.get(number) or STATUSES.get(number, Status.OPEN)


def ratings(
    rows: Iterable[wire.Rating],
) -> tuple[tuple[Supplement, ...], tuple[Rejection, ...]]:
    """What customers answered, and a rejection for each answer that is none of Freshdesk's."""
    told: list[Supplement] = []
    unclear: list[Rejection] = []
    for row in rows:
        score = SCORES.get(row.ratings.get(QUESTION) or 0)
        if score is None:
            unclear.append(wire.malformed(str(row.id), "rating", f"ratings.{QUESTION}"))
        else:
            given = Rating(Survey.SATISFACTION, score, BEST, utc(row.created_at))
            told.append(Supplement(str(row.ticket_id), ratings=(given,)))
    return tuple(told), tuple(unclear)


def customer(row: wire.Company, external_id: str | None) -> Identity | None:
    """By what other systems know a company; None: by nothing."""
    told = (row.custom_fields or {}).get(external_id) if external_id else None
    number = "" if told is None else str(told).strip()
    domains = dict.fromkeys(one.strip().lower() for one in row.domains or ())
    known = Identity((number,) if number else (), tuple(filter(None, domains)))
    return known if known.external_ids or known.domains else None


def utc(at: datetime) -> datetime:
    """The same instant in UTC."""
    return at.astimezone(UTC)


def _solved_at(stats: wire.Stats) -> datetime | None:
    """The last solve; of a ticket closed since it was reopened, without a solve, its closing."""
    solved, closed, reopened = stats.resolved_at, stats.closed_at, stats.reopened_at
    at = closed if solved is None else solved
    if solved and closed and reopened and solved < reopened <= closed:
        at = closed
    return None if at is None else utc(at)
