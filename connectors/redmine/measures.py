"""What Redmine tells, with which settings, and what it does not."""

from __future__ import annotations

from typing import Final

from connectors.contract import Fact, Measures, Told
from connectors.measures import SURVEYS
from connectors.records import Channel
from connectors.redmine.settings import RedmineSettings

TOLD: Final = {
    Fact.CREATED: Told(note="created_on"),
    Fact.FIRST_RESPONSE: Told(note="the first note of an agent that is not private"),
    Fact.NEXT_RESPONSE: Told(note="notes that are not private, in turn"),
    Fact.FIRST_RESOLUTION: Told(note="the first change of status that ends the work"),
    Fact.SOLVED: Told(note="every change of status that ends the work"),
    Fact.REQUESTER_WAIT: Told(note="all changes of status"),
    Fact.REPLIES: Told(note="notes of agents that are not private"),
    Fact.REOPENED: Told(note="changes of status back to work"),
    Fact.REASSIGNED: Told(note="changes of the category, or of the project"),
    Fact.OPEN: Told(),
    Fact.UNASSIGNED: Told(note="assigned_to is missing"),
    Fact.AWAITING_FIRST_RESPONSE: Told(),
    Fact.AWAITING_REPLY: Told(),
}
NO_SURVEY: Final = "Redmine has no surveys"
UNTOLD: Final = {
    **dict.fromkeys(SURVEYS, NO_SURVEY),
    Fact.LANGUAGE: "an issue has no language; its author's is not read, for that is a person's",
}
NO_CUSTOMER: Final = (
    "no custom field is named that holds it (`customer_field`); Redmine itself knows persons only"
)
NOTES: Final = (
    "An agent is who is a member of the project now, in one of `agent_roles`, and none of `bots`.",
    "Resolved is solved, although Redmine does not call it closed; Feedback is pending.",
    "A status that nobody named is open, or closed where Redmine says so; a priority is normal.",
    "An issue that is deleted vanishes without a word, and counts on as it last stood.",
)


def measures(settings: RedmineSettings) -> Measures:
    """What issues and their journals tell, to the second."""
    knows = settings.customer_field is not None
    channels = {} if settings.channel_field else dict.fromkeys(map(str, Channel), "other")
    return Measures(
        told={**TOLD, **({Fact.CUSTOMER: Told(note="`customer_field`")} if knows else {})},
        untold=UNTOLD if knows else {**UNTOLD, Fact.CUSTOMER: NO_CUSTOMER},
        history="events",
        business_waits=False,
        removals=False,
        instead=channels,
        notes=NOTES,
    )
