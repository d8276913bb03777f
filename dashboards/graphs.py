"""Courses over time that several dashboards show."""

from __future__ import annotations

from typing import Final

from dashboards import limits, words
from dashboards import queries as q
from dashboards import series as s
from dashboards.fields import COUNT, SECONDS, SHARE, Query
from dashboards.panels import About, Panel, graph

AGES: Final = ("<4h", "<1d", "<3d", "<7d", "<30d", "30d+")
SHADES: Final = ("green", "yellow", "orange", "dark-orange", "red", "dark-red")


def demand() -> Panel:
    """Created and solved in an hour, before the band of what is usual."""
    # the filters of what it is compared with, or the two would not be about the same tickets
    solved = s.SOLVED.narrowed(*s.CREATED.variables)
    about = About(
        "Do we solve as much as comes in?",
        COUNT,
        "Tickets created and solves in the hour before each moment; the band is what was to be "
        "expected to be created, of several channels together as if none knew of the others. A "
        f"ticket that is solved twice counts twice. {words.NO_TEAM}",
        words.NOT_JUDGED,
    )
    return graph(
        about,
        Query(q.total(s.ARRIVALS, where=q.LAST_HOUR), "created", color="blue"),
        Query(q.counted(solved, q.HOUR), "solved", color="green"),
        Query(q.most_usual(), "most usual", color="light-blue", down_to="least usual"),
        Query(q.least_usual(), "least usual", color="light-blue"),
    )


def backlog_by_age() -> Panel:
    """Open tickets, the oldest below."""
    about = About(
        "Is the backlog growing older?",
        COUNT,
        f"Open tickets by calendar time since their creation. {words.NO_CHANNEL}",
        words.NO_TICKETS,
    )
    parts = [
        Query(q.total(s.OPEN_BY_AGE, where=f'age="{age}"'), age, color=shade)
        for age, shade in zip(AGES, SHADES, strict=True)
    ]
    return graph(about, *reversed(parts), stacked=True)


def first_response() -> Panel:
    """Creation to the first public reply."""
    about = About(
        "Are first answers getting slower?",
        SECONDS,
        "Median and 90th percentile of creation to the first public reply by a human agent, over "
        f"the last 24 hours at each moment. {words.BOTH_CLOCKS} {words.LEAST} {words.NO_CHANNEL}",
        f"Fewer than {limits.LEAST} first answers a day, or a helpdesk that cannot tell them",
    )
    return graph(about, *speed(s.FIRST_RESPONSE, s.FIRST_RESPONSE_BUSINESS), step=q.HOUR)


def resolution() -> Panel:
    """Creation to each solve."""
    about = About(
        "How long until a ticket is solved?",
        SECONDS,
        "Median and 90th percentile of creation to each solve, over the last 24 hours at each "
        f"moment; a ticket solved again counts again. {words.BOTH_CLOCKS} {words.LEAST} "
        f"{words.NO_CHANNEL}",
        f"Fewer than {limits.LEAST} solves a day, or a helpdesk that cannot tell them",
    )
    return graph(about, *speed(s.RESOLUTION, s.RESOLUTION_BUSINESS), step=q.HOUR)


def speed(calendar: s.Series, business: s.Series) -> tuple[Query, ...]:
    """Median and 90th percentile of a day, the latter on both clocks, and how many there were."""
    return (
        Query(q.quantile(0.5, calendar, q.DAY), "p50", color="blue"),
        Query(q.quantile(0.9, calendar, q.DAY), "p90", color="purple"),
        Query(q.quantile(0.9, business, q.DAY), "p90, business time", color="purple", dashed=True),
        Query(q.counted(calendar.part("count"), q.DAY), "n", unit=COUNT, beside=True),
    )


def reopens() -> Panel:
    """What comes back, and for how many solves."""
    about = About(
        "How much comes back after it was solved?",
        COUNT,
        "Tickets reopened within the last 24 hours at each moment, and on the right their number "
        f"for each solve of the same 24 hours; n is the number of these solves. {words.LEAST}",
        "No ticket has come back yet, or the helpdesk cannot tell it",
    )
    solved = q.counted(s.SOLVED, q.DAY)
    rate = q.share(q.counted(s.REOPENED, q.DAY), solved)
    return graph(
        about,
        Query(q.counted(s.REOPENED, q.DAY), "reopened", color="orange"),
        Query(rate, "for each solve", unit=SHARE, color="purple", dashed=True),
        Query(solved, "n", beside=True),
        step=q.HOUR,
    )


def satisfaction() -> Panel:
    """CSAT, and of how many ratings."""
    about = About(
        "Is satisfaction falling?",
        SHARE,
        "CSAT at each moment: good ratings of all good and bad ones that stand for a ticket, given "
        f"in the 7 days before; n is how many these are. {words.LEAST} {words.SOURCE_AND_TEAM}",
        words.NO_RATINGS,
    )
    return graph(
        about,
        Query(q.content(), "CSAT", color="green"),
        Query(q.rated(), "n", unit=COUNT, beside=True),
    )
