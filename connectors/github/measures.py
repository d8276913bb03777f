"""What issues on GitHub tell, and what they do not."""

from __future__ import annotations

from typing import Final

from connectors.contract import Fact, Measures, Told
from connectors.measures import SURVEYS

EVENTS: Final = Told(note="events of closing and reopening")
COMMENTS: Final = Told(note="comments of people who belong to the repository")
TOLD: Final = {
    Fact.CREATED: Told(note="createdAt"),
    Fact.FIRST_RESPONSE: COMMENTS,
    Fact.NEXT_RESPONSE: COMMENTS,
    Fact.FIRST_RESOLUTION: EVENTS,
    Fact.SOLVED: EVENTS,
    Fact.REPLIES: COMMENTS,
    Fact.REOPENED: EVENTS,
    Fact.OPEN: Told(note="state"),
    Fact.UNASSIGNED: Told(note="assignees"),
    Fact.AWAITING_FIRST_RESPONSE: COMMENTS,
    Fact.AWAITING_REPLY: COMMENTS,
}
NO_SURVEY: Final = "nobody is asked how it was"
UNTOLD: Final = {
    Fact.REQUESTER_WAIT: "an issue is open or closed, and does not tell for whom it waits",
    Fact.REASSIGNED: "an issue tells its present labels only",
    **dict.fromkeys(SURVEYS, NO_SURVEY),
    Fact.LANGUAGE: "an issue has no language",
    Fact.CUSTOMER: "an issue tells which person wrote it, and not for which company",
}
NOTES: Final = (
    "A reply is a comment of somebody who belongs to the repository and did not open the issue.",
    "How somebody belongs to it is told as it is now, and not as it was when they wrote.",
    "A solve is a closing, whatever its reason; not planned and duplicate are closed, not solved.",
    "An issue that was deleted, transferred or made a discussion is told no more, and counts on.",
)
WEB: Final = ("email", "chat", "phone", "social", "api", "other")


def measures() -> Measures:
    """The same with all settings."""
    return Measures(
        told=TOLD,
        untold=UNTOLD,
        history="events",
        chat_replies_merge=False,
        removals=False,
        merges=False,
        instead={
            **dict.fromkeys(("new", "pending", "hold"), "open"),
            **dict.fromkeys(WEB, "web"),
        },
        notes=NOTES,
    )
