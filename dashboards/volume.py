"""Volume: what is spiking and where, for whoever is on call."""

from __future__ import annotations

from alerts.parameters import Parameters
from dashboards import limits, places, tiles, words
from dashboards import queries as q
from dashboards import series as s
from dashboards.fields import AMOUNT, COUNT, Query
from dashboards.framing import framed
from dashboards.layout import Shelf, Slot
from dashboards.panels import About, Panel, graph, table, tile
from dashboards.sdk import models

_SPIKE, _DROP = 'direction="spike"', 'direction="drop"'
_SCORED = (
    "The score is the strongest deviation of arrivals from what was to be expected, over several "
    "stretches of time; from 1 on the alert rings."
)


def _verdict(parameters: Parameters) -> Panel:
    about = About(
        "Is this a spike, or a drop?",
        AMOUNT,
        f"{_SCORED} The greatest of all channels, for more and for less than usual. "
        f"{words.SOURCE_AND_CHANNEL}",
        "Not judged: the data are stale or catching up, or the history is short",
    )
    return tile(
        about,
        Query(q.greatest(s.SCORE, where=_SPIKE), "spike"),
        Query(q.greatest(s.SCORE, where=_DROP), "drop"),
        limits=limits.spike(parameters),
        others={"drop": limits.drop(parameters)},
    )


def _judged() -> Panel:
    about = About(
        "Is anybody looking?",
        COUNT,
        "Channels whose arrivals are judged now, of all channels. None is judged while its source "
        f"is stale or catches up, or its history is short. {words.SOURCE_AND_CHANNEL}",
        words.NOT_JUDGED,
    )
    return tile(
        about,
        Query(q.total(s.JUDGED), "judged"),
        Query(f"count({s.JUDGED.now()})", "channels"),
    )


def _waiting() -> Panel:
    about = About(
        "Does it reach the customers?",
        COUNT,
        "Open tickets without a public reply by a human agent now, an hour ago and a week ago. "
        f"{words.SOURCE_ONLY}",
        words.NOT_TOLD,
    )
    waiting = s.AWAITING.narrowed("source")
    return tile(
        about,
        Query(q.total(waiting), "now"),
        Query(q.total(waiting, offset=q.HOUR), "an hour ago"),
        Query(q.total(waiting, offset=q.WEEK), "a week ago"),
    )


def _channels(parameters: Parameters) -> Panel:
    about = About(
        "Which channel is it?",
        COUNT,
        "Tickets created in the last hour by channel, what was to be expected, and between which "
        f"numbers it would be usual. {_SCORED} {words.SOURCE_AND_CHANNEL} A dash: not judged.",
        words.NONE,
    )
    by = ("source", "channel")
    return table(
        about,
        by,
        Query(q.total(s.ARRIVALS, *by, where=q.LAST_HOUR), "Last hour"),
        Query(q.total(s.EXPECTED, *by, where=q.LAST_HOUR), "Expected"),
        Query(q.total(s.LOWER, *by, where=q.LAST_HOUR), "Least usual"),
        Query(q.total(s.UPPER, *by, where=q.LAST_HOUR), "Most usual"),
        Query(q.greatest(s.SCORE, *by, where=_SPIKE), "Spike", unit=AMOUNT),
        Query(q.greatest(s.SCORE, *by, where=_DROP), "Drop", unit=AMOUNT),
        Query(f"min by (source, channel) ({s.JUDGED.now()})", "Judged", flag=True),
        limits={"Spike": limits.spike(parameters), "Drop": limits.drop(parameters)},
        leads={"channel": places.VOLUME.at("channel")},
    )


def _band() -> Panel:
    about = About(
        "How far is it from usual?",
        COUNT,
        "Tickets created in the hour before each moment, what was to be expected, and the band of "
        "what is usual: of several channels together as if none knew of the others. "
        f"{words.NO_TEAM}",
        words.NOT_JUDGED,
    )
    return graph(
        about,
        Query(q.total(s.ARRIVALS, where=q.LAST_HOUR), "created", color="blue"),
        Query(q.total(s.EXPECTED, where=q.LAST_HOUR), "expected", color="green", dashed=True),
        Query(q.most_usual(), "most usual", color="light-blue", down_to="least usual"),
        Query(q.least_usual(), "least usual", color="light-blue"),
    )


def _scores(parameters: Parameters) -> Panel:
    about = About(
        "Since when is it unusual?",
        AMOUNT,
        f"{_SCORED} By channel and direction. {words.SOURCE_AND_CHANNEL}",
        "Not judged: the data are stale or catching up, or the history is short",
    )
    by = ("channel", "direction")
    score = Query(q.greatest(s.SCORE, *by), "{{channel}}, {{direction}}")
    return graph(about, score, limits=limits.volume(parameters))


def _by_channel() -> Panel:
    about = About(
        "Which channel grew?",
        COUNT,
        "Tickets created in the hour before each moment, by channel; together they are all that "
        f"were created. {words.NO_TEAM}",
        words.NOT_JUDGED,
    )
    arrived = q.total(s.ARRIVALS, "channel", where=q.LAST_HOUR)
    return graph(about, Query(arrived, "{{channel}}"), stacked=True)


def _windows() -> Panel:
    about = About(
        "Is it sudden, or has it lasted?",
        COUNT,
        "Tickets created in the last stretch of each length, what was to be expected, and the "
        f"numbers a week ago. {words.SOURCE_AND_CHANNEL} A dash: not known.",
        words.NONE,
    )
    by = ("window",)
    return table(
        about,
        by,
        Query(q.total(s.ARRIVALS, *by), "Created"),
        Query(q.total(s.EXPECTED, *by), "Expected"),
        Query(q.total(s.ARRIVALS, *by, offset=q.WEEK), "A week ago"),
    )


def _categories() -> Panel:
    about = About(
        "What is it about?",
        COUNT,
        "Tickets created, by category, as deskpulse saw them first: in the last hour, in the hour "
        f"before, and in that hour a week ago. {words.SOURCE_AND_CHANNEL} A dash: not known.",
        words.NONE,
    )
    return _hours(about, s.CREATED_BY_CATEGORY, "category")


def _languages() -> Panel:
    about = About(
        "In which language?",
        COUNT,
        "Tickets created, by language, as deskpulse saw them first: in the last hour, in the hour "
        f"before, and in that hour a week ago. {words.SOURCE_ONLY} A dash: not known.",
        words.NONE,
    )
    return _hours(about, s.CREATED_BY_LANGUAGE, "language")


def _hours(about: About, series: s.Series, label: str) -> Panel:
    return table(
        about,
        (label,),
        Query(q.counted(series, q.HOUR, label), "Last hour"),
        Query(q.counted(series, q.HOUR, label, offset=q.HOUR), "Hour before"),
        Query(q.counted(series, q.HOUR, label, offset=q.WEEK), "A week ago"),
    )


def _by_category() -> Panel:
    about = About(
        "Since when is it about that?",
        COUNT,
        "Tickets created in the hour before each moment, by category, as deskpulse saw them first. "
        f"{words.SOURCE_AND_CHANNEL}",
        "No categories in deskpulse.yaml, or no ticket with these filters",
    )
    return graph(about, Query(q.counted(s.CREATED_BY_CATEGORY, q.HOUR, "category"), "{{category}}"))


def _teams() -> Panel:
    about = About(
        "Who gets it?",
        COUNT,
        "Open tickets of each team now and an hour ago, and those without a first answer. A ticket "
        "has no team when it is created, so this says where it went. The channel filter applies "
        "to the first two, team and priority to none. A dash: none.",
        words.NONE,
    )
    by = ("source", "team")
    held, waiting = s.OPEN.narrowed("source", "channel"), s.AWAITING.narrowed("source")
    return table(
        about,
        by,
        Query(q.total(held, *by), "Open"),
        Query(q.total(held, *by, offset=q.HOUR), "Open an hour ago"),
        Query(q.total(waiting, *by), "Unanswered"),
        Query(q.total(waiting, *by, offset=q.HOUR), "Unanswered an hour ago"),
        leads={"team": places.QUEUE.at("team")},
    )


def _keeping_up() -> Panel:
    about = About(
        "Do we keep up?",
        COUNT,
        "In the hour before each moment: tickets created, first public replies by a human agent, "
        f"and solves. {words.SOURCE_ONLY}",
        words.NOT_TOLD,
    )
    answered = s.FIRST_RESPONSE.part("count").narrowed("source")
    arrived = s.ARRIVALS.narrowed("source")
    return graph(
        about,
        Query(q.total(arrived, where=q.LAST_HOUR), "created", color="blue"),
        Query(q.counted(answered, q.HOUR), "first answers", color="purple"),
        Query(q.counted(s.SOLVED.narrowed("source"), q.HOUR), "solved", color="green"),
    )


def shelves(parameters: Parameters) -> tuple[Shelf, ...]:
    """What stands where. An id belongs to its panel for good: new panels take new ids."""
    return (
        Shelf(
            6,
            (
                Slot(1, 5, _verdict(parameters)),
                Slot(2, 6, tiles.arrivals()),
                Slot(3, 4, _judged()),
                Slot(4, 5, _waiting()),
                Slot(5, 4, tiles.age_of_data(parameters)),
            ),
        ),
        Shelf(8, (Slot(6, 24, _channels(parameters)),)),
        Shelf(8, (Slot(7, 12, _band()), Slot(8, 12, _scores(parameters)))),
        Shelf(8, (Slot(9, 12, _by_channel()), Slot(10, 12, _windows()))),
        Shelf(8, (Slot(11, 12, _by_category()), Slot(12, 12, _categories()))),
        Shelf(8, (Slot(13, 12, _keeping_up()), Slot(14, 12, _teams()))),
        Shelf(7, (Slot(15, 24, _languages()),)),
    )


def volume(parameters: Parameters) -> models.Dashboard:
    """The dashboard, with colours that change where the alerts of these parameters do."""
    return framed(
        places.VOLUME,
        "What is spiking or dropping, where, since when, and whom it reaches.",
        shelves(parameters),
        since="now-24h",
        filters=("source", "channel"),
    )
