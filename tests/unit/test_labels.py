"""Bounded labels: who gets a place, and that it is kept for ever; and nobody's address in them."""

from __future__ import annotations

import re
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.labels import Labeller, admit, as_label


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


# --- the shape of a label -------------------------------------------------------------------------


@given(st.none() | st.text(max_size=100))
def test_a_label_is_one_line_of_visible_characters(value: str | None) -> None:
    label = as_label(value)
    assert label.split() == label.split(" "), "no blank but single ones inside"
    assert not any(unicodedata.category(character) == "Cc" for character in label)
    assert as_label(label) == label


@given(st.text("a b", min_size=101, max_size=300))
def test_a_label_is_no_longer_than_a_name_is(value: str) -> None:
    assert 1 <= len(as_label(value)) <= 100
    assert " ".join(value.split()).startswith(as_label(value).strip()) or as_label(value) == "none"


def test_a_name_that_is_cut_ends_in_a_word() -> None:
    assert as_label("x" * 99 + " y") == "x" * 99


@pytest.mark.parametrize("empty", [None, "", "  ", "\n\t", "\x00\x1b", "\x7f\x9f"])
def test_a_value_of_nothing_is_none(empty: str | None) -> None:
    assert Labeller().label(empty) == "none"


@pytest.mark.parametrize(
    "value", ["a\nb", "a\r\nb", "a\x00b", "a\x1f \x7fb", "a\x85b", "\ta  b\x9b", "a\u2028b"]
)
def test_line_breaks_and_control_characters_become_a_blank(value: str) -> None:
    assert Labeller().label(value) == "a b"


# --- nobody's address -----------------------------------------------------------------------------

KEY = b"k" * 32
HIDDEN = re.compile(r"hidden-[0-9a-f]{12}")


def labeller(key: bytes = KEY) -> Labeller:
    return Labeller(lambda: key)


@pytest.mark.parametrize(
    "name",
    [
        "Tier 2",
        "Team 2024-25",
        "2nd Level",
        "Q3/2026",
        "24/7",
        "Region 10115",
        "ISO 27001",
        "L1 & L2 (EU)",
        "@home",
        "a @ b",
        "Team 1234567",
        "Season 2024-2025",
        "Launch 2026-03-02",
        "PLZ 10115-10999",
        "group-360001234567",
        "Büro München",
        "other",
    ],
)
def test_an_ordinary_name_stays_as_it_is(name: str) -> None:
    assert labeller().label(name) == name


@pytest.mark.parametrize(
    "value",
    [
        "anna.smith@example.com",
        "anna+tag@mail.example.co.uk",
        "ANNA@EXAMPLE.COM",
        "jürgen@müller.example",
        "+49 30 12345678",
        "+49 (0)30/123456",
        "030-1234-5678",
        "(030) 123 456 78",
        "03012345678",
        "4930123456789",
        "555.123.4567",
    ],
)
def test_an_address_or_a_telephone_number_is_hidden_wherever_it_stands(value: str) -> None:
    for name in (value, f"Team {value}", f"{value} team", f"<{value}>", f"a {value} b {value}"):
        label = labeller().label(name)
        assert HIDDEN.search(label)
        assert value not in label
        assert "@" not in label
        assert not re.search(r"\d{3}", HIDDEN.sub("", label))


words = st.text("abcdefghijklmnopqrstuvwxyz0123456789._+-", min_size=1, max_size=20)
hosts = st.from_regex(r"[a-z]{1,10}(\.[a-z]{2,6}){1,2}", fullmatch=True)
addresses = st.builds("{}@{}".format, words, hosts)
numbers = st.from_regex(
    r"\+[0-9]([ ().\/-]{0,2}[0-9]){7,14}|0[0-9]{7,13}|0[0-9]{2,3}[ \/-][0-9]{5,8}", fullmatch=True
)


@given(st.one_of(addresses, numbers), st.binary(min_size=32, max_size=32))
def test_a_stand_in_is_the_same_for_the_same_key_and_no_other(value: str, key: bytes) -> None:
    label = labeller(key).label(value)
    assert value not in label
    assert "@" not in label
    assert HIDDEN.fullmatch(label)
    assert labeller(key).label(f"  {value} ") == label, "in whichever blanks"
    assert labeller(key).hidden(value.upper()) == labeller(key).hidden(value)
    assert labeller(bytes(32) if any(key) else KEY).label(value) != label
    assert labeller(key).label(f"1{value}") != label


@given(addresses)
def test_capitals_make_no_other_person(address: str) -> None:
    assert labeller().label(address.upper()) == labeller().label(address)


@given(st.text(max_size=50), st.one_of(addresses, numbers))
def test_no_address_is_left_beside_whatever_text(text: str, value: str) -> None:
    label = labeller().label(f"{text} {value}")
    assert value not in label
    assert HIDDEN.search(label)


def test_two_people_have_two_stand_ins() -> None:
    assert labeller().label("anna@example.com") != labeller().label("berta@example.com")
    label = labeller().label("anna@example.com, 030 12345678")
    assert len(HIDDEN.findall(label)) == 2


def test_the_key_is_asked_for_only_where_something_is_hidden() -> None:
    """So an installation without any needs no file for it."""
    asked = []

    def key() -> bytes:
        asked.append(1)
        return KEY

    some = Labeller(key)
    assert some.label("Tier 2") == "Tier 2"
    assert asked == []
    some.label("anna@example.com")
    assert asked == [1]


@pytest.mark.parametrize("value", ["anna.smith@example.com", "+49 30 12345678"])
@pytest.mark.parametrize("room", [12, 18])
def test_no_part_of_an_address_is_left_where_a_long_name_is_cut(value: str, room: int) -> None:
    label = labeller().label("x" * (99 - room) + " " + value)
    assert len(label) <= 100
    assert value[:8] not in label


@pytest.mark.parametrize(
    "name",
    ["Tier 12345678", "Kurs 2024/2025", "(2024-2025)", "31.12.2025", "v2-20260302", "AB123456789",
     "360001234567-EMEA", "10115\u201310999"],
)  # fmt: skip
def test_a_number_that_nobody_dials_stays(name: str) -> None:
    assert labeller().label(name) == name


@pytest.mark.parametrize(
    "value", ["1-800-555-0100", "360001234567", "030\u20131234\u20135678", "01 23 45 67 89"]
)
def test_a_number_that_may_be_dialled_is_hidden(value: str) -> None:
    assert HIDDEN.fullmatch(labeller().label(value))


@pytest.mark.parametrize("length", range(75, 104))
def test_a_stand_in_is_whole_or_not_there(length: int) -> None:
    label = labeller().label("x" * length + " anna@example.com")
    assert len(label) <= 100
    rest = label[length:].strip()
    assert rest == "" or HIDDEN.fullmatch(rest)
    assert bool(rest) == (length + 1 + len("hidden-") + 12 <= 100)


def test_what_follows_an_address_is_cut_where_a_label_ends() -> None:
    label = labeller().label("a" * 300 + "@example.com " + "y" * 300)
    assert HIDDEN.match(label)
    assert label.endswith(" " + "y" * 80)
    assert len(label) == 100


@pytest.mark.parametrize("piece", ["x", "1.", "a@", "1-", "(", "+", "(1", "x@y"])
def test_a_long_name_takes_no_time(piece: str) -> None:
    began = time.process_time()
    labeller().label(piece * 100_000)
    assert time.process_time() - began < 2
