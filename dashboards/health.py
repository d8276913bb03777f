"""Pipeline health: can the numbers be trusted, for the engineer who runs the sources."""

from __future__ import annotations

from typing import Final

from alerts.parameters import JOB, Parameters
from dashboards import limits, places, tiles, words
from dashboards import queries as q
from dashboards import series as s
from dashboards.fields import AMOUNT, BYTES, COUNT, SECONDS, SHARE, Query
from dashboards.framing import framed
from dashboards.layout import Shelf, Slot
from dashboards.panels import About, Panel, graph, table, tile
from dashboards.sdk import models

_OURS: Final = f'job="{JOB}"'
_BY_SOURCE: Final = ("source",)


def _answering() -> Panel:
    about = About(
        "Do all sources answer?",
        COUNT,
        "Sources whose last poll succeeded, of all that are configured; beside it, a week ago. "
        f"{words.SOURCE_ONLY}",
        words.NO_SOURCE,
    )
    return tile(
        about,
        Query(q.total(s.UP), "answer"),
        Query(f"count({s.UP.now()})", "of"),
        Query(q.total(s.UP, offset=q.WEEK), "answered a week ago"),
    )


def _failing(parameters: Parameters) -> Panel:
    about = About(
        "How many polls fail?",
        SHARE,
        "Share of the last hour in which the last poll had failed, of the source with the most; "
        f"beside it, the day before. {words.SOURCE_ONLY}",
        words.NO_SOURCE,
    )
    up = "1 - min(avg_over_time({}))"
    return tile(
        about,
        Query(up.format(s.UP.now(window=q.HOUR)), "last hour"),
        Query(up.format(s.UP.now(window=q.DAY)), "last 24 hours"),
        limits=limits.failing(parameters),
    )


def _unreadable() -> Panel:
    about = About(
        "Was anything unreadable?",
        COUNT,
        "Records that could not be read in the last 24 hours, which are in no number; beside it, "
        f"how many were read. {words.SOURCE_ONLY}",
        words.NO_SOURCE,
    )
    return tile(
        about,
        Query(q.counted(s.REJECTED, q.DAY), "unreadable"),
        Query(q.counted(s.RECORDS, q.DAY), "read"),
    )


def _capped() -> Panel:
    about = About(
        "Do labels overflow?",
        COUNT,
        "Values of labels beyond their cap, which are shown as `other`, by label; beside it, a "
        f"week ago. {words.SOURCE_ONLY}",
        words.NO_SOURCE,
    )
    return tile(
        about,
        Query(q.total(s.CAPPED), "now"),
        Query(q.total(s.CAPPED, offset=q.WEEK), "a week ago"),
    )


def _exporter() -> Panel:
    about = About(
        "Does deskpulse answer?",
        COUNT,
        "Whether Prometheus could scrape it last, and how many addresses it knows. The filter for "
        "source does not apply.",
        f"Prometheus has no job of the name {JOB}: is alerts/prometheus.yml in use?",
    )
    return tile(
        about,
        Query(f"min(up{{{_OURS}}})", "answers", flag=True),
        Query(f"count(up{{{_OURS}}})", "of"),
    )


def _sources(parameters: Parameters) -> Panel:
    about = About(
        "Which source is it?",
        COUNT,
        "Each source: whether the last poll succeeded, the first import is complete, it catches up "
        "on an outage; the age of its data and of its newest change; and in the last 24 hours: "
        "polls that failed, records that could not be read, time waited because it asked for it. "
        f"Gaps are optional streams that it refuses. A dash: not known yet. {words.SOURCE_ONLY}",
        words.NONE,
    )
    by = _BY_SOURCE
    newest = s.of_source("newest_change_timestamp_seconds")
    return table(
        about,
        by,
        Query(q.least(s.UP, *by), "Up", flag=True),
        Query(q.least(s.of_source("primed"), *by), "Imported", flag=True),
        Query(q.greatest(s.of_source("catching_up"), *by), "Catches up"),
        Query(f"time() - {q.least(s.WATERMARK, *by)}", "Age", unit=SECONDS),
        Query(f"time() - {q.greatest(newest, *by)}", "Newest change", unit=SECONDS),
        Query(q.counted(s.FAILURES, q.DAY, *by), "Failed polls"),
        Query(q.counted(s.REJECTED, q.DAY, *by), "Unreadable"),
        Query(q.counted(s.THROTTLED, q.DAY, *by), "Throttled", unit=SECONDS),
        Query(q.total(s.of_source("gaps"), *by), "Gaps"),
        limits={"Age": limits.stale(parameters)},
    )


def _age(parameters: Parameters) -> Panel:
    about = About(
        "Since when are the data old?",
        SECONDS,
        "Time from the moment up to which a source has told everything to each moment. "
        f"{words.SOURCE_ONLY}",
        words.NO_SOURCE,
    )
    age = Query(f"time() - {q.least(s.WATERMARK, *_BY_SOURCE)}", "{{source}}")
    return graph(about, age, limits=limits.stale(parameters))


def _failures() -> Panel:
    about = About(
        "Why do polls fail?",
        COUNT,
        f"Polls that failed in the hour before each moment, by reason. {words.SOURCE_ONLY}",
        "No poll failed in this time",
    )
    failed = q.counted(s.FAILURES, q.HOUR, "source", "reason")
    return graph(about, Query(f"{failed} > 0", "{{source}}: {{reason}}"))


def _requests() -> Panel:
    about = About(
        "What do vendors answer?",
        COUNT,
        "Answers in the hour before each moment, by HTTP status or by what failed. "
        f"{words.SOURCE_ONLY}",
        "No request in this time, or a source that is read without any (files, databases)",
    )
    asked = q.counted(s.REQUESTS, q.HOUR, "source", "code")
    return graph(about, Query(asked, "{{source}}: {{code}}"))


def _cost() -> Panel:
    about = About(
        "What do a thousand changes cost?",
        AMOUNT,
        "Requests for each thousand records read, repeats included, in the 24 hours before each "
        f"moment; n is how many records. {words.LEAST} {words.SOURCE_ONLY}",
        f"Fewer than {limits.LEAST} records a day, or a source that is read without requests",
    )
    asked, read = (q.counted(one, q.DAY, *_BY_SOURCE) for one in (s.REQUESTS, s.RECORDS))
    return graph(
        about,
        Query(f"1000 * {q.share(asked, read)}", "{{source}}"),
        Query(read, "n, {{source}}", unit=COUNT, beside=True),
        step=q.HOUR,
    )


def _throttled(parameters: Parameters) -> Panel:
    about = About(
        "Do vendors hold us back?",
        SECONDS,
        "Time waited because the vendor asked for it, in the hour before each moment. "
        f"{words.SOURCE_ONLY}",
        words.NO_SOURCE,
    )
    waited = Query(q.counted(s.THROTTLED, q.HOUR, *_BY_SOURCE), "{{source}}")
    return graph(about, waited, limits=limits.throttled(parameters))


def _took() -> Panel:
    about = About(
        "How long does a poll take?",
        SECONDS,
        f"Time that the last poll before each moment took. {words.SOURCE_ONLY}",
        words.NO_SOURCE,
    )
    took = s.of_source("sync_seconds")
    return graph(about, Query(q.greatest(took, *_BY_SOURCE), "{{source}}"))


def _doubts() -> Panel:
    about = About(
        "What is doubtful in what is told?",
        COUNT,
        "In the last 24 hours: facts against the clock or themselves, solves that left no instant, "
        "and tickets taken back after they were counted; and by how much the vendor's clock is "
        f"ahead of ours. {words.SOURCE_ONLY} A dash: not known.",
        words.NONE,
        signed=True,
    )
    by = _BY_SOURCE
    return table(
        about,
        by,
        Query(q.counted(s.of_source("facts_doubted_total"), q.DAY, *by), "Doubted"),
        Query(q.counted(s.of_source("transitions_unseen_total"), q.DAY, *by), "Unseen solves"),
        Query(q.counted(s.CORRECTIONS, q.DAY, *by), "Taken back"),
        Query(q.greatest(s.of_source("clock_skew_seconds"), *by), "Clock ahead", unit=SECONDS),
    )


def _itself() -> Panel:
    about = About(
        "Is deskpulse itself well?",
        COUNT,
        "Each address that Prometheus scrapes: how long that takes, how many samples it brings, "
        "how long the page took to render, and the size of the store. The filter for source does "
        "not apply. A dash: not known.",
        words.NONE,
    )
    by = ("instance",)
    page, store = "deskpulse_render_seconds", "deskpulse_store_size_bytes"
    return table(
        about,
        by,
        Query(f"max by (instance) (scrape_duration_seconds{{{_OURS}}})", "Scrape", unit=SECONDS),
        Query(f"max by (instance) (scrape_samples_scraped{{{_OURS}}})", "Samples"),
        Query(q.greatest(s.Series(page), *by), "Rendering", unit=SECONDS),
        Query(q.greatest(s.Series(store), *by), "Store", unit=BYTES),
    )


def shelves(parameters: Parameters) -> tuple[Shelf, ...]:
    """What stands where. An id belongs to its panel for good: new panels take new ids."""
    return (
        Shelf(
            6,
            (
                Slot(1, 5, _answering()),
                Slot(2, 3, tiles.age_of_data(parameters)),
                Slot(3, 4, _failing(parameters)),
                Slot(4, 4, _unreadable()),
                Slot(5, 4, _capped()),
                Slot(6, 4, _exporter()),
            ),
        ),
        Shelf(7, (Slot(7, 24, _sources(parameters)),)),
        Shelf(8, (Slot(8, 12, _age(parameters)), Slot(9, 12, _failures()))),
        Shelf(8, (Slot(10, 12, _requests()), Slot(11, 12, _cost()))),
        Shelf(8, (Slot(12, 12, _throttled(parameters)), Slot(13, 12, _took()))),
        Shelf(7, (Slot(14, 12, _doubts()), Slot(15, 12, _itself()))),
    )


def health(parameters: Parameters) -> models.Dashboard:
    """The dashboard, with colours that change where the alerts of these parameters do."""
    return framed(
        places.HEALTH,
        "Can the numbers be trusted? Sources, the age of their data, errors, cost.",
        shelves(parameters),
        since="now-24h",
        filters=("source",),
    )
