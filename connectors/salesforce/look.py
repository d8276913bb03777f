"""What `check` finds out about one org."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from connectors.contract import ConfigurationError, Finding, Reason
from connectors.http import Reply
from connectors.salesforce import mapping, streams
from connectors.salesforce.org import QUEUE, Org
from connectors.salesforce.settings import SalesforceSettings
from connectors.salesforce.streams import Stream
from connectors.salesforce.wire import Row, Rows, read
from connectors.verdicts import clock, failed

LOOK: Final = 100
"""Records that are looked at."""

USED: Final = re.compile(r"api-usage=(\d{1,12})/(\d{1,12})", re.ASCII)
NEARLY: Final = 0.8
"""The share of a day's requests from which on somebody should know."""

OPEN: Final = {*mapping.STATUSES, "working", "escalated", "open", "in progress"}
"""Open statuses about which nobody has to say anything."""


@dataclass(frozen=True)
class Looking:
    """One look at an org. Every call raises `ConnectorError`."""

    org: Org
    settings: SalesforceSettings

    def findings(self) -> Iterator[Finding]:
        """The session, each object, queues, what may still be asked today."""
        is_first = True
        for stream in streams.streams(self.settings):
            try:
                for reply in self._looked_at(stream):
                    if is_first:
                        yield from self._welcome(reply)
                        is_first = False
                    yield from self._of(stream, reply)
            except ConfigurationError as error:
                if error.reason is not Reason.CONFIGURATION:
                    raise
                yield failed(error, self.org.source)
        yield from (Finding("warning", gap) for gap in self.org.gaps)

    def _looked_at(self, stream: Stream) -> Iterator[Reply[Rows]]:
        """Its newest records; none where accounts may not be read."""
        if stream.name == streams.ACCOUNTS and self.org.has(stream.object) is None:
            self.org.gaps[streams.NO_ACCOUNTS] = None
            return
        listing = stream.listing(self.org, self.settings.page_size)
        streams.require_currency(self.org, listing, self.settings)
        yield self.org.query(listing.newest(LOOK), deleted=True)

    def _welcome(self, reply: Reply[Rows]) -> Iterator[Finding]:
        yield Finding("ok", f"signed in to {self.settings.url}")
        yield clock(reply.at, self.settings.url)
        found = USED.search(reply.headers.get("Sforce-Limit-Info", ""))
        if found is None:
            return
        used, allowed = int(found[1]), int(found[2])
        if used < NEARLY * allowed:
            yield Finding("ok", f"{used} of the org's {allowed} requests of 24 hours are used")
            return
        yield Finding(
            "warning",
            f"{used} of the org's {allowed} requests of 24 hours are used. See who asks so much "
            "(Setup > System Overview), and ask less often (`poll`).",
        )

    def _of(self, stream: Stream, reply: Reply[Rows]) -> Iterator[Finding]:
        rows, _ = read(reply.value.records)
        live = [row for row in rows if not row.is_deleted]
        yield Finding("ok", f"{self.org.count(stream.object)} {stream.name} can be read")
        if stream.name == streams.CASES:
            yield from self._of_cases(live)
        elif stream.name == streams.AGREEMENTS:
            yield from self._of_agreements(stream, live)

    def _of_cases(self, rows: list[Row]) -> Iterator[Finding]:
        if streams.NO_ACCOUNTS not in self.org.gaps:
            asked = sum(bool(row.text(f"{streams.ACCOUNT}.Id")) for row in rows)
            yield Finding("ok", f"{asked} of the newest {len(rows)} cases tell whose they are")
        said = {row.text("Status") for row in rows if not row.flag("IsClosed")}
        unknown = {one for one in said if one.lower() not in {*OPEN, *self.settings.statuses}}
        if unknown:
            yield Finding(
                "ok",
                f"statuses that count as open: {', '.join(sorted(unknown))}; `statuses` of this "
                "source says which of them are new, pending or on hold",
            )
        if self.settings.properties.team is None:
            self.org.queues(
                owner for row in rows if (owner := row.text(streams.OWNER)).startswith(QUEUE)
            )

    def _of_agreements(self, stream: Stream, rows: list[Row]) -> Iterator[Finding]:
        named = self.settings.properties
        if named.revenue is None:
            yield Finding(
                "ok",
                "what is paid is not told; `properties.revenue` of this source may name the field "
                f"of {stream.object} that says what recurs",
            )
            return
        empty = sum(row.value(named.revenue) is None for row in rows)
        yield Finding("ok", f"{empty} of the newest {len(rows)} have no {named.revenue}")
        several = streams.CURRENCY in (self.org.has(stream.object) or ())
        if several and self.settings.currency is not None:
            yield Finding(
                "ok", "records name their currency; `currency` of this source is not used"
            )
