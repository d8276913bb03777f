"""Exact quantiles: the least value that the share of all values does not exceed."""

from __future__ import annotations

from fractions import Fraction
from statistics import median_low

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import Fact
from exporter.catalog import CATALOG
from exporter.quantiles import EVERY, PERCENTILES, TOLD, are_due, quantile

values = st.lists(st.integers(-(2**40), 2**40), min_size=1, max_size=200)
shares = st.integers(1, 100).map(lambda percent: f"{percent / 100:.2f}")


@given(values, shares)
def test_a_quantile_is_the_least_value_that_the_share_does_not_exceed(
    observed: list[int], q: str
) -> None:
    wanted = Fraction(q)
    enough = [
        value
        for value in observed
        if Fraction(sum(other <= value for other in observed), len(observed)) >= wanted
    ]
    assert quantile(sorted(observed), q) == min(enough)


@given(values)
def test_the_median_is_a_value_that_was_observed(observed: list[int]) -> None:
    assert quantile(sorted(observed), "0.5") == median_low(observed)


@given(values)
def test_all_of_them_is_the_greatest_and_none_of_them_the_least(observed: list[int]) -> None:
    assert quantile(sorted(observed), "1") == max(observed)
    assert quantile(sorted(observed), "0") == min(observed)


@pytest.mark.parametrize(("q", "rank"), [("0.5", 5), ("0.9", 9), ("0.91", 10)])
def test_of_ten_values(q: str, rank: int) -> None:
    assert quantile(range(1, 11), q) == rank


@pytest.mark.parametrize(("q", "number"), [("0.28", 25), ("0.07", 100), ("0.55", 180)])
def test_a_share_is_exact_where_a_float_is_not(q: str, number: int) -> None:
    exact = number * int(q[2:]) // 100
    assert float(q) * number > exact, "a float would be one too far"
    assert quantile(range(1, number + 1), q) == exact


@pytest.mark.parametrize(
    ("before", "watermark", "due"),
    [
        (None, 0, True),
        (0, 0, False),
        (0, EVERY - 1, False),
        (0, EVERY, True),
        (EVERY - 1, EVERY, True),
        (EVERY, 2 * EVERY - 1, False),
        (0, 100 * EVERY, True),
    ],
)
def test_they_are_told_anew_in_each_stretch_of_five_minutes(
    before: int | None, watermark: int, due: bool
) -> None:
    assert EVERY == 5 * 60 * 1000
    assert are_due(before, watermark) is due


@given(st.lists(st.integers(0, 10 * EVERY), min_size=2, max_size=30).map(sorted))
def test_whatever_the_polls_they_are_told_once_in_each_stretch(watermarks: list[int]) -> None:
    told = [
        now
        for before, now in zip([None, *watermarks], watermarks, strict=False)
        if are_due(before, now)
    ]
    assert [now // EVERY for now in told] == sorted({now // EVERY for now in watermarks})


def test_there_are_quantiles_of_what_people_hold_against_a_report() -> None:
    assert PERCENTILES == {"50": "0.5", "90": "0.9"}
    assert {(fact, business) for _, fact, business in TOLD} == {
        (fact, business)
        for fact in (Fact.FIRST_RESPONSE, Fact.SOLVED)
        for business in (False, True)
    }
    for name, fact, business in TOLD:
        assert CATALOG[name].labels == ("window", "percentile")
        assert CATALOG[name].fact is fact
        assert ("business" in name) is business
