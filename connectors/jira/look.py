"""What `check` finds out about one site."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from connectors.contract import Finding, Reason
from connectors.http import ApiSession
from connectors.jira.changelog import changes
from connectors.jira.history import STATUS
from connectors.jira.search import Row, Search
from connectors.jira.settings import JiraSettings
from connectors.jira.site import Site
from connectors.jira.zone import minute, written
from connectors.verdicts import clock

LOOK: Final = 100
"""Issues that are looked at."""

NO_AGREEMENT: Final = (
    "none of the newest {} issues has the service level agreement that `first_response` names, so "
    "that all of them wait for a first response; name the one that their projects have, or set it "
    "to null"
)


@dataclass(frozen=True)
class Looking:
    """One look at a site. Every call raises `ConnectorError`."""

    api: ApiSession
    settings: JiraSettings

    def findings(self) -> Iterator[Finding]:
        """The account and its clock, issues, their logs, and what they say."""
        site = Site.read(self.api, self.settings)
        yield Finding("ok", f"signed in to {self.settings.address}")
        yield clock(site.at, self.settings.address)
        search = Search(self.api, self.settings, site)
        found = search.find("ORDER BY updated DESC, key DESC", LOOK)
        if not found.rows:
            yield _nothing(self.settings)
        else:
            yield Finding("ok", "issues can be read")
            yield self._clocks(search, site, found.rows[0])
            changes(self.api, [found.rows[0].id], [STATUS])
            yield Finding("ok", "the log of their changes can be read")
        yield from (Finding("warning", gap) for gap in site.gaps)
        for name in sorted(self.settings.statuses.keys() - site.words.statuses.keys()):
            yield Finding("warning", f"the site has no status '{name}', which `statuses` explains")
        yield from _what_they_tell(found.rows)
        if found.rows and "agreement" in site.ids and not any(map(_has_agreement, found.rows)):
            yield Finding("warning", NO_AGREEMENT.format(len(found.rows)))

    def _clocks(self, search: Search, site: Site, newest: Row) -> Finding:
        """Whether times in searches are read by the clock that the account is said to have."""
        at, this = newest.fields.updated, f"AND id = {newest.id}"
        begin = written(minute(at, site.zone), site.zone)
        found = search.find(f'{this} AND updated >= "{begin}"', 1)
        if not found.rows and any(row.fields.updated == at for row in search.find(this, 1).rows):
            return Finding(
                "error",
                f"times in searches are not read in the account's time zone, {site.zone.key}: "
                "save its profile in Jira anew, and check again.",
                Reason.CONFIGURATION,
            )
        return Finding("ok", f"times in searches are read in the account's zone, {site.zone.key}")


def _has_agreement(row: Row) -> bool:
    return row.fields.agreement is not None


def _nothing(settings: JiraSettings) -> Finding:
    which = ", ".join(settings.projects) or "any service project"
    return Finding(
        "warning",
        f"no issue of {which} can be seen. If there are any, give the account the permission to "
        "browse these projects: what it may not see does not exist for it.",
    )


def _what_they_tell(rows: Sequence[Row]) -> Iterator[Finding]:
    """How many of the newest issues tell what not every site has."""
    if not rows:
        return
    told = (
        ("a service level agreement for first responses", "agreement"),
        ("a team", "team"),
        ("an organization", "organizations"),
    )
    counts = (
        f"{sum(bool(getattr(row.fields, name)) for row in rows)} have {what}" for what, name in told
    )
    yield Finding("ok", f"of the newest {len(rows)} issues {', '.join(counts)}")
