"""The Overview: how is support doing, for the one who leads it."""

from __future__ import annotations

from typing import Final

from alerts.parameters import Parameters
from dashboards import limits, tiles, words
from dashboards import queries as q
from dashboards.layout import Shelf, Slot, placed
from dashboards.panels import COUNT, SECONDS, SHARE, About, Panel, Query, graph, table
from dashboards.sdk import dashboard, models
from dashboards.variables import DATASOURCE, variables

UID: Final = "deskpulse-overview"
TITLE: Final = "Support overview"
REFRESH: Final = "1m"
"""As often as sources are polled by default: nothing changes in between."""

AGES: Final = ("<4h", "<1d", "<3d", "<7d", "<30d", "30d+")
SHADES: Final = ("green", "yellow", "orange", "dark-orange", "red", "dark-red")


def _demand() -> Panel:
    # the filters of what it is compared with, or the two would not be about the same tickets
    solved = q.SOLVED.narrowed(*q.CREATED.variables)
    about = About(
        "Do we solve as much as comes in?",
        COUNT,
        "Tickets created and solves in the last 24 hours at each moment; dashed, what was created "
        f"a week before. A ticket that is solved twice counts twice. {words.NO_TEAM}",
        words.NO_TICKETS,
    )
    return graph(
        about,
        Query(q.counted(q.CREATED, q.DAY), "created", color="blue"),
        Query(q.counted(solved, q.DAY), "solved", color="green"),
        Query(
            q.counted(q.CREATED, q.DAY, offset=q.WEEK),
            "created a week before",
            dashed=True,
            color="light-blue",
        ),
    )


def _backlog() -> Panel:
    about = About(
        "Is the backlog growing older?",
        COUNT,
        f"Open tickets by calendar time since their creation. {words.NO_CHANNEL}",
        words.NO_TICKETS,
    )
    parts = [
        Query(q.total(q.OPEN_BY_AGE, where=f'age="{age}"'), age, color=shade)
        for age, shade in zip(AGES, SHADES, strict=True)
    ]
    return graph(about, *reversed(parts), stacked=True)


def _first_response() -> Panel:
    about = About(
        "Are first answers getting slower?",
        SECONDS,
        "Median and 90th percentile of creation to the first public reply by a human agent, over "
        f"the last 24 hours at each moment. {words.CALENDAR} {words.LEAST} {words.NO_CHANNEL}",
        f"Fewer than {limits.LEAST} first answers a day, or a helpdesk that cannot tell them",
    )
    return graph(about, *_speed(q.FIRST_RESPONSE))


def _resolution() -> Panel:
    about = About(
        "How long until a ticket is solved?",
        SECONDS,
        "Median and 90th percentile of creation to each solve, over the last 24 hours at each "
        f"moment; a ticket solved again counts again. {words.CALENDAR} {words.LEAST} "
        f"{words.NO_CHANNEL}",
        f"Fewer than {limits.LEAST} solves a day, or a helpdesk that cannot tell them",
    )
    return graph(about, *_speed(q.RESOLUTION))


def _speed(series: q.Series) -> tuple[Query, Query]:
    return (
        Query(q.quantile(0.5, series, q.DAY, least=limits.LEAST), "p50", color="blue"),
        Query(q.quantile(0.9, series, q.DAY, least=limits.LEAST), "p90", color="purple"),
    )


def _reopens() -> Panel:
    about = About(
        "How much comes back after it was solved?",
        COUNT,
        "Tickets reopened within the last 24 hours at each moment, and on the right their number "
        f"for each solve of the same 24 hours. {words.LEAST}",
        "No ticket has come back yet, or the helpdesk cannot tell it",
    )
    rate = q.share(q.REOPENED, q.SOLVED, q.DAY, least=limits.LEAST)
    return graph(
        about,
        Query(q.counted(q.REOPENED, q.DAY), "reopened", color="orange"),
        Query(rate, "for each solve", unit=SHARE, color="purple", dashed=True),
    )


def _queues(parameters: Parameters) -> Panel:
    about = About(
        "Which queue needs people?",
        COUNT,
        "Open tickets of each team now: all, those that no agent holds, those without a first "
        "answer, and how long the oldest of these has waited (calendar time). The filters for "
        "priority and channel apply to the columns that have them. A dash: none.",
        words.NONE,
    )
    by = ("source", "team")
    oldest = q.age_of_oldest(*by)
    return table(
        about,
        by,
        Query(q.total(q.OPEN, *by), "Open"),
        Query(q.total(q.UNASSIGNED, *by), "Nobody's"),
        Query(q.total(q.AWAITING, *by), "Unanswered"),
        Query(oldest, "Oldest unanswered", unit=SECONDS),
        limits={"Oldest unanswered": limits.unanswered(parameters)},
    )


def _sources(parameters: Parameters) -> Panel:
    about = About(
        "Can these numbers be trusted?",
        COUNT,
        "Each helpdesk: whether the last poll succeeded and the first import is complete, the age "
        "of its data, and in the last 24 hours: polls that failed, records that could not be read, "
        "time waited because it asked for it. A dash: not known yet. Filtered by source only.",
        words.NONE,
    )
    by = ("source",)
    return table(
        about,
        by,
        Query(f"min by (source) ({q.of_source('up').now()})", "Up", flag=True),
        Query(f"min by (source) ({q.of_source('primed').now()})", "Imported", flag=True),
        Query(f"time() - min by (source) ({q.WATERMARK.now()})", "Age", unit=SECONDS),
        Query(q.counted(q.of_source("failures_total"), q.DAY, *by), "Failed polls"),
        Query(q.counted(q.of_source("records_rejected_total"), q.DAY, *by), "Unreadable"),
        Query(
            q.counted(q.of_source("throttled_seconds_total"), q.DAY, *by),
            "Throttled",
            unit=SECONDS,
        ),
        limits={"Age": limits.stale(parameters)},
    )


def shelves(parameters: Parameters) -> tuple[Shelf, ...]:
    """What stands where. An id belongs to its panel for good: new panels take new ids."""
    return (
        Shelf(
            6,
            (
                Slot(1, 4, tiles.open_now()),
                Slot(2, 4, tiles.unanswered()),
                Slot(3, 3, tiles.oldest(parameters)),
                Slot(4, 4, tiles.first_response_now()),
                Slot(5, 6, tiles.arrivals()),
                Slot(6, 3, tiles.age_of_data(parameters)),
            ),
        ),
        Shelf(8, (Slot(7, 12, _demand()), Slot(8, 12, _backlog()))),
        Shelf(8, (Slot(9, 12, _first_response()), Slot(10, 12, _resolution()))),
        Shelf(8, (Slot(11, 8, _reopens()), Slot(12, 16, _queues(parameters)))),
        Shelf(6, (Slot(13, 24, _sources(parameters)),)),
    )


def overview(parameters: Parameters) -> models.Dashboard:
    """The dashboard, ready to be written as JSON."""
    made = (
        dashboard.Dashboard(TITLE)
        .uid(UID)
        .description("Open tickets, waiting customers, speed and demand, from deskpulse.")
        .tags(["deskpulse"])
        .time("now-7d", "now")
        .refresh(REFRESH)
        .tooltip(models.DashboardCursorSync.CROSSHAIR)
        .readonly()
        .variables(variables())
        .annotation(_alerts())
    )
    for panel in placed(shelves(parameters)):
        made.with_panel(panel)
    return made.build()


def _alerts() -> dashboard.AnnotationQuery:
    return (
        dashboard.AnnotationQuery()
        .name("Alerts")
        .datasource(DATASOURCE)
        .enable(True)
        .icon_color("red")
        .expr('ALERTS{alertstate="firing", source=~"$source|"}')
        .title_format("{{alertname}}")
        .text_format("{{source}} {{team}}")
        .tag_keys("severity")
        .step("1m")
    )
