"""Bounded labels: which values of a label get series of their own, and what is `other`. Pure.

A value is admitted once, at the end of the poll that brought it, and keeps its place for ever:
series neither move into `other` nor out of it, over restarts too. Waiting for the end of the poll
makes the choice independent of the order in which records arrived.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import lru_cache

NONE = "none"
OTHER = "other"
_LONGEST = 100
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f]")
# An address begins at the beginning of a word, so that looking for one takes no time squared.
_ADDRESS = r"(?<![^\s@])[^\s@]+@[^\s@]+\.[^\s@]+"
# Eight digits or more, perhaps in groups. One that goes on from a word or a dash is the vendor's
# own number of something, such as group-360001234567.
_DASH = "\u2010-\u2015-"
_NUMBER = rf"(?<![\w{_DASH}])[+(]{{0,3}}\d(?:[\s()./{_DASH}]*\d){{7,}}"
_PERSONAL = re.compile(f"{_ADDRESS}|(?P<number>{_NUMBER})")
_ALONE = re.compile(r"0\d{7,}|\d{10,}")
_GOES_ON = re.compile(rf"[\w{_DASH}]")
_YEAR = r"(?:19|20)\d\d"
_DATE = re.compile(rf"{_YEAR}[./-]\d\d?[./-]\d\d?|\d\d?[./-]\d\d?[./-]{_YEAR}")
_YEARS = re.compile(rf"{_YEAR}(?:\D+{_YEAR})*")
_RANGE = re.compile(rf"(\d+) ?[/{_DASH}] ?(\d+)")


def as_label(value: str | None) -> str:
    """A value as a label: blanks, line breaks and control characters folded, no longer than a
    name is.
    """
    return _folded(value)[:_LONGEST].rstrip() or NONE


class Labeller:
    """Makes labels of what a vendor says.

    key: of the installation; whoever does not have it cannot guess what a hidden value was.
    """

    def __init__(self, key: Callable[[], bytes] = lambda: b"") -> None:
        self._key = key
        # Teams and categories are few and come with every ticket.
        self.label = lru_cache(maxsize=4096)(self._label)

    def hidden(self, value: str) -> str:
        """A stand-in for what tells of a person: the same for the same value and key."""
        told = value.strip().casefold().encode()
        return f"hidden-{hmac.new(self._key(), told, hashlib.sha256).hexdigest()[:12]}"

    def keyed(self, value: str) -> str:
        """A hash of what names a company: two systems that name it alike are joined by it, however
        they write capitals and blanks."""
        told = " ".join(value.split()).casefold().encode()
        return hmac.digest(self._key(), told, "sha256").hex()[:24]

    def _label(self, value: str | None) -> str:
        """A value as a label, without anybody's address or telephone number in it."""
        parts: list[str] = []
        room, read, whole = _LONGEST, 0, _folded(value)
        for found in filter(_is_personal, _PERSONAL.finditer(whole)):
            parts.append(whole[read : found.start()][:room])
            room, read = room - len(parts[-1]), found.end()
            stand_in = self.hidden(found[0])
            if len(stand_in) > room:  # half a stand-in would be another one
                break
            parts.append(stand_in)
            room -= len(stand_in)
        else:
            parts.append(whole[read:][:room])
        return "".join(parts).rstrip() or NONE


def _folded(value: str | None) -> str:
    return " ".join(_UNPRINTABLE.sub(" ", value or "").split())


def _is_personal(found: re.Match[str]) -> bool:
    """Whether what was found is an address, or a number that can be dialled."""
    number = found["number"]
    if number is None or "+" in number or ")" in number:
        return True
    digits = number.lstrip("(")
    if digits.isdecimal():
        alone = not _GOES_ON.match(found.string, found.end())
        return alone and bool(_ALONE.fullmatch(digits))
    if _DATE.fullmatch(digits) or _YEARS.fullmatch(digits):
        return False
    ends = _RANGE.fullmatch(digits)  # 10115-10999
    return ends is None or len(ends[1]) != len(ends[2])


def admit(
    candidates: Iterable[str], admitted: Mapping[str, str], named: Collection[str], cap: int
) -> dict[str, str]:
    """What each new value will be shown as: itself while there is room below `cap`, else `other`.

    candidates: values in the order of their right to a place; those already `admitted` are skipped.
    named: by the operator; they always have a place and take it from the rest.
    `none`, for tickets without any, is always there and needs no place.
    """
    shown = dict(admitted)
    new: dict[str, str] = {}
    reserved = len(set(named) | {v for v, s in admitted.items() if v == s and v != NONE})
    for value in (*named, NONE, *candidates):
        if value in shown:
            continue
        if value in named or value == NONE:
            shown[value] = new[value] = value
        elif reserved < cap and value != OTHER:
            shown[value] = new[value] = value
            reserved += 1
        else:
            shown[value] = new[value] = OTHER
    return new
