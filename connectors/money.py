"""Money as vendors tell it, made comparable: what is paid a month, in whole minor units.

Amounts are `Decimal` and never float; currencies are codes of ISO 4217 and are never added.
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Final

from connectors.customers import Money


def _codes(text: str) -> frozenset[str]:
    return frozenset(text.split())


DIGITS: Final = {
    **dict.fromkeys(_codes("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"), 0),
    **dict.fromkeys(_codes("BHD IQD JOD KWD LYD OMR TND"), 3),
    **dict.fromkeys(_codes("CLF"), 4),
}
"""The digits behind the point of every currency that has not two."""

CURRENCIES: Final = _codes("""
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN
    BZD CAD CDF CHF CLF CLP CNY COP CRC CUC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP
    GEL GHS GIP GMD GNF GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR
    KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LTL LVL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR
    MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR
    SBD SCR SDG SEK SGD SHP SLE SLL SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS
    UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG ZWL
""")
"""The currencies that anybody may be charged in, and those that were given up since 2014."""

MONTHS: Final = {
    "day": Fraction(12, 365),
    "week": Fraction(12, 52),
    "month": Fraction(1),
    "year": Fraction(12),
}
"""How many months an interval is: a year has 12 months, 52 weeks or 365 days."""


def digits(currency: str) -> int:
    """How many digits a currency has behind the point. Raises ValueError for what is none."""
    if currency not in CURRENCIES:
        raise ValueError(
            f"'{currency:.20}' is no currency: give the three letters of ISO 4217, such as EUR"
        )
    return DIGITS.get(currency, 2)


def rounded(amount: Decimal | Fraction, currency: str) -> Decimal:
    """An amount in whole minor units, half of one to the even neighbour. Raises ValueError."""
    unit = Decimal(1).scaleb(-digits(currency))
    if isinstance(amount, Fraction):
        parts = round(amount * 10 ** digits(currency))  # a fraction is rounded half to even
        return Decimal(parts) * unit
    if not amount.is_finite():
        raise ValueError("an amount of money is a finite number")
    return amount.quantize(unit, ROUND_HALF_EVEN)


def of_minor(amount: int, currency: str) -> Decimal:
    """An amount that a vendor tells in minor units (cents), in units. Raises ValueError."""
    return Decimal(amount).scaleb(-digits(currency))


def monthly(
    amount: Decimal,
    currency: str,
    interval: str,
    count: int = 1,
    *,
    percent_off: Decimal = Decimal(0),
    amount_off: Decimal = Decimal(0),
) -> Money:
    """What is paid for a month where `amount` is paid for `count` intervals.

    A week is 12/52 of a month, a day 12/365. percent_off, then amount_off (in the same currency,
    each `count` intervals) are taken off first; nobody pays less than nothing.

    Raises ValueError, in plain words, for a currency, interval, count or discount that is none,
    and for an amount below 0.
    """
    if not (amount.is_finite() and percent_off.is_finite() and amount_off.is_finite()):
        raise ValueError("an amount and a discount on it are finite numbers, 0 or more")
    return _monthly(amount, currency, interval, count, percent_off, amount_off)


@lru_cache(maxsize=4096)  # price lists are short
def _monthly(
    amount: Decimal,
    currency: str,
    interval: str,
    count: int,
    percent_off: Decimal,
    amount_off: Decimal,
) -> Money:
    if interval not in MONTHS:
        raise ValueError(f"'{interval:.20}' is no interval: give {', '.join(MONTHS)}")
    if count < 1:
        raise ValueError(f"{count} is no number of intervals: give 1 or more")
    if not 0 <= percent_off <= 100:
        raise ValueError("a discount in per cent is from 0 to 100")
    if min(amount, amount_off) < 0:
        raise ValueError("an amount and a discount on it are 0 or more")
    if (interval, count) == ("month", 1) and not percent_off and not amount_off:
        return Money(rounded(amount, currency), currency)
    paid = Fraction(amount) * (100 - Fraction(percent_off)) / 100 - Fraction(amount_off)
    return Money(rounded(max(paid, Fraction(0)) / (MONTHS[interval] * count), currency), currency)
