"""From the name of a ticket on a graph to the page where a person looks at it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from sqlalchemy import select

from exporter.store import Store, schema

PageOf = Callable[[str], str | None]
"""Where the ticket of an id is shown by its vendor; None: nowhere."""


class NoPage(Exception):
    """The ticket has no page: why, in plain words."""


class TicketLinks:
    """The pages of tickets named as in an exemplar: `source:id`.

    Only a ticket of the store has a page, and only its vendor's connector says where that is: what
    is typed into the address never becomes a host.
    """

    def __init__(self, store: Store, pages: Mapping[str, PageOf]) -> None:
        """pages: by the name of each configured source."""
        self._store = store
        self._pages = pages

    def page(self, name: str) -> str:
        """The address of the ticket's page. Raises `NoPage`."""
        source, colon, ticket = name.partition(":")
        if not colon or not ticket:
            raise NoPage("A ticket is named by its source and its id, as in /ticket/SOURCE:ID.")
        if source not in self._pages:
            raise NoPage("No source of this name is configured here.")
        if not self._is_known(source, ticket):
            raise NoPage(f"The store has no ticket of this id from source '{source}'.")
        address = self._pages[source](ticket)
        if address is None or not _is_page(address):
            raise NoPage(f"The vendor of source '{source}' has no page for a ticket.")
        return address

    def _is_known(self, source: str, ticket: str) -> bool:
        table = schema.tickets.c
        query = select(table.id).where(table.source == source, table.id == ticket)
        with self._store.database.reading() as connection:
            return connection.scalar(query) is not None


def _is_page(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)
