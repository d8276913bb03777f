"""One story of the desk as an issue of a site, in the clock of the account that asks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from connectors.testing.desk import Kind, Patron, Story
from connectors.testing.states import State

PROJECT: Final = "DESK"
FIRST: Final = 10_000

# A desk's word: id, name, category.
STATUSES: Final = {
    "new": ("1", "Open", "new"),
    "open": ("10100", "Waiting for support", "indeterminate"),
    "pending": ("10101", "Waiting for customer", "indeterminate"),
    "hold": ("10102", "Pending", "indeterminate"),
    "solved": ("5", "Resolved", "done"),
    "closed": ("6", "Closed", "done"),
}
CATEGORIES: Final = {
    "new": (2, "To Do", "blue-gray"),
    "indeterminate": (4, "In Progress", "yellow"),
    "done": (3, "Done", "green"),
}
PRIORITIES: Final = {"urgent": "Highest", "high": "High", "normal": "Medium", "low": "Low"}
CHANNELS: Final = {"email": "email", "web": "portal", "api": "api"}
BY_AGENT: Final = "jira"

DESK: Final = "com.atlassian.servicedesk"
LINGO: Final = f"{DESK}.servicedesk-lingo-integration-plugin"
# Fields of the site's own: id, type, kind.
FIELDS: Final = {
    "Time to first response": ("10040", "sd-servicelevelagreement", f"{DESK}:sd-sla-field"),
    "Time to resolution": ("10041", "sd-servicelevelagreement", f"{DESK}:sd-sla-field"),
    "Satisfaction": ("10042", "sd-feedback", f"{DESK}:sd-request-feedback"),
    "Satisfaction date": ("10043", "datetime", f"{DESK}:sd-request-feedback-date"),
    "Request language": ("10044", "sd-request-lang", f"{LINGO}:sd-request-language"),
    "Organizations": ("10045", "array", f"{DESK}:sd-customer-organizations"),
    "Request Type": ("10046", "sd-customerrequesttype", f"{DESK}:vp-origin"),
    "Support team": ("10050", "option", "com.atlassian.jira.plugin.system.customfieldtypes:select"),
    "Topic": ("10051", "option", "com.atlassian.jira.plugin.system.customfieldtypes:select"),
}


def field(name: str) -> str:
    """The id of a field of the site's own."""
    return f"customfield_{FIELDS[name][0]}"


def status(word: str, url: str) -> dict[str, object]:
    """A status by the desk's word for it."""
    number, name, key = STATUSES[word]
    category, title, colour = CATEGORIES[key]
    return {
        "self": f"{url}/rest/api/3/status/{number}",
        "description": "",
        "iconUrl": f"{url}/images/icons/statuses/generic.png",
        "name": name,
        "id": number,
        "statusCategory": {
            "self": f"{url}/rest/api/3/statuscategory/{category}",
            "id": category,
            "key": key,
            "colorName": colour,
            "name": title,
        },
    }


def issue(
    shown: State, customer: Patron | None, url: str, zone: ZoneInfo
) -> dict[str, dict[str, object]]:
    """All fields and properties of a story as it stands."""
    story = shown.story
    return {
        "fields": {
            "summary": f"Request {story.id}",
            "description": {"type": "doc", "version": 1, "content": []},
            "reporter": _person(f"customer-{story.id}", "customer", url),
            "project": {"id": "10000", "key": PROJECT, "name": "Service desk"},
            "issuetype": {"id": "10010", "name": "Service request", "subtask": False},
            "created": written(story.created_at, zone),
            "updated": written(shown.changed_at, zone),
            "status": status(shown.status, url),
            "resolution": None if shown.open else {"id": "10000", "name": "Done"},
            "resolutiondate": _resolved(shown, zone),
            "priority": {"id": "3", "name": PRIORITIES[shown.priority]},
            "assignee": _person("agent-7", "atlassian", url) if shown.assigned else None,
            "labels": list(story.tags),
            "components": [{"id": "10300", "name": "Portal"}] if story.id % 3 == 0 else [],
            **_own(shown, customer, zone),
        },
        "properties": {"request.channel.type": {"value": CHANNELS.get(story.channel, BY_AGENT)}},
    }


def _own(shown: State, customer: Patron | None, zone: ZoneInfo) -> dict[str, object]:
    """What the site's own fields say."""
    story, stars = shown.story, shown.ratings.get("satisfaction")
    rating = None
    if stars is not None:
        rating = {"rating": (4, 5)[story.id % 2] if stars.score else 1 + story.id % 3}
    return {
        field("Time to first response"): _agreement(shown, zone),
        field("Time to resolution"): None,
        field("Satisfaction"): rating,
        field("Satisfaction date"): None if stars is None else written(stars.at, zone),
        field("Request language"): _language(story),
        field("Organizations"): [] if customer is None else [_organization(customer)],
        field("Request Type"): {"requestType": {"id": "25", "name": "Get help"}},
        field("Support team"): None if shown.team == "none" else {"id": "1", "value": shown.team},
        field("Topic"): {"id": "2", "value": story.tags[0]} if story.tags else None,
    }


def _agreement(shown: State, zone: ZoneInfo) -> dict[str, object]:
    """The agreement for the first response: from the creation to an agent's first public reply."""
    begun, met = shown.story.created_at, shown.said.first_response
    cycles: list[dict[str, object]] = []
    goal = timedelta(hours=4)
    if met is not None:
        took = met - begun
        cycles.append(
            {
                "startTime": _moment(begun, zone),
                "stopTime": _moment(met, zone),
                "breachTime": _moment(begun + goal, zone),
                "breached": took > goal,
                "goalDuration": _duration(goal),
                "elapsedTime": _duration(took),
                "remainingTime": _duration(goal - took),
            }
        )
    return {"id": "2", "name": "Time to first response", "completedCycles": cycles}


def _moment(at: datetime, zone: ZoneInfo) -> dict[str, object]:
    return {
        "iso8601": at.astimezone(zone).strftime("%Y-%m-%dT%H:%M:%S%z"),
        "jira": written(at, zone),
        "friendly": at.astimezone(zone).strftime("%d/%b/%y %I:%M %p"),
        "epochMillis": int(at.timestamp()) * 1000,
    }


def _duration(took: timedelta) -> dict[str, object]:
    return {
        "millis": took // timedelta(milliseconds=1),
        "friendly": f"{took // timedelta(minutes=1)}m",
    }


def _resolved(shown: State, zone: ZoneInfo) -> str | None:
    """When it was resolved, while it is."""
    if shown.open:
        return None
    at = shown.solved_at
    return None if at is None else written(at, zone)


def _language(story: Story) -> Mapping[str, str] | None:
    if not story.language:
        return None
    return {"languageCode": story.language, "displayName": story.language.upper()}


def _organization(customer: Patron) -> dict[str, object]:
    name = customer.external_id or f"Customer {customer.id}"
    return {"id": str(customer.id), "name": name, "_links": {}}


def _person(name: str, kind: str, url: str) -> dict[str, object]:
    return {
        "self": f"{url}/rest/api/3/user?accountId={name}",
        "accountId": name,
        "accountType": kind,
        "displayName": f"Person {name}",
        "emailAddress": f"{name}@desk.example",
        "active": True,
    }


def written(at: datetime, zone: ZoneInfo) -> str:
    """An instant as Jira writes it."""
    return at.astimezone(zone).strftime("%Y-%m-%dT%H:%M:%S.000%z")


def number(story: Story) -> str:
    """The id of an issue, which is not its key."""
    return str(FIRST + story.id)


def is_gone(story: Story, now: datetime) -> bool:
    """Whether it was deleted, of which nothing is left."""
    gone = (Kind.DELETED, Kind.MERGED, Kind.SPAM)
    return any(event.kind in gone and event.at <= now for event in story.events)
