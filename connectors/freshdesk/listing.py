"""Freshdesk's three lists of tickets, by time of change: those that count, deleted ones, spam.

A list of its own default shows what was created within 30 days, the newest first. Asked for by time
of change it shows all, but never more than 300 pages; the walk goes on by time long before that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from connectors.contract import Fatal
from connectors.freshdesk import wire
from connectors.http import ApiSession
from connectors.records import Removal
from connectors.walking import BEGINNING, Answer, Key, Walk

TICKETS: Final = "/api/v2/tickets"
LISTS: Final = {"tickets": None, "deleted": Removal.DELETED, "spam": Removal.SPAM}
"""The lists by their names, and what a ticket there is removed as."""

LAST_PAGE: Final = 300
SECOND: Final = timedelta(seconds=1)
OVERLAP: Final = timedelta(minutes=1)
"""How long a change may take to show in a list."""


class Listing:
    """One of the lists. Every call raises `ConnectorError`."""

    def __init__(self, session: ApiSession, name: str, page_size: int) -> None:
        self._session = session
        self._named = f"source '{session.source}': the list of {name}"
        self._page_size = page_size
        self._list: dict[str, str | int] = (
            {"include": "stats"} if LISTS[name] is None else {"filter": name}
        )

    def walk(self) -> Walk[wire.Ticket, int]:
        """All of its tickets by time of change."""
        return Walk(self._named, self._ask, _key, shifts=True, overlap=OVERLAP)

    def newest(self, count: int) -> Answer[wire.Ticket, int]:
        """So many tickets that changed last."""
        params: dict[str, str | int] = {"order_type": "desc", "per_page": count}
        return self._answer({**params, "updated_since": text(BEGINNING)}, 1)

    def _ask(self, since: datetime, number: int | None) -> Answer[wire.Ticket, int]:
        """One page of the tickets that changed then or later. Raises `ConnectorError`.

        Freshdesk does not say whether `updated_since` takes in the instant itself: it is asked for
        a second less, and what is older is left out here.
        """
        number = number or 1
        if number > LAST_PAGE:
            raise Fatal(
                f"{self._named} has more tickets that changed at {since:%F %T} UTC than the "
                f"{LAST_PAGE} pages that Freshdesk shows. Nothing that was read is lost; raise "
                "`page_size` of this source to 100, or ask Freshdesk's support."
            )
        params: dict[str, str | int] = {"order_type": "asc", "per_page": self._page_size}
        begin = max(BEGINNING, since - SECOND)
        answer = self._answer({**params, "updated_since": text(begin)}, number)
        return replace(answer, rows=[row for row in answer.rows if row.updated_at >= since])

    def _answer(self, params: dict[str, str | int], number: int) -> Answer[wire.Ticket, int]:
        asked = {**self._list, **params, "order_by": "updated_at", "page": number}
        reply = self._session.get(TICKETS, params=asked, decode=wire.Raws)
        rows, rejected = wire.TICKETS.read(reply.value)
        following = number + 1 if follows(reply.headers) else None
        return Answer(rows, following, reply.at, rejected)


def gone_unread(name: str) -> str:
    """That a list of removed tickets may not be read, in words for a person."""
    return (
        f"the list of {name}: Freshdesk refuses it to this agent; a ticket that goes there counts "
        "on as it was last told"
    )


def follows(headers: Mapping[str, str]) -> bool:
    """Whether another page follows on an answer with these headers."""
    return 'rel="next"' in headers.get("Link", "")


def text(at: datetime) -> str:
    """An instant as a filter has it."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _key(row: wire.Ticket) -> Key:
    return row.updated_at, row.id
