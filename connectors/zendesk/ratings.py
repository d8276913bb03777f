"""The stream of satisfaction ratings: each customer's answer with its instant."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec

from connectors.contract import ConfigurationError
from connectors.http import ApiSession
from connectors.zendesk import mapping, wire
from connectors.zendesk.cursor import Cursor
from connectors.zendesk.stream import MARGIN, Part, Walk, is_absent

RATINGS = "/api/v2/satisfaction_ratings.json"
PAGE = 100
# Zendesk does not say whether `start_time` means when a rating was made or when it was last
# changed. Looking back once a day, as far as a customer can change one before Zendesk closes the
# ticket, is right for both.
SWEEP = timedelta(days=1)
LOOK_BACK = timedelta(days=28)
NO_RATINGS = (
    "satisfaction ratings: Zendesk refuses them to this user or plan; how satisfied customers are "
    "is not told (set `satisfaction_ratings: false` to do without them)"
)


class Ratings:
    """Every answered rating, in Zendesk's order."""

    def __init__(self, api: ApiSession) -> None:
        self._api = api

    def parts(self, cursor: Cursor, until: datetime) -> Iterator[Part]:
        """The ratings since `cursor` and up to `until`; a refusal is a gap. Raises
        `ConnectorError`.

        Zendesk's order is not told, so that the cursor moves on with the last part only.
        """
        ahead, start = _reach(cursor, int(until.timestamp()))
        walk = Walk(self._api.source, "the list of satisfaction ratings", "")
        after, newest, first = "", cursor.ratings, not (cursor.ratings or cursor.swept)
        while True:
            try:
                page = self._read(start, after)
            except ConfigurationError as error:
                if not is_absent(error):
                    raise
                yield Part((), cursor, until, gaps=(NO_RATINGS,))
                return
            ratings, rejected = wire.RATINGS.read(page.satisfaction_ratings)
            told = [rating for rating in ratings if rating.updated_at <= until]
            newest = max([newest, *(int(one.updated_at.timestamp()) for one in told)])
            records, unknown = mapping.to_ratings(told)
            bad = (*rejected, *unknown)
            if not page.more:
                ahead = msgspec.structs.replace(ahead, ratings=newest)
                yield Part(records, ahead, until, bad, catching_up=first)
                return
            after = page.meta.after_cursor or after
            walk.on(after)
            yield Part(records, cursor, None, bad, catching_up=first)

    def _read(self, start: int, after: str) -> wire.Ratings:
        params: dict[str, str | int] = {"score": "received", "page[size]": PAGE}
        if start > 0:
            params["start_time"] = start
        if after:
            params["page[after]"] = after
        return self._api.get(RATINGS, params=params, decode=wire.Ratings).value


def _reach(cursor: Cursor, now: int) -> tuple[Cursor, int]:
    """The cursor after this poll but for the newest rating, and the instant to ask from."""
    start = cursor.ratings - int(MARGIN.total_seconds())
    if now - cursor.swept < SWEEP.total_seconds():
        return cursor, start
    return msgspec.structs.replace(cursor, swept=now), start - int(LOOK_BACK.total_seconds())
