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
# An address of e-mail, or a telephone number: at least eight digits, perhaps in groups.
_PERSONAL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+|\+?\d(?:[\s().\/-]*\d){7,}")


def as_label(value: str | None) -> str:
    """A value as a label: blanks, line breaks and control characters folded, no longer than a
    name is.
    """
    return " ".join(_UNPRINTABLE.sub(" ", value or "").split())[:_LONGEST] or NONE


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

    def _label(self, value: str | None) -> str:
        """A value as a label, without anybody's address or telephone number in it."""
        return _PERSONAL.sub(lambda found: self.hidden(found[0]), as_label(value))


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
