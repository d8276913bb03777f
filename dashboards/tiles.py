"""Numbers of this moment, each with something to hold it against; several dashboards show them."""

from __future__ import annotations

from alerts.parameters import Parameters
from dashboards import limits, places, words
from dashboards import queries as q
from dashboards import series as s
from dashboards.fields import COUNT, SECONDS, SHARE, Query
from dashboards.panels import About, Panel, tile


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
        Query(q.total(s.OPEN), "now"),
        Query(q.total(s.OPEN, offset=q.WEEK), "a week ago"),
        leads=places.QUEUE.carried,
    )


def promises() -> Panel:
    """Promises that are broken, or will be soon, beside last week."""
    broken, soon = 'state="breached"', 'state="at_risk"'
    about = About(
        "How many promises are broken, and which break next?",
        COUNT,
        "Open tickets with a promise that was not kept yet: past its time, and within the time "
        "before it that deskpulse.yaml calls at risk, each on the clock of its target (calendar "
        f"time or business time); beside it, the broken ones a week ago. {words.NO_CHANNEL}",
        words.NO_PROMISES,
    )
    return tile(
        about,
        Query(q.total(s.PROMISES, where=broken), "broken"),
        Query(q.total(s.PROMISES, where=soon), "next"),
        Query(q.total(s.PROMISES, where=broken, offset=q.WEEK), "broken a week ago"),
        leads=places.QUEUE.carried,
    )


def first_response_now() -> Panel:
    """First response p90 of a week, beside the week before and the promises kept."""
    slowest = f"max({s.FIRST_RESPONSE_QUANTILE.now(_NINE_OF_TEN)})"
    before = f"max({s.FIRST_RESPONSE_QUANTILE.now(_NINE_OF_TEN, offset=q.WEEK)})"
    number = s.FIRST_RESPONSE.part("count").narrowed("source")
    few = f"round({q.counted(number, q.WEEK)}) < {limits.LEAST}"
    known = q.total(number, offset=q.WEEK)
    target = 'target="first_response"'
    kept = q.share(q.promised("met", where=target), q.promised("", where=target))
    about = About(
        "How fast is the first answer for 9 of 10?",
        SECONDS,
        "90 % of the first public replies by a human agent in the last 7 days came within this "
        "time of the ticket's creation, exactly, of several sources in the slowest; beside it the "
        "7 days before, the share of the promised first answers of these 7 days that came in "
        "time (on the clock of their targets), and n, the answers that Prometheus saw. "
        f"{words.CALENDAR} {words.LEAST} Filtered by source only, the promises by team and "
        "priority too.",
        words.NOT_TOLD,
    )
    return tile(
        about,
        Query(
            f"({slowest} unless on() ({few} and {known})) or on() ({few} and {known}) * NaN", "p90"
        ),
        Query(before, "a week ago"),
        Query(kept, "in time", unit=SHARE),
        Query(q.counted(number, q.WEEK), "n", unit=COUNT),
        nan=words.TOO_FEW,
        leads=places.QUEUE.carried,
    )


_NINE_OF_TEN = 'window="7d", percentile="90"'


def satisfaction() -> Panel:
    """CSAT of a week with its n, beside the week before."""
    about = About(
        "Are customers satisfied?",
        SHARE,
        "Good ratings of all good and bad ones that stand for a ticket, given in the last 7 days; "
        f"beside it the 7 days before, and n, how many there are. {words.LEAST} "
        f"{words.SOURCE_AND_TEAM}",
        words.NO_RATINGS,
    )
    return tile(
        about,
        Query(f"{q.content()} or on() {q.too_few(q.rated())}", "CSAT"),
        Query(q.content(q.WEEK), "a week ago"),
        Query(q.rated(), "n", unit=COUNT),
        nan=words.TOO_FEW,
        leads=places.CUSTOMERS.carried,
    )


def arrivals() -> Panel:
    """Created in the last hour, beside what was to be expected and last week."""
    about = About(
        "Is more coming in than usual?",
        COUNT,
        "Tickets created in the hour up to the last whole minute for which everything is told, by "
        "the helpdesk's clock; beside it what was to be expected by the same hour of earlier weeks "
        f"and the recent trend, and that hour a week ago. {words.NO_TEAM}",
        words.NOT_JUDGED,
    )
    return tile(
        about,
        Query(q.total(s.ARRIVALS, where=q.LAST_HOUR), "last hour"),
        Query(q.total(s.EXPECTED, where=q.LAST_HOUR), "expected"),
        Query(q.total(s.ARRIVALS, where=q.LAST_HOUR, offset=q.WEEK), "a week ago"),
        leads=places.VOLUME.carried,
    )


def age_of_data(parameters: Parameters) -> Panel:
    """How far behind the slowest source is."""
    about = About(
        "How old is this?",
        SECONDS,
        "Time since the moment up to which the source that is furthest behind has told "
        f"everything. Every number here is as old as that. {words.SOURCE_ONLY}",
        words.NO_SOURCE,
    )
    age = f"time() - min({s.WATERMARK.now()})"
    return tile(
        about,
        Query(age, "age"),
        limits=limits.stale(parameters),
        leads=places.HEALTH.carried,
    )
