"""Which group of Zendesk's is which team."""

from __future__ import annotations

from collections.abc import Iterable

from connectors.contract import Fatal
from connectors.http import ApiSession, Forbidden
from connectors.zendesk import wire

GROUPS = "/api/v2/groups.json"
GROUP_PAGES = 1_000
NO_GROUPS = (
    "groups: Zendesk refuses to list them to this user; teams are named by their ids (group-...)"
)


class Teams:
    """The names of groups during one poll: read at once, and once more for one born meanwhile."""

    def __init__(self, api: ApiSession) -> None:
        self._api = api
        self._again = True
        self._names: dict[int | None, str | None] = {None: None}
        self.gaps: tuple[str, ...] = ()
        self._read()

    def naming(self, ids: Iterable[int | None]) -> dict[int | None, str | None]:
        """Names for these groups and more; `group-<id>` where Zendesk tells none."""
        unknown = set(ids) - self._names.keys()
        if unknown and self._again and not self.gaps:
            self._again = False
            self._read()
        for number in unknown - self._names.keys():
            self._names[number] = f"group-{number}"
        return self._names

    def _read(self) -> None:
        params: dict[str, str | int] = {"page[size]": 100}
        try:
            for _ in range(GROUP_PAGES):
                page = self._api.get(GROUPS, params=params, decode=wire.Groups).value
                self._names.update((group.id, group.name) for group in page.groups)
                if not page.meta.has_more or page.meta.after_cursor is None:
                    return
                params["page[after]"] = page.meta.after_cursor
        except Forbidden:
            self.gaps = (NO_GROUPS,)
            return
        raise Fatal(
            f"source '{self._api.source}': the list of groups did not end within {GROUP_PAGES} "
            "pages. Nothing is lost; if it stays so, ask Zendesk's support."
        )
