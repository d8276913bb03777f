"""What `check` finds out: whether the API and the settings speak of the same things."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from difflib import get_close_matches
from typing import Any, Final

from connectors.contract import Finding, Reason
from connectors.fields.ticket import FURTHER
from connectors.http import ApiSession
from connectors.rest.mapping import Reader
from connectors.rest.paging import Answer
from connectors.rest.paths import MISSING, found, places
from connectors.rest.settings import RestSettings
from connectors.rest.walk import Walk, split
from connectors.verdicts import clock

LOOK: Final = 100  # records whose fields are looked for
SHOWN: Final = 5  # rejections that are told one by one
ZONES: Final = timedelta(hours=26)  # the furthest that clocks on walls are apart
FITS: Final = {
    "page": "does `offset` fit better than `page`?",
    "offset": "does `page` fit better than `offset`?",
}
UNKNOWN: Final = "does the vendor know the parameters that `tickets.pagination` names?"
USUAL: Final = frozenset({10, 15, 20, 25, 30, 50, 100, 200, 250, 500, 1000})


def look(api: ApiSession, settings: RestSettings, walk: Walk, reader: Reader) -> Iterator[Finding]:
    """Findings, the credential first. Raises `ConnectorError`."""
    signed = Finding("ok", f"signed in to {settings.url}")
    if settings.check is not None:
        api.get(split(settings.url)[1] + settings.check, decode=Any)
        yield signed
    reply = walk.reply(None)
    if settings.check is None:
        yield signed
    answer = walk.read(reply)
    second = walk.second(answer)
    yield _counted(answer, settings)
    yield clock(answer.at, settings.url)
    yield from _paged(answer, settings)
    yield from _repeats(answer, second, settings)
    yield from _fields(answer.records[:LOOK], reader)
    reading = reader.read(answer.records, answer.at)
    told = [rejection.message for rejection in reading.rejected]
    told += [f"{doubt}." for doubt in reading.doubts]
    yield from (Finding("warning", message) for message in told[:SHOWN])
    if len(told) > SHOWN:
        yield Finding("warning", f"and {len(told) - SHOWN} more records like these")
    if settings.tickets.since is not None and reading.records:
        newest = max(reading.records, key=lambda record: record.changed_at)
        yield from _since(walk, reader, newest.id, newest.changed_at)


def _counted(answer: Answer, settings: RestSettings) -> Finding:
    if answer.records:
        return Finding("ok", f"{answer.path}: {len(answer.records)} records in the first answer")
    where = settings.tickets.records or "the answer"
    return Finding(
        "warning",
        f"{answer.path}: no record in the first answer. If there are tickets, give the credential "
        f"the right to see them, and check `tickets.params` and `tickets.records` ({where}).",
    )


def _paged(answer: Answer, settings: RestSettings) -> Iterator[Finding]:
    """A mistaken pagination looks like a short list, so that what is not certain is told."""
    pagination = settings.tickets.pagination
    count = len(answer.records)
    full = count in USUAL or str(count) in settings.tickets.params.values()
    if pagination is None:
        if full:
            yield Finding(
                "warning",
                f"exactly {count} records and no `tickets.pagination`: if there are more tickets, "
                "say how to get from one page to the next",
            )
        return
    asked = {
        "pagination.cursor.from": pagination.cursor and pagination.cursor.source,
        "pagination.page.more": pagination.page and pagination.page.more,
        "pagination.page.last": pagination.page and pagination.page.last,
        "pagination.offset.more": pagination.offset and pagination.offset.more,
        "pagination.offset.total": pagination.offset and pagination.offset.total,
        "pagination.next": pagination.next,
    }
    for key, path in asked.items():
        if path and found(answer.whole, path) is MISSING:
            near = _near(path, answer.whole)
            yield Finding(
                "warning",
                f"`tickets.{key}`: the first answer has no {path}.{near} That is right only if it "
                "is left out where nothing follows",
            )


def _repeats(first: Answer, second: Answer | None, settings: RestSettings) -> Iterator[Finding]:
    """Of a list that moves while it is read a row or two come again; most come again by mistake."""
    pagination = settings.tickets.pagination
    if second is None or pagination is None:
        return
    path = settings.fields.id
    known = [str(found(record, path)) for record in first.records]
    told = {str(found(record, path)) for record in second.records}
    again = sum(one in told for one in known)
    if 2 * again > len(second.records):
        doubt = UNKNOWN if again == len(known) else FITS.get(pagination.chosen, UNKNOWN)
        yield Finding(
            "warning", f"page 2 repeats {again} of {len(known)} tickets of page 1: {doubt}"
        )


def _fields(records: list[object], reader: Reader) -> Iterator[Finding]:
    if not records:
        return
    absent = reader.absent(records)
    present = len(reader.paths) - len(absent)
    yield Finding("ok", f"{present} of {len(reader.paths)} fields found in {len(records)} records")
    for fact in absent:
        path = reader.paths[fact]
        key = "`further`" if fact.startswith(FURTHER) else f"`fields.{fact}`"
        near = _near(path, *records)
        yield Finding(
            "warning",
            f"{key}: {path} is in none of {len(records)} records.{near} Mend the path, or leave "
            "the field out",
        )


def _since(walk: Walk, reader: Reader, ticket: str, changed: datetime) -> Iterator[Finding]:
    """Whether changes are asked for as the vendor understands it, tried on a ticket we know."""
    answer = walk.ask(changed)
    records = reader.read(answer.records, answer.at).records
    if any(record.changed_at < changed - ZONES for record in records):
        yield Finding(
            "warning",
            "`tickets.since`: the vendor tells tickets from long before the instant that it is "
            "asked for, so that every poll reads everything. Check `tickets.since.param`.",
        )
    elif any(record.id == ticket for record in records):
        yield Finding("ok", "changes can be asked for")
    elif not walk.follows(answer) or walk.passes(records, changed):
        yield Finding(
            "error",
            "`tickets.since`: the vendor leaves out a ticket that changed at the instant that it "
            "is asked for, so that changes would be lost. Check `tickets.since.format` and `zone`.",
            Reason.CONFIGURATION,
        )


def _near(path: str, *told: object) -> str:
    """The path that was perhaps meant, as a sentence; names of fields only, never values."""
    known = {place for one in told for place, _ in places(one)}
    near = get_close_matches(path, sorted(known), 1)
    return f" Did you mean {near[0]}?" if near else ""
