"""What ServiceNow's words mean in deskpulse's: tables, and the two rows read through them.

The values are those of the incident table as it is delivered since Helsinki; 4 and 5 are the
waiting states of older instances that never moved to `On Hold` with a reason.
"""

from __future__ import annotations

import re
from datetime import datetime
from urllib.parse import urlsplit

from connectors.customers import Record
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
from connectors.servicenow.wire import Deletion, Incident, Malformed, count, instant

ON_HOLD = "3"
CANCELED = "8"
CLOSED = "7"

STATES = {
    "1": Status.NEW,
    "2": Status.OPEN,
    ON_HOLD: Status.HOLD,
    "4": Status.PENDING,
    "5": Status.HOLD,
    "6": Status.SOLVED,
    CLOSED: Status.CLOSED,
}
HOLD_REASONS = {"1": Status.PENDING}  # 1 awaits the caller; 3, 4, 5: problem, vendor, change

PRIORITIES = {
    "1": Priority.URGENT,
    "2": Priority.HIGH,
    "3": Priority.NORMAL,
    "4": Priority.LOW,
    "5": Priority.LOW,
}

CHANNELS = {
    "email": Channel.EMAIL,
    "chat": Channel.CHAT,
    "virtual_agent": Channel.CHAT,
    "phone": Channel.PHONE,
    "self-service": Channel.WEB,
    "web": Channel.WEB,
    "portal": Channel.WEB,
    "social": Channel.SOCIAL,
    "facebook": Channel.SOCIAL,
    "twitter": Channel.SOCIAL,
    "integration": Channel.API,
    "api": Channel.API,
    "monitoring": Channel.API,
    "event": Channel.API,
    "alert": Channel.API,
    "walk-in": Channel.OTHER,
}

CATEGORIES = ("category", "subcategory")

DOMAIN = re.compile(r"[^\s.]+(?:\.[^\s.]+)+")

MOST_TURNS = 10_000  # more is no count of reopens or reassignments but a mistake

# A row that is gone changed for the last time before that, whatever it counted: sys_mod_count is a
# 32-bit column, and nothing in it is greater.
AFTER_EVERY_CHANGE = 2**31 - 1


def record(row: Incident) -> Record:
    """What the row says now. Raises `Malformed`, naming the field."""
    if not row.sys_id:
        raise Malformed("sys_id is empty")
    changed_at = instant(row.sys_updated_on, "sys_updated_on")
    revision = count(row.sys_mod_count, "sys_mod_count")
    if row.state == CANCELED:
        # Canceled means a duplicate or no incident at all. Only the parent tells them apart.
        why = Removal.MERGED if row.parent_incident else Removal.SPAM
        return Removed(row.sys_id, changed_at, why, revision)
    reopens = count(row.reopen_count, "reopen_count", MOST_TURNS)
    solved_at = _solved_at(row)
    return Ticket(
        id=row.sys_id,
        created_at=_created_at(row),
        changed_at=changed_at,
        status=status(row),
        priority=PRIORITIES.get(row.priority, Priority.NORMAL),
        channel=CHANNELS.get(row.contact_type.lower(), Channel.OTHER),
        team=row.group or None,
        assigned=bool(row.assigned_to),
        first_solved_at=None if solved_at is None or reopens else solved_at,
        solves=() if solved_at is None else (Solve(solved_at),),
        reopens=reopens,
        revision=revision,
        reassignments=count(row.reassignment_count, "reassignment_count", MOST_TURNS),
        customer=customer(row),
        fields={name: value for name in CATEGORIES if (value := getattr(row, name))},
    )


def removed(row: Deletion) -> Removed:
    """The end of the record that the row names. Raises `Malformed`, naming the field."""
    if not row.documentkey:
        raise Malformed("documentkey is empty")
    at = instant(row.sys_created_on, "sys_created_on")
    return Removed(row.documentkey, at, Removal.DELETED, AFTER_EVERY_CHANGE)


def status(row: Incident) -> Status:
    """Where the incident stands; a state of the customer's own making counts as open."""
    if row.state == ON_HOLD:
        return HOLD_REASONS.get(row.hold_reason, Status.HOLD)
    return STATES.get(row.state, Status.OPEN)


def customer(row: Incident) -> Identity | None:
    """By what other systems know who asked; None: nobody is named."""
    number, domain = row.customer.strip(), domain_of(row.website)
    if not (number or domain):
        return None
    return Identity((number,) if number else (), (domain,) if domain else ())


def domain_of(address: str) -> str:
    """The domain of a web address, as a mail address has it; "" where it is none."""
    address = address.strip()
    try:
        host = urlsplit(address if "//" in address else f"//{address}").hostname or ""
    except ValueError:
        return ""
    domain = host.removeprefix("www.").rstrip(".")
    return domain if DOMAIN.fullmatch(domain) else ""


def _created_at(row: Incident) -> datetime:
    if row.opened_at:
        return instant(row.opened_at, "opened_at")
    return instant(row.sys_created_on, "sys_created_on")


def _solved_at(row: Incident) -> datetime | None:
    """The last solve. `sys_updated_on` never stands in for it: any later edit moves that."""
    if row.resolved_at:
        return instant(row.resolved_at, "resolved_at")
    if row.state == CLOSED and row.closed_at:
        return instant(row.closed_at, "closed_at")
    return None
