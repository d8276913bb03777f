"""What an Intercom source can tell, with the settings that it has."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from connectors.contract import Fact, Measures, Told
from connectors.intercom.settings import IntercomSettings

LAG: Final = timedelta(seconds=30)
"""How long a change mostly takes at most to show in the index that is searched."""

RESPONSE: Final = Told(note="statistics.first_admin_reply_at")
TOLD: Final = {
    Fact.CREATED: Told(note="created_at; of one that we began, first_contact_reply_at"),
    Fact.FIRST_RESPONSE: RESPONSE,
    Fact.AWAITING_FIRST_RESPONSE: RESPONSE,
    Fact.FIRST_RESOLUTION: Told(note="statistics.first_close_at"),
    Fact.SOLVED: Told(note="statistics.last_close_at"),
    Fact.REOPENED: Told(note="statistics.count_reopens"),
    Fact.OPEN: Told(note="state"),
    Fact.UNASSIGNED: Told(note="admin_assignee_id is empty"),
    Fact.OFFERED: Told(note="conversation_rating is there"),
    Fact.SATISFACTION: Told(note="conversation_rating, at its updated_at"),
    Fact.CUSTOMER: Told(note="the conversation's company"),
    Fact.LANGUAGE: Told(note="a conversation attribute"),
}
NO_PARTS: Final = "the messages of a conversation take a request for each, and are not read"
NO_SURVEY: Final = "such surveys are no part of conversations"
NO_LANGUAGE: Final = "`language_attribute` of this source names no attribute that holds it"
UNTOLD: Final = {
    Fact.NEXT_RESPONSE: NO_PARTS,
    Fact.AWAITING_REPLY: NO_PARTS,
    Fact.REPLIES: NO_PARTS,
    Fact.REQUESTER_WAIT: "a conversation does not tell how long it was in which state",
    Fact.REASSIGNED: "assignments to teammates and to teams are counted together",
    Fact.RECOMMENDATION: NO_SURVEY,
    Fact.EFFORT: NO_SURVEY,
}
NOTES: Final = (
    "A conversation that we began is a request from the customer's first message on.",
    "A conversation is solved when it is closed, whoever closed it: a bot and a workflow too.",
    "A reply of a bot is no response.",
    "A snoozed conversation is pending.",
    "A conversation that was marked as priority is of high priority, any other of normal.",
    "A conversation that was deleted is listed no more, and counts on as it last stood.",
    "A remark that is added to a rating dates it anew.",
)


def measures(settings: IntercomSettings) -> Measures:
    """What conversations tell, in seconds."""
    told, untold = dict(TOLD), dict(UNTOLD)
    if settings.language_attribute is None:
        del told[Fact.LANGUAGE]
        untold[Fact.LANGUAGE] = NO_LANGUAGE
    return Measures(
        told=told,
        untold=untold,
        lag=LAG,
        both_solves=True,
        removals=False,
        outbound=False,
        instead=INSTEAD,
        notes=NOTES,
    )


INSTEAD: Final = {
    "new": "open",
    "hold": "pending",
    "solved": "closed",
    "urgent": "high",
    "low": "normal",
    "web": "chat",
    "api": "chat",
}
"""Words of ours that Intercom has none for, and those that stand in their place."""
