"""Customers by month as one HTML page that needs nothing but itself, and as a person reads them."""

from __future__ import annotations

import html
from collections.abc import Iterator

from exporter.reporting import charts
from exporter.reporting.customers import Cell, Customers, Unit
from exporter.reporting.measures import FEW
from exporter.reporting.page import asset, figure, template
from exporter.reporting.words import DASH, percent

SO_FAR = " (so far)"


def text_of(cell: Cell) -> str:
    """A number in its unit."""
    if cell.value is None:
        return DASH
    if cell.unit is Unit.SHARE:
        return percent(cell.value)
    return f"{cell.value:,.0f}" if cell.unit is Unit.COUNT else f"{cell.value:,.2f}"


def names(found: Customers) -> dict[str, str]:
    """The months with what is to be said of them; the last one may go on."""
    return {one.name: one.name if one.whole else one.name + SO_FAR for one in found.months}


def page(found: Customers) -> str:
    """The whole page."""
    months = list(names(found).values())
    return template("customers.html").substitute(
        style=asset("page.css"),
        sources=html.escape(", ".join(found.sources)),
        period=html.escape(f"{months[0]} to {months[-1]}"),
        zone=html.escape(found.zone),
        charts="".join(_charts(found)),
        tables="".join(_table(found, currency) for currency in found.currencies),
        few=str(FEW),
    )


def _charts(found: Customers) -> Iterator[str]:
    yield _chart(found, "", "customers_end", "Customers at the end of the month")
    for currency in found.currencies[1:]:
        yield _chart(found, currency, "mrr_end", f"MRR at the end of the month, {currency}")


def _chart(found: Customers, currency: str, measure: str, title: str) -> str:
    values = [
        one.value or 0.0
        for one in found.cells
        if (one.currency, one.measure) == (currency, measure)
    ]
    line = charts.Line(values, "a", currency or "customers")
    return figure(title, "", charts.lines([line], [one.name for one in found.months], title))


def _table(found: Customers, currency: str) -> str:
    titles = [cell.title for cell in found.of(currency, found.months[0].name)]
    head = "".join(f'<th scope="col">{html.escape(title)}</th>' for title in titles)
    rows = "".join(
        f'<tr><th scope="row">{name}</th>{"".join(map(_cell, found.of(currency, month)))}</tr>'
        for month, name in names(found).items()
    )
    return (
        f"<section><h2>{html.escape(currency or 'Customers')}</h2>"
        f'<div class="scroll"><table><thead><tr><th scope="col">month</th>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div></section>"
    )


def _cell(cell: Cell) -> str:
    note = f' class="few" title="{html.escape(cell.note)}"' if cell.note else ""
    return f"<td{note}>{text_of(cell)}</td>"
