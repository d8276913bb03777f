"""What a Zendesk source can tell, with the settings that it has."""

from __future__ import annotations

from connectors.contract import Fact, Measures, Told
from connectors.measures import OF_CUSTOMERS
from connectors.zendesk.settings import ZendeskSettings
from connectors.zendesk.tickets import LAG

EXACTLY = Told()
MINUTES = Told(60, "Zendesk's metric sets count whole minutes")
TOLD = {
    **dict.fromkeys((Fact.FIRST_RESPONSE, Fact.FIRST_RESOLUTION, Fact.REQUESTER_WAIT), MINUTES),
    Fact.CUSTOMER: Told(note="the ticket's organization"),
}

# The facts that a setting can leave out, by the setting, with the reason then told.
SWITCHED_OFF = "`{}` of this source is off"
NO_FIELD = "no custom ticket field is named that holds it (`{}`); Zendesk itself does not tell it"
OPTIONAL: dict[str, tuple[str, tuple[Fact, ...]]] = {
    "metric_events": (SWITCHED_OFF, (Fact.NEXT_RESPONSE, Fact.AWAITING_REPLY)),
    "satisfaction_ratings": (SWITCHED_OFF, (Fact.SATISFACTION,)),
    "recommendation_field": (NO_FIELD, (Fact.RECOMMENDATION,)),
    "effort_field": (NO_FIELD, (Fact.EFFORT,)),
    "language_field": (NO_FIELD, (Fact.LANGUAGE,)),
}
NOTES = (
    "A messaging ticket tells its first reply in seconds, any other in minutes.",
    "A ticket marked as spam is told as deleted.",
    "Of several solves between two polls only the last tells its instant.",
    "Every public reply of an agent counts, also several in a row in one chat.",
    "The wait by business hours follows the schedule that Zendesk has for the ticket.",
    "Next responses follow Zendesk's reply clocks from the second of a ticket on.",
    "Of several answers to a survey between two polls only the last is told.",
    "An organization that gets another external id is known by it on tickets that change later.",
)


def measures(settings: ZendeskSettings) -> Measures:
    """Everything of tickets that is not switched off: what comes from metric sets in whole minutes,
    the rest in seconds."""
    untold = {
        fact: reason.format(setting)
        for setting, (reason, facts) in OPTIONAL.items()
        if not getattr(settings, setting)
        for fact in facts
    }
    told = [fact for fact in Fact if fact not in OF_CUSTOMERS and fact not in untold]
    return Measures(
        told={fact: TOLD.get(fact, EXACTLY) for fact in told},
        untold=untold,
        history="state",
        lag=LAG,
        chat_replies_merge=False,
        notes=NOTES,
    )
