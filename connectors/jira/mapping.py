"""What Jira's words mean in deskpulse's, and issues read through them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from connectors.jira import log, wire
from connectors.jira.history import Stretch, life
from connectors.jira.settings import TOLD_ANYWAY, JiraSettings
from connectors.records import (
    Channel,
    Identity,
    Priority,
    Rating,
    Solve,
    Status,
    Survey,
    Ticket,
)

# By category: every status has one, whatever it is called.
CATEGORIES: Final = {"new": Status.NEW, "indeterminate": Status.OPEN, "done": Status.SOLVED}

# The names that service projects come with, as far as they say more than their category.
STATUSES: Final = {
    "Waiting for customer": Status.PENDING,
    "Pending": Status.HOLD,
    "On hold": Status.HOLD,
    "Waiting for approval": Status.HOLD,
    "Waiting for vendor": Status.HOLD,
    "Closed": Status.CLOSED,
    "Canceled": Status.CLOSED,
    "Cancelled": Status.CLOSED,
    "Declined": Status.CLOSED,
}
PRIORITIES: Final = {
    **dict.fromkeys(("Highest", "Blocker", "Critical"), Priority.URGENT),
    **dict.fromkeys(("High", "Major"), Priority.HIGH),
    **dict.fromkeys(("Medium",), Priority.NORMAL),
    **dict.fromkeys(("Low", "Lowest", "Minor", "Trivial"), Priority.LOW),
}
CHANNELS: Final = {
    "email": Channel.EMAIL,
    "portal": Channel.WEB,
    "anonymousportal": Channel.WEB,
    "anonymous portal": Channel.WEB,
    "api": Channel.API,
    "chat": Channel.CHAT,
}
STARS: Final = 5
_STATUSES: Final = {name.lower(): meaning for name, meaning in STATUSES.items()}
_PRIORITIES: Final = {name.lower(): meaning for name, meaning in PRIORITIES.items()}


@dataclass(frozen=True, slots=True)
class Words:
    """What a site's own words mean.

    statuses: meanings by id, and by name in small letters. team: the id of the field that holds
    the team. more: of further fields the attributes of `wire.Fields`, by the names that the
    operator gave them.
    """

    settings: JiraSettings
    statuses: Mapping[str, Status]
    team: str | None = None
    more: Mapping[str, str] = field(default_factory=dict)


def meaning(status: wire.Status, settings: JiraSettings) -> Status:
    """What a status means: what the operator says, else its name where that agrees with its
    category, else its category."""
    name = status.name.strip().lower()
    if name in settings.statuses:
        return settings.statuses[name]
    broad = CATEGORIES.get(status.category.key, Status.OPEN)
    narrow = _STATUSES.get(name, broad)
    return narrow if narrow.is_open == broad.is_open else broad


def ticket(issue: wire.Row, histories: Sequence[log.History], words: Words) -> Ticket:
    """What an issue and all that was changed of it say now."""
    told = issue.fields
    now = meaning(told.status, words.settings)
    created, changed = _utc(told.created), _utc(told.updated)
    lived = life(created, Stretch(changed, now), histories, words.statuses, words.team)
    solves = tuple(lived.solves) or _born_solved(told, now)
    return Ticket(
        id=issue.id,
        created_at=created,
        changed_at=changed,
        status=now,
        priority=_priority(told.priority, words.settings),
        channel=CHANNELS.get(issue.properties.channel.value.lower(), Channel.OTHER),
        team=next(wire.texts(told.team), None),
        assigned=told.assignee is not None,
        first_response_at=_first_response(told.agreement),
        first_solved_at=min((one.at for one in solves), default=None),
        solves=solves,
        reopens=lived.reopens,
        reassignments=lived.reassignments,
        ratings=_ratings(told),
        language=(told.language.code or None) if told.language else None,
        customer=_customer(told.organizations, words.settings),
        tags=told.labels,
        fields=_fields(told, words),
    )


def _born_solved(told: wire.Fields, now: Status) -> tuple[Solve, ...]:
    """The solve of an issue that was imported as what it is."""
    if now.is_open:
        return ()
    return (Solve(_utc(told.resolved or told.created)),)


def _priority(told: wire.Named | None, settings: JiraSettings) -> Priority:
    name = told.name.strip().lower() if told else ""
    return settings.priorities.get(name) or _PRIORITIES.get(name, Priority.NORMAL)


def _first_response(agreement: wire.Agreement | None) -> datetime | None:
    """When the agreement was met or broken first; later rounds are of later messages."""
    if agreement is None:
        return None
    return min((one.stopped.at for one in agreement.cycles if one.stopped), default=None)


def _ratings(told: wire.Fields) -> tuple[Rating, ...]:
    stars = told.feedback.rating if told.feedback else None
    if stars is None:
        return ()
    at = told.feedback_at and _utc(told.feedback_at)
    return (Rating(Survey.SATISFACTION, stars, STARS, at),)


def _customer(
    organizations: Sequence[wire.Organization] | None, settings: JiraSettings
) -> Identity | None:
    if not organizations:
        return None
    first = organizations[0]
    known = first.name if settings.organization == "name" else str(first.id)
    return Identity(external_ids=(known,)) if known else None


def _fields(told: wire.Fields, words: Words) -> dict[str, str | tuple[str, ...]]:
    """What categories may be made from."""
    anyway = (
        (told.project.key,),
        (told.type.name,) if told.type else (),
        tuple(one.name for one in told.components),
        (told.request.type.name,) if told.request else (),
    )
    own = dict(zip(TOLD_ANYWAY, anyway, strict=True))
    for name, attribute in words.more.items():
        own[name] = tuple(wire.texts(getattr(told, attribute)))
    return {name: values[0] if len(values) == 1 else values for name, values in own.items()}


def _utc(at: datetime) -> datetime:
    return at.astimezone(UTC)
