"""What an operator says of money, for a source that tells customers.

money:
  acquisition_cost: {EUR: 500}
  gross_margin: 0.8
  into: EUR
  rates: {USD: 0.92}
"""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from functools import partial
from typing import Final

from connectors import Fact, Measures
from exporter.config.groups import Group
from exporter.config.marked import Value
from exporter.config.values import Wrong, a_word
from exporter.definition import Economics

KEYS: Final = ("money",)
MONEY_KEYS: Final = ("acquisition_cost", "gross_margin", "into", "rates")
AS_MONEY: Final = "write 'acquisition_cost:', 'gross_margin:', 'into:' or 'rates:' below it"
AS_COST: Final = "name a currency with the amount, as in 'acquisition_cost: {EUR: 500}'"
AS_RATES: Final = "name a currency with what one of it is worth, as in 'rates: {USD: 0.92}'"
MILLIONTHS: Final = 10**6
MOST: Final = 1_000_000_000
NUMBER: Final = re.compile(r"\d{1,12}(?:\.\d{1,30})?", re.ASCII)
CURRENCY: Final = re.compile(r"[A-Z]{3}", re.ASCII)


def read_economics(source: Group) -> Economics:
    """What a source's operator says of money; what is wrong with it is noted and left out."""
    money = source.group("money", AS_MONEY)
    money.only(MONEY_KEYS, "money")
    into = money.taken("into", None, a_currency)
    rates = _by_currency(money, "rates", AS_RATES)
    if "rates" in money.values and "into" not in money.values:
        money.needed("into", MONEY_KEYS, "the currency that 'rates:' lead to, as in 'into: EUR'")
    if into in rates:
        message = "is the currency that the others are converted into: take it out"
        money.note(message, "rates", str(into))
    return Economics(
        _by_currency(money, "acquisition_cost", AS_COST),
        money.taken("gross_margin", None, a_share),
        into,
        rates,
    )


def note_where_untold(source: Group, measures: Callable[[], Measures]) -> None:
    """Note that money is spoken of at a source that tells no customers.

    measures: what the source tells; only asked where money is spoken of.
    """
    if "money" in source.values and Fact.CUSTOMERS not in measures().told:
        source.note(
            "means nothing here, because this source tells no customers: move it to the source "
            "that does, or take it out",
            "money",
        )


def a_currency(value: Value) -> str:
    """A currency's code of three capital letters (ISO 4217)."""
    text = a_word(value)
    if not CURRENCY.fullmatch(text):
        raise Wrong("is no currency: write its code of three capital letters, such as EUR")
    return text


def an_amount(value: Value) -> int:
    """A number above 0 in millionths, with no more than six digits after the point."""
    amount = _number(value)
    if amount is None or not 0 < amount <= MOST:
        raise Wrong(f"must be a number above 0 and up to {MOST:,}, such as 500 or 0.92")
    return _millionths(amount)


def a_share(value: Value) -> int:
    """A share above 0 and up to 1, in millionths."""
    share = _number(value)
    if share is None or not 0 < share <= 1:
        raise Wrong("must be a share above 0 and up to 1, such as 0.8 for 80 %")
    return _millionths(share)


def _number(value: Value) -> Fraction | None:
    text = a_word(value)
    return Fraction(text) if NUMBER.fullmatch(text) else None


def _millionths(number: Fraction) -> int:
    if (number * MILLIONTHS).denominator != 1:
        raise Wrong("has more than six digits after the point: round it")
    return int(number * MILLIONTHS)


def _by_currency(money: Group, key: str, remedy: str) -> dict[str, int]:
    group = money.group(key, remedy)
    found: dict[str, int] = {}
    for name in group.values:
        currency = group.checked(None, partial(a_currency, name), name)
        amount = group.taken(name, None, an_amount)
        if currency is not None and amount is not None:
            found[currency] = amount
    return found
