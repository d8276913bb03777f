"""Amounts of money as people write them: none is guessed where two readings are possible.

What is read is a `Decimal`; None is an empty cell, a `Flaw` what cannot be read.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final, Literal

from connectors.fields.words import Flaw

Mark = Literal[".", ","]

PLAIN: Final = re.compile(r"-?\d{1,15}(?:\.\d{1,9})?", re.ASCII)
THOUSANDS: Final = " \u00a0\u202f'’"
NOT_ONE: Final = Flaw("holds no amount: digits, without a sign of a currency")
AMBIGUOUS: Final = Flaw(
    "holds an amount that can be read in two ways: set `decimal` to what begins a fraction, "
    "'.' or ','"
)


def _grouped(mark: Mark) -> re.Pattern[str]:
    """An amount whose thousands are apart by the other mark, a blank or an apostrophe."""
    other = "," if mark == "." else "."
    apart = f"[{re.escape(other + THOUSANDS)}]"
    fraction = rf"(?:{re.escape(mark)}\d{{1,9}})?"
    return re.compile(rf"-?(?:\d{{1,15}}|\d{{1,3}}(?:{apart}\d{{3}}){{1,4}}){fraction}", re.ASCII)


GROUPED: Final = {mark: _grouped(mark) for mark in (".", ",")}


def amount(text: str, mark: Mark | None) -> Decimal | Flaw | None:
    """An amount. mark: what begins a fraction; None: nobody said, and it must be beyond doubt."""
    if not text:
        return None
    text = text.replace("−", "-")
    if mark is None:
        return _beyond_doubt(text)
    if not GROUPED[mark].fullmatch(text):
        return NOT_ONE
    whole, _, fraction = text.partition(mark)
    digits = re.sub(r"[^\d-]", "", whole)
    return Decimal(f"{digits}.{fraction or '0'}") if fraction else Decimal(digits)


def share(text: str, mark: Mark | None) -> Decimal | Flaw | None:
    """A share in per cent, from 0 to 100."""
    found = amount(text.removesuffix("%").rstrip(), mark)
    if isinstance(found, Decimal) and not 0 <= found <= 100:
        return Flaw("holds no discount in per cent, from 0 to 100")
    return found


def _beyond_doubt(text: str) -> Decimal | Flaw:
    """A point begins a fraction, unless it may as well stand before thousands."""
    if PLAIN.fullmatch(text):
        whole, point, fraction = text.lstrip("-").partition(".")
        if point and len(fraction) == 3 and whole[0] != "0" and len(whole) <= 3:
            return AMBIGUOUS
        return Decimal(text)
    is_number = any(pattern.fullmatch(text) for pattern in GROUPED.values())
    return AMBIGUOUS if is_number else NOT_ONE
