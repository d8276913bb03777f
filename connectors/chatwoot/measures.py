"""What Chatwoot tells, with which settings, and what it does not."""

from __future__ import annotations

from typing import Final

from connectors.chatwoot.settings import ChatwootSettings
from connectors.contract import Fact, Measures, Told

MESSAGES: Final = Told(note="the messages of the conversation")
EVENTS: Final = Told(note="its reporting events conversation_resolved")
ALWAYS: Final = {
    Fact.CREATED: Told(note="created_at"),
    Fact.FIRST_RESPONSE: MESSAGES,
    Fact.NEXT_RESPONSE: MESSAGES,
    Fact.AWAITING_FIRST_RESPONSE: MESSAGES,
    Fact.AWAITING_REPLY: MESSAGES,
    Fact.OFFERED: Told(note="a message of the type input_csat"),
    Fact.OPEN: Told(note="status"),
    Fact.UNASSIGNED: Told(note="meta.assignee"),
    Fact.LANGUAGE: Told(note="conversation_language, else browser_language"),
}
OF_EVENTS: Final = {
    Fact.FIRST_RESOLUTION: EVENTS,
    Fact.SOLVED: EVENTS,
    Fact.REOPENED: EVENTS,
    Fact.REPLIES: Told(note="the messages up to each resolution"),
}
NO_EVENTS: Final = "only reporting events tell it, and `events` of this source is off"
UNTOLD: Final = {
    **dict.fromkeys(OF_EVENTS, NO_EVENTS),
    Fact.REQUESTER_WAIT: "a conversation does not tell how long it was in which status",
    Fact.REASSIGNED: "a conversation tells its present team only",
    Fact.SATISFACTION: "`ratings` of this source is off",
    Fact.RECOMMENDATION: "Chatwoot asks for satisfaction only",
    Fact.EFFORT: "Chatwoot asks for satisfaction only",
    Fact.CUSTOMER: "`customer_attribute` of this source names no attribute of contacts",
}
NOTES: Final = (
    "A conversation is solved when it is resolved; Chatwoot has no word for closed.",
    "Pending is with a bot, and counts as new; snoozed counts as pending.",
    "A reply is a public message of an agent; bots, rules and templates write none.",
    "A conversation that is deleted is told no more, and counts on as it last stood.",
    "A conversation whose snooze runs out by itself is told to be open with its next message.",
)


def measures(settings: ChatwootSettings) -> Measures:
    """What is told with these settings."""
    told = dict(ALWAYS)
    if settings.events:
        told |= OF_EVENTS
    if settings.ratings:
        told[Fact.SATISFACTION] = Told(note="csat_survey_responses")
    if settings.customer_attribute:
        told[Fact.CUSTOMER] = Told(note=f"{settings.customer_attribute} of the contact")
    return Measures(
        told=told,
        untold={fact: reason for fact, reason in UNTOLD.items() if fact not in told},
        history="events" if settings.events else "state",
        removals=False,
        merges=False,
        answers="events",
        instead={
            "new": "open",
            "hold": "pending",
            "solved": "closed",
            "web": "chat",
            "other": "api",
        },
        notes=NOTES,
    )
