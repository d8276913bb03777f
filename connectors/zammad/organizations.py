"""The organizations of a Zammad, by whom the customers of tickets are known elsewhere."""

from __future__ import annotations

from typing import Any, Final

from connectors.contract import Fatal, Finding
from connectors.http import ApiSession, Forbidden
from connectors.records import Identity

PATH: Final = "/api/v1/organizations"
PAGE: Final = 100
MOST: Final = 10_000  # pages, each of them of other organizations

NOT_ALLOWED: Final = (
    "customers: deskpulse's user may not read organizations, so that tickets tell no customer. "
    "Give it a role with ticket.agent."
)
NO_FIELD: Final = (
    "customers: organizations have no attribute '{name}', so that none is known by it. Set "
    "`customer_field` of this source to the name that it has in Zammad's object manager."
)


class Organizations:
    """Reads all of them once, when the first ticket of a poll asks for one.

    gaps: what could not be read, in words for a person.
    """

    def __init__(self, session: ApiSession, field: str | None) -> None:
        self._session = session
        self._field = field
        self._known: dict[int, Identity] | None = None
        self.gaps: tuple[str, ...] = ()

    def of(self, number: int | None) -> Identity | None:
        """By what an organization is known; None: by nothing. Raises `ConnectorError`."""
        if number is None:
            return None
        if self._known is None:
            try:
                self._known = self._read()
            except Forbidden:
                self._known, self.gaps = {}, (NOT_ALLOWED,)
        return self._known.get(number)

    def look(self) -> Finding:
        """What `check` says of them. Raises `ConnectorError`."""
        try:
            page = self._page(1)
        except Forbidden:
            return Finding("warning", NOT_ALLOWED)
        if page and self._field and not any(self._field in one for one in page):
            return Finding("warning", NO_FIELD.format(name=self._field))
        known = len(self._identities(page))
        return Finding("ok", f"{known} of the first {len(page)} organizations are known elsewhere")

    def _page(self, number: int) -> list[dict[str, Any]]:
        params: dict[str, str | int] = {"page": number, "per_page": PAGE}
        return self._session.get(PATH, params=params, decode=list[dict[str, Any]]).value

    def _read(self) -> dict[int, Identity]:
        read: set[int] = set()
        known: dict[int, Identity] = {}
        for number in range(1, MOST):
            page = self._page(number)
            numbers = {one["id"] for one in page if isinstance(one.get("id"), int)}
            if not page:
                return known
            if numbers <= read:
                break
            read |= numbers
            known |= self._identities(page)
        raise Fatal(
            f"source '{self._session.source}': {PATH} tells the same organizations again instead "
            "of those that follow. Nothing is lost; set `customers` of this source to false to go "
            "on without them."
        )

    def _identities(self, page: list[dict[str, Any]]) -> dict[int, Identity]:
        found = {}
        for one in page:
            number = _text(one.get(self._field)) if self._field else ""
            domain = _text(one.get("domain")).lower()
            if number or domain:
                found[one["id"]] = Identity(
                    (number,) if number else (), (domain,) if domain else ()
                )
        return found


def _text(value: object) -> str:
    return str(value).strip() if isinstance(value, (str, int)) else ""
