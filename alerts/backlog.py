"""What is open: whether it grows, grows old, or waits for a first answer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from alerts.alert import About, Alert, Severity
from alerts.annotations import (
    SPAN,
    Board,
    asked,
    foremost,
    greatest,
    label,
    now,
    parts,
    selected,
    value,
)
from alerts.document import days, duration
from alerts.parameters import Parameters
from alerts.recording import (
    COMPLETE_TO,
    OPEN,
    SOURCE,
    TEAM,
    Recording,
    increased,
    labels_of,
    named,
    unless_catching_up,
)
from exporter.metric import AGE_CLASSES

BY_AGE = "support_tickets_open_by_age"
BY_CATEGORY = "support_tickets_open_by_category"
ANSWERED = "support_first_response_seconds_count"

TOTAL = named(SOURCE, OPEN, "sum")
USUAL = named(SOURCE, OPEN, "usual")

_AT_SOURCE = labels_of(SOURCE)
MOST_OPEN = "most that is open: " + foremost(
    _AT_SOURCE,
    **parts(selected(OPEN, *_AT_SOURCE), "channel", "team"),
    **parts(selected(BY_CATEGORY, *_AT_SOURCE), "category"),
)
"""Where most of what a source has open is, in words of an alert."""
WAITING = "support_tickets_awaiting_first_response_by_age"
_ANSWERED_HOUR = named(TEAM, ANSWERED, "increase1h")
_ANSWERED_DAY = named(SOURCE, ANSWERED, "increase1d")


def recordings(parameters: Parameters) -> Iterator[Recording]:
    """What is open, what is usual, how much of it is old, and who is at work."""
    old = aged(parameters)
    yield Recording(TOTAL, f"sum by ({SOURCE}) ({OPEN})", "Open tickets now.")
    yield Recording(
        USUAL,
        _usual(),
        "Open tickets at this time of yesterday or, where it is more, of a week ago.",
    )
    old_after = parameters.thresholds.old_after
    of_age = f"{BY_AGE}{{{ages(old_after)}}}"
    yield Recording(
        old,
        f"sum by ({SOURCE}) ({of_age})",
        f"Open tickets that are {days(old_after)} old or older.",
    )
    yield Recording(f"{old}_before1w", f"sum by ({SOURCE}) ({of_age} offset 1w)")
    yield Recording(
        _ANSWERED_HOUR,
        increased(TEAM, ANSWERED, "1h"),
        "First responses in the last hour, by team.",
    )
    yield Recording(
        _ANSWERED_DAY, increased(SOURCE, ANSWERED, "1d"), "First responses in the last day."
    )


def alerts(parameters: Parameters) -> Iterator[Alert]:
    """A backlog that grows, or grows old, and customers who are left out."""
    yield _growing(parameters)
    yield _ageing(parameters)
    yield _unanswered(parameters)


def aged(parameters: Parameters) -> str:
    """The name of the series that says how many open tickets are old."""
    return named(SOURCE, BY_AGE, f"older{days(parameters.thresholds.old_after)}")


def ages(begin: timedelta, end: timedelta = timedelta.max) -> str:
    """The matcher for the classes of age that lie within `begin` to `end`."""
    found, lower = [], 0
    for name, upper in AGE_CLASSES:
        if lower >= begin.total_seconds() and (upper or lower) <= end.total_seconds():
            found.append(name.replace("+", "[+]"))
        lower = upper or lower
    return f'age=~"{"|".join(found)}"'


def _usual() -> str:
    """The same moment of yesterday or, where it is more and known, of a week ago.

    Of what was scraped and not of what was recorded: a backfill brings the one and not the other.
    """
    yesterday, week_ago = (f"sum by ({SOURCE}) ({OPEN} offset {back})" for back in ("1d", "1w"))
    return (
        f"max by ({SOURCE}) (\n"
        f'  label_replace({yesterday}, "usual", "1d", "", "")\n'
        f'  or label_replace({week_ago}, "usual", "1w", "", "")\n'
        ")\n"
        f"and {yesterday}\n"
    )


def _growing(parameters: Parameters) -> Alert:
    t = parameters.thresholds
    growth = {
        "channel": _grown("channel", OPEN, "1d"),
        "team": _grown("team", OPEN, "1d"),
        "category": _grown("category", BY_CATEGORY, "1d"),
    }
    return Alert(
        name="BacklogGrowing",
        severity=Severity.TICKET,
        about=About.BUSINESS,
        expr=(
            f"{TOTAL} > {t.backlog_ratio} * {USUAL}\n"
            f"and {TOTAL} - {USUAL} >= {t.backlog_floor}\n"
            f"{unless_catching_up()}"
        ),
        labels=_AT_SOURCE,
        limits=("backlog_ratio", "backlog_floor"),
        hold=parameters.windows.backlog_for,
        board=Board.QUEUE,
        span=timedelta(days=2),
        summary=(
            f"{label('source')}: {value()} tickets are open, usual at this time are "
            f"{now(USUAL)}; "
            f"it grew most in {foremost(_AT_SOURCE * 2, **growth)}"
        ),
        description=(
            "More comes in than is solved, compared with the same time of yesterday and of a week "
            "ago. Customers will wait longer, first where it grew most."
        ),
    )


def _ageing(parameters: Parameters) -> Alert:
    t, old = parameters.thresholds, aged(parameters)
    before, after = f"{old}_before1w", days(t.old_after)
    chosen = selected(BY_AGE, *_AT_SOURCE).removesuffix("}") + f",{ages(t.old_after)}}}"
    return Alert(
        name="BacklogAgeing",
        severity=Severity.TICKET,
        about=About.BUSINESS,
        expr=(
            f"{old} > {t.ageing_ratio} * {before}\n"
            f"and {old} - {before} >= {t.ageing_floor}\n"
            f"{unless_catching_up()}"
        ),
        labels=_AT_SOURCE,
        limits=("old_after", "ageing_ratio", "ageing_floor"),
        hold=parameters.windows.ageing_for,
        board=Board.QUEUE,
        span=timedelta(weeks=2),
        summary=(
            f"{label('source')}: {value()} of {now(TOTAL)} open tickets are older than {after}, "
            f"expected about {now(before)} as a week ago"
        ),
        description=(
            f"Most of the old ones: {foremost(_AT_SOURCE, **parts(chosen, 'team', 'priority'))}; "
            f"{MOST_OPEN}. What comes in is worked off and what is old is left lying."
        ),
    )


def _unanswered(parameters: Parameters) -> Alert:
    t, labels = parameters.thresholds, labels_of(TEAM)
    at_work, always = duration(t.unanswered_at_work), duration(t.unanswered_always)
    oldest = (
        f"max({selected(COMPLETE_TO, *_AT_SOURCE)}) - "
        f"min({selected('support_oldest_unanswered_created_timestamp_seconds', *labels)})"
    )
    new = greatest("channel", selected(OPEN, *labels, status="new"))
    return Alert(
        name="UnansweredTooLong",
        severity=Severity.TICKET,
        about=About.BUSINESS,
        expr=_passed_over(parameters),
        labels=labels,
        limits=("unanswered_at_work", "unanswered_always", "unanswered_abandoned"),
        hold=parameters.windows.unanswered_for,
        board=Board.QUEUE,
        span=timedelta(days=2),
        summary=(
            f"{label('source')}: {value()} tickets of team {label('team')} wait too long for a "
            f"first answer, expected at most {at_work} while the team is at work and {always} "
            "while it is not"
        ),
        description=(
            f"The oldest of all has waited {asked(oldest, *_AT_SOURCE, *labels, form=SPAN)}; most "
            f"new ones came by {foremost(labels, channel=new)}. Waits are reckoned up to the "
            "moment to which the source's data are complete. What has waited longer than "
            f"{days(t.unanswered_abandoned)} is taken for abandoned and not counted here."
        ),
    )


def _passed_over(parameters: Parameters) -> str:
    """How many wait too long though their team answers others, or though anybody is at work.

    What is abandoned neither rings for ever nor hides what came later.
    """
    t, work = parameters.thresholds, duration(parameters.windows.at_work)
    waiting, passed = (
        f"sum by ({TEAM}) ({WAITING}{{{ages(begin, t.unanswered_abandoned)}}}) > 0"
        for begin in (t.unanswered_always, t.unanswered_at_work)
    )
    return (
        "(\n"
        f"  {passed}\n"
        f"  and on ({TEAM}) min_over_time({_ANSWERED_HOUR}[{work}]) > 0\n"
        f"  and on ({TEAM}) {_ANSWERED_HOUR} offset {work}\n"
        f"  or {waiting}\n"
        f"  and on ({SOURCE}) {_ANSWERED_DAY} > 0\n"
        f"  and on ({SOURCE}) {_ANSWERED_DAY} offset 1d > 0\n"
        ")\n"
        f"{unless_catching_up()}"
    )


def _grown(by: str, metric: str, back: str) -> str:
    """Where a gauge grew most, by one label; it takes the labels of the alert twice."""
    now = f"sum by ({by}) ({selected(metric, *_AT_SOURCE)})"
    before = f"sum by ({by}) ({selected(metric, *_AT_SOURCE)} offset {back})"
    return f"topk(1, {now} - {before} > 0)"
