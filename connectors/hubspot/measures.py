"""What HubSpot tells, with which settings, and what it does not."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from connectors.contract import Fact, Measures, Told
from connectors.hubspot.settings import HubSpotSettings
from connectors.measures import SURVEYS

LAG: Final = timedelta(seconds=30)
"""How long a change mostly takes at most to show in the index that is searched."""

CLOSED: Final = Told(note="hs_last_closed_date, else closed_date")
RESPONSE: Final = Told(note="hs_first_agent_message_sent_at, else first_agent_reply_date")
OF_TICKETS: Final = {
    Fact.CREATED: Told(note="createdate"),
    Fact.FIRST_RESPONSE: RESPONSE,
    Fact.AWAITING_FIRST_RESPONSE: RESPONSE,
    Fact.FIRST_RESOLUTION: CLOSED,
    Fact.SOLVED: CLOSED,
    Fact.OPEN: Told(note="ticketState of the stage"),
    Fact.UNASSIGNED: Told(note="hubspot_owner_id is empty"),
    Fact.CUSTOMER: Told(note="hs_primary_company_id"),
}
OF_CUSTOMERS: Final = {
    Fact.CUSTOMERS: Told(note="deals that were won and recur, until their end date"),
    Fact.REVENUE: Told(note="the recurring amount of the deal as it stands"),
    Fact.ENDING: Told(note="an end date that is still to come"),
}

NO_THREAD = "the messages of a ticket are a thread apart, which is not read"
NO_SURVEY = "surveys are records apart, which are not read"
UNTOLD: Final = {
    Fact.NEXT_RESPONSE: NO_THREAD,
    Fact.AWAITING_REPLY: NO_THREAD,
    Fact.REPLIES: NO_THREAD,
    Fact.REQUESTER_WAIT: "a ticket tells how long it stood in each stage, and not which one it "
    "waited in for whom",
    Fact.REOPENED: "a ticket tells when it was last reopened, and not how often",
    Fact.REASSIGNED: "a ticket tells its present team only",
    **dict.fromkeys(SURVEYS, NO_SURVEY),
    Fact.LANGUAGE: "a ticket has no language that somebody chose",
    Fact.PAST_DUE: "a deal does not tell whether its invoices are paid",
}
NO_REASON = "`properties.reason` of this source is off"
NO_TRIAL = "`trial_stages` of this source names no stage in which a deal is tried"

NOTES: Final = (
    "A ticket is solved when it is closed: HubSpot has no word between the two.",
    "A first solve is told while hs_ticket_reopened_at is empty.",
    "A stage that is not closed counts as open unless `stages` or its label says more.",
    "A change of amount is dated by the last change of its deal.",
    "A deal that is won no more, or whose amount does not recur, is withdrawn: it never was one.",
)


def measures(settings: HubSpotSettings) -> Measures:
    """What is told with these settings."""
    told: dict[Fact, Told] = {}
    if settings.tickets:
        told |= OF_TICKETS
    if settings.customers:
        told |= OF_CUSTOMERS
        if settings.properties.reason is not None:
            told[Fact.CHURN_REASON] = Told(note=settings.properties.reason)
        if settings.trial_stages:
            told[Fact.TRIALS] = Told(note="deals in one of `trial_stages`")
    why = {**UNTOLD, Fact.CHURN_REASON: NO_REASON, Fact.TRIALS: NO_TRIAL}
    lacking = Measures(told=told).lacking
    return Measures(
        told=told,
        untold={fact: reason for fact, reason in why.items() if fact in lacking},
        history="state",
        lag=LAG,
        first_solve_survives_reopening=False,
        removals=settings.deletions,
        instead={"solved": "closed"},
        prices="state",
        notes=NOTES,
    )
