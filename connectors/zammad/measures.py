"""What Zammad tells, with histories and without, and what it does not."""

from __future__ import annotations

from typing import Final

from connectors.contract import Fact, Measures, Told
from connectors.measures import SURVEYS
from connectors.records import Removal
from connectors.zammad.settings import ZammadSettings

ARTICLES: Final = Told(note="the articles in a ticket's history")
CLOSINGS: Final = Told(note="changes of state in a ticket's history")
OF_TICKETS: Final = {
    Fact.CREATED: Told(note="created_at"),
    Fact.FIRST_RESPONSE: ARTICLES,
    Fact.AWAITING_FIRST_RESPONSE: ARTICLES,
    Fact.FIRST_RESOLUTION: CLOSINGS,
    Fact.SOLVED: CLOSINGS,
    Fact.OPEN: Told(note="the type of the state"),
    Fact.UNASSIGNED: Told(note='owner_id is 1, the user "-"'),
}
OF_HISTORIES: Final = {
    Fact.NEXT_RESPONSE: ARTICLES,
    Fact.AWAITING_REPLY: ARTICLES,
    Fact.REPLIES: ARTICLES,
    Fact.REQUESTER_WAIT: CLOSINGS,
    Fact.REOPENED: CLOSINGS,
    Fact.REASSIGNED: Told(note="changes of group in a ticket's history"),
}
BY_THEMSELVES: Final = {
    **dict.fromkeys((Fact.FIRST_RESPONSE, Fact.AWAITING_FIRST_RESPONSE), "first_response_at"),
    Fact.FIRST_RESOLUTION: "close_at",
    Fact.SOLVED: "close_at and last_close_at",
}

NO_SURVEY: Final = "Zammad asks customers for no rating"
NO_HISTORY: Final = "only a ticket's history tells it, and `histories` of this source is off"
UNTOLD: Final = {
    **dict.fromkeys(SURVEYS, NO_SURVEY),
    Fact.LANGUAGE: "a ticket has no language",
    Fact.CUSTOMER: "`customers` of this source is off",
}

NOTES: Final = (
    "A ticket is solved when it is closed: Zammad has no word between the two.",
    "A reply is an article that an agent sends to the customer; notes are none, even public ones.",
    "Automatic replies are the system's and do not count.",
    "A ticket that is deleted is told no more, and counts on as it last stood.",
    "A ticket imported without its history tells its first and its last closing only.",
)
ALONE: Final = "Of a ticket that an agent opened with a message no first response is told."


def measures(settings: ZammadSettings) -> Measures:
    """What is told with these settings."""
    told = dict(OF_TICKETS)
    if settings.histories:
        told |= OF_HISTORIES
    else:
        told |= {fact: Told(note=note) for fact, note in BY_THEMSELVES.items()}
    if settings.customers:
        told[Fact.CUSTOMER] = Told(note="the organization of the ticket")
    why = {**dict.fromkeys(OF_HISTORIES, NO_HISTORY), **UNTOLD}
    return Measures(
        told=told,
        untold={fact: reason for fact, reason in why.items() if fact not in told},
        history="events" if settings.histories else "state",
        business_waits=False,
        vanishing=frozenset({Removal.DELETED, Removal.SPAM}),
        instead={"solved": "closed", "hold": "pending", "urgent": "high", "api": "other"},
        notes=NOTES if settings.histories else (*NOTES, ALONE),
    )
