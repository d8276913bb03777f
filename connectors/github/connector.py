"""GitHub: the issues of some repositories, repository by repository."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import ClassVar, Final
from urllib.parse import quote

from connectors import cursors
from connectors.api import ApiConnector
from connectors.contract import Finding, Measures, Page, Settings
from connectors.github.listing import Listing
from connectors.github.mapping import ticket
from connectors.github.measures import measures
from connectors.github.settings import GitHubSettings
from connectors.github.wire import Issue
from connectors.http import ApiSession
from connectors.verdicts import clock
from connectors.walking import Leg, cursor_at
from connectors.webhooks import SCHEMES, Scheme

REMEDY: Final = (
    "Create a fine-grained token at github.com under Settings > Developer settings, give it these "
    "repositories and the permission to read issues, and put it in `token`."
)
LOOK: Final = 50
"""Issues that `check` looks at in each repository."""


class GitHubConnector(ApiConnector[GitHubSettings]):
    """A poll of a quiet repository is one request."""

    vendor: ClassVar[str] = "github"
    title: ClassVar[str] = "GitHub Issues"
    settings_type: ClassVar[type[Settings]] = GitHubSettings
    webhooks: ClassVar[Scheme] = SCHEMES["github"]
    recorded: ClassVar[frozenset[str]] = frozenset(
        {"__typename", "authorAssociation", "state", "stateReason", "type"}
    )

    def __init__(self, source: str, settings: GitHubSettings) -> None:
        api = ApiSession(
            source=source,
            base_url=settings.url,
            headers={"Authorization": f"Bearer {settings.token.get_secret_value()}"},
            credentials_remedy=REMEDY,
            address_key="url",
        )
        super().__init__(source, settings, api)

    def measures(self) -> Measures:
        """What issues, their comments and closings tell."""
        return measures()

    def changes(self, cursor: str | None) -> Iterator[Page]:
        """Every issue that changed since then. Raises `ConnectorError`."""
        done = cursors.read(f"source '{self.source}'", cursor)
        complete_to: datetime | None = None
        last = self.settings.repositories[-1]
        for repository in self.settings.repositories:
            is_first = cursors.is_first(done, repository)
            listing = Listing(self._api, repository, self.settings.page_size)
            for leg in listing.walk().legs(done.get(repository)):
                complete_to = complete_to or leg.complete_to
                is_end = leg.complete_to is not None
                cursors.reach(done, repository, leg.cursor, is_first=is_first, is_end=is_end)
                at = complete_to if is_end and repository == last else None
                yield self._page(listing, leg, done, at, is_first)

    def look(self) -> Iterator[Finding]:
        """The token, the clock, each repository, and whose comments are replies."""
        is_first = True
        for repository in self.settings.repositories:
            listing = Listing(self._api, repository, self.settings.page_size)
            found = listing.newest(LOOK)
            if is_first:
                yield Finding("ok", f"signed in to {self.settings.url}")
                yield clock(found.at, self.settings.url)
                is_first = False
            yield Finding("ok", f"{repository}: {listing.total} issues can be read")
            said = [one for issue in found.rows for one in issue.comments.nodes]
            if said and not any(one.association in self.settings.staff for one in said):
                yield Finding(
                    "warning",
                    f"{repository}: of {len(said)} comments none counts as a reply. Whoever keeps "
                    "a membership private is a member only to a token of the same organization; "
                    "see `staff`.",
                )

    def since(self, at: datetime) -> str:
        """The cursor of that instant in every repository."""
        return cursors.written(dict.fromkeys(self.settings.repositories, cursor_at(at)))

    def ticket_url(self, ticket: str) -> str:
        """The issue's page."""
        repository, _, number = ticket.partition("#")
        return f"{self.settings.pages}/{quote(repository)}/issues/{quote(number, safe='')}"

    def _page(
        self,
        listing: Listing,
        leg: Leg[Issue],
        done: dict[str, str],
        complete_to: datetime | None,
        is_first: bool,
    ) -> Page:
        return Page(
            tuple(
                ticket(listing.repository, listing.whole(issue), self.settings)
                for issue in leg.rows
            ),
            cursors.written(done),
            complete_to,
            leg.rejected,
            catching_up=is_first,
        )
