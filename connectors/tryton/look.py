"""What `check` finds out about one Tryton database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from connectors.contract import ConfigurationError, Finding, Reason, Rejection, Retriable
from connectors.http import Forbidden
from connectors.tryton import listing, logbook
from connectors.tryton.domain import by
from connectors.tryton.listing import MADE, PARTY, SUBSCRIPTION, Found, Tryton
from connectors.tryton.recurrence import irregular
from connectors.tryton.settings import TrytonSettings
from connectors.tryton.wire import Module, Subscription
from connectors.verdicts import clock

MODULE: Final = "sale_subscription"
NO_PARTIES: Final = (
    f"parties: the user of the key may not read {PARTY.name}, so that nobody can tell which "
    "tickets of other systems are a customer's. Let that user read parties and their contacts."
)


def look(tryton: Tryton, settings: TrytonSettings) -> Iterator[Finding]:
    """Credentials, the module, the clock, rights, time zones, recurrences. Raises
    `ConnectorError`."""
    newest = _newest(tryton, settings)
    rows, rejected = listing.read(newest.raws, Subscription)
    yield Finding("ok", f"signed in to {settings.url}, database {settings.database}")
    yield clock(newest.at, settings.url)
    yield _visible(newest, rejected)
    yield from _doubts(rows)
    logbook.turns(tryton, [row.id for row in rows[: logbook.LOT]])
    yield Finding("ok", "the log of subscriptions can be read")
    yield _parties(tryton)


def uneven(recurrence: int) -> str:
    """That no amount a month follows from this recurrence."""
    return (
        f"the recurrence with id {recurrence} does not come equally often in every month, so that "
        "subscriptions with it count without their amounts. Give it plain rules in Tryton, such "
        "as every month or every year."
    )


def _newest(tryton: Tryton, settings: TrytonSettings) -> Found:
    try:
        return tryton.find(SUBSCRIPTION.name, Subscription, [], by(MADE, "DESC"))
    except Retriable as error:
        # Tryton fails with status 500 where it does not know what it is asked for.
        if error.reason is not Reason.SERVER or _has_module(tryton):
            raise
        raise ConfigurationError(
            f"source '{tryton.source}': the database {settings.database} knows no "
            f"{SUBSCRIPTION.name}. Activate the module {MODULE} in Tryton, or check `database` of "
            "this source."
        ) from None


def _has_module(tryton: Tryton) -> bool:
    found = tryton.find("ir.module", Module, [["name", "=", MODULE]], [["id", "ASC"]])
    modules, _ = listing.read(found.raws, Module)
    return any(one.state == "activated" for one in modules)


def _visible(newest: Found, rejected: Sequence[Rejection]) -> Finding:
    seen = len(newest.raws)
    if rejected:
        return Finding(
            "warning",
            f"{len(rejected)} of the {seen} newest subscriptions cannot be read: "
            f"{rejected[0].message}. Let the user of the key read every field of subscriptions, "
            "lines, services, recurrences, currencies and companies.",
        )
    if seen:
        count = f"more than {seen}" if newest.more else str(seen)
        return Finding("ok", f"subscriptions: {count}; the newest can be read")
    return Finding(
        "warning",
        "no subscription is visible. If there are any, enter their company at the user of the key.",
    )


def _doubts(rows: Iterable[Subscription]) -> Iterator[Finding]:
    if any(row.company is None or not row.company.timezone for row in rows):
        yield Finding(
            "warning",
            "a company has no time zone, so that its dates are read as UTC. Set it in Tryton.",
        )
    for which in sorted({one for row in rows for one in irregular(row.lines)}):
        yield Finding("warning", uneven(which))


def _parties(tryton: Tryton) -> Finding:
    try:
        tryton.find(PARTY.name, PARTY.row, PARTY.only, by(MADE, "DESC"))
    except Forbidden:
        return Finding("warning", NO_PARTIES)
    return Finding("ok", "parties can be read")
