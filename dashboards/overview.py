"""The Overview: how is support doing, for the one who leads it."""

from __future__ import annotations

from alerts.parameters import Parameters
from dashboards import graphs, limits, places, tiles, words
from dashboards import queries as q
from dashboards import series as s
from dashboards.fields import COUNT, SECONDS, SHARE, Query
from dashboards.framing import framed
from dashboards.layout import Shelf, Slot
from dashboards.panels import About, Panel, graph, heat, table
from dashboards.sdk import models
from dashboards.variables import FILTERS


def _answers() -> Panel:
    about = About(
        "Which first answers are slow?",
        COUNT,
        "First public replies by a human agent by their time since creation: the darker, the more. "
        "A dot is one of them: it leads to its ticket. "
        f"{words.CALENDAR} {words.NO_CHANNEL}",
        "No first answer in this time, or a helpdesk that cannot tell them",
    )
    buckets = q.counted(s.FIRST_RESPONSE.part("bucket"), q.STEP, "le")
    return heat(about, Query(buckets, "{{le}}"), q.HOUR)


def _churn() -> Panel:
    about = About(
        "Are customers leaving?",
        COUNT,
        "Customers that stopped paying in the 7 days before each moment, and on the right the "
        "share of those 30 days before it that have left since; n is how many these were. Shares "
        f"are told of each source, and of {limits.LEAST} customers or more. {words.SOURCE_ONLY}",
        words.NO_CUSTOMERS,
    )
    return graph(
        about,
        Query(q.counted(s.CHURNED, q.WEEK), "left in 7 days", color="orange"),
        Query(
            q.greatest(s.of_customers("churn_ratio30d"), "source"),
            "churn of 30 days, {{source}}",
            unit=SHARE,
            color="purple",
            dashed=True,
        ),
        Query(q.greatest(s.of_customers("start30d"), "source"), "n, {{source}}", beside=True),
        step=q.HOUR,
    )


def _queues(parameters: Parameters) -> Panel:
    about = About(
        "Which queue needs people?",
        COUNT,
        "Open tickets of each team now: all, those that no agent holds, those without a first "
        "answer, how long the oldest of these has waited (calendar time), and those with a broken "
        "promise. The filters for priority and channel apply to the columns that have them. A "
        "dash: none.",
        words.NONE,
    )
    by = ("source", "team")
    oldest = q.age_of_oldest(*by)
    return table(
        about,
        by,
        Query(q.total(s.OPEN, *by), "Open"),
        Query(q.total(s.UNASSIGNED, *by), "Nobody's"),
        Query(q.total(s.AWAITING, *by), "Unanswered"),
        Query(oldest, "Oldest unanswered", unit=SECONDS),
        Query(q.total(s.PROMISES, *by, where='state="breached"'), "Promises broken"),
        limits={"Oldest unanswered": limits.unanswered(parameters)},
        leads={"team": places.QUEUE.at("team")},
    )


def shelves(parameters: Parameters) -> tuple[Shelf, ...]:
    """What stands where. An id belongs to its panel for good: new panels take new ids.

    2, 3 and 13 went to the dashboards of a queue and of health.
    """
    return (
        Shelf(
            6,
            (
                Slot(1, 3, tiles.open_now()),
                Slot(14, 4, tiles.promises()),
                Slot(4, 5, tiles.first_response_now()),
                Slot(15, 4, tiles.satisfaction()),
                Slot(5, 5, tiles.arrivals()),
                Slot(6, 3, tiles.age_of_data(parameters)),
            ),
        ),
        Shelf(8, (Slot(7, 12, graphs.demand()), Slot(8, 12, graphs.backlog_by_age()))),
        Shelf(8, (Slot(9, 12, graphs.first_response()), Slot(16, 12, _answers()))),
        Shelf(8, (Slot(10, 12, graphs.resolution()), Slot(11, 12, graphs.reopens()))),
        Shelf(8, (Slot(17, 12, graphs.satisfaction()), Slot(18, 12, _churn()))),
        Shelf(8, (Slot(12, 24, _queues(parameters)),)),
    )


def overview(parameters: Parameters) -> models.Dashboard:
    """The dashboard, with colours that change where the alerts of these parameters do."""
    return framed(
        places.OVERVIEW,
        "How is support doing? Demand, backlog by age, speed, quality and outcome.",
        shelves(parameters),
        since="now-7d",
        filters=FILTERS,
    )
