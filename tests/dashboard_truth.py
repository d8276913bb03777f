"""What every query of every dashboard must give, by dashboard, panel and letter."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from tests.moments import BILLING, MILLION, MONEY
from tests.reckoning import (
    DAY,
    HOUR,
    MONTH,
    MONTHLY,
    QUARTER,
    WEEK,
    Moment,
    Reckoned,
    Rows,
    age,
    both,
    greatest,
    grew,
    least,
    mapped,
    minus,
    now,
    number,
    or_too_few,
    plus,
    quantile,
    share,
    spread,
    waits,
    where,
)

Panels = dict[int, Sequence[Reckoned]]

OPEN: Final = "support_tickets_open"
AWAITING: Final = "support_tickets_awaiting_first_response"
REPLY: Final = "support_tickets_awaiting_reply"
NOBODYS: Final = "support_tickets_unassigned"
SOLVED: Final = "support_tickets_solved_total"
REOPENED: Final = "support_tickets_reopened_total"
SLA: Final = "support_sla_open"
PROMISED: Final = "support_sla_outcomes_total"
LATEST: Final = "support_ratings_latest"
NPS: Final = "support_nps_responses_total"
EFFORT: Final = "support_effort_score"
ARRIVED: Final = "support_arrivals"
EXPECTED: Final = "support_arrivals_expected"
UPPER: Final = "support_arrivals_upper"
LOWER: Final = "support_arrivals_lower"
SCORE: Final = "support_arrivals_score"
JUDGED: Final = "support_arrivals_judged"
CUSTOMERS: Final = "support_customers"
CHURNED: Final = "support_customers_churned_total"
AFTER: Final = "support_customers_churned_by_experience_total"
STANDING: Final = "support_customers_by_experience"
REVENUE: Final = "support_mrr"
MOVED: Final = "support_mrr_movement_total"
SOURCE: Final = "deskpulse_source_"
WATERMARK: Final = f"{SOURCE}complete_to_timestamp_seconds"
REQUESTS: Final = f"{SOURCE}requests_total"
RECORDS: Final = f"{SOURCE}records_total"
FAILURES: Final = f"{SOURCE}failures_total"
REJECTED: Final = f"{SOURCE}records_rejected_total"
THROTTLED: Final = f"{SOURCE}throttled_seconds_total"
CAPPED: Final = "deskpulse_labels_capped_total"
TARGETS: Final = ("first_response", "next_response", "resolution")
AGES: Final = ("30d+", "<30d", "<7d", "<3d", "<1d", "<4h")

# --- shown on several dashboards ------------------------------------------------------------------


def and_a_week_ago(name: str) -> Sequence[Reckoned]:
    return now(name), now(name, ago=WEEK)


def speed(name: str) -> Sequence[Reckoned]:
    business = f"{name.removesuffix('_seconds')}_business_seconds"
    return (
        quantile(0.5, name, DAY),
        quantile(0.9, name, DAY),
        quantile(0.9, business, DAY),
        grew(f"{name}_count", DAY),
    )


def csat(ago: float = 0) -> Reckoned:
    return share(now(LATEST, ago=ago, window="7d", rating="good"), rated(ago))


def rated(ago: float = 0) -> Reckoned:
    return now(LATEST, ago=ago, window="7d")


def bound(name: str) -> Reckoned:
    return mapped(math.sqrt, spread(name, EXPECTED, window="1h"))


def kept(*by: str, target: Sequence[str] = TARGETS) -> Reckoned:
    every = grew(PROMISED, WEEK, *by, target=target)
    return share(grew(PROMISED, WEEK, *by, target=target, outcome="met"), every)


def lost(*by: str, window: float = MONTH) -> Reckoned:
    return share(grew(CHURNED, window, *by), now(CUSTOMERS, *by, ago=window))


USUAL: Final = now(EXPECTED, window="1h")
MOST: Final = plus(USUAL, bound(UPPER))
LEAST_USUAL: Final = mapped(lambda n: max(n, 0), minus(USUAL, bound(LOWER)))
LAST_HOUR: Final = now(ARRIVED, window="1h")
BROKEN: Final = (
    now(SLA, state="breached"),
    now(SLA, state="at_risk"),
    now(SLA, state="breached", ago=WEEK),
)
SATISFIED: Final = (or_too_few(csat(), rated()), csat(WEEK), rated())
USUALLY: Final = (LAST_HOUR, USUAL, now(ARRIVED, window="1h", ago=WEEK))
OLD: Final = (age(least(WATERMARK)),)
BY_AGE: Final = tuple(now("support_tickets_open_by_age", age=one) for one in AGES)
ANSWERED: Final = speed("support_first_response_seconds")
RESOLVED: Final = speed("support_resolution_seconds")
COUNT: Final = "support_first_response_seconds_count"
ANSWERED_FAST: Final = "support_first_response_quantile_seconds"

# --- by dashboard ---------------------------------------------------------------------------------

OVERVIEW: Final[Panels] = {
    1: and_a_week_ago(OPEN),
    14: BROKEN,
    4: (
        greatest(ANSWERED_FAST, window="7d", percentile="90"),
        greatest(ANSWERED_FAST, window="7d", percentile="90", ago=WEEK),
        kept(target=["first_response"]),
        grew(COUNT, WEEK),
    ),
    15: SATISFIED,
    5: USUALLY,
    6: OLD,
    7: (LAST_HOUR, grew(SOLVED, HOUR), MOST, LEAST_USUAL),
    8: BY_AGE,
    9: ANSWERED,
    16: (grew("support_first_response_seconds_bucket", HOUR, "le"),),
    10: RESOLVED,
    11: (
        grew(REOPENED, DAY),
        share(grew(REOPENED, DAY), grew(SOLVED, DAY)),
        grew(SOLVED, DAY),
    ),
    17: (csat(), rated()),
    18: (grew(CHURNED, WEEK), lost("source"), now(CUSTOMERS, "source", ago=MONTH)),
    12: (
        now(OPEN, "source", "team"),
        now(NOBODYS, "source", "team"),
        now(AWAITING, "source", "team"),
        waits("source", "team"),
        now(SLA, "source", "team", state="breached"),
    ),
}

QUEUE: Final[Panels] = {
    1: and_a_week_ago(OPEN),
    2: and_a_week_ago(AWAITING),
    3: (waits(),),
    4: and_a_week_ago(REPLY),
    5: and_a_week_ago(NOBODYS),
    6: BROKEN,
    7: (kept("target"), grew(PROMISED, WEEK, "target")),
    8: tuple(now(SLA, "target", state=one) for one in ("breached", "at_risk", "on_track")),
    9: BY_AGE,
    10: (now(OPEN, "priority"),),
    11: ANSWERED,
    12: speed("support_next_response_seconds"),
    13: RESOLVED,
    14: (grew("support_tickets_reassigned_total", DAY), grew(SOLVED, DAY)),
    15: (
        *(now(name, "priority") for name in (OPEN, NOBODYS, AWAITING, REPLY)),
        grew(SOLVED, DAY, "priority"),
    ),
}


def _recommended() -> Reckoned:
    more = minus(grew(NPS, MONTHLY, group="promoter"), grew(NPS, MONTHLY, group="detractor"))
    every = grew(NPS, MONTHLY)
    return or_too_few(mapped(lambda n: 100 * n, share(more, every)), every)


def _easy(scale: str, hard: str) -> tuple[Reckoned, Reckoned]:
    every = grew(f"{EFFORT}_count", MONTHLY, scale=scale)
    worse = grew(f"{EFFORT}_bucket", MONTHLY, scale=scale, le=hard)
    return share(minus(every, worse), every), every


def _answering() -> Reckoned:
    given = minus(grew("support_ratings_total", WEEK), grew("support_ratings_changed_total", WEEK))
    return share(given, grew("support_ratings_offered_total", WEEK))


def _retained(*movements: str, regained: Sequence[str] = ()) -> Reckoned:
    """The share of a month's first revenue that is still there."""
    of = ("source", "currency")
    before = now(REVENUE, *of, ago=MONTH)
    gone = grew(MOVED, MONTH, *of, movement=movements)
    back = grew(MOVED, MONTH, *of, movement=regained)

    def rows(moment: Moment) -> Rows:
        away, came = gone(moment), back(moment)
        return {
            key: 1 - (away.get(key, 0) - came.get(key, 0)) / n
            for key, n in before(moment).items()
            if n > 0
        }

    return rows


def _converted(of: Reckoned) -> Reckoned:
    """Amounts by currency as one, by the operator's table."""
    rates = {"EUR": 1.0} | {currency: rate / MILLION for currency, rate in MONEY.rates.items()}

    def rows(moment: Moment) -> Rows:
        return {IN_ALL: sum(amount * rates[key[0]] for key, amount in of(moment).items())}

    return rows


def _in_all(of: Reckoned) -> Reckoned:
    """A number beside amounts that are converted."""
    return lambda moment: {IN_ALL: of(moment)[()]}


IN_ALL: Final = (BILLING, "all, in EUR")
MARGIN: Final = 0.8
COST_OF_ONE: Final = 500
ARPA: Final = both(
    _converted(now(REVENUE, "currency")), _in_all(now(CUSTOMERS)), lambda paid, n: paid / n
)
OF_A_NEW_ONE: Final = both(
    _converted(grew(MOVED, MONTH, "currency", movement="new")),
    _in_all(grew("support_customers_started_total", MONTH)),
    lambda paid, n: paid / n,
)

CLIENTELE: Final[Panels] = {
    1: SATISFIED,
    2: (_recommended(), grew(NPS, MONTHLY)),
    3: (*and_a_week_ago(CUSTOMERS), now("support_customers_trialing")),
    4: (
        now(CUSTOMERS, state="ending"),
        now(CUSTOMERS, state="past_due"),
        now(CUSTOMERS, state="ending", ago=WEEK),
    ),
    5: (
        lost("source"),
        lost("source", window=QUARTER),
        now(CUSTOMERS, "source", ago=MONTH),
    ),
    6: (now(REVENUE, "currency"), now(REVENUE, "currency", ago=WEEK)),
    7: (csat(), rated()),
    8: (_answering(), grew("support_ratings_offered_total", WEEK)),
    9: (*_easy("7", "4.0"), *_easy("5", "3.0")),
    10: tuple(
        grew(f"support_customers_{what}_total", WEEK)
        for what in ("started", "reactivated", "churned")
    ),
    11: (grew(CHURNED, MONTH, "reason"), grew(CHURNED, QUARTER, "reason")),
    12: (
        _retained("churn", "contraction"),
        _retained("churn", "contraction", regained=("expansion", "reactivation")),
        now(CUSTOMERS, "source", ago=MONTH),
    ),
    13: (grew(MOVED, MONTH, "currency", "movement"), grew(MOVED, QUARTER, "currency", "movement")),
    14: (
        ARPA,
        both(ARPA, _in_all(lost()), lambda paid, churn: paid * MARGIN / churn),
        mapped(lambda paid: COST_OF_ONE / (paid * MARGIN), OF_A_NEW_ONE),
    ),
    15: (
        now(STANDING, "experience"),
        grew(AFTER, QUARTER, "experience"),
        share(
            grew(AFTER, QUARTER, "experience"),
            plus(now(STANDING, "experience"), grew(AFTER, QUARTER, "experience")),
        ),
    ),
}


def _hours(name: str, label: str) -> Sequence[Reckoned]:
    return tuple(grew(name, HOUR, label, ago=ago) for ago in (0, HOUR, WEEK))


CATEGORY: Final = "support_tickets_created_by_category_total"
BY_CHANNEL: Final = ("source", "channel")

VOLUME: Final[Panels] = {
    1: (greatest(SCORE, direction="spike"), greatest(SCORE, direction="drop")),
    2: USUALLY,
    3: (now(JUDGED), number(JUDGED)),
    4: (now(AWAITING), now(AWAITING, ago=HOUR), now(AWAITING, ago=WEEK)),
    5: OLD,
    6: (
        *(now(name, *BY_CHANNEL, window="1h") for name in (ARRIVED, EXPECTED, LOWER, UPPER)),
        greatest(SCORE, *BY_CHANNEL, direction="spike"),
        greatest(SCORE, *BY_CHANNEL, direction="drop"),
        least(JUDGED, *BY_CHANNEL),
    ),
    7: (LAST_HOUR, USUAL, MOST, LEAST_USUAL),
    8: (greatest(SCORE, "channel", "direction"),),
    9: (now(ARRIVED, "channel", window="1h"),),
    10: (now(ARRIVED, "window"), now(EXPECTED, "window"), now(ARRIVED, "window", ago=WEEK)),
    11: (grew(CATEGORY, HOUR, "category"),),
    12: _hours(CATEGORY, "category"),
    13: (LAST_HOUR, grew(COUNT, HOUR), grew(SOLVED, HOUR)),
    14: tuple(
        now(name, "source", "team", ago=ago) for name in (OPEN, AWAITING) for ago in (0, HOUR)
    ),
    15: _hours("support_tickets_created_by_language_total", "language"),
}

HEALTH: Final[Panels] = {
    1: (now(f"{SOURCE}up"), number(f"{SOURCE}up"), now(f"{SOURCE}up", ago=WEEK)),
    2: OLD,
    4: (grew(REJECTED, DAY), grew(RECORDS, DAY)),
    5: and_a_week_ago(CAPPED),
    6: (least("up", job="deskpulse"), number("up", job="deskpulse")),
    7: (
        least(f"{SOURCE}up", "source"),
        least(f"{SOURCE}primed", "source"),
        greatest(f"{SOURCE}catching_up", "source"),
        age(least(WATERMARK, "source")),
        age(greatest(f"{SOURCE}newest_change_timestamp_seconds", "source")),
        grew(FAILURES, DAY, "source"),
        grew(REJECTED, DAY, "source"),
        grew(THROTTLED, DAY, "source"),
        now(f"{SOURCE}gaps", "source"),
    ),
    8: (age(least(WATERMARK, "source")),),
    9: (where(grew(FAILURES, HOUR, "source", "reason"), lambda n: n > 0),),
    10: (grew(REQUESTS, HOUR, "source", "code"),),
    11: (
        mapped(
            lambda n: 1000 * n, share(grew(REQUESTS, DAY, "source"), grew(RECORDS, DAY, "source"))
        ),
        grew(RECORDS, DAY, "source"),
    ),
    12: (grew(THROTTLED, HOUR, "source"),),
    13: (greatest(f"{SOURCE}sync_seconds", "source"),),
    14: (
        grew(f"{SOURCE}facts_doubted_total", DAY, "source"),
        grew(f"{SOURCE}transitions_unseen_total", DAY, "source"),
        grew("deskpulse_corrections_total", DAY, "source"),
        greatest(f"{SOURCE}clock_skew_seconds", "source"),
    ),
    15: tuple(
        greatest(name, "instance")
        for name in (
            "scrape_duration_seconds",
            "scrape_samples_scraped",
            "deskpulse_render_seconds",
            "deskpulse_store_size_bytes",
        )
    ),
}

DASHBOARDS: Final[dict[str, Panels]] = {
    "overview": OVERVIEW,
    "queue": QUEUE,
    "customers": CLIENTELE,
    "volume": VOLUME,
    "health": HEALTH,
}
