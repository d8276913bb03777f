"""What was changed of issues, for hundreds of them at once.

The log that comes with an issue is cut off near forty changes; this one is not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from connectors.contract import Fatal, Rejection
from connectors.http import ApiSession
from connectors.jira import log, wire

CHANGES: Final = "/rest/api/3/changelog/bulkfetch"
AT_ONCE: Final = 1000
"""Issues to a request, by Jira's own limit."""

MOST: Final = 10_000
"""Changes to an answer, likewise."""

PAGES: Final = 10_000
_DECODER: Final = msgspec.json.Decoder(log.Changelog)


class Changes(NamedTuple):
    """of: what was changed, by the issue. rejected: issues of which that is unreadable."""

    of: Mapping[str, Sequence[log.History]]
    rejected: Sequence[Rejection]


def changes(api: ApiSession, issues: Sequence[str], fields: Sequence[str]) -> Changes:
    """What was changed of these fields of these issues, at most `AT_ONCE`. Raises
    `ConnectorError`."""
    found: dict[str, dict[str, log.History]] = defaultdict(dict)
    rejected: list[Rejection] = []
    body: dict[str, Any] = {"issueIdsOrKeys": issues, "fieldIds": fields, "maxResults": MOST}
    passed: set[str] = set()
    for _ in range(PAGES if issues else 0):
        page = api.post(CHANGES, body=body, decode=log.Changelogs).value
        logs, unread = wire.read(page.logs, _DECODER)
        rejected += unread
        for one in logs:
            found[one.issue].update({history.id: history for history in one.histories})
        if not page.following:
            break
        if page.following in passed:
            raise _endless(api.source)
        passed.add(page.following)
        body["nextPageToken"] = page.following
    else:
        if issues:
            raise _endless(api.source)
    return Changes({issue: [*told.values()] for issue, told in found.items()}, rejected)


def _endless(source: str) -> Fatal:
    return Fatal(
        f"source '{source}': Jira's log of changes does not come to an end. Nothing is lost; if it "
        "stays so, its API has changed: look for a newer version of the connector."
    )
