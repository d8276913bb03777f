"""A report as one HTML page that needs nothing but itself."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from itertools import pairwise
from string import Template
from typing import TYPE_CHECKING

from connectors import Fact
from exporter.reporting import charts
from exporter.reporting.measures import FEW, Unit
from exporter.reporting.period import Period, instant_text
from exporter.reporting.report import ALL, BACKLOG, Line, Report, backlog
from exporter.reporting.words import change_text, judged, value_text

if TYPE_CHECKING:
    from pandas import DataFrame

DAY = 86_400_000
MOST_POINTS = 92
TILES = ("created", "solved", BACKLOG, "first_response_median", "resolution_median", "one_touch",
         "sla_first_response", "sla_resolution", "csat", "nps")  # fmt: skip
COLUMNS = ("created", "solved", BACKLOG, "first_response_median", "first_response_p90",
           "resolution_median", "sla_first_response", "sla_resolution", "csat", "nps")  # fmt: skip
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
# Classes of durations that a chart has room for: upper bound in seconds and its name.
CLASSES = ((300, "5 min"), (900, "15 min"), (3600, "1 h"), (14_400, "4 h"), (28_800, "8 h"),
           (86_400, "1 d"), (259_200, "3 d"), (None, "more"))  # fmt: skip
SPREAD = (
    ("first_response", "First response", Fact.FIRST_RESPONSE),
    ("next_response", "Next response", Fact.NEXT_RESPONSE),
    ("resolution", "Resolution", Fact.SOLVED),
)


def asset(name: str) -> str:
    """A text that pages are made of."""
    return (files("exporter.reporting") / "assets" / name).read_text("utf-8")


def template(name: str) -> Template:
    """A page with places in it."""
    return Template(asset(name))


def page(report: Report) -> str:
    """The whole page."""
    whole = report.of(ALL)
    return template("report.html").substitute(
        style=asset("page.css"),
        sources=html.escape(", ".join(report.sources)),
        period=html.escape(days(report.period)),
        before=html.escape(days(report.period.before)),
        tiles="".join(_tile(line) for name in TILES for line in whole if line.measure == name),
        charts="".join(_charts(report)),
        groups=_groups(report),
        lines="".join(_row(line) for line in whole),
        few=str(FEW),
    )


def days(period: Period) -> str:
    """A period in words."""
    return f"{instant_text(period.since)} to {instant_text(period.until)} UTC"


def _tile(line: Line) -> str:
    n = "" if line.unit is Unit.COUNT else f"n = {line.n:,}"
    note = " · ".join(part for part in (n, line.note) if part)
    meter = charts.meter(line.value) if line.unit is Unit.SHARE and line.value is not None else ""
    return (
        f'<div class="tile"><h3>{html.escape(line.title)}</h3>'
        f'<p class="number">{value_text(line.value, line.unit)}</p>{meter}'
        f'<p class="note"><b class="{judged(line)}">{change_text(line)}</b> '
        f"<span>{html.escape(note)}</span></p></div>"
    )


def _charts(report: Report) -> Iterable[str]:
    ends, labels = _points(report.period)
    yield figure(
        "Created and solved",
        _legend(("a", "created"), ("b", "solved")),
        charts.lines(
            [
                charts.Line(_per_step(report.facts, Fact.CREATED, ends), "a", "created"),
                charts.Line(_per_step(report.facts, Fact.SOLVED, ends), "b", "solved"),
            ],
            labels,
            "Tickets created and solved over the period",
        ),
    )
    standing = [float(backlog(report.tickets, at - 1)) for at in ends[1:]]
    yield figure(
        "Backlog",
        "",
        charts.lines([charts.Line(standing, "a", "open")], labels, "Open tickets over the period"),
    )
    told = {line.measure for line in report.of(ALL)}
    for measure, name, fact in SPREAD:
        if f"{measure}_median" in told:
            yield _spread(report, name, fact)
    yield figure("When tickets come in", "per week, hours in UTC", _arrivals(report))


def _spread(report: Report, name: str, fact: Fact) -> str:
    now, then = (_shares(report.facts, fact, p) for p in (report.period, report.period.before))
    names = [label for _, label in CLASSES]
    drawn = charts.bars(now, then, names, f"{name}: share of each class of duration")
    return figure(f"{name}, up to", _legend(("a", "now"), ("then", "before")), drawn)


def figure(title: str, beside: str, drawn: str) -> str:
    """A chart with its title. beside: the legend, as HTML."""
    caption = f"<figcaption>{html.escape(title)} <small>{beside}</small></figcaption>"
    return f"<figure>{caption}{drawn}</figure>"


def _legend(*entries: tuple[str, str]) -> str:
    return " ".join(f'<i class="{style}"></i>{html.escape(words)}' for style, words in entries)


def _points(period: Period) -> tuple[list[int], list[str]]:
    """The bounds of days, or of so many days that they have room, and the name of each."""
    days = max(1, -(-period.length // DAY))
    step = -(-days // MOST_POINTS) * DAY
    bounds = list(range(period.since, period.until, step))
    names = [f"{datetime.fromtimestamp(at // 1000, UTC):%d %b}" for at in bounds]
    return [*bounds, period.until], names


def _per_step(facts: DataFrame, kind: Fact, bounds: Sequence[int]) -> list[float]:
    at = facts.loc[facts["kind"] == kind.value, "at"]
    return [float(((at >= begin) & (at < end)).sum()) for begin, end in pairwise(bounds)]


def _shares(facts: DataFrame, kind: Fact, period: Period) -> list[float]:
    mine = facts[(facts["kind"] == kind.value) & (facts["at"] >= period.since)
                 & (facts["at"] < period.until)]  # fmt: skip
    seconds = mine["value"].dropna().astype("int64") / 1000
    total, shares, below = len(seconds) or 1, [], 0
    for limit, _ in CLASSES:
        upto = len(seconds) if limit is None else int((seconds <= limit).sum())
        shares.append((upto - below) / total)
        below = upto
    return shares


def _arrivals(report: Report) -> str:
    cells = [[0.0] * 24 for _ in WEEKDAYS]
    weeks = timedelta(milliseconds=report.period.length) / timedelta(weeks=1)
    created = report.facts[report.facts["kind"] == Fact.CREATED.value]
    for at in created["at"]:
        if report.period.holds(at):
            when = datetime.fromtimestamp(at // 1000, UTC)
            cells[when.weekday()][when.hour] += 1 / max(weeks, 1 / 7)
    return charts.heat(cells, WEEKDAYS, "Tickets created by weekday and hour, in UTC")


def _groups(report: Report) -> str:
    """One row to each group, where the report is broken down."""
    if report.by is None:
        return ""
    titles = {line.measure: line.title for line in report.lines if line.measure in COLUMNS}
    shown = [name for name in COLUMNS if name in titles]
    head = "".join(f'<th scope="col">{html.escape(titles[name])}</th>' for name in shown)
    rows = "".join(_group_row(report, group, shown) for group in report.groups)
    return (
        f"<section><h2>By {html.escape(report.by)}</h2><div class=scroll><table><thead><tr>"
        f'<th scope="col">{html.escape(report.by)}</th>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div></section>"
    )


def _group_row(report: Report, group: str, shown: Iterable[str]) -> str:
    mine = {line.measure: line for line in report.of(group)}
    cells = "".join(_group_cell(mine.get(name)) for name in shown)
    return f'<tr><th scope="row">{html.escape(group)}</th>{cells}</tr>'


def _group_cell(line: Line | None) -> str:
    if line is None:
        return "<td>–</td>"
    few = f' class="few" title="n = {line.n:,}, too few"' if line.note else ""
    return (
        f"<td{few}>{value_text(line.value, line.unit)}"
        f'<small class="{judged(line)}">{change_text(line)}</small></td>'
    )


def _row(line: Line) -> str:
    return (
        f'<tr><th scope="row">{html.escape(line.title)}</th>'
        f"<td>{value_text(line.value, line.unit)}</td><td>{line.n:,}</td>"
        f"<td>{value_text(line.before, line.unit)}</td><td>{line.n_before:,}</td>"
        f'<td class="{judged(line)}">{change_text(line)}</td>'
        f'<td class="words">{html.escape(line.note)}</td></tr>'
    )
