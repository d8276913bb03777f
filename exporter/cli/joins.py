"""How many tickets have a customer, and what to do where few have one: for `deskpulse check`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from connectors import Fact, Finding
from exporter.cli.wiring import Unusable, opened_store, source
from exporter.config import Config, SourceConfig
from exporter.customers.experience import DAY
from exporter.customers.identity import By, Unjoined

if TYPE_CHECKING:
    from exporter.store import Store

MANY = 0.5
"""Where a smaller share of tickets has a customer, something had better be done."""

_REASONS = {
    Unjoined.ANONYMOUS: (
        "do not say which company asked",
        "give organizations at the helpdesk an external id or a domain",
    ),
    Unjoined.UNKNOWN: (
        "are of companies that no customer is called like",
        "write the helpdesk's external id, or the domain, to the customer in the CRM",
    ),
    Unjoined.SHARED: (
        "are of a company whose id or domain several customers have",
        "merge those customers, or give each an id of its own",
    ),
    Unjoined.PUBLIC: (
        "come from public mail providers",
        "give those organizations an external id at the helpdesk",
    ),
}


def about_joins(config: Config, one: SourceConfig) -> Iterator[Finding]:
    """What a source that tells customers is told of their tickets."""
    if Fact.CUSTOMERS not in one.measures().told:
        return
    helpdesks = one.helpdesks()
    if not helpdesks:
        yield Finding(
            "warning",
            "no source of this file tells whose its tickets are, so that support and churn are "
            "not held together: add a helpdesk that can, see docs/impact.md",
        )
        return
    try:
        with opened_store(config, existing=True) as store:
            found = _joins(store, one)
    except Unusable:
        found = None
    if found is None:
        names = ", ".join(helpdesks)
        message = f"how many tickets of {names} have a customer is told after a first import"
        yield Finding("ok", message)
        return
    yield from _findings(found, one.service.expectations.window)


def _joins(store: Store, one: SourceConfig) -> Counter[By | Unjoined] | None:
    """Tickets by what told whose they are; None where not everything was imported yet."""
    from exporter.store.experiences import Experiences

    state = store.states().get(one.name)
    if state is None or not state.primed:
        return None
    with store.database.reading() as connection:
        experiences = Experiences(store.database, connection, source(one))
        horizon = experiences.horizon(state.complete_to)
        return None if horizon is None else experiences.reckon({}, horizon).joins


def _findings(found: Counter[By | Unjoined], window: int) -> Iterator[Finding]:
    total = sum(found.values())
    joined = sum(found[by] for by in By)
    how = ", ".join(f"{found[by]:,} by {by.replace('_', ' ')}" for by in By)
    is_well = joined >= MANY * total
    yield Finding(
        "ok" if is_well else "warning",
        f"{joined:,} of {total:,} tickets of the last {window / DAY:.4g} days have a customer "
        f"({how})",
    )
    for why in () if is_well else Unjoined:
        if found[why]:
            reason, remedy = _REASONS[why]
            yield Finding("warning", f"{found[why]:,} {reason}: {remedy}")
