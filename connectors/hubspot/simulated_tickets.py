"""One story of the desk as a ticket of HubSpot's, and the pipelines that tickets go through.

The account has the pipeline that every account begins with, to which it added a stage, and one that
it made itself, whose stages have its own words and no number that anybody could guess.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from connectors.testing.desk import Event, Kind, Role, Story
from connectors.testing.states import State, state

Properties = dict[str, str | None]

PIPELINES: Mapping[str, tuple[str, Mapping[str, tuple[str, str]]]] = {
    "0": (
        "Support Pipeline",
        {
            "new": ("1", "New"),
            "pending": ("2", "Waiting on contact"),
            "open": ("3", "Waiting on us"),
            "hold": ("98765432", "With a supplier"),
            "closed": ("4", "Closed"),
        },
    ),
    "75310": (
        "Returns",
        {
            "new": ("75311", "Arrived"),
            "open": ("75312", "On the bench"),
            "pending": ("75313", "Customer"),
            "hold": ("75314", "Parts"),
            "closed": ("75315", "Sent back"),
        },
    ),
}
"""Id and label of each pipeline, and of its stages by the desk's word."""

STAGES = {"98765432": "hold", "Arrived": "new", "Customer": "pending", "Parts": "hold"}
"""What the operator of this account says of its stages."""

PRIORITIES = {"urgent": "URGENT", "high": "HIGH", "normal": "MEDIUM", "low": "LOW"}
SOURCES = {
    "email": "EMAIL",
    "chat": "CHAT",
    "phone": "PHONE",
    "web": "FORM",
    "social": "FB_MESSENGER",
    "api": None,
    "other": "CUSTOM_CHANNEL",
}
COMPANIES = 9_000_000_000
TEAM = "hs_assigned_team_ids"


def ticket(
    shown: State,
    teams: Mapping[str, str],
    company: int,
    merged: Mapping[int, datetime],
) -> Properties:
    """The properties of a ticket that stands like this.

    teams: their ids by name. company: the number of the patron, 0 for none. merged: the tickets
    that went into it, and when.
    """
    story, closed_at = shown.story, _closed_at(shown)
    response = shown.said.first_response
    by_mail = story.channel in {"email", "web"}
    return {
        "hs_object_id": str(story.id),
        "createdate": iso(story.created_at),
        "hs_lastmodifieddate": iso(max([shown.changed_at, *merged.values()])),
        "hs_pipeline": _pipeline(story),
        "hs_pipeline_stage": stage(story, shown.status),
        "hs_ticket_priority": PRIORITIES[shown.priority],
        "source_type": SOURCES[story.channel],
        "hs_object_source": "INTEGRATION" if story.channel == "api" else "CONVERSATIONS",
        "hs_ticket_category": ";".join(one.upper() for one in story.tags) or None,
        "hubspot_owner_id": "41629779" if shown.assigned else None,
        "hubspot_team_id": teams.get(shown.team) if shown.assigned else None,
        TEAM: teams.get(shown.team),
        "hs_first_agent_message_sent_at": iso(response),
        "first_agent_reply_date": iso(response) if by_mail else None,
        "time_to_first_agent_reply": _since(story, response) if by_mail else None,
        "closed_date": None if shown.open else iso(closed_at),
        "hs_last_closed_date": iso(closed_at),
        "time_to_close": None if shown.open else _since(story, closed_at),
        "hs_ticket_reopened_at": iso(_reopened_at(story, shown.changed_at)),
        "hs_merged_object_ids": ";".join(map(str, sorted(merged))) or None,
        "hs_primary_company_id": str(COMPANIES + company) if company else None,
        "subject": f"Request {story.id}",
    }


def stage(story: Story, status: str) -> str:
    """The id of the stage that a ticket with this status is in."""
    _, stages = PIPELINES[_pipeline(story)]
    return stages["closed" if status == "solved" else status][0]


def pipelines() -> list[dict[str, object]]:
    """All pipelines as the API lists them."""
    return [
        {
            **_thing(key, label, place),
            "stages": [
                {
                    **_thing(number, name, at),
                    "metadata": {
                        "ticketState": "CLOSED" if status == "closed" else "OPEN",
                        "isClosed": str(status == "closed").lower(),
                    },
                    "writePermissions": "CRM_PERMISSIONS_ENFORCEMENT",
                }
                for at, (status, (number, name)) in enumerate(stages.items())
            ],
        }
        for place, (key, (label, stages)) in enumerate(PIPELINES.items())
    ]


def iso(at: datetime | None) -> str | None:
    """An instant as HubSpot writes it."""
    return None if at is None else at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _thing(key: str, label: str, place: int) -> dict[str, object]:
    return {
        "id": key,
        "label": label,
        "displayOrder": place,
        "archived": False,
        "createdAt": "1970-01-01T00:00:00Z",
        "updatedAt": "2024-02-01T09:30:00Z",
    }


def _pipeline(story: Story) -> str:
    names: Sequence[str] = list(PIPELINES)
    return names[story.id % 4 == 0]


def _closed_at(shown: State) -> datetime | None:
    """When it was last closed. What the desk solves and then closes is closed once here."""
    stamps = shown.solves or shown.closes
    return stamps[-1] if stamps else None


def _reopened_at(story: Story, until: datetime) -> datetime | None:
    """When it was last reopened."""
    found = [one.at for one in story.events if one.kind is Kind.REOPENED and one.at <= until]
    return found[-1] if found else None


def _since(story: Story, at: datetime | None) -> str | None:
    """Milliseconds from its creation to an instant."""
    return None if at is None else str(int((at - story.created_at).total_seconds()) * 1000)


_LONG_AGO = datetime(2024, 2, 1, tzinfo=UTC)
_ANY = Story(1, _LONG_AGO, "email", Role.CUSTOMER, (Event(_LONG_AGO, Kind.OPENED, Role.CUSTOMER),))

NAMES = frozenset(ticket(state(_ANY, _LONG_AGO), {}, 0, {}))
"""The properties that tickets have."""
