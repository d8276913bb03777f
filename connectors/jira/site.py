"""What one poll has to know of a site before it reads issues: its clock, statuses and fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self
from zoneinfo import ZoneInfo

from connectors.http import ApiSession
from connectors.jira import wire
from connectors.jira.mapping import Words, meaning
from connectors.jira.settings import JiraSettings
from connectors.jira.zone import zone
from connectors.records import Status

ME: Final = "/rest/api/3/myself"
STATUSES: Final = "/rest/api/3/status"
FIELDS: Final = "/rest/api/3/field"

SERVICE_LEVEL: Final = "com.atlassian.servicedesk:sd-sla-field"
# Fields of Jira Service Management's own, of which a site has one each, whatever its name: by what
# they are made of, or by their type.
KINDS: Final = {
    "feedback": "com.atlassian.servicedesk:sd-request-feedback",
    "feedback_at": "com.atlassian.servicedesk:sd-request-feedback-date",
    "language": "sd-request-lang",
    "organizations": "com.atlassian.servicedesk:sd-customer-organizations",
    "request": "com.atlassian.servicedesk:vp-origin",
}


@dataclass(frozen=True, slots=True)
class Site:
    """zone: the clock of the account. at: Jira's clock. ids: of the site's own fields, by their
    attributes of `wire.Fields`. gaps: fields that the settings name and the site lacks.
    """

    zone: ZoneInfo
    at: datetime
    words: Words
    ids: Mapping[str, str]
    decoder: wire.Decoder
    gaps: Sequence[str]

    @classmethod
    def read(cls, api: ApiSession, settings: JiraSettings) -> Self:
        """Three requests. Raises `ConnectorError`: of a wrong token too, to which a search would
        answer as to a stranger, with no issue and no error."""
        me = api.get(ME, decode=wire.Me)
        clock = zone(api.source, me.value.zone)
        statuses = api.get(STATUSES, decode=list[wire.Status]).value
        named = _Fields(api.get(FIELDS, decode=list[wire.Field]).value)
        ids = {name: found for name, kind in KINDS.items() if (found := named.of_kind(kind))}
        gaps: list[str] = []
        asked = (
            ("agreement", settings.first_response, SERVICE_LEVEL, NO_AGREEMENT),
            ("team", settings.team, "", NO_TEAM),
        )
        for attribute, name, kind, gap in asked:
            if name is None:
                continue
            if found := named.named(name, kind):
                ids[attribute] = found
            else:
                gaps.append(gap.format(name=name))
        more = {f"more_{n}": name for n, name in enumerate(settings.fields)}
        for attribute, name in more.items():
            if found := named.named(name):
                ids[attribute] = found
            else:
                gaps.append(NO_FIELD.format(name=name))
        words = Words(
            settings,
            _meanings(statuses, settings),
            ids.get("team"),
            {name: attribute for attribute, name in more.items() if attribute in ids},
        )
        return cls(clock, me.at, words, ids, wire.decoder(ids), gaps)

    @property
    def fields(self) -> list[str]:
        """The ids of all fields that are read."""
        return [*wire.SYSTEM, *self.ids.values()]


def _meanings(statuses: Sequence[wire.Status], settings: JiraSettings) -> dict[str, Status]:
    """What statuses mean, by name in small letters and by id."""
    by_name = {one.name.strip().lower(): meaning(one, settings) for one in statuses}
    return {**by_name, **{one.id: meaning(one, settings) for one in statuses}}


class _Fields:
    """The fields of a site, to be found by kind, id or name."""

    def __init__(self, fields: Sequence[wire.Field]) -> None:
        self._fields = fields

    def of_kind(self, kind: str) -> str | None:
        kinds = ((one.id, (one.schema.custom, one.schema.type)) for one in self._fields)
        return next((number for number, told in kinds if kind in told), None)

    def named(self, name: str, kind: str = "") -> str | None:
        """Of several of one name the first."""
        for one in self._fields:
            fits = not kind or one.schema.custom == kind
            if fits and name.lower() in (one.id.lower(), one.name.lower(), one.original.lower()):
                return one.id
        return None


NO_AGREEMENT: Final = (
    "first responses: the site has no service level agreement named '{name}'; name the one that a "
    "first reply ends in `first_response`, or set it to null"
)
NO_TEAM: Final = (
    "teams: the site has no field '{name}'; name the one that holds an issue's team in `team`, or "
    "set it to null"
)
NO_FIELD: Final = "categories: the site has no field '{name}'; give its name or id in `fields`"
