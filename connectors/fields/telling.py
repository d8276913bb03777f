"""What several tables can tell together: tickets, customers, and what these pay for."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Final

from connectors.contract import Fact, Measures, Told
from connectors.fields.kinds import Customers, Kind, Subscriptions, Tickets
from connectors.fields.measures import Manner, lacking, measures, precision

# For each fact what must be named; of the fields that stand together, one.
NEEDS: Final[dict[Fact, tuple[tuple[str, ...], ...]]] = {
    Fact.CUSTOMERS: (("ended", "status"),),
    Fact.CHURN_REASON: (("reason",),),
    Fact.REVENUE: (("amount",),),
    Fact.TRIALS: (("trial", "status"),),
    Fact.ENDING: (("ending", "status", "ended"),),
    Fact.PAST_DUE: (("past_due", "status"),),
}
TIMED: Final = (Fact.CUSTOMERS, Fact.REVENUE)
OF_TICKETS: Final = (
    "Only the last solve is told; a ticket that is closed without one tells its closing.",
    "Replies and waits are counted as {whole} counts them.",
    "Whatever happened and was undone between two polls is unseen.",
)
GONE: Final = (
    "A subscription that is no longer told stays as it was: `ended` or `status` ends one, and the "
    "status `deleted` says that it never should have been."
)
PRESENT: Final = "A row tells the present price; a new one is dated by the change of its row."
AS_PRECISE: Final = "as precise as the times of {whole}"

Table = tuple[Kind, str | None]
"""What the rows of a table are, and the format of their times (None: ISO 8601)."""


def told_by(tables: Collection[Table], manner: Manner) -> Measures:
    """What these tables tell."""
    found = [_of_tickets(kind, form, manner) for kind, form in tables if isinstance(kind, Tickets)]
    found += [_paid(kind, form, manner) for kind, form in tables if isinstance(kind, Subscriptions)]
    first, *others = found
    for other in others:
        first = replace(
            first,
            told={**first.told, **other.told},
            untold={**first.untold, **other.untold},
            prices=other.prices,
            notes=(*first.notes, *other.notes),
        )
    asked = [one for one, _ in tables if isinstance(one, Customers) and one.named.recommendation]
    return _recommended(first) if asked else first


def _of_tickets(kind: Tickets, form: str | None, manner: Manner) -> Measures:
    notes = tuple(note.format(whole=manner.whole) for note in OF_TICKETS)
    return measures(kind.named.named, form, manner, notes)


def _paid(kind: Subscriptions, form: str | None, manner: Manner) -> Measures:
    key = replace(manner, key="subscriptions.columns")
    untold = {
        fact: why for fact, needs in NEEDS.items() if (why := lacking(needs, kind.columns, key))
    }
    timed = Told(precision(form), AS_PRECISE.format(whole=manner.whole))
    told = {
        fact: timed if fact in TIMED and timed.precision > 1 else Told()
        for fact in NEEDS
        if fact not in untold
    }
    if kind.charging.dated:
        return Measures(told, untold, prices="events", notes=(GONE,))
    return Measures(told, untold, notes=(GONE, PRESENT))


def _recommended(found: Measures) -> Measures:
    """Customers tell answers to a survey, of no ticket."""
    untold: Mapping[Fact, str] = {
        fact: why for fact, why in found.untold.items() if fact is not Fact.RECOMMENDATION
    }
    return replace(found, told={**found.told, Fact.RECOMMENDATION: Told()}, untold=untold)
