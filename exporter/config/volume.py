"""How soon arrivals that are out of the ordinary are told.

volume: {confirm: 5m}
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from exporter.config.groups import Group
from exporter.config.marked import Value
from exporter.config.values import Wrong, a_duration
from exporter.source import CONFIRM

KEYS: Final = ("volume",)
VOLUME_KEYS: Final = ("confirm",)
AS_VOLUME: Final = "write 'confirm: 5m' below it"
SHORTEST: Final = timedelta(minutes=1)
LONGEST: Final = timedelta(hours=1)


def read_confirm(source: Group) -> timedelta:
    """How long a verdict on arrivals must stand; what is wrong with it is noted and left out."""
    group = source.group("volume", AS_VOLUME)
    group.only(VOLUME_KEYS, "a volume")
    return group.taken("confirm", CONFIRM, whole_minutes)


def whole_minutes(value: Value) -> timedelta:
    """A duration of whole minutes, up to an hour: arrivals are judged once a minute."""
    found = a_duration(value)
    if found % SHORTEST or not SHORTEST <= found <= LONGEST:
        raise Wrong("must be whole minutes, from 1m to 1h: arrivals are judged once a minute")
    return found
