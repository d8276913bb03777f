"""What RT tells, with which settings, and what it does not."""

from __future__ import annotations

from typing import Final

from connectors.contract import Fact, Measures, Told
from connectors.measures import SURVEYS
from connectors.records import Channel
from connectors.rt.settings import RtSettings

TOLD: Final = {
    Fact.CREATED: Told(note="Created"),
    Fact.FIRST_RESPONSE: Told(note="the first correspondence of nobody who asks or reads along"),
    Fact.NEXT_RESPONSE: Told(note="correspondence, in turn"),
    Fact.FIRST_RESOLUTION: Told(note="the first change of status that ends the work"),
    Fact.SOLVED: Told(note="every change of status that ends the work"),
    Fact.REQUESTER_WAIT: Told(note="all changes of status"),
    Fact.REPLIES: Told(note="correspondence"),
    Fact.REOPENED: Told(note="changes of status back to work"),
    Fact.REASSIGNED: Told(note="changes of queue"),
    Fact.OPEN: Told(),
    Fact.UNASSIGNED: Told(note="the owner is Nobody"),
    Fact.AWAITING_FIRST_RESPONSE: Told(),
    Fact.AWAITING_REPLY: Told(),
}
NO_SURVEY: Final = "RT has no surveys"
UNTOLD: Final = {
    **dict.fromkeys(SURVEYS, NO_SURVEY),
    Fact.LANGUAGE: "a ticket has no language; its requestor's is not read, for that is a person's",
}
NO_CUSTOMER: Final = (
    "no custom field is named that holds it (`customer_field`); RT itself knows persons only"
)
WHO_IS_WHO: Final = (
    "Whoever is a requestor or a Cc of a ticket now is its customer; whoever else corresponds, "
    "and is none of `bots`, answers it."
)
NOTES: Final = (
    WHO_IS_WHO,
    "Comments are internal. What comes in with a merged ticket is of that ticket.",
    "A status that is neither delivered with RT nor among `statuses` counts as open.",
    "A custom field that changes alone is told with the ticket's next change.",
    "A ticket that goes to a queue which deskpulse may not see counts on as it last stood.",
)


def measures(settings: RtSettings) -> Measures:
    """What tickets and their transactions tell, to the second."""
    knows = settings.customer_field is not None
    channels = {} if settings.channel_field else dict.fromkeys(map(str, Channel), "other")
    return Measures(
        told={**TOLD, **({Fact.CUSTOMER: Told(note="`customer_field`")} if knows else {})},
        untold=UNTOLD if knows else {**UNTOLD, Fact.CUSTOMER: NO_CUSTOMER},
        history="events",
        business_waits=False,
        instead=channels,
        notes=NOTES,
    )
