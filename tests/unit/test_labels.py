"""Bounded labels: who gets a place, and that it is kept for ever."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from exporter.labels import admit


def test_values_have_places_until_the_cap_and_are_other_beyond_it() -> None:
    assert admit(["a", "b", "c"], {}, (), 2) == {"a": "a", "b": "b", "c": "other"}


def test_configured_teams_always_have_a_place_and_take_it_from_the_rest() -> None:
    assert admit(["a", "b", "z"], {}, ("z",), 2) == {"z": "z", "a": "a", "b": "other"}


def test_tickets_without_a_team_need_no_place() -> None:
    assert admit(["none", "a"], {}, (), 1) == {"none": "none", "a": "a"}


def test_a_value_keeps_what_it_was_shown_as() -> None:
    admitted = {"a": "a", "b": "other"}
    assert admit(["a", "b", "c"], admitted, (), 9) == {"c": "c"}


def test_a_team_that_is_really_called_other_is_not_mixed_up_by_accident() -> None:
    assert admit(["other"], {}, (), 9) == {"other": "other"}


teams = st.lists(st.sampled_from("abcdefghij"), unique=True)


@given(teams, teams, st.integers(0, 6))
def test_no_more_than_the_cap_are_ever_shown(first: list[str], later: list[str], cap: int) -> None:
    admitted = admit(first, {}, (), cap)
    admitted |= admit(later, admitted, (), cap)
    assert len({shown for shown in admitted.values()} - {"other"}) <= cap
    assert set(admitted) == set(first) | set(later)
