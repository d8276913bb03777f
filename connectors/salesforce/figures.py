"""Salesforce's own counts of cases.

Asked apart from what polling reads, so that a mistake in the one is found by the other.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from connectors.contract import Fact, Figure
from connectors.salesforce.org import Org
from connectors.salesforce.soql import moment
from connectors.salesforce.streams import MASTER

CASE: Final = "Case"


def figures(org: Org, closed: str, since: datetime, until: datetime) -> list[Figure]:
    """How many cases were created and last closed in [since, until], and are open now.

    closed: the field that says when. Raises `ConnectorError`.
    """
    live = [f"{MASTER} = null"] if MASTER in (org.has(CASE) or ()) else []
    moving = f"SystemModstamp > {moment(until)}"
    told = []
    for fact, name in ((Fact.CREATED, "CreatedDate"), (Fact.SOLVED, closed)):
        within = [f"{name} >= {moment(since)}", f"{name} <= {moment(until)}", *live]
        told.append(
            Figure(
                fact, f"cases by {name}", org.count(CASE, *within), org.count(CASE, *within, moving)
            )
        )
    count = org.count(CASE, "IsClosed = false", *live)
    return [*told, Figure(Fact.OPEN, "cases that are not closed", count)]
