"""When tickets were created: by channel and minute, one row a day.

Kept beside the observations, of which it is a sum, because what is usual is learned from three
months of it and a page of `/metrics` is due every minute.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import msgspec
from sqlalchemy import Connection, delete, func, select

from connectors import Fact
from exporter.knowledge import Observation
from exporter.queues import MINUTES, Day, Queue
from exporter.source import Source
from exporter.store import schema
from exporter.store.database import Database
from exporter.store.rows import Row

MINUTE: Final = 60_000
DAY: Final = MINUTES * MINUTE

KEPT: Final = 93
"""Days that are kept before the watermark's: those that are learned from, and a margin for zones
that are ahead of UTC or behind it."""


_A = schema.arrivals
_O = schema.observations
_DAY = msgspec.json.Decoder(dict[int, int])
_ENCODER = msgspec.json.Encoder()


class Arrivals:
    """The arrivals of one source, within a transaction."""

    def __init__(self, database: Database, connection: Connection, source: Source) -> None:
        self._database = database
        self._connection = connection
        self._source = source

    def add(self, observations: Iterable[Observation], watermark: int) -> int | None:
        """Count tickets that are new; gives the first minute that has more of them, as an instant.

        watermark: the one before them. What came too long before it is not kept.
        """
        first = _oldest(watermark) * MINUTES
        created = (one for one in observations if one.kind is Fact.CREATED)
        minutes = Counter((one.channel, one.at // MINUTE) for one in created)
        new = {key: number for key, number in minutes.items() if key[1] >= first}
        self._count(new)
        return min((minute for _, minute in new), default=0) * MINUTE if new else None

    def fill(self, watermark: int) -> None:
        """Count all that were ever observed and are kept at this watermark."""
        minute = _O.c.at // MINUTE
        query = (
            select(_O.c.channel, minute, func.count())
            .where(_O.c.source == self._source.name, _O.c.kind == Fact.CREATED.value)
            .where(_O.c.at >= _oldest(watermark) * DAY)
            .group_by(_O.c.channel, minute)
        )
        self._count({(row[0], row[1]): row[2] for row in self._connection.execute(query)})

    def forget(self, watermark: int) -> None:
        """Keep no more than is needed from this watermark on."""
        self._connection.execute(
            delete(_A).where(_A.c.source == self._source.name, _A.c.day < _oldest(watermark))
        )

    def between(self, first: int, last: int) -> Mapping[str, Queue]:
        """The arrivals from the day `first` to `last`, both in instants, by channel."""
        found: defaultdict[str, dict[int, Day]] = defaultdict(dict)
        for channel, day, minutes in self._rows(first // DAY, last // DAY):
            found[channel][day] = minutes
        return found

    def so_far(self, first: int, last: int) -> dict[str, int]:
        """How many came from the day of the instant `first` to that of `last`, by channel.

        They only ever get more, so in one store an equal number is the same arrivals.
        """
        query = (
            select(_A.c.channel, func.sum(_A.c.tickets))
            .where(_A.c.source == self._source.name)
            .where(_A.c.day >= first // DAY, _A.c.day <= last // DAY)
            .group_by(_A.c.channel)
        )
        return {channel: int(number) for channel, number in self._connection.execute(query)}

    @property
    def store(self) -> str:
        """What tells their store from any other."""
        return str(self._connection.scalar(select(schema.store.c.id)))

    def _count(self, new: Mapping[tuple[str, int], int]) -> None:
        if not new:
            return
        days: defaultdict[tuple[str, int], Counter[int]] = defaultdict(Counter)
        for (channel, minute), number in new.items():
            day, of_day = divmod(minute, MINUTES)
            days[channel, day][of_day] = number
        numbers = [day for _, day in days]
        for channel, day, known in self._rows(min(numbers), max(numbers)):
            if (channel, day) in days:
                days[channel, day].update(known)
        self._database.upsert(
            self._connection, _A, [self._row(*key, days[key]) for key in sorted(days)]
        )

    def _rows(self, first: int, last: int) -> Iterator[tuple[str, int, Day]]:
        query = (
            select(_A.c.channel, _A.c.day, _A.c.minutes)
            .where(_A.c.source == self._source.name, _A.c.day >= first, _A.c.day <= last)
            .order_by(_A.c.channel, _A.c.day)
        )
        for channel, day, text in self._connection.execute(query):
            yield channel, day, _DAY.decode(text)

    def _row(self, channel: str, day: int, minutes: Day) -> Row:
        text = _ENCODER.encode(dict(sorted(minutes.items()))).decode()
        return {
            "source": self._source.name,
            "channel": channel,
            "day": day,
            "tickets": sum(minutes.values()),
            "minutes": text,
        }


def _oldest(watermark: int) -> int:
    """The first day that is kept."""
    return watermark // DAY - KEPT
