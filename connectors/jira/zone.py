"""The clock of the account that asks: JQL reads dates by it, to the minute and without a zone."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from connectors.contract import ConfigurationError

MINUTE: Final = timedelta(minutes=1)


def zone(source: str, name: str | None) -> ZoneInfo:
    """The account's time zone. Raises `ConfigurationError` for one that this machine lacks."""
    try:
        return ZoneInfo(name or "")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ConfigurationError(
            f"source '{source}': the time zone of deskpulse's account in Jira is unknown here "
            f"('{name or ''}'), so that no question about a time can be asked. Choose a region "
            "such as Europe/London in the account's profile."
        ) from None


@lru_cache(maxsize=4096)
def minute(at: datetime, clock: ZoneInfo) -> datetime:
    """The last minute not after `at` that this clock shows only once.

    In the hour that comes twice when clocks go back, and in its second coming, that is the minute
    before it: nobody says which of the two a search means.
    """
    found = at.replace(second=0, microsecond=0)
    while True:
        local = found.astimezone(clock)
        if local.replace(fold=0).utcoffset() == local.replace(fold=1).utcoffset():
            return found
        found -= MINUTE


def written(at: datetime, clock: ZoneInfo) -> str:
    """A minute as JQL writes it."""
    return at.astimezone(clock).strftime("%Y-%m-%d %H:%M")
