"""What `check` finds out about one Freshdesk account."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from connectors.contract import Finding
from connectors.freshdesk import mapping, wire
from connectors.freshdesk.account import NO_COMPANIES, NO_GROUPS, Account
from connectors.freshdesk.fields import CustomFields
from connectors.freshdesk.listing import LISTS, Listing, gone_unread
from connectors.freshdesk.ratings import NO_RATINGS, Ratings
from connectors.freshdesk.settings import FreshdeskSettings
from connectors.http import ApiSession, Forbidden
from connectors.verdicts import clock
from connectors.walking import BEGINNING

ME: Final = "/api/v2/agents/me"
FIELDS: Final = "/api/v2/ticket_fields"
EVERYTHING: Final = 1
"""The scope of an agent who sees all tickets."""

LOOK: Final = 100
"""Tickets that are looked at."""

SCARCE: Final = 0.1
"""The part of the requests of a minute that had better be left."""


@dataclass(frozen=True)
class Looking:
    """One look at an account. Every call raises `ConnectorError`."""

    session: ApiSession
    settings: FreshdeskSettings
    remedy: str

    def findings(self) -> Iterator[Finding]:
        """The key and its rights, the clock, tickets, teams, companies, ratings."""
        me = self.session.get(ME, decode=wire.Me)
        yield Finding("ok", f"signed in to {self.settings.base_url}")
        yield clock(me.at, self.settings.base_url)
        if me.value.ticket_scope not in (None, EVERYTHING):
            yield Finding(
                "warning",
                f"this agent does not see all tickets, and what it does not see is not counted. "
                f"{self.remedy}",
            )
        yield from _left(me.headers)
        yield from self._tickets()
        yield from self._ratings()

    def _tickets(self) -> Iterator[Finding]:
        found = Listing(self.session, "tickets", self.settings.page_size).newest(LOOK)
        yield Finding("ok", "tickets can be read")
        if found.rows and all(row.stats is None for row in found.rows):
            yield Finding(
                "warning",
                "tickets come without `stats`, so that neither responses nor solves are told; ask "
                "Freshdesk's support",
            )
        yield from self._fields(found.rows)
        yield from self._statuses()
        yield from self._gone()
        yield from self._whose(found.rows)

    def _fields(self, rows: Sequence[wire.Ticket]) -> Iterator[Finding]:
        """Which ticket fields of the settings are not there."""
        for name in CustomFields(self.settings).lacking(rows) if rows else ():
            yield Finding("warning", f"no ticket has the field '{name}', which this source names")

    def _statuses(self) -> Iterator[Finding]:
        """Which statuses nobody has said anything about, and which nobody has."""
        try:
            raws = self.session.get(FIELDS, decode=wire.Raws).value
        except Forbidden:
            yield Finding("ok", "which statuses the account made itself may not be looked up")
            return
        named, known = _named(raws), {*mapping.STATUSES, *self.settings.statuses}
        unknown = {n: name for n, name in named.items() if n not in known}
        if unknown:
            told = ", ".join(f"{number} ({name})" for number, name in sorted(unknown.items()))
            yield Finding(
                "ok",
                f"statuses that count as open: {told}; `statuses` of this source says what they "
                "mean",
            )
        for number in sorted(self.settings.statuses.keys() - named.keys()) if named else ():
            yield Finding("warning", f"no status is {number}, which `statuses` explains")

    def _gone(self) -> Iterator[Finding]:
        for name in LISTS:
            if LISTS[name] is not None:
                try:
                    Listing(self.session, name, self.settings.page_size).newest(1)
                except Forbidden:
                    yield Finding("warning", gone_unread(name))
                else:
                    yield Finding("ok", f"the list `{name}` can be read")

    def _whose(self, rows: Sequence[wire.Ticket]) -> Iterator[Finding]:
        account = Account(self.session, self.settings)
        account.teams([row.group_id for row in rows] or [0])
        known = account.customers(row.company_id for row in rows)
        yield from (Finding("warning", gap) for gap in account.gaps)
        if NO_GROUPS not in account.gaps:
            yield Finding("ok", "groups can be read")
        if self.settings.companies and NO_COMPANIES not in account.gaps:
            told = sum(row.company_id in known for row in rows)
            yield Finding("ok", f"{told} of the newest {len(rows)} tickets tell whose they are")
        if known and self.settings.external_id and not any(o.external_ids for o in known.values()):
            yield Finding(
                "warning",
                f"none of their {len(known)} companies has anything in the field "
                f"'{self.settings.external_id}', which `external_id` names",
            )

    def _ratings(self) -> Iterator[Finding]:
        if self.settings.satisfaction_ratings:
            try:
                Ratings(self.session, self.settings.page_size).page(BEGINNING, 1, 1)
            except Forbidden:
                yield Finding("warning", NO_RATINGS)
            else:
                yield Finding("ok", "satisfaction ratings can be read")


def _left(headers: Mapping[str, str]) -> Iterator[Finding]:
    """How many requests of this minute are left to the account, where that is told."""
    try:
        left, most = (int(headers[f"X-RateLimit-{name}"]) for name in ("Remaining", "Total"))
    except (KeyError, ValueError):
        return
    told = f"{left} of the {most} requests that the account has a minute are left"
    if left < SCARCE * most:
        yield Finding("warning", f"{told}: see who else spends them, or ask less often (`poll`)")
    else:
        yield Finding("ok", told)


def _named(raws: Sequence[msgspec.Raw]) -> dict[int, str]:
    """What agents call each status, by its number."""
    for field in wire.FIELDS.read(raws)[0]:
        if field.name == "status" and isinstance(field.choices, dict):
            return {
                int(number): str(names[0] if isinstance(names, list) and names else names)
                for number, names in field.choices.items()
                if str(number).isdecimal()
            }
    return {}
