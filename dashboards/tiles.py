"""The tiles of a first screen: numbers of this moment, each with something to hold it against."""

from __future__ import annotations

from alerts.parameters import Parameters
from dashboards import limits, words
from dashboards import queries as q
from dashboards.panels import COUNT, SECONDS, About, Panel, Query, tile


def open_now() -> Panel:
    """Open now, beside last week."""
    about = About(
        "How many tickets are open?",
        COUNT,
        "Tickets that are not solved, closed, deleted, spam or merged; beside it, a week ago.",
        words.NO_TICKETS,
    )
    return tile(
        about,
        Query(q.total(q.OPEN), "now"),
        Query(q.total(q.OPEN, offset=q.WEEK), "a week ago"),
    )


def unanswered() -> Panel:
    """Waiting for a first answer, beside last week."""
    about = About(
        "How many customers wait for a first answer?",
        COUNT,
        "Open tickets without a public reply by a human agent; beside it, a week ago. "
        f"{words.NO_CHANNEL}",
        words.NOT_TOLD,
    )
    return tile(
        about,
        Query(q.total(q.AWAITING), "now"),
        Query(q.total(q.AWAITING, offset=q.WEEK), "a week ago"),
    )


def oldest(parameters: Parameters) -> Panel:
    """The longest wait for a first answer."""
    about = About(
        "How long has one waited?",
        SECONDS,
        "Age of the oldest open ticket without a first answer, at the moment up to which its "
        f"helpdesk has told everything. {words.CALENDAR} Filtered by source and team only.",
        "Nobody waits, or there is no data yet",
    )
    return tile(about, Query(q.age_of_oldest(), "oldest"), limits=limits.unanswered(parameters))


def first_response_now() -> Panel:
    """First response p90 of a week, with its n."""
    series, least = q.FIRST_RESPONSE, limits.LEAST
    now = q.quantile(0.9, series, q.WEEK, least=least)
    before = q.quantile(0.9, series, q.WEEK, least=least, offset=q.WEEK)
    about = About(
        "How fast is the first answer for 9 of 10?",
        SECONDS,
        "90 % of the first public replies by a human agent in the last 7 days came within this "
        "time of the ticket's creation; beside it the 7 days before, and n, how many there were. "
        f"{words.CALENDAR} Read off histogram buckets. {words.LEAST} {words.NO_CHANNEL}",
        words.NOT_TOLD,
    )
    return tile(
        about,
        Query(f"{now} or on() {q.too_few(series, q.WEEK, least=least)}", "p90"),
        Query(before, "a week ago"),
        Query(q.counted(series.part("count"), q.WEEK), "n", unit=COUNT),
        nan=words.TOO_FEW,
    )


def arrivals() -> Panel:
    """Created in the last hour and today, beside last week."""
    about = About(
        "Is more coming in than last week?",
        COUNT,
        "Tickets created in the last hour and since midnight, each beside the same stretch of "
        f"time a week ago. Counted when deskpulse first saw them. {words.NO_TEAM}",
        words.NO_TICKETS,
    )
    return tile(
        about,
        Query(q.counted(q.CREATED, q.HOUR), "last hour"),
        Query(q.counted(q.CREATED, q.HOUR, offset=q.WEEK), "that hour last week"),
        Query(q.counted(q.CREATED, q.SHOWN), "today"),
        Query(q.counted(q.CREATED, q.SHOWN, offset=q.WEEK), "that day last week"),
        start="now/d",
    )


def age_of_data(parameters: Parameters) -> Panel:
    """How far behind the slowest source is."""
    about = About(
        "How old is this?",
        SECONDS,
        "Time since the moment up to which the source that is furthest behind has told "
        "everything. Every number here is as old as that. Filtered by source only.",
        words.NO_SOURCE,
    )
    age = f"time() - min({q.WATERMARK.now()})"
    return tile(about, Query(age, "age"), limits=limits.stale(parameters))
