"""The page for people: its words and its numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.quantiles import quantile
from exporter.serving.headlines import duration


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (42, "42 s"),
        (119, "119 s"),
        (120, "2 min"),
        (7_200, "2.0 h"),
        (2e5, "2.3 d"),
    ],
)
def test_durations_are_said_as_people_say_them(seconds: float, words: str) -> None:
    assert duration(int(seconds * 1000)) == words


@given(st.lists(st.integers(0, 1000), min_size=1), st.integers(1, 100))
def test_a_quantile_is_a_value_that_enough_do_not_exceed(values: list[int], percent: int) -> None:
    found = quantile(sorted(values), str(percent / 100))
    assert found in values
    assert 100 * sum(v <= found for v in values) >= percent * len(values)
    smaller = [v for v in values if v < found]
    assert 100 * len(smaller) < percent * len(values)
