"""Bounded labels: who gets a place, and that it is kept for ever."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from exporter.labels import admit


def admitted(
    candidates: list[str], before: dict[str, str], teams: tuple[str, ...], cap: int
) -> dict[str, str]:
    """What is new, without `none`, which is always there."""
    new = admit(candidates, before, teams, cap)
    assert new.pop("none") == "none"
    return new


def test_values_have_places_until_the_cap_and_are_other_beyond_it() -> None:
    assert admitted(["a", "b", "c"], {}, (), 2) == {"a": "a", "b": "b", "c": "other"}


def test_configured_teams_always_have_a_place_and_take_it_from_the_rest() -> None:
    assert admitted(["a", "b", "z"], {}, ("z",), 2) == {"z": "z", "a": "a", "b": "other"}


def test_tickets_without_a_team_always_have_theirs_and_need_no_place() -> None:
    assert admit(["a"], {}, (), 1) == {"none": "none", "a": "a"}


def test_a_value_keeps_what_it_was_shown_as() -> None:
    before = {"a": "a", "b": "other"}
    assert admitted(["a", "b", "c"], before, (), 9) == {"c": "c"}


def test_a_team_that_is_really_called_other_is_not_mixed_up_by_accident() -> None:
    assert admitted(["other"], {}, (), 9) == {"other": "other"}


teams = st.lists(st.sampled_from("abcdefghij"), unique=True)


@given(teams, teams, st.integers(0, 6))
def test_no_more_than_the_cap_are_ever_shown(first: list[str], later: list[str], cap: int) -> None:
    shown = admit(first, {}, (), cap)
    shown |= admit(later, shown, (), cap)
    assert len(set(shown.values()) - {"other", "none"}) <= cap
    assert set(shown) == {*first, *later, "none"}
