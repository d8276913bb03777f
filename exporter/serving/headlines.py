"""The tiles of one source, for people: of its tickets, of its customers, or of both."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from connectors import Fact
from exporter.backlog import AWAITING, OLDEST_UNANSWERED, OPEN, PROMISES, RATINGS
from exporter.catalog import TODAY
from exporter.catalog.volume import DROP, SCORE, SPIKE, THOUSANDTHS
from exporter.definition import Target
from exporter.opinions import BAD, GOOD
from exporter.pledges import Standing
from exporter.quantiles import TOLD
from exporter.reporting.measures import FEW
from exporter.serving import customertiles
from exporter.serving.expected import Expected
from exporter.serving.figures import Figures, Tickets, by_business_time
from exporter.serving.tile import (
    DASH,
    NOT_KNOWN,
    TOO_FEW,
    Level,
    Tile,
    change,
    duration,
    share,
    span,
    told,
)
from exporter.source import Source

ENOUGH = 0.9
"""The share of promises to be kept. It is what "nine of ten within the target" says, each ticket
held against its own."""


def headlines(one: Figures, now: int) -> list[Tile]:
    """The tiles of a source at our clock's `now`, in the order in which they are read."""
    tiles: list[Tile] = []
    if one.tickets is not None:
        tiles += [make(one, one.tickets) for make in OF_TICKETS]
    if one.customers is not None:
        tiles += customertiles.tiles(one, one.customers)
    return [*tiles, age(one, now)]


def open_now(one: Figures, of: Tickets) -> Tile:
    """Open tickets, a week ago and now."""
    standing = one.gauges.total(OPEN)
    before = of.before.open
    ago = NOT_KNOWN if before is None else f"≈ {before:,}{change(standing, before)}"
    rows = [("A week ago", ago)]
    if one.source.targets and Fact.AWAITING_FIRST_RESPONSE in one.source.measures.told:
        rows.append(("Unanswered", f"{one.gauges.total(AWAITING):,}"))
    return Tile("Open now", f"{standing:,}", rows=tuple(rows))


def promises(one: Figures, of: Tickets) -> Tile:
    """Broken and not kept yet, and those that are about to be; without targets, who waits."""
    if not one.source.targets:
        return _unanswered(one)
    late = one.gauges.split(PROMISES, "target", state=Standing.BREACHED)
    broken, next_ones = sum(late.values()), one.gauges.total(PROMISES, state=Standing.AT_RISK)
    level = Level.ALARM if broken else Level.RISK if next_ones else Level.FINE
    words = {Level.ALARM: "late", Level.RISK: "soon late", Level.FINE: "all in time"}
    most = max(late, key=lambda target: late[target], default="")
    said = f"mostly {most.replace('_', ' ')}" if broken else words[level]
    now, before = (week.kept.n - week.kept.part for week in (of.now, of.before))
    within = span(one.source.definition.at_risk)
    rows = (
        (f"Next {within}", f"{next_ones:,}"),
        ("Broken in 7 days", f"{now:,}"),
        ("Week before", f"{before:,}"),
    )
    return Tile("Late now", f"{broken:,}", level, said, rows, "promises broken")


def _unanswered(one: Figures) -> Tile:
    title, nothing = "Unanswered", (("Target", "none is set"),)
    if Fact.AWAITING_FIRST_RESPONSE not in one.source.measures.told:
        return Tile(title, DASH, said=f"{one.source.vendor} does not tell it", rows=nothing)
    oldest = one.gauges.least(OLDEST_UNANSWERED)
    waited = DASH if oldest is None else duration(one.at - oldest)
    waiting = f"{one.gauges.total(AWAITING):,}"
    return Tile(title, waiting, rows=(("Longest wait", waited), *nothing))


def first_response(one: Figures, of: Tickets) -> Tile:
    """What nine of ten were answered within, against what was promised."""
    title, source = "9 of 10 answered in", one.source
    how = source.measures.told.get(Fact.FIRST_RESPONSE)
    if how is None:
        return Tile(title, DASH, said=f"{source.vendor} does not tell it")
    business = by_business_time(source)
    metric = next(name for name, *which in TOLD if which == [Fact.FIRST_RESPONSE, business])
    within = one.gauges.value(metric, window="7d", percentile="90")
    n, step = of.now.responses.n, 1000 * how.precision

    def said(milliseconds: int | None, count: int) -> str:
        return TOO_FEW if count < FEW or milliseconds is None else told(milliseconds, step)

    level, words = _against(one, of)
    before = of.before.responses
    rows = (
        ("Target", _target(source)),
        ("Business time" if business else "Calendar time", f"n = {n:,}"),
        ("A week ago", said(before.within, before.n)),
    )  # fmt: skip
    return Tile(title, said(within, n), level, words, rows, "first responses late")


def _against(one: Figures, of: Tickets) -> tuple[Level, str]:
    kept = of.now.kept_first
    if Target.FIRST_RESPONSE not in one.source.targets or kept.n < FEW:
        return Level.PLAIN, ""
    percent = 100 * kept.part // kept.n
    if kept.part >= ENOUGH * kept.n:
        return Level.FINE, f"{percent} % in time"
    return Level.ALARM, f"{percent} % in time, not {100 * ENOUGH:.0f}"


def _target(source: Source) -> str:
    """What was promised to all, and what to some beside it."""
    target = Target.FIRST_RESPONSE
    mine = [one for one in source.definition.promises if one.target is target]
    if target not in source.targets:
        return "none is set"
    common = next((span(one.within) for one in mine if one.is_for_all), "")
    some = min((one.within for one in mine if not one.is_for_all), default=None)
    if common and some is not None:
        return f"{common} (some {span(some)})"
    return common or f"{span(some or 0)} for some"


def satisfaction(one: Figures, of: Tickets) -> Tile:
    """The share of good ratings, with how many there were."""
    title = "Satisfied, last 7 days"
    if Fact.SATISFACTION not in one.source.measures.told:
        return Tile(title, DASH, said=f"{one.source.vendor} does not tell it")
    good, bad = (one.gauges.total(RATINGS, window="7d", rating=word) for word in (GOOD, BAD))
    before = of.before.good
    rows = (
        ("Rated", f"n = {good + bad:,}"),
        ("A week ago", f"{share(before.part, before.n)} of {before.n:,}"),
    )
    return Tile(title, share(good, good + bad), rows=rows)


def arrivals(one: Figures, of: Tickets) -> Tile:
    """Created in the last hour and today, against what was to be expected."""
    (hour, then), (today, day) = of.arrivals.last_hour, of.arrivals.today
    solved = one.gauges.value("support_today", fact=TODAY[Fact.SOLVED])
    level, said = _surprise(one, of.expected, hour)
    before = change(today, day) if day >= FEW else f" ({day} then)"
    rows = (
        ("Expected", str(of.expected.last_hour) if of.expected else NOT_KNOWN),
        ("A week ago", f"{then:,}"),
        ("Today", f"{today:,}{before}"),
        ("Solved today", DASH if solved is None else f"{solved:,}"),
    )
    return Tile("Arrived, last hour", f"{hour:,}", level, said, rows, f"arrivals, {said}")


def _surprise(one: Figures, expected: Expected | None, hour: int) -> tuple[Level, str]:
    """As the alerts judge it, channel by channel; else whether all together are out of the band."""
    for direction, words in ((SPIKE, "more"), (DROP, "fewer")):
        scores = one.gauges.split(SCORE, "channel", direction=direction)
        judged = sorted(channel for channel in scores if scores[channel] >= THOUSANDTHS)
        if judged:
            return Level.ALARM, f"{words} by {', '.join(judged)}"
    if expected is None:
        return Level.PLAIN, ""
    if hour > expected.last_hour.upper:
        return Level.RISK, "above what is usual"
    if hour < expected.last_hour.lower:
        return Level.RISK, "below what is usual"
    return Level.FINE, "as expected"


def age(one: Figures, now: int) -> Tile:
    """How old the numbers are, against how often they are asked for."""
    source = one.source
    old = now - one.at
    level = Level.ALARM if old > source.stale_after else Level.FINE
    rows = (
        ("Asked every", span(source.poll // timedelta(milliseconds=1))),
        ("Complete to", one.clock(one.at, "%H:%M %Z")),
    )
    said = "up to date" if level is Level.FINE else f"older than {duration(source.stale_after)}"
    return Tile("Age of the data", duration(max(old, 0)), level, said, rows, "data old")


OF_TICKETS: tuple[Callable[[Figures, Tickets], Tile], ...] = (
    open_now,
    promises,
    first_response,
    satisfaction,
    arrivals,
)
"""A row for each tile of a helpdesk."""
