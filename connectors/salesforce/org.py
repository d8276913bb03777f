"""One org: its records by queries, what its objects have, and the names of its queues."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, TypeVar

from connectors.contract import ConfigurationError, Reason, Usage
from connectors.http import ApiSession, Forbidden, Refused, Reply
from connectors.salesforce import soql
from connectors.salesforce.settings import SalesforceSettings
from connectors.salesforce.signing import REMEDY, Bearer, Grant
from connectors.salesforce.wire import CHANGED, ID, Description, Rows, read

T = TypeVar("T")

DATA: Final = "/services/data/v62.0"
AT_ONCE: Final = 200
"""Queues that may be asked for together: an address may have 16,000 characters."""

QUEUE: Final = "00G"
"""How the id of a queue begins; that of a person begins otherwise."""

NO_QUEUES: Final = (
    "queues: the user may not read them, so that a team is told by its number. Let it read them, "
    "or name in `properties.team` a field of cases that says who holds them."
)


class Org:
    """Every call raises `ConnectorError`.

    What an object has is asked once, and again when it did not have what was looked for.
    gaps: what it may not be asked in this poll, in words for a person.
    """

    def __init__(self, source: str, settings: SalesforceSettings) -> None:
        self.source = source
        self.gaps: dict[str, None] = {}
        self._grant = Grant(source, settings)
        self._bearer = Bearer(self._grant)
        self._session = ApiSession(
            source=source,
            base_url=settings.url,
            auth=self._bearer,
            credentials_remedy=REMEDY,
            address_key="url",
        )
        self._known: dict[str, frozenset[str]] = {}
        self._queues: dict[str, str | None] = {}

    def query(self, asked: str, *, deleted: bool = False) -> Reply[Rows]:
        """The answer to a query. deleted: what lies in the recycle bin is told too."""
        path = f"{DATA}/queryAll" if deleted else f"{DATA}/query"
        try:
            return self._get(path, {"q": asked}, Rows)
        except Refused:
            self._known.clear()  # an object may have lost what it had
            raise

    def count(self, kind: str, *conditions: str) -> int:
        """How many records there are that are not deleted."""
        return self.query(soql.count(kind, *conditions)).value.total

    def has(self, kind: str) -> frozenset[str] | None:
        """The fields of an object that the user may see, and the relations that lead through them;
        None where it may not see the object."""
        if kind not in self._known:
            try:
                told = self._get(f"{DATA}/sobjects/{kind}/describe", None, Description).value
            except Forbidden:
                return None
            except ConfigurationError:
                if self._bearer.status != 404:
                    raise
                return None
            names = {name for one in told.fields for name in (one.name, one.relation) if name}
            self._known[kind] = frozenset(names)
        return self._known[kind]

    def require(self, kind: str, wanted: Mapping[str, str], without: str) -> frozenset[str]:
        """What the object has, which is all of `wanted` (fields with the settings that name them).

        without: the setting that leaves the object out. Raises `ConfigurationError`.
        """
        known = self.has(kind)
        if known is None:
            raise ConfigurationError(
                f"source '{self.source}': the user may not read {kind}, or `url` is no org's "
                f"address. Give the user a permission set that may read {kind}, or set "
                f"`{without}: false` to go on without."
            )
        lost = {name: key for name, key in wanted.items() if name.partition(".")[0] not in known}
        if not lost:
            return known
        self._known.pop(kind, None)
        keys = ", ".join(dict.fromkeys(f"`{key}`" for key in lost.values() if key))
        raise ConfigurationError(
            f"source '{self.source}': {kind} has no field {', '.join(lost)}"
            + (f", named by {keys}" if keys else "")
            + ". Write it as Salesforce does, with __c behind a field of your own, and let the "
            "user see it (field-level security)."
        )

    def queues(self, ids: Iterable[str]) -> dict[str, str]:
        """The names of queues, as far as they exist and may be read."""
        wanted = [one for one in dict.fromkeys(ids) if one.startswith(QUEUE)]
        unknown = [one for one in wanted if one not in self._queues]
        for begin in range(0, len(unknown), AT_ONCE):
            self._queues.update(self._named(unknown[begin : begin + AT_ONCE]))
        return {one: name for one in wanted if (name := self._queues.get(one))}

    def usage(self) -> Usage:
        """Requests and waiting since the last call."""
        parts = self._session.usage(), self._grant.usage()
        requests = sum((Counter(one.requests) for one in parts), Counter[str]())
        return Usage(requests, sum(one.throttled_seconds for one in parts))

    def close(self) -> None:
        """Give back the connections."""
        self._grant.close()
        self._session.close()

    def _named(self, ids: Sequence[str]) -> dict[str, str | None]:
        asked = f"{soql.select((ID, CHANGED, 'Name'), 'Group')} WHERE {soql.among(ID, ids)}"
        try:
            told = self._get(f"{DATA}/query", {"q": asked}, Rows).value
        except (Forbidden, Refused):
            self.gaps[NO_QUEUES] = None
            return {}
        found = {row.id: row.text("Name") for row in read(told.records)[0]}
        return {one: found.get(one) for one in ids}

    def _get(self, path: str, params: Mapping[str, str] | None, decode: type[T]) -> Reply[T]:
        """An answer; where the session is over, in a new one."""
        try:
            return self._session.get(path, params=params, decode=decode)
        except Forbidden:
            raise
        except ConfigurationError as error:
            if error.reason is not Reason.CREDENTIALS or not self._grant.renew():
                raise
        return self._session.get(path, params=params, decode=decode)
