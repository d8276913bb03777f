"""Opening hours as they are typed: zones, weekdays, times of day, days, countries."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from exporter.clocks import Interval
from exporter.config.marked import Value
from exporter.config.problems import did_you_mean, nearest
from exporter.config.values import Wrong, a_text

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LONG: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
NUMBERS: Final = {name: at for names in (WEEKDAYS, LONG) for at, name in enumerate(names)}
INTERVAL: Final = re.compile(r"(\d{1,2}):(\d\d)\s*-\s*(\d{1,2}):(\d\d)", re.ASCII)
DATE: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
DAY_END: Final = 24 * 60
CLOSED: Final = "closed"
AS_HOURS: Final = "must be hours such as 08:00-18:00, a list of them, or closed"


def a_zone(value: Value) -> str:
    """A time zone by its name in the time zone database."""
    name, known = a_text(value), available_timezones()
    if name not in known:
        raise Wrong(f"is no time zone: {_meant(name, known)}")
    try:
        ZoneInfo(name)
    except (ValueError, OSError):
        raise Wrong("is a time zone that this system does not have: install tzdata") from None
    return name


def weekdays(text: str) -> tuple[int, ...]:
    """The weekdays of `mon`, `mon-fri` or `sat-mon`, Monday being 0."""
    first, dash, last = (part.strip().lower() for part in text.partition("-"))
    if first not in NUMBERS or (dash and last not in NUMBERS):
        wrong = last if first in NUMBERS else first
        near = nearest(wrong, NUMBERS)
        hint = f"did you mean '{near}'?" if near else "write mon, tue, … or from-to, as in mon-fri"
        raise Wrong(f"is no weekday: {hint}")
    begin = NUMBERS[first]
    days = (NUMBERS[last] - begin) % 7 if dash else 0
    return tuple((begin + day) % 7 for day in range(days + 1))


def a_days_hours(value: Value) -> tuple[Interval, ...]:
    """The intervals of a day, sorted, those that touch made one; none where it is closed."""
    if isinstance(value, str) and value.strip().lower() == CLOSED:
        return ()
    texts = value if isinstance(value, list) else [value]
    if not texts:
        raise Wrong(AS_HOURS)
    intervals = sorted(_interval(text) for text in texts)
    if any(begin < before for (_, before), (begin, _) in pairwise(intervals)):
        raise Wrong("has hours that overlap: let each begin when the one before has ended")
    return _joined(intervals)


def a_day(text: str) -> date:
    """A date such as 2026-12-24."""
    try:
        if DATE.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise Wrong("is no day of the calendar: write one such as 2026-12-24")


def a_region(value: Value) -> str:
    """A country, or a country and one of its regions, whose holidays are known."""
    import holidays

    country, dash, region = a_text(value).partition("-")
    country = country.strip().upper()
    known: Mapping[str, Sequence[str]] = holidays.list_supported_countries(include_aliases=False)
    if country not in known:
        raise Wrong("is no country whose holidays are known: write its ISO 3166 code, such as DE "
                    "or GB, or with a region DE-BY")  # fmt: skip
    if not dash:
        return country
    spelt = {name.lower(): name for name in known[country]}
    if region.strip().lower() not in spelt:
        regions = known[country]
        hint = did_you_mean(region, regions) if regions else f"write {country} alone"
        raise Wrong(f"is no region of {country}: {hint}")
    return f"{country}-{spelt[region.strip().lower()]}"


def _interval(value: Value) -> Interval:
    match = INTERVAL.fullmatch(value.strip()) if isinstance(value, str) else None
    if not match:
        raise Wrong(AS_HOURS)
    hour, minute, until_hour, until_minute = map(int, match.groups())
    begin, end = hour * 60 + minute, until_hour * 60 + until_minute
    if max(minute, until_minute) > 59 or max(begin, end) > DAY_END:
        raise Wrong("has a time that no day has: write hours from 00:00 to 24:00")
    if end <= begin:
        raise Wrong("has hours that end before they begin: write hours over midnight as two, "
                    "until 24:00 on one day and from 00:00 on the next")  # fmt: skip
    return begin, end


def _joined(intervals: list[Interval]) -> tuple[Interval, ...]:
    joined: list[Interval] = []
    for begin, end in intervals:
        touches = joined and joined[-1][1] == begin
        joined.append((joined.pop()[0] if touches else begin, end))
    return tuple(joined)


def _meant(name: str, known: set[str]) -> str:
    """The zone that was most likely meant: by its whole name, or by the name of its city."""
    whole = {zone.lower(): zone for zone in sorted(known)}
    cities = {zone.rpartition("/")[2].lower(): zone for zone in sorted(known)}
    for spelt in (whole, cities):
        if near := nearest(name.replace(" ", "_"), spelt, 0.75):
            return f"did you mean '{spelt[near]}'?"
    return "write one such as Europe/Berlin, America/New_York or UTC"
