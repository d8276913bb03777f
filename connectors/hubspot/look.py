"""What `check` finds out about one HubSpot account."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from connectors.contract import Finding, Reason
from connectors.http import ApiSession, Forbidden
from connectors.hubspot import bin as wastebin
from connectors.hubspot import mapping, sales
from connectors.hubspot.portal import NO_COMPANIES, Portal
from connectors.hubspot.search import Filter, Search
from connectors.hubspot.settings import HubSpotSettings
from connectors.hubspot.wire import CHANGED, Properties, Row
from connectors.verdicts import clock, failed

LOOK: Final = 100
"""Records that are looked at."""


@dataclass(frozen=True)
class Looking:
    """One look at an account. searches: by kind. Every call raises `ConnectorError`."""

    session: ApiSession
    settings: HubSpotSettings
    portal: Portal
    searches: dict[str, Search]

    def findings(self) -> Iterator[Finding]:
        """The token, each kind of record, rights, properties, the clock."""
        parts = (
            (self.settings.tickets, self._tickets),
            (self.settings.customers, self._companies),
            (self.settings.customers, self._deals),
        )
        for is_read, part in parts:
            if is_read:
                try:
                    yield from part()
                except Forbidden as error:
                    yield failed(error, self.session.source)

    def _tickets(self) -> Iterator[Finding]:
        found = self.searches["tickets"].find([], f"-{CHANGED}", LOOK)
        yield Finding("ok", f"signed in to {self.settings.url}")
        yield clock(found.at, self.settings.url)
        yield Finding("ok", f"{found.total} tickets can be read")
        yield from self._stages()
        yield from self._teams()
        yield from self._whose([one.row for one in found.dated])
        yield from self._missing("tickets", (self.settings.properties.team, *self.settings.fields))
        yield from self._thrown("tickets")

    def _stages(self) -> Iterator[Finding]:
        """Which open stages nobody has said anything about."""
        stages = self.portal.stages
        closed = [one.label for one in stages.values() if one.is_closed]
        if not closed:
            yield Finding(
                "warning",
                "no stage of a ticket pipeline is closed, so that no ticket is ever solved. Set "
                "the status of the last stage to Closed in HubSpot.",
            )
        unknown = [
            one.label
            for one in stages.values()
            if not one.is_closed
            and self.settings.meaning(one.id, one.label) is None
            and one.label.strip().lower() not in mapping.LABELS
        ]
        if unknown:
            yield Finding(
                "ok",
                f"stages that count as open: {', '.join(unknown)}; `stages` of this source says "
                "which of them are new, pending or on hold",
            )
        known = {*stages, *(one.label.strip() for one in stages.values())}
        small = {one.lower() for one in known}
        if lost := sorted(self.settings.stages.keys() - small):
            yield Finding("warning", f"`stages` names {', '.join(lost)}, which no pipeline has")

    def _teams(self) -> Iterator[Finding]:
        count = len(self.portal.teams)
        if self.portal.gaps:
            yield from (Finding("warning", gap) for gap in self.portal.gaps)
        else:
            yield Finding("ok", f"{count} teams can be read")

    def _whose(self, rows: Sequence[Row]) -> Iterator[Finding]:
        ids = {one for row in rows if (one := row.text(mapping.COMPANY))}
        known = self.portal.companies(ids)
        if NO_COMPANIES in self.portal.gaps:
            yield Finding("warning", NO_COMPANIES)
            return
        asked = sum(row.text(mapping.COMPANY) in known for row in rows)
        yield Finding("ok", f"{asked} of the newest {len(rows)} tickets tell whose they are")

    def _companies(self) -> Iterator[Finding]:
        found = self.searches["companies"].find([], f"-{CHANGED}", 1)
        if not self.settings.tickets:
            yield Finding("ok", f"signed in to {self.settings.url}")
            yield clock(found.at, self.settings.url)
        yield Finding("ok", f"{found.total} companies can be read")
        named = self.settings.properties.external_id
        yield from self._missing("companies", (named,) if named else ())

    def _deals(self) -> Iterator[Finding]:
        settings = self.settings
        named = [one for one in sales.of_deal(settings) if one not in BUILT_IN]
        missing = list(self._missing("deals", named))
        yield from missing
        recurring = [Filter(sales.WON, "EQ", sales.YES)]
        if not missing:
            recurring.append(Filter(settings.properties.revenue, "HAS_PROPERTY"))
        found = self.searches["deals"].find(recurring, f"-{CHANGED}", LOOK)
        yield Finding("ok", f"{found.total} deals were won and recur")
        if any(not one.row.text(sales.CURRENCY) for one in found.dated):
            yield Finding("ok", f"deals that name no currency are in {self.portal.currency}")
        yield from self._thrown("deals")

    def _missing(self, kind: str, names: Sequence[str]) -> Iterator[Finding]:
        """Properties that are named and that the account does not have: they are empty in
        silence."""
        if not names:
            return
        told = self.session.get(f"/crm/v3/properties/{kind}", decode=Properties).value.results
        if lost := [name for name in names if name not in {one.name for one in told}]:
            yield Finding(
                "warning",
                f"{kind} have no property {', '.join(lost)}, so that it is empty on each of them. "
                "Make it in HubSpot, or name the right one in the settings of this source.",
                Reason.CONFIGURATION,
            )

    def _thrown(self, kind: str) -> Iterator[Finding]:
        if self.settings.deletions:
            wastebin.first(self.session, kind)
            yield Finding("ok", f"deleted {kind} can be read")


BUILT_IN: Final = (sales.COMPANY, sales.CURRENCY, sales.WON, sales.STAGE)
"""Properties of deals that every account has."""
