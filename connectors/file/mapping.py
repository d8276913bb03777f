"""From settings to the tables that are read: what their rows are, where they lie, how they are
written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from connectors.fields.cells import Form
from connectors.fields.kinds import Customers, Kind, Tickets, subscriptions
from connectors.fields.ticket import Scales
from connectors.file.settings import FileSettings, Format, SheetSettings


@dataclass(frozen=True, slots=True)
class Sheet:
    """Files of one kind of rows.

    whole: the rows of a file are told in the order of their change, for which all are read first.
    """

    kind: Kind
    path: str
    form: Form
    format: Format | None
    delimiter: str | None
    page_size: int
    whole: bool = False

    def key(self, name: str) -> str:
        """How the cursor calls a file."""
        return name if isinstance(self.kind, Tickets) else f"{self.kind.name}: {name}"


def sheets(settings: FileSettings) -> Iterator[Sheet]:
    """Every kind of files that is named, customers before what they pay for."""
    form = Form(
        settings.zone,
        settings.time_format,
        settings.missing,
        settings.encoding,
        settings.decimal,
        settings.waited_in,
    )
    if settings.customers:
        yield _further(Customers(settings.customers.columns), settings.customers, settings, form)
    if told := settings.subscriptions:
        dated = told.rows == "updates"
        written = replace(form, decimal=settings.said_of_fractions)
        found = _further(subscriptions(told, dated=dated), told, settings, written)
        yield replace(found, whole=dated)
    if settings.path:
        kind = _tickets(settings)
        yield Sheet(
            kind, settings.path, form, settings.format, settings.delimiter, settings.page_size
        )


def _tickets(settings: FileSettings) -> Kind:
    scales = Scales(settings.rating_best, settings.effort_best)
    updates = settings.rows == "updates"
    return Tickets(settings.columns, settings.values, scales, settings.fields, updates)


def _further(kind: Kind, told: SheetSettings, settings: FileSettings, form: Form) -> Sheet:
    """Where a table says nothing of how it is written, it is written as the others."""
    written = Form(
        told.zone or form.zone,
        told.time_format or form.time_format,
        form.missing if told.missing is None else told.missing,
        told.encoding or form.encoding,
        told.decimal or form.decimal,
    )
    delimiter = told.delimiter or settings.delimiter
    return Sheet(
        kind, told.path, written, told.format or settings.format, delimiter, settings.page_size
    )
