"""What is paid a month, whatever a vendor is paid for and in whatever it tells it."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.money import CURRENCIES, DIGITS, MONTHS, digits, monthly, of_minor, rounded


@pytest.mark.parametrize(
    ("amount", "currency", "interval", "count", "month"),
    [
        ("49.90", "EUR", "month", 1, "49.90"),
        ("120", "EUR", "month", 3, "40.00"),
        ("1200", "EUR", "year", 1, "100.00"),
        ("2400", "EUR", "year", 2, "100.00"),
        ("12", "EUR", "week", 1, "52.00"),
        ("24", "EUR", "week", 2, "52.00"),
        ("1", "EUR", "day", 1, "30.42"),
        ("10", "EUR", "day", 30, "10.14"),
        ("100", "EUR", "year", 1, "8.33"),
        ("32000", "JPY", "year", 1, "2667"),
        ("100", "KWD", "year", 1, "8.333"),
        ("0", "USD", "month", 1, "0.00"),
    ],
)
def test_what_is_paid_becomes_what_is_paid_a_month(
    amount: str, currency: str, interval: str, count: int, month: str
) -> None:
    told = monthly(Decimal(amount), currency, interval, count)
    assert (str(told.amount), told.currency) == (month, currency)


@pytest.mark.parametrize(
    ("amount", "currency", "is_told"),
    [
        ("0.125", "EUR", "0.12"),
        ("0.135", "EUR", "0.14"),
        ("2.5", "JPY", "2"),
        ("3.5", "JPY", "4"),
        ("0.0005", "KWD", "0.000"),
        ("0.0015", "KWD", "0.002"),
    ],
)
def test_half_a_minor_unit_goes_to_the_even_one(amount: str, currency: str, is_told: str) -> None:
    assert str(rounded(Decimal(amount), currency)) == is_told
    assert str(rounded(Fraction(amount), currency)) == is_told


def test_discounts_are_taken_off_first_and_nobody_pays_less_than_nothing() -> None:
    full = Decimal(100)
    assert monthly(full, "EUR", "month", percent_off=Decimal(20)).amount == 80
    assert monthly(full, "EUR", "month", amount_off=Decimal("12.5")).amount == Decimal("87.50")
    both = monthly(full, "EUR", "year", percent_off=Decimal(50), amount_off=Decimal(2))
    assert both.amount == 4
    assert monthly(full, "EUR", "month", percent_off=Decimal(100)).amount == 0
    assert monthly(full, "EUR", "month", amount_off=Decimal(300)).amount == 0


def test_minor_units_are_told_in_units() -> None:
    assert of_minor(4990, "EUR") == Decimal("49.90")
    assert of_minor(4990, "JPY") == 4990
    assert of_minor(4990, "KWD") == Decimal("4.990")


@pytest.mark.parametrize(
    ("amount", "currency", "interval", "count", "off", "verdict"),
    [
        ("1", "Euro", "month", 1, "0", "'Euro' is no currency"),
        ("1", "eur", "month", 1, "0", "such as EUR"),
        ("1", "EUR", "fortnight", 1, "0", "give day, week, month, year"),
        ("1", "EUR", "month", 0, "0", "1 or more"),
        ("-1", "EUR", "month", 1, "0", "0 or more"),
        ("NaN", "EUR", "month", 1, "0", "0 or more"),
        ("1", "EUR", "month", 1, "101", "from 0 to 100"),
    ],
)
def test_what_is_no_money_is_told_in_plain_words(
    amount: str, currency: str, interval: str, count: int, off: str, verdict: str
) -> None:
    with pytest.raises(ValueError, match=verdict):
        monthly(Decimal(amount), currency, interval, count, percent_off=Decimal(off))


@given(
    parts=st.integers(0, 10**9),
    currency=st.sampled_from(sorted(CURRENCIES)),
    interval=st.sampled_from(sorted(MONTHS)),
    count=st.integers(1, 36),
)
def test_a_month_is_never_further_than_half_a_minor_unit_from_the_exact_share(
    parts: int, currency: str, interval: str, count: int
) -> None:
    amount = of_minor(parts, currency)
    told = monthly(amount, currency, interval, count).amount
    exact = Fraction(amount) / count / MONTHS[interval]
    assert abs(Fraction(told) - exact) <= Fraction(1, 2 * 10 ** digits(currency))
    assert told == told.quantize(Decimal(1).scaleb(-digits(currency)))
    assert len(str(told).partition(".")[2]) == digits(currency)


def test_every_currency_of_other_digits_is_one() -> None:
    assert DIGITS.keys() <= CURRENCIES
