"""From one answer to the next: one small function for each way that an API has of saying so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from requests.utils import parse_header_links

from connectors.rest.asking import ByCursor, ByOffset, ByPage, Pagination
from connectors.rest.paths import MISSING, found

# Of these nobody knows whether the vendor counts from the top, so that a list that moves while it
# is read hides a record; a cursor is believed to be a place in the list itself.
COUNTING: Final = frozenset({"page", "offset", "link", "next"})


class NoWay(Exception):
    """An answer whose way to the next one cannot be gone, in words that go on from the list."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an answer is: a parameter of its own, or a path that says everything."""

    param: str = ""
    value: str | int = ""
    link: str = ""

    @property
    def params(self) -> dict[str, str | int]:
        """What a request for it says of its page."""
        return {self.param: self.value} if self.param else {}


FIRST: Final = Place()


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: all of it, its list of records, its clock, and the path that was asked."""

    whole: object
    records: list[object]
    at: datetime
    headers: Mapping[str, str]
    path: str


def first(pagination: Pagination | None) -> dict[str, str | int]:
    """What the first request says of its page."""
    page = pagination.page if pagination is not None else None
    return {} if page is None else {page.param: page.first}


def following(pagination: Pagination | None, here: Place, answer: Answer, url: str) -> Place | None:
    """Where the next answer is, None at the end. url: of the API, which no address may leave.

    Raises `NoWay`.
    """
    if pagination is None:
        if _linked(answer):
            raise NoWay("goes on on another page, by its Link header: add `pagination: {link: "
                        "header}` to `tickets`")  # fmt: skip
        return None
    way = pagination.chosen
    return WAYS[way](getattr(pagination, way), here, answer, url)


def _by_cursor(way: ByCursor, _here: Place, answer: Answer, _url: str) -> Place | None:
    token = found(answer.whole, way.source)
    if token is None or token is MISSING or token is False or token == "":
        return None
    if isinstance(token, str | int) and not isinstance(token, bool):
        return Place(way.param, token)
    raise NoWay(f"has no text and no number at `{way.source}`: mend `pagination.cursor.from`")


def _by_page(way: ByPage, here: Place, answer: Answer, _url: str) -> Place | None:
    number = int(here.value) if here.param else way.first
    last = _number(answer, way.last, "pagination.page.last")
    read = number - way.first + 1
    if _ends(answer, way.more, "pagination.page.more") or (last is not None and read >= last):
        return None
    return Place(way.param, number + 1)


def _by_offset(way: ByOffset, here: Place, answer: Answer, _url: str) -> Place | None:
    begun = int(here.value) if here.param else 0
    total = _number(answer, way.total, "pagination.offset.total")
    read = begun + len(answer.records)
    if _ends(answer, way.more, "pagination.offset.more") or (total is not None and read >= total):
        return None
    return Place(way.param, read)


def _by_header(_way: str, _here: Place, answer: Answer, url: str) -> Place | None:
    address = _linked(answer)
    return _within(address, answer, url) if address else None


def _by_address(way: str, _here: Place, answer: Answer, url: str) -> Place | None:
    address = found(answer.whole, way)
    if not address:
        return None
    if not isinstance(address, str):
        raise NoWay(f"has no address at `{way}`: mend `pagination.next`")
    return _within(address, answer, url)


WAYS: Final[Mapping[str, Callable[[Any, Place, Answer, str], Place | None]]] = {
    "cursor": _by_cursor,
    "page": _by_page,
    "offset": _by_offset,
    "link": _by_header,
    "next": _by_address,
}


def _ends(answer: Answer, more: str | None, key: str) -> bool:
    """Whether nothing follows: a page without records, unless the answer says better."""
    told = MISSING if more is None else found(answer.whole, more)
    if told is MISSING or told is None:
        return not answer.records
    if isinstance(told, bool):
        return not told
    raise NoWay(f"has neither true nor false at `{more}`: mend `{key}`")


def _number(answer: Answer, path: str | None, key: str) -> int | None:
    told = None if path is None else found(answer.whole, path)
    if told is None or told is MISSING:
        return None
    if isinstance(told, str) and told.isdecimal():
        told = int(told)
    if isinstance(told, int) and not isinstance(told, bool):
        return told
    raise NoWay(f"has no whole number at `{path}`: mend `{key}`")


def _linked(answer: Answer) -> str:
    links = parse_header_links(answer.headers.get("Link", ""))
    return next((str(link["url"]) for link in links if link.get("rel") == "next"), "")


def _within(address: str, answer: Answer, url: str) -> Place:
    """Its path and query. Whatever host it names, ours is asked: the credential goes nowhere else.

    A vendor behind a proxy may name http where it is asked by https.
    """
    try:
        there, ours = urlsplit(urljoin(f"{url}{answer.path}", address)), urlsplit(url)
        same = there.hostname == ours.hostname
    except ValueError:
        raise NoWay("names an address for the next page that is none") from None
    if not same:
        raise NoWay(
            "names an address for the next page at another host than `url`. If that is its right "
            "one, set `url` to it"
        )
    return Place(link=f"{there.path}?{there.query}" if there.query else there.path)
