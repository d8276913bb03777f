"""The Queue: how is one team doing, for the one who leads it."""

from __future__ import annotations

from alerts.parameters import Parameters
from dashboards import graphs, limits, places, tiles, words
from dashboards import queries as q
from dashboards import series as s
from dashboards.fields import COUNT, SECONDS, SHARE, Query
from dashboards.framing import framed
from dashboards.layout import Shelf, Slot
from dashboards.panels import About, Panel, graph, table, tile
from dashboards.sdk import models
from dashboards.variables import FILTERS


def _unanswered() -> Panel:
    about = About(
        "How many customers wait for a first answer?",
        COUNT,
        "Open tickets without a public reply by a human agent; beside it, a week ago. "
        f"{words.NO_CHANNEL}",
        words.NOT_TOLD,
    )
    return _and_last_week(about, s.AWAITING)


def _oldest(parameters: Parameters) -> Panel:
    about = About(
        "How long has one waited?",
        SECONDS,
        "Age of the oldest open ticket without a first answer, at the moment up to which its "
        f"helpdesk has told everything. {words.CALENDAR} {words.SOURCE_AND_TEAM}",
        "Nobody waits, or there is no data yet",
    )
    return tile(about, Query(q.age_of_oldest(), "oldest"), limits=limits.unanswered(parameters))


def _awaiting_reply() -> Panel:
    about = About(
        "How many customers wait for us at all?",
        COUNT,
        "Open tickets whose customer wrote last, for a first answer or a later one; beside it, a "
        f"week ago. {words.NO_CHANNEL}",
        words.NOT_TOLD,
    )
    return _and_last_week(about, s.AWAITING_REPLY)


def _nobodys() -> Panel:
    about = About(
        "How many does nobody hold?",
        COUNT,
        f"Open tickets that no agent is assigned to; beside it, a week ago. {words.NO_CHANNEL}",
        words.NO_TICKETS,
    )
    return _and_last_week(about, s.UNASSIGNED)


def _and_last_week(about: About, series: s.Series) -> Panel:
    return tile(
        about,
        Query(q.total(series), "now"),
        Query(q.total(series, offset=q.WEEK), "a week ago"),
    )


def _kept(parameters: Parameters) -> Panel:
    about = About(
        "Do we keep our promises?",
        SHARE,
        "Promises kept of all that were kept or broken in the 7 days before each moment, by what "
        "was promised, each on the clock of its target; n is how many. One that is still unkept "
        "past its time is broken. The line is the objective of first responses. "
        f"{words.LEAST} {words.NO_CHANNEL}",
        words.NO_PROMISES,
    )
    every = q.promised("", "target")
    return graph(
        about,
        Query(q.share(q.promised("met", "target"), every), "{{target}}"),
        Query(every, "n, {{target}}", unit=COUNT, beside=True),
        limits=limits.kept(parameters),
        step=q.HOUR,
    )


def _standing() -> Panel:
    about = About(
        "What is promised and not kept yet?",
        COUNT,
        "Open tickets by what was promised and how it stands: past its time, within the time "
        "before it that deskpulse.yaml calls at risk, or on track. A ticket may have several "
        f"promises. {words.NO_CHANNEL} A dash: none.",
        words.NONE,
    )
    states = (("Broken", "breached"), ("At risk", "at_risk"), ("On track", "on_track"))
    return table(
        about,
        ("target",),
        *(Query(q.total(s.PROMISES, "target", where=f'state="{w}"'), name) for name, w in states),
    )


def _by_priority() -> Panel:
    about = About(
        "Does urgent work pile up?",
        COUNT,
        "Open tickets by priority; together they are all that are open.",
        words.NO_TICKETS,
    )
    return graph(about, Query(q.total(s.OPEN, "priority"), "{{priority}}"), stacked=True)


def _next_response() -> Panel:
    about = About(
        "Do we go on answering?",
        SECONDS,
        "Median and 90th percentile of a customer's later message to the next public reply by a "
        "human agent, over the last 24 hours at each moment; of several messages the first "
        f"counts. {words.BOTH_CLOCKS} {words.LEAST} {words.NO_CHANNEL}",
        f"Fewer than {limits.LEAST} of them a day, or a helpdesk that cannot tell them",
    )
    return graph(about, *graphs.speed(s.NEXT_RESPONSE, s.NEXT_RESPONSE_BUSINESS), step=q.HOUR)


def _elsewhere() -> Panel:
    about = About(
        "Is work passed on rather than solved?",
        COUNT,
        "Times that a ticket went from one team to another, and solves, in the 24 hours before "
        "each moment, with the labels of the moment at which it was seen.",
        "Nothing was solved or passed on in this time",
    )
    return graph(
        about,
        Query(q.counted(s.REASSIGNED, q.DAY), "passed on", color="orange"),
        Query(q.counted(s.SOLVED, q.DAY), "solved", color="green"),
        step=q.HOUR,
    )


def _priorities() -> Panel:
    about = About(
        "Which priority is behind?",
        COUNT,
        "Open tickets of each priority now: all, those that no agent holds, those without a first "
        "answer, those whose customer waits for us; and what was solved in the last 24 hours. The "
        "channel filter applies to the first and the last. A dash: none.",
        words.NONE,
    )
    by = ("priority",)
    return table(
        about,
        by,
        Query(q.total(s.OPEN, *by), "Open"),
        Query(q.total(s.UNASSIGNED, *by), "Nobody's"),
        Query(q.total(s.AWAITING, *by), "Unanswered"),
        Query(q.total(s.AWAITING_REPLY, *by), "Waiting for us"),
        Query(q.counted(s.SOLVED, q.DAY, *by), "Solved in 24 hours"),
    )


def shelves(parameters: Parameters) -> tuple[Shelf, ...]:
    """What stands where. An id belongs to its panel for good: new panels take new ids."""
    return (
        Shelf(
            6,
            (
                Slot(1, 4, tiles.open_now()),
                Slot(2, 4, _unanswered()),
                Slot(3, 3, _oldest(parameters)),
                Slot(4, 4, _awaiting_reply()),
                Slot(5, 4, _nobodys()),
                Slot(6, 5, tiles.promises()),
            ),
        ),
        Shelf(8, (Slot(7, 14, _kept(parameters)), Slot(8, 10, _standing()))),
        Shelf(8, (Slot(9, 12, graphs.backlog_by_age()), Slot(10, 12, _by_priority()))),
        Shelf(8, (Slot(11, 12, graphs.first_response()), Slot(12, 12, _next_response()))),
        Shelf(8, (Slot(13, 12, graphs.resolution()), Slot(14, 12, _elsewhere()))),
        Shelf(7, (Slot(15, 24, _priorities()),)),
    )


def queue(parameters: Parameters) -> models.Dashboard:
    """The dashboard, with colours that change where the alerts of these parameters do."""
    return framed(
        places.QUEUE,
        "One team: who waits, which promises are close to breaking, backlog and speed.",
        shelves(parameters),
        since="now-7d",
        filters=FILTERS,
    )
