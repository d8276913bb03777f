"""What happened how often: the counters, what was answered to surveys, and the present day."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from connectors.contract import Fact, Measures
from connectors.testing.durations import FIRST_RESPONSE, RESOLUTION, SECOND, lapses, told_end
from connectors.testing.numbers import EFFORT, Tally
from connectors.testing.opinions import EFFORT as EFFORTS
from connectors.testing.opinions import RECOMMENDATION, SATISFACTION
from connectors.testing.policy import Policy
from connectors.testing.promises import Pledged
from connectors.testing.sights import Heard, Seen

CREATED = "support_tickets_created_total"
SOLVED = "support_tickets_solved_total"
REOPENED = "support_tickets_reopened_total"
REASSIGNED = "support_tickets_reassigned_total"
CREATED_BY_CATEGORY = "support_tickets_created_by_category_total"
SOLVED_BY_CATEGORY = "support_tickets_solved_by_category_total"
CREATED_BY_LANGUAGE = "support_tickets_created_by_language_total"
SOLVED_BY_LANGUAGE = "support_tickets_solved_by_language_total"
CORRECTIONS = "deskpulse_corrections_total"
SLA_OUTCOMES = "support_sla_outcomes_total"
RATINGS = "support_ratings_total"
RATINGS_CHANGED = "support_ratings_changed_total"
RATINGS_OFFERED = "support_ratings_offered_total"
NPS_RESPONSES = "support_nps_responses_total"
TODAY = "support_today"
ARRIVALS = "support_arrivals"

MINUTE = timedelta(minutes=1)
ARRIVED_WITHIN = {"15m": 15, "30m": 30, "1h": 60, "2h": 120, "3h": 180}
"""Minutes of the windows in which arrivals are counted."""

OPINION_FACTS = {
    SATISFACTION: Fact.SATISFACTION,
    RECOMMENDATION: Fact.RECOMMENDATION,
    EFFORTS: Fact.EFFORT,
}


def count(tally: Tally, seen: Seen, measures: Measures, policy: Policy) -> None:
    """Add one story to the counters of what happened to tickets."""
    told = measures.told
    if Fact.CREATED in told and seen.first is not None:
        _created(tally, seen, measures, policy)
    if Fact.SOLVED in told:
        _solved(tally, seen, measures, policy)
    if Fact.REOPENED in told:
        for shown in seen.reopened:
            tally.count(REOPENED, shown.labels("team", "priority", "channel"))
    if Fact.REASSIGNED in told:
        for shown in seen.reassigned:
            tally.count(REASSIGNED, shown.labels("team", "priority", "channel"))


def _created(tally: Tally, seen: Seen, measures: Measures, policy: Policy) -> None:
    if seen.first is None:
        return
    tally.count(CREATED, seen.first.labels("channel"))
    if seen.corrected:
        tally.count(CORRECTIONS, frozenset())
    if policy.categories:
        category = policy.category(seen.first.story.tags)
        labels = seen.first.labels("channel") | {("category", category)}
        tally.count(CREATED_BY_CATEGORY, labels)
    if Fact.LANGUAGE in measures.told:
        tally.count(CREATED_BY_LANGUAGE, seen.first.labels("language"))


def _solved(tally: Tally, seen: Seen, measures: Measures, policy: Policy) -> None:
    for shown in seen.solved.values():
        tally.count(SOLVED, shown.labels("team", "priority", "channel"))
        if policy.categories:
            category = policy.category(shown.story.tags)
            tally.count(SOLVED_BY_CATEGORY, shown.labels("team") | {("category", category)})
        if Fact.LANGUAGE in measures.told:
            tally.count(SOLVED_BY_LANGUAGE, shown.labels("language"))


def count_outcomes(tally: Tally, pledged: Pledged) -> None:
    """Add what became of the promises of one story."""
    for (target, _), (outcome, shown) in pledged.outcomes.items():
        labels = shown.labels("team", "priority")
        tally.count(SLA_OUTCOMES, labels | {("target", target), ("outcome", outcome)})


def count_opinions(tally: Tally, seen: Seen, measures: Measures) -> None:
    """Add what the customer of one story was asked and answered."""
    if Fact.OFFERED in measures.told and seen.offered is not None:
        tally.count(RATINGS_OFFERED, seen.offered.labels("team"))
    for heard in seen.heard.values():
        if OPINION_FACTS[heard.said.survey] in measures.told:
            _opinion(tally, heard)
    if Fact.SATISFACTION in measures.told:
        for heard in seen.satisfaction[1:]:
            tally.count(RATINGS_CHANGED, heard.shown.labels("team"))


def _opinion(tally: Tally, heard: Heard) -> None:
    said, team = heard.said, heard.shown.labels("team")
    if said.survey == SATISFACTION:
        tally.count(RATINGS, team | {("rating", said.rating)})
    elif said.survey == RECOMMENDATION:
        tally.count(NPS_RESPONSES, team | {("group", said.group)})
    else:
        tally.put(EFFORT, team | {("scale", str(said.best))}, said.score)


def count_arrivals(tally: Tally, seen: Seen, watermark: datetime, measures: Measures) -> None:
    """Add one story to the arrivals of each window that ends with the watermark's last minute."""
    if Fact.CREATED not in measures.told or seen.first is None:
        return
    created, until = seen.first.story.created_at, watermark.replace(second=0, microsecond=0)
    for window, minutes in ARRIVED_WITHIN.items():
        if until - minutes * MINUTE <= created < until:
            tally.gauge(ARRIVALS, seen.first.labels("channel") | {("window", window)})


def count_today(
    tally: Tally, seen: Seen, watermark: datetime, measures: Measures, policy: Policy
) -> None:
    """Add what of one story happened on the watermark's day, in the zone of the policy's hours."""
    zone: tzinfo = UTC if policy.hours is None else ZoneInfo(policy.hours.zone)
    today = watermark.astimezone(zone).date()
    for fact, name, at in _moments(seen, measures):
        if fact in measures.told and at <= watermark and at.astimezone(zone).date() == today:
            tally.gauge(TODAY, frozenset({("fact", name)}))


WINDOWS = {"1d": 1, "7d": 7, "28d": 28}


def spread(
    tally: Tally, seen: Sequence[Seen], watermark: datetime, measures: Measures, policy: Policy
) -> None:
    """Tell the quantiles of what ended in each window: how long the n-th shortest of them took."""
    timed = [
        (lapse, told_end(lapse, measures))
        for one in seen
        for lapse in lapses(one)
        if lapse.fact in measures.told and lapse.end >= lapse.start
    ]
    for metric in (FIRST_RESPONSE, RESOLUTION):
        for window, days in WINDOWS.items():
            begin = watermark - timedelta(days=days)
            ended = [
                (lapse.start, end, policy.hours_of(lapse.team))
                for lapse, end in timed
                if lapse.metric == metric and begin < end <= watermark
            ]
            calendar = [(end - start) // SECOND for start, end, _ in ended]
            business = [hours.elapsed(start, end) // SECOND for start, end, hours in ended if hours]
            _quantiles(tally, f"{metric}_quantile_seconds", window, calendar)
            _quantiles(tally, f"{metric}_business_quantile_seconds", window, business)


def _quantiles(tally: Tally, metric: str, window: str, seconds: list[int]) -> None:
    ranked = sorted(seconds)
    for q, tenths in (("50", 5), ("90", 9)):
        for value in ranked:
            as_short = bisect_right(ranked, value)
            if as_short * 10 >= tenths * len(ranked):
                tally.least(metric, frozenset({("window", window), ("percentile", q)}), value)
                break


def _moments(seen: Seen, measures: Measures) -> Iterator[tuple[Fact, str, datetime]]:
    if seen.first is not None:
        yield Fact.CREATED, "created", seen.first.story.created_at
    names = {FIRST_RESPONSE: "first_response", RESOLUTION: "solved"}
    for lapse in lapses(seen):
        if lapse.metric in names and lapse.fact in measures.told:
            negative = lapse.end < lapse.start
            if not negative:
                yield lapse.fact, names[lapse.metric], told_end(lapse, measures)
            elif lapse.metric == RESOLUTION:
                yield lapse.fact, "solved", lapse.end
    for shown in seen.reopened:
        yield Fact.REOPENED, "reopened", shown.changed_at
    for heard in seen.satisfaction:
        yield Fact.SATISFACTION, "rated", heard.at
