"""The answer to whether support keeps customers, as one HTML page that needs nothing but itself."""

from __future__ import annotations

import html
from collections.abc import Iterator

from exporter.customers.experience import DAY
from exporter.reporting import charts
from exporter.reporting.impact import ASKED, SILENT, Impact, Loss, Row
from exporter.reporting.page import asset, days, figure, template
from exporter.reporting.words import DASH, between, percent, words


def page(found: Impact) -> str:
    """The whole page."""
    return template("impact.html").substitute(
        style=asset("page.css"),
        source=html.escape(found.source),
        helpdesks=html.escape(", ".join(found.helpdesks)),
        period=html.escape(days(found.period)),
        window=f"{found.window / DAY:.4g} days",
        tiles="".join(_tile(row) for row in found.rows if row.verdict),
        charts="".join(_charts(found)),
        rows="".join(_row(row) for row in found.rows),
        notes=_notes(found),
        money=_money(found),
    )


def _tile(row: Row) -> str:
    title = f"{words(row.group)}, against {words(row.against or '')}"
    is_told = row.risk is not None and row.risk.is_told and row.verdict.startswith("left")
    style = "same" if row.risk is None or not is_told else "bad" if row.risk.ratio > 1 else "good"
    ratio = DASH if row.risk is None else f"× {row.risk.ratio:.2f}"
    return (
        f'<div class="tile"><h3>{html.escape(title.capitalize())}</h3>'
        f'<p class="number">{ratio}</p>'
        f'<p class="note"><b class="{style}">{html.escape(row.verdict)}</b></p></div>'
    )


def _charts(found: Impact) -> Iterator[str]:
    pairs = [row for row in found.rows if row.group in (ASKED, SILENT)]
    asked = [row for row in found.rows if row.group not in (ASKED, SILENT)]
    yield figure("Of those who asked, who left", "", _drawn(asked, "Left, by support"))
    yield figure("Who asked and who did not", "", _drawn(pairs, "Left, by having asked"))


def _drawn(rows: list[Row], title: str) -> str:
    shares = [
        charts.Share(row.share, row.low, row.high, "a", words(row.group))
        for row in rows
        if row.share is not None and row.low is not None and row.high is not None
    ]
    return charts.intervals(shares, title)


def _row(row: Row) -> str:
    risk = row.risk
    times = DASH if risk is None else f"{risk.ratio:.2f}"
    interval = DASH if risk is None else f"{risk.low:.2f} to {risk.high:.2f}"
    return (
        f'<tr><th scope="row">{html.escape(words(row.group))}</th><td>{row.n:,}</td>'
        f"<td>{row.left:,}</td><td>{percent(row.share)}</td><td>{between(row.low, row.high)}</td>"
        f"<td>{html.escape(words(row.against or DASH))}</td><td>{times}</td><td>{interval}</td>"
        f'<td class="words">{html.escape(row.verdict)}</td></tr>'
    )


def _notes(found: Impact) -> str:
    items = "".join(f"<li>{html.escape(note)}</li>" for note in found.notes)
    return f'<ul class="notes">{items}</ul>' if items else ""


def _money(found: Impact) -> str:
    if not found.losses:
        return ""
    rows = "".join(_loss(loss) for loss in found.losses)
    head = "".join(
        f'<th scope="col">{name}</th>'
        for name in ("support", "currency", "customers", "left", "paid a month", "lost", "share")
    )
    return (
        '<section><h2>What left with them</h2><div class="scroll"><table>'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
        "<p>What each paid a month when the period began, each currency for itself.</p></section>"
    )


def _loss(loss: Loss) -> str:
    return (
        f'<tr><th scope="row">{html.escape(words(loss.group))}</th>'
        f"<td>{html.escape(loss.currency)}</td><td>{loss.n:,}</td><td>{loss.left:,}</td>"
        f"<td>{loss.paid:,.2f}</td><td>{loss.lost:,.2f}</td><td>{percent(loss.share)}</td></tr>"
    )
