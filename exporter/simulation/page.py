"""A simulation as one HTML page that needs nothing but itself."""

from __future__ import annotations

import html
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING

from exporter.reporting.measures import Unit
from exporter.reporting.page import asset, days, figure
from exporter.reporting.period import instant_iso
from exporter.reporting.timelines import Axis, Lane, Mark, band, lanes
from exporter.reporting.words import DASH, value_text
from exporter.simulation.episodes import Episode
from exporter.simulation.simulation import Outcome, Simulation

if TYPE_CHECKING:
    from pandas import DataFrame

SEVERITIES = ("page", "ticket", "info")
_PLACE = ("instance", "job", "source")
VOLUME = ("VolumeSpike", "VolumeDrop")


def page(found: Simulation) -> str:
    """The whole page."""
    text = (files("exporter.simulation") / "assets" / "simulation.html").read_text("utf-8")
    return Template(text).substitute(
        style=asset("page.css"),
        source=html.escape(found.source),
        period=html.escape(days(found.period)),
        tiles="".join(_tiles(found)),
        charts="".join(_charts(found)),
        alerts="".join(_alert(one, found.weeks) for one in found.outcomes),
        episodes="".join(_episodes(found)) or '<tr><td class="words">nothing rang</td></tr>',
    )


def about(episode: Episode) -> str:
    """What an episode is about: the labels that tell it from others of its source."""
    told = [f"{name} {value}" for name, value in episode.labels if name not in _PLACE]
    return ", ".join(told)


def lasted(seconds: float | None) -> str:
    """A length of time in words."""
    return value_text(seconds, Unit.SECONDS)


def frame(found: Simulation) -> DataFrame:
    """Every episode as a row, by time."""
    from pandas import DataFrame

    rows = [
        {
            "from": instant_iso(one.begin * 1000),
            "alert": outcome.alert.name,
            "severity": outcome.severity,
            "about": about(one),
            "minutes": one.seconds // 60,
            "most": round(one.peak, 2),
        }
        for outcome, one in _by_time(found)
    ]
    columns = ["from", "alert", "severity", "about", "minutes", "most"]
    return DataFrame(rows, columns=columns)


def _by_time(found: Simulation) -> list[tuple[Outcome, Episode]]:
    every = [(outcome, one) for outcome in found.outcomes for one in outcome.episodes]
    return sorted(every, key=lambda pair: (pair[1].begin, pair[0].alert.name))


def _tiles(found: Simulation) -> Iterator[str]:
    for severity in SEVERITIES:
        times = sum(len(o.episodes) for o in found.outcomes if o.severity == severity)
        yield (
            f'<div class="tile"><h3>{severity.capitalize()}</h3><p class="number">{times}</p>'
            f'<p class="note">{times / found.weeks:.1f} a week</p></div>'
        )


def _charts(found: Simulation) -> Iterator[str]:
    axis = Axis(found.period.since // 1000, found.period.until // 1000)
    drawn = [_lane(one) for one in found.outcomes if one.episodes]
    legend = " ".join(f'<i class="{name}"></i>{name}' for name in SEVERITIES)
    if drawn:
        yield figure("When", legend, lanes(drawn, axis, "When each alert would have been firing"))
    rang = {channel: list(_of(channel, found)) for channel in found.arrivals}
    for channel, expected in sorted(found.arrivals.items(), key=lambda one: -len(rang[one[0]])):
        marks = [_mark(episode) for episode in rang[channel]]
        title = f"Tickets by {channel} within an hour, and what was expected"
        yield figure(title, "", band(expected, marks, axis, title))


def _of(channel: str, found: Simulation) -> Iterator[Episode]:
    """When the volume of a channel would have rung."""
    for one in found.outcomes:
        for episode in one.episodes:
            if one.alert.name in VOLUME and dict(episode.labels).get("channel") == channel:
                yield episode


def _lane(outcome: Outcome) -> Lane:
    marks = [_mark(episode) for episode in outcome.episodes]
    return Lane(outcome.alert.name, outcome.severity, marks)


def _mark(episode: Episode) -> Mark:
    words = f"{_instant(episode.begin)}, {lasted(episode.seconds)}: {about(episode)}"
    return Mark(episode.begin, episode.end, words)


def _alert(outcome: Outcome, weeks: float) -> str:
    times = len(outcome.episodes)
    cells = [DASH] * 4
    if not outcome.untried:
        lengths = [one.seconds for one in outcome.episodes]
        longest = lasted(max(lengths)) if lengths else DASH
        cells = [str(times), f"{times / weeks:.2f}", longest, lasted(sum(lengths))]
    words = f"not tried: {outcome.untried}" if outcome.untried else ""
    return (
        f'<tr><th scope="row">{html.escape(outcome.alert.name)}</th><td>{outcome.severity}</td>'
        + "".join(f"<td>{cell}</td>" for cell in cells)
        + f'<td class="words">{html.escape(words)}</td></tr>'
    )


def _episodes(found: Simulation) -> Iterator[str]:
    for outcome, one in _by_time(found):
        length = lasted(one.seconds) if one.ended else f"{lasted(one.seconds)} and on"
        yield (
            f'<tr><th scope="row">{_instant(one.begin)}</th><td>{length}</td>'
            f"<td>{html.escape(outcome.alert.name)}</td><td>{html.escape(about(one))}</td>"
            f"<td>{one.peak:,.4g}</td></tr>"
        )


def _instant(at: int) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%a %d %b %H:%M}"
