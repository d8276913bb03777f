"""What a Freshdesk source can tell, with the settings that it has."""

from __future__ import annotations

from typing import Final

from connectors.contract import Fact, Measures, Told
from connectors.freshdesk.settings import FreshdeskSettings

SOLVED: Final = Told(note="stats.resolved_at, else closed_at")
RESPONSE: Final = Told(note="stats.first_responded_at")
TOLD: Final = {
    Fact.CREATED: Told(note="created_at"),
    Fact.FIRST_RESPONSE: RESPONSE,
    Fact.AWAITING_FIRST_RESPONSE: RESPONSE,
    Fact.FIRST_RESOLUTION: SOLVED,
    Fact.SOLVED: SOLVED,
    Fact.OPEN: Told(note="status"),
    Fact.UNASSIGNED: Told(note="responder_id is empty"),
    Fact.CUSTOMER: Told(note="the ticket's company"),
    Fact.SATISFACTION: Told(note="the default question of satisfaction ratings"),
    Fact.RECOMMENDATION: Told(note="a custom ticket field"),
    Fact.EFFORT: Told(note="a custom ticket field"),
    Fact.LANGUAGE: Told(note="a custom ticket field"),
}
NO_TALK: Final = "the conversation of a ticket takes a request for each ticket, and is not read"
UNTOLD: Final = {
    Fact.NEXT_RESPONSE: NO_TALK,
    Fact.AWAITING_REPLY: NO_TALK,
    Fact.REPLIES: NO_TALK,
    Fact.REQUESTER_WAIT: "a ticket does not tell how long it was in which status",
    Fact.REOPENED: "a ticket tells when it was last reopened, and not how often",
    Fact.REASSIGNED: "a ticket tells its present group only",
    Fact.OFFERED: "a survey that nobody answered is not listed",
}

# The facts that a setting can leave out, by the setting, with the reason then told.
SWITCHED_OFF: Final = "`{}` of this source is off"
NO_FIELD: Final = "no ticket field is named that holds it (`{}`); Freshdesk itself does not tell it"
OPTIONAL: Final = {
    "companies": (SWITCHED_OFF, Fact.CUSTOMER),
    "satisfaction_ratings": (SWITCHED_OFF, Fact.SATISFACTION),
    "recommendation_field": (NO_FIELD, Fact.RECOMMENDATION),
    "effort_field": (NO_FIELD, Fact.EFFORT),
    "language_field": (NO_FIELD, Fact.LANGUAGE),
}
NOTES: Final = (
    "There is no status before open; one that nobody explains in `statuses` counts as open.",
    "A ticket that a program makes comes in by the portal unless the program says otherwise.",
    "A public note of an agent is a response too.",
    "A ticket that went into another is closed, and tells no more of it.",
    "A solve is told while it stands, the first one while the ticket was never reopened.",
    "Of answers on seven grades the neutral one is not good.",
)


def measures(settings: FreshdeskSettings) -> Measures:
    """What tickets and ratings tell, in seconds."""
    off = {
        fact: reason.format(setting)
        for setting, (reason, fact) in OPTIONAL.items()
        if not getattr(settings, setting)
    }
    return Measures(
        told={fact: told for fact, told in TOLD.items() if fact not in off},
        untold={**UNTOLD, **off},
        first_solve_survives_reopening=False,
        solves_survive_reopening=False,
        merges=False,
        answers="events",
        instead={"new": "open", "api": "web"},
        notes=NOTES,
    )
