"""What HubSpot's tickets mean in deskpulse's words.

A ticket stands in a stage of a pipeline, and every account makes its own. What is certain of a
stage is whether it is closed; which open one waits for whom is said by the settings, or by the
label, where that is one of those that HubSpot begins with.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from connectors.hubspot.portal import DOMAIN, MORE_DOMAINS, Stage
from connectors.hubspot.settings import HubSpotSettings
from connectors.hubspot.wire import Malformed, Row
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

COMPANY: Final = "hs_primary_company_id"
MERGED: Final = "hs_merged_object_ids"
STAGE: Final = "hs_pipeline_stage"
CATEGORY: Final = "hs_ticket_category"
PIPELINE: Final = "hs_pipeline"
REOPENED: Final = "hs_ticket_reopened_at"
RESPONSES: Final = ("hs_first_agent_message_sent_at", "first_agent_reply_date")
CLOSINGS: Final = ("hs_last_closed_date", "closed_date")

PROPERTIES: Final = (
    *("createdate", "hs_ticket_priority", "source_type", "hs_object_source", "hubspot_owner_id"),
    *(COMPANY, MERGED, STAGE, CATEGORY, PIPELINE, REOPENED, *RESPONSES, *CLOSINGS),
)
"""What is asked for of a ticket, and nothing else but what the settings name."""

LABELS: Final = {
    "new": Status.NEW,
    "waiting on contact": Status.PENDING,
    "waiting on us": Status.OPEN,
}
PRIORITIES: Final = {
    "URGENT": Priority.URGENT,
    "HIGH": Priority.HIGH,
    "MEDIUM": Priority.NORMAL,
    "LOW": Priority.LOW,
}
CHANNELS: Final = {
    "EMAIL": Channel.EMAIL,
    "CHAT": Channel.CHAT,
    "PHONE": Channel.PHONE,
    "FORM": Channel.WEB,
    "FB_MESSENGER": Channel.SOCIAL,
    "FACEBOOK_MESSENGER": Channel.SOCIAL,
    "WHATSAPP": Channel.SOCIAL,
}
INTEGRATION: Final = "INTEGRATION"

AFTERWARDS: Final = 1
"""The revision of an end, which comes after whatever happened at the same instant."""


def properties(settings: HubSpotSettings) -> tuple[str, ...]:
    """What is asked for of a ticket with these settings."""
    return (*PROPERTIES, settings.properties.team, *settings.fields)


def ticket(
    row: Row,
    stages: Mapping[str, Stage],
    teams: Mapping[str, str],
    company: Row | None,
    settings: HubSpotSettings,
) -> Ticket:
    """What the record says now. Raises `Malformed`, naming the property."""
    closed_at = _first_told(row, CLOSINGS)
    was_reopened = bool(row.text(REOPENED))
    held_by = row.several(settings.properties.team)
    return Ticket(
        id=row.id,
        created_at=_created_at(row),
        changed_at=row.changed_at,
        status=status(row.text(STAGE), stages, settings),
        priority=PRIORITIES.get(row.text("hs_ticket_priority").upper(), Priority.NORMAL),
        channel=channel(row),
        team=teams.get(held_by[0], held_by[0]) if held_by else None,
        assigned=bool(row.text("hubspot_owner_id")),
        first_response_at=_first_told(row, RESPONSES),
        first_solved_at=None if was_reopened else closed_at,
        solves=() if closed_at is None else (Solve(closed_at),),
        reopens=int(was_reopened),  # at least; how often is not told, and so not counted
        customer=None if company is None else of_ticket(company, settings.properties.external_id),
        fields={
            name: value
            for name in (CATEGORY, PIPELINE, *settings.fields)
            if (value := row.several(name))
        },
    )


def merged(row: Row) -> tuple[Removed, ...]:
    """The tickets that went into this one. Raises `Malformed`."""
    return tuple(
        Removed(one, row.changed_at, Removal.MERGED, AFTERWARDS)
        for one in row.several(MERGED)
        if one != row.id
    )


def deleted(row: Row, at: datetime) -> Removed:
    """A ticket in the bin."""
    return Removed(row.id, at, Removal.DELETED, AFTERWARDS)


def status(stage: str, stages: Mapping[str, Stage], settings: HubSpotSettings) -> Status:
    """Where a ticket in this stage stands; one that nobody knows counts as open."""
    found = stages.get(stage)
    if found is None:
        return settings.meaning(stage, "") or Status.OPEN
    if found.is_closed:
        return Status.CLOSED
    told = settings.meaning(stage, found.label)
    return told or LABELS.get(found.label.strip().lower(), Status.OPEN)


def channel(row: Row) -> Channel:
    """The way it came in; without one, whether a program made it."""
    source = row.text("source_type").upper()
    if not source and row.text("hs_object_source").upper() == INTEGRATION:
        return Channel.API
    return CHANNELS.get(source, Channel.OTHER)


def identity(company: Row, external_id: str | None) -> Identity:
    """By what other systems know the company: its id there, its id here, and its domains."""
    numbers = dict.fromkeys((company.text(external_id), company.id))
    domains = (company.text(DOMAIN), *company.several(MORE_DOMAINS))
    return Identity(
        tuple(one for one in numbers if one),
        tuple(dict.fromkeys(one.lower() for one in domains if one)),
    )


def of_ticket(company: Row, external_id: str | None) -> Identity:
    """The same, of which a ticket needs the first only."""
    known = identity(company, external_id)
    return Identity(known.external_ids[:1], known.domains[:1])


def _created_at(row: Row) -> datetime:
    at = row.instant("createdate")
    if at is None:
        raise Malformed("createdate is empty")
    return at


def _first_told(row: Row, names: tuple[str, ...]) -> datetime | None:
    return next((at for name in names if (at := row.instant(name)) is not None), None)
