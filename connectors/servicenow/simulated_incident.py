"""One story of the desk as rows of ServiceNow's tables, as the database has them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise

from connectors.servicenow.encoded import Values
from connectors.servicenow.simulated_durations import durations
from connectors.testing.desk import Event, Kind, Patron, Story
from connectors.testing.hours import Hours

FORMAT = "%Y-%m-%d %H:%M:%S"
WEBSITE = "company.website"
CUSTOMER_NUMBER = "company.u_customer_number"  # a column that the instance added by itself

# A desk's word: the state and, on hold, the reasons that tickets take in turn.
STATES: Mapping[str, tuple[str, Sequence[str]]] = {
    "new": ("1", [""]),
    "open": ("2", [""]),
    "pending": ("3", ["1"]),
    "hold": ("3", ["3", "4", "5"]),
    "solved": ("6", [""]),
    "closed": ("7", [""]),
}
CANCELED = "8"
PRIORITIES: Mapping[str, Sequence[str]] = {
    "urgent": ["1"],
    "high": ["2"],
    "normal": ["3"],
    "low": ["4", "5"],
}
CONTACT_TYPES: Mapping[str, Sequence[str]] = {
    "email": ["email"],
    "chat": ["chat", "virtual_agent"],
    "phone": ["phone"],
    "web": ["self-service"],
    "social": ["social"],
    "api": ["integration", "monitoring"],
    "other": ["walk-in", ""],
}


def incident(
    story: Story,
    events: Sequence[Event],
    hours: Hours | None = None,
    customer: Patron | None = None,
) -> Values:
    """The row of a story of which these events have happened; `hours` are the instance's."""
    last = {event.kind: event.value for event in events}
    stamps = {event.value: event.at for event in events if event.kind is Kind.STAMP}
    state, reasons = STATES[last.get(Kind.STATUS, "new")]
    if Kind.MERGED in last or Kind.SPAM in last:
        state, reasons = CANCELED, [""]
    team = last.get(Kind.TEAM, "")
    merged_into = last.get(Kind.MERGED, "")
    category, subcategory = (*story.tags, "", "")[:2]
    return {
        "sys_id": sys_id("incident", str(story.id)),
        "number": f"INC{story.id:07d}",
        "opened_at": story.created_at.strftime(FORMAT),
        "sys_created_on": events[0].at.strftime(FORMAT),
        "sys_updated_on": events[-1].at.strftime(FORMAT),
        "sys_mod_count": str(len({event.at for event in events}) - 1),
        "state": state,
        "hold_reason": _turn(reasons, story),
        "priority": _turn(PRIORITIES[last.get(Kind.PRIORITY, "normal")], story),
        "contact_type": _turn(CONTACT_TYPES[story.channel], story),
        "assignment_group": sys_id("group", team) if team else "",
        "assignment_group.name": team,
        "assigned_to": sys_id("user", str(story.id)) if last.get(Kind.ASSIGNED) else "",
        "parent_incident": sys_id("incident", merged_into) if merged_into else "",
        "resolved_at": _stamp(stamps, "solved"),
        "closed_at": _stamp(stamps, "closed"),
        "reopen_count": str(sum(event.kind is Kind.REOPENED for event in events)),
        "reassignment_count": str(_reassignments(events)),
        "category": category,
        "subcategory": subcategory,
        **durations(story.created_at, stamps, hours),
        **company(customer),
    }


def company(customer: Patron | None) -> Values:
    """What an incident tells of its company, by itself and by the reference."""
    if customer is None:
        return {"company": "", CUSTOMER_NUMBER: "", WEBSITE: ""}
    website = f"https://www.{customer.domains[0]}/" if customer.domains else ""
    return {
        "company": sys_id("company", str(customer.id)),
        CUSTOMER_NUMBER: customer.external_id,
        WEBSITE: website,
    }


def deletion(story: Story, event: Event) -> Values:
    """The row of the audit that tells of the deletion."""
    return {
        "sys_id": sys_id("deletion", str(story.id)),
        "sys_created_on": event.at.strftime(FORMAT),
        "tablename": "incident",
        "documentkey": sys_id("incident", str(story.id)),
    }


def sys_id(kind: str, name: str) -> str:
    """A stable sys_id: 32 hexadecimal digits."""
    return hashlib.blake2b(f"{kind}:{name}".encode(), digest_size=16).hexdigest()


def _reassignments(events: Sequence[Event]) -> int:
    """How often the incident went from one group to another."""
    teams = [event.value for event in events if event.kind is Kind.TEAM]
    return sum(bool(one and other) and one != other for one, other in pairwise(teams))


def _turn(values: Sequence[str], story: Story) -> str:
    return values[story.id % len(values)]


def _stamp(stamps: Mapping[str, datetime], name: str) -> str:
    return stamps[name].strftime(FORMAT) if name in stamps else ""
