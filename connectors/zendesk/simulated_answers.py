"""How the simulated account answers: its forms, its limits, its refusals."""

from __future__ import annotations

from base64 import b64decode, b64encode
from datetime import datetime

import msgspec

from connectors.testing.server import SimResponse

HOST = "https://desk.example"
ACCOUNT = 390_000_000_000


class Refusal(Exception):
    """A request that Zendesk does not take; `response` is what it says to it."""

    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(error)
        self.response = refused(status, error, description)


def answered(value: object) -> SimResponse:
    """200 with this as JSON."""
    return SimResponse(200, body=msgspec.json.encode(value))


def refused(status: int, error: str, description: str | None = None) -> SimResponse:
    """An error in Zendesk's form."""
    told = {"error": error} if description is None else {"error": error, "description": description}
    return SimResponse(status, body=msgspec.json.encode(told))


def limited(asked: str, most: int, own: int | None) -> int:
    """How many records a page may have: as asked, but at most so many, and at most our own."""
    wanted = int(asked) if asked.isdecimal() and int(asked) > 0 else most
    return min(wanted, most, own or most)


def paging(after: str | None) -> dict[str, object]:
    """The end of a list with cursor pagination; `after` is where its next page begins."""
    return {
        "meta": {"has_more": after is not None, "after_cursor": after, "before_cursor": None},
        "links": {"next": None, "prev": None},
    }


def start_of(query: dict[str, str], visible: datetime) -> int:
    """The `start_time` of an incremental export. Raises `Refusal`."""
    try:
        start = int(query["start_time"])
    except (KeyError, ValueError):
        raise Refusal(400, "StartTimeMissing", "Start time must be a Unix time") from None
    if start > visible.timestamp():
        raise Refusal(
            422, "InvalidValue", "Too recent start_time. Use a start_time older than 1 minute"
        )
    return start


def opaque(text: str) -> str:
    """A cursor that nobody should read."""
    return b64encode(text.encode()).decode()


def plain(code: str) -> str:
    """What a cursor of ours stands for; "" for anything else."""
    try:
        return b64decode(code, validate=True).decode()
    except ValueError:
        return ""


def iso(at: datetime | None) -> str | None:
    """An instant as Zendesk writes it."""
    return None if at is None else f"{at.isoformat()[:19]}Z"
