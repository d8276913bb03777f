"""What Salesforce's cases mean in deskpulse's words.

Every org has words of its own for status, priority and origin. What is certain of a case is whether
it is closed; what an open one waits for is said by the settings, or by a usual word.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeVar

from connectors.fields.identity import domains
from connectors.records import (
    Channel,
    Identity,
    Priority,
    Removal,
    Removed,
    Solve,
    Status,
    Ticket,
)
from connectors.salesforce.org import QUEUE
from connectors.salesforce.settings import SalesforceSettings
from connectors.salesforce.streams import ACCOUNT, CATEGORIES, MASTER, OWNER, WEBSITE
from connectors.salesforce.wire import ID, Malformed, Row

WordT = TypeVar("WordT", Priority, Channel)

STATUSES: Final = {
    "new": Status.NEW,
    "waiting on customer": Status.PENDING,
    "waiting for customer": Status.PENDING,
    "pending": Status.PENDING,
    "on hold": Status.HOLD,
}
PRIORITIES: Final = {
    "critical": Priority.URGENT,
    "urgent": Priority.URGENT,
    "high": Priority.HIGH,
    "medium": Priority.NORMAL,
    "normal": Priority.NORMAL,
    "low": Priority.LOW,
}
ORIGINS: Final = {
    "email": Channel.EMAIL,
    "e-mail": Channel.EMAIL,
    "chat": Channel.CHAT,
    "live chat": Channel.CHAT,
    "messaging": Channel.CHAT,
    "phone": Channel.PHONE,
    "web": Channel.WEB,
    "community": Channel.WEB,
    "facebook": Channel.SOCIAL,
    "instagram": Channel.SOCIAL,
    "twitter": Channel.SOCIAL,
    "whatsapp": Channel.SOCIAL,
    "api": Channel.API,
}

AFTERWARDS: Final = 1
"""The revision of an end, which comes after whatever happened at the same instant."""


def case(row: Row, queues: Mapping[str, str], settings: SalesforceSettings) -> Ticket | Removed:
    """What the record says now. Raises `Malformed`, naming the field."""
    if row.text(MASTER) or row.is_deleted:
        why = Removal.MERGED if row.text(MASTER) else Removal.DELETED
        return Removed(row.id, row.changed_at, why, AFTERWARDS)
    return _ticket(row, queues, settings)


def status(row: Row, settings: SalesforceSettings) -> Status:
    """Where it stands; an open status that nobody knows counts as open."""
    if row.flag("IsClosed"):
        return Status.CLOSED
    word = row.text("Status").lower()
    told = settings.statuses.get(word)
    return Status(told) if told else STATUSES.get(word, Status.OPEN)


def identity(row: Row, external_id: str | None, within: str = "") -> Identity:
    """By what other systems know an account: its id there, its id here, its domain.

    within: the path that leads to the account from another record.
    """
    there = row.text(f"{within}{external_id}") if external_id else ""
    numbers = dict.fromkeys((there, row.text(f"{within}{ID}")))
    return Identity(tuple(one for one in numbers if one), domains(row.text(f"{within}{WEBSITE}")))


def _ticket(row: Row, queues: Mapping[str, str], settings: SalesforceSettings) -> Ticket:
    named = settings.properties
    created_at = row.begin("CreatedDate")
    if created_at is None:
        raise Malformed("CreatedDate is empty")
    closed_at = row.begin(named.closed)
    reopens = row.count(named.reopens)
    is_first = named.reopens is not None and reopens == 0
    owner, priority, origin = (row.text(one) for one in (OWNER, "Priority", "Origin"))
    return Ticket(
        id=row.id,
        created_at=created_at,
        changed_at=row.changed_at,
        status=status(row, settings),
        priority=_said(priority, settings.priorities, PRIORITIES, Priority.NORMAL),
        channel=_said(origin, settings.origins, ORIGINS, Channel.OTHER),
        team=_team(row, owner, queues, named.team),
        assigned=bool(owner) and not owner.startswith(QUEUE),
        first_response_at=row.begin(named.first_response),
        first_solved_at=closed_at if is_first else None,
        solves=() if closed_at is None else (Solve(closed_at),),
        reopens=reopens,
        customer=_asked(row, named.external_id),
        fields={
            name: value
            for name in dict.fromkeys((*CATEGORIES, *settings.fields))
            if (value := row.several(name))
        },
    )


def _team(row: Row, owner: str, queues: Mapping[str, str], named: str | None) -> str | None:
    if named is not None:
        return row.text(named) or None
    return queues.get(owner, owner) if owner.startswith(QUEUE) else None


def _asked(row: Row, external_id: str | None) -> Identity | None:
    """Whose it is, of which the first id and domain count."""
    if not row.text(f"{ACCOUNT}.{ID}"):
        return None
    known = identity(row, external_id, f"{ACCOUNT}.")
    return Identity(known.external_ids[:1], known.domains[:1])


def _said(
    word: str, told: Mapping[str, WordT], usual: Mapping[str, WordT], otherwise: WordT
) -> WordT:
    return told.get(word.lower()) or usual.get(word.lower(), otherwise)
