"""One story of the desk as a Zendesk ticket with its metric set, as of an instant."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from connectors.testing.desk import Role, Story
from connectors.testing.hours import Hours
from connectors.zendesk import simulated_organizations
from connectors.zendesk.simulated_answers import ACCOUNT, HOST, iso
from connectors.zendesk.simulated_metrics import metric_set
from connectors.zendesk.simulated_state import State, told

FIELDS = tuple(ACCOUNT + 500 + number for number in range(12))
LANGUAGE, RECOMMENDATION, EFFORT = (ACCOUNT + 520 + number for number in range(3))
VIA = {"phone": "voice", "social": "twitter", "other": "any_other_channel"}
TYPES = ("question", "incident", "problem", "task")
TEXT = (
    "Good day, since this morning something does not work as it did before, and I have tried "
    "everything that the help pages suggest. I switched it off and on, signed out and in, and "
    "asked a colleague, who sees the same. Please tell me what to do next, or when it will work "
    "again; my order waits for it. The number is below, and I can be reached all day. "
)


def ticket_object(
    story: Story,
    visible: datetime,
    groups: Mapping[str, int],
    hours: Hours | None,
    *,
    sideload: bool,
) -> dict[str, object]:
    """The ticket as Zendesk would export it at `visible`, with `metric_set` when sideloaded."""
    state, last = told(story, visible)
    ticket = _ticket(story, state, last, groups)
    if state.gone:
        ticket.update(_SCRUBBED)
    if sideload:
        ticket["metric_set"] = None if state.gone else metric_set(story, state, last, hours)
    return ticket


def _custom_fields(story: Story, state: State) -> list[dict[str, object]]:
    """A dozen that nobody asks for, the language, and what a survey app has written down."""
    values: dict[int, object] = {
        number: f"choice_{(story.id + number) % 9}" if number % 3 else None for number in FIELDS
    }
    values[LANGUAGE] = story.language or None
    for number, survey in ((RECOMMENDATION, "recommendation"), (EFFORT, "effort")):
        score = state.answers.get(survey)
        values[number] = None if score is None else str(score)
    return [{"id": number, "value": value} for number, value in values.items()]


def _ticket(
    story: Story, state: State, last: datetime, groups: Mapping[str, int]
) -> dict[str, object]:
    person = ACCOUNT + 10_000 + story.id * 7 % 5_000
    subject = f"Request {story.id}: something does not work as it did"
    custom = _custom_fields(story, state)
    return {
        "url": f"{HOST}/api/v2/tickets/{story.id}.json",
        "id": story.id,
        "via": {
            "channel": VIA.get(story.channel, story.channel),
            "source": {"from": {}, "to": {}, "rel": None},
        },
        "created_at": iso(story.created_at),
        "updated_at": iso(last),
        "generated_timestamp": int(last.timestamp()),
        "type": TYPES[story.id % len(TYPES)],
        "subject": subject,
        "raw_subject": subject,
        "description": TEXT * (1 + story.id % 2),
        "priority": state.priority,
        "status": state.status,
        "requester_id": person,
        "submitter_id": person if story.opened_by is Role.CUSTOMER else ACCOUNT + 1,
        "assignee_id": ACCOUNT + 2 + story.id % 8 if state.assigned else None,
        "group_id": groups[state.team] if state.team else None,
        "organization_id": simulated_organizations.number(story.customer),
        "tags": [*story.tags, *["closed_by_merge"][: state.merged]],
        "satisfaction_rating": {"score": state.score},
        "custom_fields": custom,
        "fields": custom,
        **_SAME_FOR_ALL,
    }


_SAME_FOR_ALL: dict[str, object] = {
    "external_id": None,
    "recipient": "help@desk.example",
    "collaborator_ids": [],
    "follower_ids": [],
    "email_cc_ids": [],
    "forum_topic_id": None,
    "problem_id": None,
    "has_incidents": False,
    "is_public": True,
    "due_at": None,
    "sharing_agreement_ids": [],
    "custom_status_id": ACCOUNT + 900,
    "followup_ids": [],
    "ticket_form_id": ACCOUNT + 800,
    "brand_id": ACCOUNT + 700,
    "allow_channelback": False,
    "allow_attachments": True,
    "from_messaging_channel": False,
}
_SCRUBBED: dict[str, object] = {
    "status": "deleted",
    "subject": "SCRUBBED",
    "raw_subject": "SCRUBBED",
    "description": "SCRUBBED",
    "recipient": None,
    "assignee_id": None,
    "group_id": None,
    "tags": [],
    "custom_fields": [],
    "fields": [],
}
