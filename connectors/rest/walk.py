"""Reading a list that changes while it is read: answer by answer, and never without an end.

A walk begins at an instant, some overlap before it, or at the very beginning. What it reads is
known up to the newest change in it, and never beyond the clock of its first answer: a poll that
ends there is where the next one begins. A poll that breaks off goes on from the vendor's cursor.
Where there is none it begins again where it began, and nothing is counted twice, because records
have versions. Where the list is sorted by change, each request begins at the newest change of the
one before, and so does a poll that broke off. What one second holds beyond a page is read by the
pagination; where that may count from the top, the page before is asked for once more, and if it is
another by then, a record has slipped onto it, and that second is read again.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from connectors.contract import ConfigurationError, Fatal, Reason, Retriable
from connectors.http import ApiSession, Reply
from connectors.records import Removed, Ticket
from connectors.rest.instants import written
from connectors.rest.mapping import Reader, Reading
from connectors.rest.paging import COUNTING, FIRST, Answer, NoWay, Place, first, following
from connectors.rest.paths import found, places
from connectors.rest.settings import RestSettings
from connectors.rest.way import SECOND, Half, Leg, Way, ascends, keys
from connectors.verdicts import about

log = logging.getLogger(__name__)

PAGE_CAP: Final = 100_000
MOST_NAMED: Final = 5
FEW: Final = 5  # records in an answer that say nothing about the settings when none can be read
NOT_THERE: Final = "(status 404)"
MOST_AGAIN: Final = 100


class Walk:
    """One pass over the list of a source."""

    def __init__(self, session: ApiSession, settings: RestSettings, reader: Reader) -> None:
        self._session = session
        self._settings = settings
        self._asked = settings.tickets
        self._reader = reader
        self._lag = settings.lag or timedelta(0)
        self._origin, self._below = split(settings.url)

    def resumed(self, since: datetime | None, half: Half) -> Iterator[Leg]:
        """The rest of a walk that broke off; nothing where the vendor knows its place no more."""
        told = False
        try:
            for leg in self.legs(since, half):
                told = True
                yield leg
        except (Fatal, ConfigurationError):
            return
        except Retriable as error:
            if told or error.reason is not Reason.SERVER:
                raise

    def legs(self, since: datetime | None, half: Half | None = None) -> Iterator[Leg]:
        """Every answer from `since` on, or from half of a walk. Raises `ConnectorError`."""
        way = Way(since, by_time=self._asked.oldest_first, counted=self._counts())
        if half is not None:
            way.place, way.began, way.newest = half.place, half.began, half.newest
        passed = {way.asked}
        before: list[object] = []
        for _ in range(PAGE_CAP):
            answer = self.ask(way.since, way.place, way.overlap)
            reading = self._reader.read(answer.records, answer.at)
            if way.back and not _connects(reading.records, way.since):
                # The instant was read as a later one, or the ticket that we stand on is gone.
                way.retreat()
                passed.add(way.asked)
                continue
            if self._has_moved(way):
                way.begin_again()
                before, passed = [], {way.asked}
                continue
            self._judge(answer, reading, before, way)
            way.take(answer, reading)
            place = self._following(way, answer)
            if place is None:
                yield Leg(reading, self._end(way), (way.began or answer.at) - self._lag)
                return
            way.on(place, self._step(way))
            yield Leg(reading, way.since, half=self._half(way))
            if way.asked in passed:
                raise self._broken("says that more follows, but leads to a page that was read")
            passed.add(way.asked)
            before = answer.records
        raise self._broken(f"does not end within {PAGE_CAP} answers")

    def ask(
        self, since: datetime | None, place: Place = FIRST, overlap: timedelta | None = None
    ) -> Answer:
        """One answer. overlap: in the place of that of the settings. Raises `ConnectorError`."""
        return self.read(self.reply(since, place, overlap))

    def reply(
        self, since: datetime | None, place: Place = FIRST, overlap: timedelta | None = None
    ) -> Reply[Any]:
        """What the vendor answers, whatever is in it. Raises `ConnectorError`."""
        path = self._below + self._asked.path
        params: dict[str, str | int] | None = None
        if not place.link:
            params = {**self._asked.params, **self._since(since, overlap)}
            params |= place.params or first(self._asked.pagination)
        try:
            return self._session.get(place.link or path, params=params, decode=Any)
        except RecursionError:
            raise self._broken("is nested without end", Reason.MALFORMED) from None
        except ConfigurationError as error:
            if place.link or NOT_THERE not in str(error):
                raise
            raise self._elsewhere(error) from None

    def read(self, reply: Reply[Any]) -> Answer:
        """The list that a reply holds. Raises `ConfigurationError`."""
        path = self._below + self._asked.path
        return Answer(reply.value, self._records(reply.value), reply.at, reply.headers, path)

    def second(self, answer: Answer) -> Answer | None:
        """The answer behind a first one, None where nothing follows. Raises `ConnectorError`."""
        place = self._following(Way(None), answer)
        return None if place is None else self.ask(None, place)

    def follows(self, answer: Answer) -> bool:
        """Whether more follows on a first answer. Raises `Fatal`."""
        return self._following(Way(None), answer) is not None

    def passes(self, records: Sequence[Ticket | Removed], since: datetime) -> bool:
        """Whether an answer from an instant on begins later than that, sorted as it is."""
        return self._asked.oldest_first and bool(records) and not _connects(records, since)

    def _since(self, since: datetime | None, overlap: timedelta | None) -> dict[str, str | int]:
        asked = self._asked.since
        if asked is None:
            return {}
        at = asked.begin if since is None else since - (overlap or asked.overlap)
        return {} if at is None else {asked.param: written(at, asked.format, self._settings.zone)}

    def _records(self, whole: object) -> list[object]:
        path = self._asked.records
        records = whole if path is None else found(whole, path)
        if isinstance(records, list):
            return records
        where = "is no list" if path is None else f"has no list at `{path}`"
        lists = [f"`{place}`" for place, value in places(whole) if isinstance(value, list)]
        told = f" Lists are at {', '.join(lists[:MOST_NAMED])}." if lists else ""
        raise ConfigurationError(
            f"{self._named} {where}: set `tickets.records` to where the list of tickets is in an "
            f"answer.{told}",
            reason=Reason.MALFORMED,
        )

    def _judge(self, answer: Answer, reading: Reading, before: list[object], way: Way) -> None:
        """Whether an answer is one to our question. Raises `ConnectorError`."""
        if answer.records and answer.records == before and not way.stepped:
            raise self._broken(
                "tells the same page again instead of the next one: the vendor seems not to know "
                "the parameters that `tickets.pagination` names"
            )
        if not way.pages and len(answer.records) >= FEW and not reading.records:
            raise ConfigurationError(
                f"{about(self._session.source)}none of the first {len(answer.records)} records can "
                f"be read. The first: {reading.rejected[0].message}",
                reason=Reason.MALFORMED,
            )
        if self._asked.oldest_first:
            began = way.began or answer.at
            if not ascends([one.changed_at for one in reading.records if one.changed_at < began]):
                raise self._broken(
                    "is not sorted by `fields.changed`, the oldest first: ask for that in "
                    "`tickets.params`, or take `tickets.oldest_first` out"
                )

    def _following(self, way: Way, answer: Answer) -> Place | None:
        try:
            return following(self._asked.pagination, way.place, answer, self._origin)
        except NoWay as verdict:
            raise self._broken(str(verdict)) from None

    def _step(self, way: Way) -> datetime | None:
        """The later instant to go on from, in a list that is sorted by change."""
        reached = way.reached(way.settled, self._lag)
        if not way.by_time or reached is None:
            return None
        return reached if way.since is None or reached - way.since >= SECOND else None

    def _counts(self) -> bool:
        """Whether the list may be counted from the top, so that its places shift."""
        pagination = self._asked.pagination
        asks = self._asked.since is not None
        return asks and pagination is not None and pagination.chosen in COUNTING

    def _has_moved(self, way: Way) -> bool:
        """Whether the page before is another by now: then a record may have slipped onto it."""
        if not (way.counted and way.by_time and way.last) or way.stepped:
            return False
        (since, overlap, place), known = way.last
        answer = self.ask(since, place, overlap)
        if keys(self._reader.read(answer.records, answer.at)) == known:
            return False
        if way.again >= MOST_AGAIN:
            raise self._broken(f"was another each of {MOST_AGAIN} times that a second was read")
        return True

    def _half(self, way: Way) -> Half | None:
        """A cursor is a place in the list; of a number nobody knows what is there tomorrow."""
        pagination = self._asked.pagination
        known = pagination is not None and pagination.cursor is not None and way.place != FIRST
        return Half(way.place, way.began, way.newest) if known else None

    def _end(self, way: Way) -> datetime | None:
        """Where the next poll begins: here, unless something may have been passed over.

        In a list that is sorted by change and read by counting, a record that changes goes to the
        end, those behind it move up, and one of them slips onto a page that was read. What moved
        comes once more at the end, whatever any clock says.
        """
        if self._asked.since is None:
            return None
        if way.by_time or not (way.moved and way.is_sorted):
            return way.reached(way.newest, self._lag)
        log.warning(
            "%sthe list is sorted by change and moved while it was read page by page, so that the "
            "next poll reads the same again. Set `tickets.oldest_first: true`, and it is read by "
            "instants.",
            about(self._session.source),
        )
        return way.since

    def _elsewhere(self, error: ConfigurationError) -> ConfigurationError:
        begins = f"/{self._asked.path.split('/')[1]}"
        twice = f": {begins} stands in both" if self._below.endswith(begins) else ""
        return ConfigurationError(
            f"{error} It is `url` with `tickets.path` behind it{twice}.", reason=error.reason
        )

    def _broken(self, what: str, reason: Reason = Reason.CONTRACT) -> Fatal:
        return Fatal(f"{self._named} {what}. Nothing is lost.", reason=reason)

    @property
    def _named(self) -> str:
        return f"{about(self._session.source)}{self._below}{self._asked.path}"


def _connects(records: Sequence[Ticket | Removed], since: datetime | None) -> bool:
    """Whether an answer from an instant on begins with what is known of that instant."""
    return since is None or any(one.changed_at <= since for one in records)


def split(url: str) -> tuple[str, str]:
    """Scheme and host of an address, and the path below which everything else lies."""
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host}", f"{slash}{path}"
