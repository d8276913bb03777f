"""`schedules`: when somebody is there to work.

schedules:
  office:
    zone: Europe/Berlin
    hours: {mon-fri: 08:00-18:00, sat: [10:00-12:00, 13:00-15:00]}
    holidays: DE-BY
    exceptions: {2026-12-24: closed, 2026-12-31: 08:00-12:00}
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import Final

from exporter.clocks import Interval, Schedule
from exporter.config.groups import Group
from exporter.config.hours import a_day, a_days_hours, a_region, a_zone, weekdays
from exporter.config.values import listed

Schedules = Mapping[str, Schedule | None]
"""By name; None for one that is there and wrong, which is noted already."""

KEYS: Final = ("zone", "hours", "holidays", "exceptions")
BEGIN: Final = "begin with 'zone:' and 'hours:'"
OF_ZONE: Final = "add 'zone: Europe/Berlin', or wherever it is"
OF_HOURS: Final = "add 'hours: {mon-fri: 08:00-18:00}', or whatever they are"
NEVER_OPEN: Final = "is never open: give one day hours such as 08:00-18:00"
EACH_DAY: Final = "name weekdays with their hours, as in 'mon-fri: 08:00-18:00'"
EACH_EXCEPTION: Final = "name days with their hours, as in '2026-12-24: closed'"


def read_schedules(top: Group) -> Schedules | None:
    """Every schedule of the file; None where they cannot be told."""
    group = top.group("schedules", "name a schedule, and below the name its hours")
    if group.values is not top.values.get("schedules", group.values):
        return None
    return {name: _schedule(name, one) if one else None for name, one in group.groups(BEGIN)}


def _schedule(name: str, group: Group) -> Schedule | None:
    before = len(group.problems)
    group.only(KEYS, "a schedule")
    group.needed("zone", KEYS, OF_ZONE)
    group.needed("hours", KEYS, OF_HOURS)
    zone = group.taken("zone", "", a_zone)
    weekly = _weekly(group)
    holidays = group.taken("holidays", (), lambda value: listed(value, a_region))
    exceptions = _exceptions(group)
    if len(group.problems) > before or group.hurt():
        return None
    if not any(weekly) and not any(hours for _, hours in exceptions):
        group.note(NEVER_OPEN, "hours")
        return None
    return Schedule(name, zone, weekly, holidays, exceptions)


def _weekly(schedule: Group) -> tuple[tuple[Interval, ...], ...]:
    week: dict[int, tuple[Interval, ...]] = {}
    hours = schedule.group("hours", EACH_DAY)
    for key in hours.values:
        days = hours.checked((), partial(weekdays, key), key)
        if week.keys() & set(days):
            hours.note("names a day that another line names too: leave it in one of them", key)
        week |= dict.fromkeys(days, hours.taken(key, (), a_days_hours))
    return tuple(week.get(day, ()) for day in range(7))


def _exceptions(schedule: Group) -> tuple[tuple[date, tuple[Interval, ...]], ...]:
    found: dict[date, tuple[Interval, ...]] = {}
    group = schedule.group("exceptions", EACH_EXCEPTION)
    for key in group.values:
        if day := group.checked(None, partial(a_day, key), key):
            found[day] = group.taken(key, (), a_days_hours)
    return tuple(sorted(found.items()))
