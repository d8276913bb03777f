"""What Salesforce tells, with which settings, and what it does not."""

from __future__ import annotations

from typing import Final

from connectors.contract import Fact, Measures, Told
from connectors.measures import SURVEYS
from connectors.salesforce.settings import SalesforceSettings

OF_CASES: Final = {
    Fact.CREATED: Told(note="CreatedDate"),
    Fact.OPEN: Told(note="IsClosed"),
    Fact.UNASSIGNED: Told(note="a queue owns it"),
    Fact.CUSTOMER: Told(note="the account of the case"),
}

NO_THREAD = "mails, comments and posts are records apart, which are not read"
NO_SURVEY = "surveys are records apart, which are not read"
NO_RESPONSE = "a case has no field for it; `properties.first_response` of this source may name one"
NO_REOPENS = "a case has no field for it; `properties.reopens` of this source may name one"
UNTOLD: Final = {
    Fact.FIRST_RESPONSE: NO_RESPONSE,
    Fact.AWAITING_FIRST_RESPONSE: NO_RESPONSE,
    Fact.REOPENED: NO_REOPENS,
    Fact.FIRST_RESOLUTION: "without `properties.reopens` nobody knows whether a closing is the "
    "first one",
    Fact.NEXT_RESPONSE: NO_THREAD,
    Fact.AWAITING_REPLY: NO_THREAD,
    Fact.REPLIES: NO_THREAD,
    Fact.REQUESTER_WAIT: "a case does not tell how long it was in which status",
    Fact.REASSIGNED: "a case tells its present owner only",
    **dict.fromkeys(SURVEYS, NO_SURVEY),
    Fact.LANGUAGE: "a case has no language",
    Fact.REVENUE: "no field of Salesforce's own tells an amount that recurs; "
    "`properties.revenue` of this source may name one",
    Fact.ENDING: "every term of a contract has an end; `properties.end` of this source may name a "
    "field that is filled when somebody gives notice",
    Fact.CHURN_REASON: "`properties.reason` of this source names no field for it",
    Fact.TRIALS: "what is tried is neither activated nor won yet",
    Fact.PAST_DUE: "whether invoices are paid is not told",
}

NOTES: Final = (
    "A case is solved when it is closed: Salesforce has no word between the two.",
    "A reopened case has no ClosedDate: a closing that is undone between two polls is unseen.",
    "An open status counts as open unless `statuses` or its usual meaning says more.",
    "A change of amount is dated by the last change of its record.",
    "A day without a time is one in UTC; what ends on a day ends when it is over.",
)


def measures(settings: SalesforceSettings) -> Measures:
    """What is told with these settings."""
    told = {**_of_cases(settings), **_of_customers(settings)}
    lacking = Measures(told=told).lacking
    return Measures(
        told=told,
        untold={fact: why for fact, why in UNTOLD.items() if fact in lacking},
        history="state",
        first_solve_survives_reopening=False,
        instead={"solved": "closed"},
        prices="state",
        notes=NOTES,
    )


def _of_cases(settings: SalesforceSettings) -> dict[Fact, Told]:
    if not settings.cases:
        return {}
    named = settings.properties
    found = {**OF_CASES, Fact.SOLVED: Told(note=named.closed)}
    if named.first_response is not None:
        response = Told(note=named.first_response)
        found |= {Fact.FIRST_RESPONSE: response, Fact.AWAITING_FIRST_RESPONSE: response}
    if named.reopens is not None:
        found[Fact.REOPENED] = Told(note=named.reopens)
        found[Fact.FIRST_RESOLUTION] = Told(note=f"{named.closed}, while {named.reopens} is 0")
    return found


def _of_customers(settings: SalesforceSettings) -> dict[Fact, Told]:
    if not settings.customers:
        return {}
    named = settings.properties
    found = {Fact.CUSTOMERS: Told(note=f"accounts with a {settings.agreements} that runs")}
    for fact, name in (
        (Fact.REVENUE, named.revenue),
        (Fact.ENDING, named.end),
        (Fact.CHURN_REASON, named.reason),
    ):
        if name is not None:
            found[fact] = Told(note=name)
    return found
