"""What time it is at a vendor, and whether its source is up to date."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from exporter.source import Source


class Timing:
    """The time of one source whose row in the store is `state`. Everything in milliseconds."""

    def __init__(self, source: Source, state: Mapping[str, Any]) -> None:
        self._source = source
        self._state = state

    def latest(self, now: int) -> int:
        """The present by the clock that is ahead: what is later has not happened."""
        return max(now, self._theirs(now))

    def is_behind(self, now: int) -> bool:
        """Whether a page of now belongs to a first import, or to one that bridges an outage."""
        if not self._state["primed"]:
            return True
        return bool(self._theirs(now) - self._state["complete_to"] > self._source.patience)

    def is_stale(self, now: int) -> bool:
        """Whether no poll has succeeded for so long that the next one bridges an outage."""
        return bool(now - (self._state["last_success"] or now) > self._source.patience)

    def caught_up(self, watermark: int, now: int, *, catching_up: bool) -> dict[str, Any]:
        """The flag at the end of a poll: after an outage it stays for a while, so that every
        Prometheus has seen it.

        catching_up: whether a stream was read for the first time.
        """
        before, patience = self._state["complete_to"], self._source.patience
        bridged = self._state["primed"] and (catching_up or watermark - before > patience)
        until = now + patience if bridged else self._state["catching_up_until"] or now
        return {"catching_up": now < until, "catching_up_until": until}

    def _theirs(self, now: int) -> int:
        """Our present by the vendor's clock."""
        return int(now + (self._state["clock_skew"] or 0))
