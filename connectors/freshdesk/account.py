"""What an account says of its tickets elsewhere than on them: teams and companies.

Each is asked for when it is first needed, and kept for one poll.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from connectors.contract import Fatal, Rejection
from connectors.freshdesk import mapping, wire
from connectors.freshdesk.listing import follows
from connectors.freshdesk.settings import FreshdeskSettings
from connectors.http import ApiSession, Forbidden, Missing
from connectors.records import Identity

GROUPS: Final = "/api/v2/groups"
COMPANIES: Final = "/api/v2/companies"
PAGE: Final = 100
LONGEST: Final = 5_000
FEW: Final = 10
"""So many companies are asked for one by one; more, by reading the list of all."""

NO_GROUPS: Final = (
    "groups: Freshdesk refuses to list them to this agent; teams are named by their ids (group-...)"
)
NO_COMPANIES: Final = (
    "companies: Freshdesk refuses them to this agent; whose a ticket is is not told (set "
    "`companies: false` to do without them)"
)


class Account:
    """One account during one poll. Every call raises `ConnectorError`.

    gaps: what it may not be asked, in words for a person.
    """

    def __init__(self, session: ApiSession, settings: FreshdeskSettings) -> None:
        self._session = session
        self._settings = settings
        self._teams: dict[int, str] = {}
        self._knows_all_teams = False
        self._customers: dict[int, Identity | None] = {}
        self._knows_all_companies = False
        self._rejected: list[Rejection] = []
        self.gaps: dict[str, None] = {}

    def rejected(self) -> tuple[Rejection, ...]:
        """What could not be read since the last call."""
        told, self._rejected = tuple(self._rejected), []
        return told

    def teams(self, ids: Iterable[int | None]) -> dict[int, str]:
        """The names of these groups and more; `group-<id>` where Freshdesk tells none."""
        unknown = {one for one in ids if one is not None} - self._teams.keys()
        if unknown and not self._knows_all_teams:
            self._knows_all_teams = True
            try:
                for raws in self._pages(GROUPS):
                    groups, unread = wire.GROUPS.read(raws)
                    self._teams.update((one.id, one.name) for one in groups)
                    self._rejected += unread
            except Forbidden:
                self.gaps[NO_GROUPS] = None
        for number in unknown - self._teams.keys():
            self._teams[number] = f"group-{number}"
        return self._teams

    def customers(self, ids: Iterable[int | None]) -> dict[int, Identity]:
        """By what other systems know these companies, as far as they exist and may be read."""
        wanted = {one for one in ids if one is not None} if self._settings.companies else set()
        unknown = wanted - self._customers.keys()
        if unknown and NO_COMPANIES not in self.gaps and not self._knows_all_companies:
            try:
                self._ask_about(unknown)
            except Forbidden:
                self.gaps[NO_COMPANIES] = None
        found = {one: self._customers.get(one) for one in wanted}
        return {number: one for number, one in found.items() if one is not None}

    def _ask_about(self, ids: set[int]) -> None:
        if len(ids) > FEW:
            self._knows_all_companies = True
            for raws in self._pages(COMPANIES):
                self._learn(raws)
            return
        for number in sorted(ids):
            self._customers[number] = None
            with contextlib.suppress(Missing):  # deleted since
                path = f"{COMPANIES}/{number}"
                self._learn([self._session.get(path, decode=msgspec.Raw).value])

    def _learn(self, raws: list[msgspec.Raw]) -> None:
        companies, unread = wire.COMPANIES.read(raws)
        self._rejected += unread
        for one in companies:
            self._customers[one.id] = mapping.customer(one, self._settings.external_id)

    def _pages(self, path: str) -> Iterator[wire.Raws]:
        seen: set[bytes] = set()
        for number in range(1, LONGEST):
            params: dict[str, str | int] = {"per_page": PAGE, "page": number}
            reply = self._session.get(path, params=params, decode=wire.Raws)
            yield reply.value
            if not follows(reply.headers):
                return
            first = bytes(reply.value[0]) if reply.value else b""
            if first in seen:
                break
            seen.add(first)
        raise Fatal(
            f"source '{self._session.source}': the list at {path} does not come to an end. Nothing "
            "is lost; if it stays so, its API has changed: look for a newer version of the "
            "connector."
        )
