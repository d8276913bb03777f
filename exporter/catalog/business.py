"""The metrics of the business, a row each."""

from __future__ import annotations

from collections.abc import Iterator

from connectors import Fact
from exporter.knowledge import PROMISED, Extra
from exporter.metric import (
    DURATION_BUCKETS,
    REPLY_BUCKETS,
    SCORE_BUCKETS,
    About,
    Metric,
    Needs,
    Type,
)
from exporter.quantiles import TOLD

_MS = 1000
_TPC = ("team", "priority", "channel")
_TP = ("team", "priority")

# name, fact, labels, help
_COUNTED: tuple[tuple[str, Fact, tuple[str, ...], str], ...] = (
    (
        "support_tickets_created",
        Fact.CREATED,
        ("channel",),
        "Tickets created, by first sight of them.",
    ),
    (
        "support_tickets_solved",
        Fact.SOLVED,
        _TPC,
        "Solves: each one whose instant the vendor tells.",
    ),
    ("support_tickets_reopened", Fact.REOPENED, _TPC, "Times that a solved ticket came back."),
    (
        "support_tickets_reassigned",
        Fact.REASSIGNED,
        _TPC,
        "Times that a ticket went from one team to another.",
    ),
    (
        "support_ratings",
        Fact.SATISFACTION,
        ("rating", "team"),
        "Ratings of satisfaction as they were given, changed ones included.",
    ),
    (
        "support_ratings_offered",
        Fact.OFFERED,
        ("team",),
        "Tickets whose customer was asked for a rating.",
    ),
    (
        "support_nps_responses",
        Fact.RECOMMENDATION,
        ("group", "team"),
        "Answers to whether a customer would recommend us.",
    ),
)
# name, fact, what is measured
_TIMED = (
    (
        "first_response",
        Fact.FIRST_RESPONSE,
        "Creation to the first public reply by a human agent",
    ),
    (
        "next_response",
        Fact.NEXT_RESPONSE,
        "A customer's later message to the next public reply by a human agent",
    ),
    ("first_resolution", Fact.FIRST_RESOLUTION, "Creation to the first solve"),
    (
        "resolution",
        Fact.SOLVED,
        "Creation to each solve whose instant the vendor tells",
    ),
    (
        "requester_wait",
        Fact.REQUESTER_WAIT,
        "At each solve, how long the ticket had been new, open or on hold",
    ),
)
_BY = (
    # label, needs, fact that must be told
    ("category", Needs.CATEGORIES, None),
    ("language", Needs.NOTHING, Fact.LANGUAGE),
)
_BACKLOG: tuple[tuple[str, Fact, tuple[str, ...], str], ...] = (
    (
        "support_tickets_open",
        Fact.OPEN,
        ("status", "priority", "team", "channel"),
        "Open tickets now.",
    ),
    (
        "support_tickets_open_by_age",
        Fact.OPEN,
        ("age", *_TP),
        "Open tickets by time since creation, at the watermark.",
    ),
    ("support_tickets_unassigned", Fact.UNASSIGNED, _TP, "Open tickets that no agent holds."),
    (
        "support_tickets_awaiting_first_response",
        Fact.AWAITING_FIRST_RESPONSE,
        _TP,
        "Open tickets that no human agent has answered yet.",
    ),
    (
        "support_tickets_awaiting_first_response_by_age",
        Fact.AWAITING_FIRST_RESPONSE,
        ("age", *_TP),
        "The same by time since creation, at the watermark.",
    ),
    (
        "support_tickets_awaiting_reply",
        Fact.AWAITING_REPLY,
        _TP,
        "Open tickets whose customer waits for a reply, the first or a later one.",
    ),
    (
        "support_ratings_latest",
        Fact.SATISFACTION,
        ("window", "rating", "team"),
        "Tickets by the rating that stands, given in the window up to the watermark.",
    ),
)
_OLDEST = (
    (
        "support_oldest_open_created_timestamp_seconds",
        Fact.OPEN,
        "When the oldest open ticket was created; absent where none is open.",
    ),
    (
        "support_oldest_unanswered_created_timestamp_seconds",
        Fact.AWAITING_FIRST_RESPONSE,
        "When the oldest open ticket without a first response was created; absent where none is.",
    ),
)
_OTHERS = (
    Metric(
        "support_ratings_changed",
        Type.COUNTER,
        About.BUSINESS,
        "Ratings of satisfaction that replaced an earlier one of the same ticket.",
        ("team",),
        Fact.SATISFACTION,
        fed_by=(Extra.RATING_CHANGED,),
    ),
    Metric(
        "support_replies_per_ticket",
        Type.HISTOGRAM,
        About.BUSINESS,
        "Public replies by human agents up to each solve; le=1 without le=0 is one-touch.",
        _TP,
        Fact.REPLIES,
        fed_by=(Fact.REPLIES,),
        bounds=REPLY_BUCKETS,
    ),
    Metric(
        "support_effort_score",
        Type.HISTOGRAM,
        About.BUSINESS,
        "Customers' scores of effort; the scale is its best score, which is the least effort.",
        ("scale", "team"),
        Fact.EFFORT,
        fed_by=(Fact.EFFORT,),
        bounds=SCORE_BUCKETS,
    ),
    Metric(
        "support_sla_outcomes",
        Type.COUNTER,
        About.BUSINESS,
        "Promises kept and broken; one that is still unkept past its time is broken.",
        ("target", "outcome", *_TP),
        needs=Needs.TARGETS,
        fed_by=tuple(PROMISED.values()),
    ),
    Metric(
        "support_sla_open",
        Type.GAUGE,
        About.BUSINESS,
        "Open tickets by how a promise stands that was not kept yet.",
        ("target", "state", *_TP),
        needs=Needs.TARGETS,
    ),
    Metric(
        "support_today",
        Type.GAUGE,
        About.BUSINESS,
        "What happened since midnight in the zone of the source's schedule, else in UTC.",
        ("fact",),
    ),
    Metric(
        "deskpulse_corrections",
        Type.COUNTER,
        About.BUSINESS,
        "Tickets deleted, merged or marked spam after they were counted; they stay counted.",
        fact=Fact.CREATED,
        fed_by=(Extra.CORRECTED,),
    ),
)


def rows() -> Iterator[Metric]:
    """Every metric of the business."""
    business = About.BUSINESS
    for name, fact, labels, text in _COUNTED:
        yield Metric(name, Type.COUNTER, business, text, labels, fact, fed_by=(fact,))
    yield from _timed()
    yield from _quantiles()
    for name, fact, labels, text in _BACKLOG:
        yield Metric(name, Type.GAUGE, business, text, labels, fact)
    yield from _by_label()
    for name, fact, text in _OLDEST:
        labels = ("team",)
        yield Metric(name, Type.GAUGE, business, text, labels, fact, scale=_MS, folds_to_least=True)
    yield from _OTHERS


def _timed() -> Iterator[Metric]:
    for business, clock, ending in (
        (False, "calendar time", "_seconds"),
        (True, "business time", "_business_seconds"),
    ):
        needs = Needs.BUSINESS_HOURS if business else Needs.NOTHING
        for name, fact, what in _TIMED:
            yield Metric(
                f"support_{name}{ending}",
                Type.HISTOGRAM,
                About.BUSINESS,
                f"{what}, {clock}.",
                _TP,
                fact,
                needs,
                (fact,),
                DURATION_BUCKETS,
                business,
                scale=_MS,
            )


def _quantiles() -> Iterator[Metric]:
    for name, fact, business in TOLD:
        what = "Creation to the first response" if "response" in name else "Creation to each solve"
        clock = "business" if business else "calendar"
        yield Metric(
            name,
            Type.GAUGE,
            About.BUSINESS,
            f"{what}, {clock} time: the exact quantile of the window up to the watermark.",
            ("window", "percentile"),
            fact,
            Needs.BUSINESS_HOURS if business else Needs.NOTHING,
            scale=_MS,
        )


def _by_label() -> Iterator[Metric]:
    business, counter = About.BUSINESS, Type.COUNTER
    for label, needs, fact in _BY:
        more = ("channel",) if label == "category" else ()
        text = f"Tickets created, by {label}."
        name = f"support_tickets_created_by_{label}"
        labels = (label, *more)
        yield Metric(name, counter, business, text, labels, fact, needs, (Fact.CREATED,))
        more = ("team",) if label == "category" else ()
        text = f"Solves, by {label}."
        name = f"support_tickets_solved_by_{label}"
        labels = (label, *more)
        yield Metric(name, counter, business, text, labels, fact, needs, (Fact.SOLVED,))
        text = f"Open tickets now, by {label}."
        name = f"support_tickets_open_by_{label}"
        yield Metric(name, Type.GAUGE, business, text, (label,), fact, needs)
