"""What an account says of its records elsewhere than on them: stages, teams, companies, currency.

Each is asked for when it is first needed, and once in a poll.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Final, NamedTuple

from connectors.contract import ConfigurationError
from connectors.http import ApiSession, Forbidden
from connectors.hubspot.settings import HubSpotSettings
from connectors.hubspot.wire import Account, Pipelines, Row, Rows, Teams, read

PIPELINES: Final = "/crm/v3/pipelines/tickets"
TEAMS: Final = "/settings/v3/users/teams"
ACCOUNT: Final = "/account-info/v3/details"
COMPANIES: Final = "/crm/v3/objects/companies/batch/read"

AT_ONCE: Final = 100
"""Companies that may be asked for together."""

DOMAIN: Final = "domain"
MORE_DOMAINS: Final = "hs_additional_domains"

NO_TEAMS: Final = (
    "teams: the token may not read them, so that a team is told by its number. Give the private "
    "app the scope settings.users.teams.read."
)
NO_COMPANIES: Final = (
    "companies: the token may not read them, so that nobody knows whose a ticket is. Give the "
    "private app the scope crm.objects.companies.read."
)


class Stage(NamedTuple):
    """A stage of a ticket pipeline. is_closed: whether it ends a ticket."""

    id: str
    label: str
    is_closed: bool


class Portal:
    """One account during one poll. Every call raises `ConnectorError`.

    gaps: what it may not be asked, in words for a person.
    """

    def __init__(self, session: ApiSession, settings: HubSpotSettings) -> None:
        self._session = session
        self._settings = settings
        self._companies: dict[str, Row | None] = {}
        self._may_read_companies = True
        self.gaps: dict[str, None] = {}

    @cached_property
    def stages(self) -> dict[str, Stage]:
        """The stages of all ticket pipelines, by their ids."""
        told = self._session.get(PIPELINES, decode=Pipelines).value.results
        return {
            one.id: Stage(one.id, one.label, str(one.metadata.get("ticketState")) == "CLOSED")
            for pipeline in told
            for one in pipeline.stages
        }

    @cached_property
    def teams(self) -> dict[str, str]:
        """The names of teams, by their ids."""
        try:
            told = self._session.get(TEAMS, decode=Teams).value.results
        except Forbidden:
            self.gaps[NO_TEAMS] = None
            return {}
        return {one.id: one.name for one in told}

    @cached_property
    def currency(self) -> str:
        """What a deal is in that names no currency. Raises `ConfigurationError`."""
        if self._settings.currency:
            return self._settings.currency
        told = self._session.get(ACCOUNT, decode=Account).value.currency
        if not told:
            raise ConfigurationError(
                f"source '{self._session.source}': deals name no currency, and neither does the "
                "account. Say which it is in `currency` of this source."
            )
        return told

    def companies(self, ids: Iterable[str]) -> dict[str, Row]:
        """Companies by their ids, as far as they exist and may be read."""
        wanted = dict.fromkeys(ids)
        for some in _batches([one for one in wanted if one not in self._companies]):
            if self._may_read_companies:
                self._companies.update(dict.fromkeys(some))
                self._companies.update(self._asked(some))
        return {one: row for one in wanted if (row := self._companies.get(one)) is not None}

    def _asked(self, ids: Sequence[str]) -> dict[str, Row | None]:
        names = (DOMAIN, MORE_DOMAINS, self._settings.properties.external_id)
        body = {
            "inputs": [{"id": one} for one in ids],
            "properties": [name for name in names if name],
            "propertiesWithHistory": [],
        }
        try:
            raws = self._session.post(COMPANIES, body=body, decode=Rows).value.results
        except Forbidden:
            self._may_read_companies = False
            self.gaps[NO_COMPANIES] = None
            return {}
        return {row.id: row for row in read(raws)[0]}


def _batches(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for begin in range(0, len(ids), AT_ONCE):
        yield ids[begin : begin + AT_ONCE]
