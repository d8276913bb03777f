"""What Jira Service Management tells, with which settings, and what it does not."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from connectors.contract import Fact, Measures, Told
from connectors.jira.settings import JiraSettings

LAG: Final = timedelta(seconds=60)
"""How long a change mostly takes at most to show in the index that is searched."""

LOG: Final = Told(note="the log of changes: from and to a status of the category Done")
TOLD: Final = {
    Fact.CREATED: Told(note="created"),
    Fact.FIRST_RESOLUTION: LOG,
    Fact.SOLVED: LOG,
    Fact.REQUESTER_WAIT: Told(note="the log of changes: the time that statuses lasted"),
    Fact.REOPENED: LOG,
    Fact.OPEN: Told(note="the category of the status"),
    Fact.UNASSIGNED: Told(note="assignee is empty"),
    Fact.SATISFACTION: Told(note="Satisfaction and Satisfaction date"),
    Fact.LANGUAGE: Told(note="Request language"),
    Fact.CUSTOMER: Told(note="the first of Organizations"),
}
NO_TALK: Final = (
    "only comments tell it, which are texts, and tell an agent from a customer only where the "
    "customer is no member of the site"
)
NO_SURVEY: Final = "Jira asks for stars only"
UNTOLD: Final = {
    Fact.NEXT_RESPONSE: NO_TALK,
    Fact.AWAITING_REPLY: NO_TALK,
    Fact.REPLIES: NO_TALK,
    Fact.OFFERED: "an issue tells what was answered, and not whether anybody was asked",
    Fact.RECOMMENDATION: NO_SURVEY,
    Fact.EFFORT: NO_SURVEY,
}
NO_AGREEMENT: Final = "`first_response` of this source is null"
NO_TEAM: Final = "`team` of this source is null"
NOTES: Final = (
    "A first response is the first end of its service level agreement, by the site's own rules.",
    "A solve is a change to a status of the category Done, whatever the resolution.",
    "A status that the site has no more counts as done while the issue was resolved.",
    "An issue that is deleted is told no more, and counts on as it last stood.",
)


def measures(settings: JiraSettings) -> Measures:
    """What a source with these settings tells."""
    told, untold = dict(TOLD), dict(UNTOLD)
    response = Told(note=f"the service level agreement '{settings.first_response}'")
    for fact in (Fact.FIRST_RESPONSE, Fact.AWAITING_FIRST_RESPONSE):
        if settings.first_response is None:
            untold[fact] = NO_AGREEMENT
        else:
            told[fact] = response
    if settings.team is None:
        untold[Fact.REASSIGNED] = NO_TEAM
    else:
        told[Fact.REASSIGNED] = Told(note=f"the log of changes: the field '{settings.team}'")
    return Measures(
        told={fact: told[fact] for fact in Fact if fact in told},
        untold=untold,
        history="events",
        lag=LAG,
        business_waits=False,
        teams=settings.team is not None,
        removals=False,
        instead={"chat": "other", "phone": "other", "social": "other"},
        notes=NOTES,
    )
