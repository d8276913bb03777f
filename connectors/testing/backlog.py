"""What is there at the watermark: the gauges."""

from __future__ import annotations

from datetime import datetime, timedelta

from connectors.contract import Fact, Measures
from connectors.testing.numbers import Tally
from connectors.testing.policy import Policy
from connectors.testing.promises import Pledged, Promises
from connectors.testing.sights import Seen
from connectors.testing.states import State

AGES = (
    ("<4h", timedelta(hours=4)),
    ("<1d", timedelta(days=1)),
    ("<3d", timedelta(days=3)),
    ("<7d", timedelta(days=7)),
    ("<30d", timedelta(days=30)),
)
OLDEST_AGE = "30d+"
WINDOWS = (("1d", timedelta(days=1)), ("7d", timedelta(days=7)), ("28d", timedelta(days=28)))

OPEN = "support_tickets_open"
OPEN_BY_AGE = "support_tickets_open_by_age"
OPEN_BY_CATEGORY = "support_tickets_open_by_category"
OPEN_BY_LANGUAGE = "support_tickets_open_by_language"
UNASSIGNED = "support_tickets_unassigned"
AWAITING = "support_tickets_awaiting_first_response"
AWAITING_BY_AGE = "support_tickets_awaiting_first_response_by_age"
AWAITING_REPLY = "support_tickets_awaiting_reply"
OLDEST_OPEN = "support_oldest_open_created_timestamp_seconds"
OLDEST_UNANSWERED = "support_oldest_unanswered_created_timestamp_seconds"
SLA_OPEN = "support_sla_open"
RATINGS_LATEST = "support_ratings_latest"


def stand(
    tally: Tally, shown: State, watermark: datetime, measures: Measures, policy: Policy
) -> None:
    """Add one story to the backlog, where it is open."""
    if shown.removed or not shown.open:
        return
    told, queue = measures.told, shown.labels("team", "priority")
    age = ("age", age_class(watermark - shown.story.created_at))
    unanswered = shown.said.first_response is None
    if Fact.OPEN in told:
        _open(tally, shown, policy)
        tally.gauge(OPEN_BY_AGE, queue | {age})
        if Fact.LANGUAGE in told:
            tally.gauge(OPEN_BY_LANGUAGE, shown.labels("language"))
    if Fact.UNASSIGNED in told and not shown.assigned:
        tally.gauge(UNASSIGNED, queue)
    if Fact.AWAITING_FIRST_RESPONSE in told and unanswered:
        tally.gauge(AWAITING, queue)
        tally.gauge(AWAITING_BY_AGE, queue | {age})
        _oldest(tally, OLDEST_UNANSWERED, shown)
    if Fact.AWAITING_REPLY in told and (unanswered or shown.said.waits):
        tally.gauge(AWAITING_REPLY, queue)


def _open(tally: Tally, shown: State, policy: Policy) -> None:
    tally.gauge(OPEN, shown.labels("status", "priority", "team", "channel"))
    _oldest(tally, OLDEST_OPEN, shown)
    if policy.categories:
        category = policy.category(shown.story.tags)
        tally.gauge(OPEN_BY_CATEGORY, frozenset({("category", category)}))


def stand_promises(
    tally: Tally,
    promises: Promises,
    pledged: Pledged,
    seen: Seen,
    shown: State,
    watermark: datetime,
) -> None:
    """Add the promises that one story has yet to keep."""
    queue = shown.labels("team", "priority")
    for target, standing in promises.standing(pledged, seen, shown, watermark):
        tally.gauge(SLA_OPEN, queue | {("target", target), ("state", standing)})


def stand_opinions(
    tally: Tally, seen: Seen, shown: State, watermark: datetime, measures: Measures
) -> None:
    """Add the satisfaction that stands, to each window in which it was given."""
    if shown.removed or Fact.SATISFACTION not in measures.told or not seen.satisfaction:
        return
    latest = seen.satisfaction[-1]
    labels = shown.labels("team") | {("rating", latest.said.rating)}
    for name, window in WINDOWS:
        if watermark - window < latest.at <= watermark:
            tally.gauge(RATINGS_LATEST, labels | {("window", name)})


def age_class(age: timedelta) -> str:
    """The age's class: each ends just before its bound; what is not yet created is young."""
    for name, bound in AGES:
        if age < bound:
            return name
    return OLDEST_AGE


def _oldest(tally: Tally, metric: str, shown: State) -> None:
    created = int(shown.story.created_at.timestamp())
    tally.least(metric, shown.labels("team"), created)
