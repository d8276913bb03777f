"""How the simulated account answers: its pages, its limits, its refusals."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from urllib.parse import urlencode

import msgspec

from connectors.testing.server import SimRequest, SimResponse

MOST = 100
DEFAULT = 30
ACCOUNT = 80_000_000_000

Row = dict[str, object]


class Refusal(Exception):
    """A request that Freshdesk does not take; `response` is what it says to it."""

    def __init__(self, status: int, told: Row) -> None:
        super().__init__(status)
        self.response = answered(told, status)


def invalid(field: str, message: str, code: str = "invalid_value") -> Refusal:
    """A parameter that is not as it must be."""
    errors = [{"field": field, "message": message, "code": code}]
    return Refusal(400, {"description": "Validation failed", "errors": errors})


def forbidden() -> Refusal:
    """What this agent may not see."""
    message = "You are not authorized to perform this action."
    return Refusal(403, {"code": "access_denied", "message": message})


def answered(told: object, status: int = 200) -> SimResponse:
    """This as JSON."""
    return SimResponse(status, body=msgspec.json.encode(told))


def known(asked: Mapping[str, str], names: Collection[str]) -> None:
    """Refuse parameters beside these."""
    for name in asked:
        if name not in {*names, "page", "per_page"}:
            raise invalid(name, "Unexpected/invalid field in request", "invalid_field")


def page_of(request: SimRequest, own_limit: int | None, last: int | None = None) -> slice:
    """Which rows are asked for. last: the greatest number of a page. Raises `Refusal`."""
    size = _number(request.query.get("per_page", str(DEFAULT)), "per_page", MOST)
    number = _number(request.query.get("page", "1"), "page", None)
    if last is not None and number > last:
        raise invalid(
            "page",
            f"You cannot access tickets beyond the {last}th page. Please provide a smaller page "
            "number.",
        )
    size = min(size, own_limit or size)
    return slice((number - 1) * size, number * size)


def listed(request: SimRequest, rows: Sequence[object], *, more: bool) -> SimResponse:
    """These rows, with the link to those that follow."""
    headers = {}
    if more:
        number = int(request.query.get("page", "1")) + 1
        query = urlencode({**request.query, "page": number})
        here = f"https://{request.headers.get('host', 'localhost')}{request.path}"
        headers["link"] = f'<{here}?{query}>; rel="next"'
    return SimResponse(200, headers, msgspec.json.encode(rows))


def instant(text: str, field: str) -> datetime:
    """A filter's instant. Raises `Refusal`."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        message = "It should be in the 'combined date and time ISO8601' format"
        raise invalid(field, message, "invalid_date") from None


def iso(at: datetime | None) -> str | None:
    """An instant as Freshdesk writes it."""
    return None if at is None else at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _number(text: str, field: str, most: int | None) -> int:
    if not text.isdecimal() or int(text) < 1 or (most is not None and int(text) > most):
        limit = "" if most is None else f" less than or equal to {most}"
        raise invalid(field, f"It should be a Positive Integer{limit}")
    return int(text)
