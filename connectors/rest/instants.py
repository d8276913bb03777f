"""An instant as an API wants to be told it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo


def written(at: datetime, form: str, zone: str) -> str | int:
    """An instant as an API wants it, never later than it is."""
    at = at.astimezone(UTC).replace(microsecond=0)
    if form == "iso":
        return f"{at:%Y-%m-%dT%H:%M:%SZ}"
    if form in ("unix", "unix_ms"):
        return int(at.timestamp()) * (1000 if form == "unix_ms" else 1)
    return (at if "%z" in form else _unmistakable(at, zone)).strftime(form)


def _unmistakable(at: datetime, zone: str) -> datetime:
    """The time on a wall, or an earlier one that the clocks there do not show twice."""
    local = at.astimezone(ZoneInfo(zone))
    while twice := local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset():
        local = (local.astimezone(UTC) - timedelta(hours=1) * twice).astimezone(ZoneInfo(zone))
    return local
