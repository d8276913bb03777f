"""What a simulated incident measures of itself: `calendar_stc` and `business_stc`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from connectors.testing.hours import Hours

SECOND = timedelta(seconds=1)


def durations(
    created: datetime, stamps: Mapping[str, datetime], hours: Hours | None
) -> dict[str, str]:
    """From creation to the resolution, else the closing, in seconds on both clocks.

    hours: the instance's own business hours; None: it is always open.
    """
    end = stamps.get("solved") or stamps.get("closed")
    if end is None or end < created:
        return {"calendar_stc": "", "business_stc": ""}
    calendar = end - created
    business = calendar if hours is None else hours.elapsed(created, end)
    return {"calendar_stc": str(calendar // SECOND), "business_stc": str(business // SECOND)}
