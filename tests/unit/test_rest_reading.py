"""What each value of a record becomes, and what is said of one that cannot be read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.fields.words import Flaw
from connectors.records import Channel, Priority, Removal, Status
from connectors.rest.paths import MISSING, found, places
from connectors.rest.reading import Values
from connectors.rest.settings import RestSettings


def value(fact: str, told: object, **changes: Any) -> Any:
    given = {"url": "https://desk.example", "tickets": "/tickets", **changes}
    return Values(RestSettings.model_validate(given)).value(fact, told)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]


@pytest.mark.parametrize(
    ("told", "at"),
    [
        ("2024-03-31T08:00:00Z", utc(2024, 3, 31, 8)),
        ("2024-03-31 08:00:00+02:00", utc(2024, 3, 31, 6)),
        ("2024-03-31T08:00:00.250-0530", utc(2024, 3, 31, 13, 30, 0, 250_000)),
        ("2024-03-31T08:00:00.123456789Z", utc(2024, 3, 31, 8, 0, 0, 123_456)),
        (" 2024-07-01 08:00 ", utc(2024, 7, 1, 6)),
        ("2024-01-01", utc(2023, 12, 31, 23)),
        ("2024-10-27T02:30:00", utc(2024, 10, 27, 0, 30)),  # twice: the first of the two
        ("2024-03-31T02:30:00", utc(2024, 3, 31, 1, 30)),  # skipped: as much later
        ("", None),
        (None, None),
    ],
)
def test_times_without_an_offset_are_of_the_zone(told: object, at: datetime | None) -> None:
    assert value("created", told, zone="Europe/Berlin") == at


@pytest.mark.parametrize(
    ("form", "told", "at"),
    [
        ("%d/%m/%Y %H:%M", "29/2/2016 01:16", utc(2016, 2, 29, 1, 16)),
        ("%d.%m.%Y %H:%M:%S %z", "03.02.2024 13:05:09 +0100", utc(2024, 2, 3, 12, 5, 9)),
        ("unix", 1709280000, utc(2024, 3, 1, 8)),
        ("unix", "1709280000", utc(2024, 3, 1, 8)),
        ("unix", 1709280000.25, utc(2024, 3, 1, 8, 0, 0, 250_000)),
        ("unix_ms", 1709280000250, utc(2024, 3, 1, 8, 0, 0, 250_000)),
        ("unix", 0, None),
    ],
)
def test_times_of_a_form(form: str, told: object, at: datetime | None) -> None:
    assert value("created", told, time_format=form) == at


@pytest.mark.parametrize(
    ("told", "form"),
    [
        ("yesterday", None),
        ("2024-13-01", None),
        ("20240301", None),
        ("0001-01-01T00:00:00Z", None),
        ("9999-12-31T23:59:59-05:00", None),
        (1709280000, None),
        (True, None),
        ({"at": "2024-03-01"}, None),
        (["2024-03-01"], None),
        ("2024-03-01", "%d/%m/%Y"),
        ("soon", "unix"),
        (10**14, "unix"),
        (-5, "unix"),
        (float("inf"), "unix"),
    ],
)
def test_a_time_that_is_none_is_a_flaw_without_its_content(told: object, form: str | None) -> None:
    flaw = value("created", told, time_format=form)
    assert isinstance(flaw, Flaw)
    assert "`time_format`" in flaw.what
    assert str(told) not in flaw.what


@pytest.mark.parametrize(
    ("told", "number"),
    [(0, 0), (12, 12), ("12", 12), (3.0, 3), ("3.00", 3), (None, None), ("", None)],
)
def test_whole_numbers(told: object, number: int | None) -> None:
    assert value("reopens", told) == number


@pytest.mark.parametrize("told", [-1, 1.5, "1,000", "many", True, [1], {}, 10**12, "١"])
def test_what_is_no_whole_number_is_a_flaw(told: object) -> None:
    assert isinstance(value("reopens", told), Flaw)


def test_waits_have_a_unit() -> None:
    assert value("waited", 90) == 90
    assert value("waited", "1.5", waited_in="minutes") == 90
    assert value("waited", 1.5, waited_in="hours") == 5400


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ("Deleted", Removal.DELETED),
        ("merged", Removal.MERGED),
        ("junk", Removal.SPAM),
        (True, Removal.DELETED),
        ("yes", Removal.DELETED),
        ("f", Removal.MERGED),  # the operator's own word, before ours
        ("Live", None),
        ("kept", None),
        ("1", None),  # the operator's own word too
        (False, None),
        (0, None),
        ("no", None),
        ("", None),
        (None, None),
    ],
)
def test_why_a_ticket_is_gone(told: object, why: Removal | None) -> None:
    words: dict[str, object] = {"junk": "spam", "F": "merged", "live": "kept", "1": "kept"}
    assert value("removed", told, values={"removed": words}) == why
    if why is None:
        assert value("removed", told, values={"removed": {**words, "*": "deleted"}}) is None


def test_the_time_of_a_deletion_may_say_that_there_was_one() -> None:
    any_other = {"removed": {"*": "deleted"}}
    assert value("removed", "2026-03-01T08:00:00Z", values=any_other) is Removal.DELETED
    assert isinstance(value("removed", "2026-03-01T08:00:00Z"), Flaw)


WORDS = {"status": {"In Work": "open", "4": "deleted", "true": "closed"}, "priority": {"1": "high"}}


@pytest.mark.parametrize(
    ("fact", "told", "meaning"),
    [
        ("status", "in work", Status.OPEN),
        ("status", 4, Removal.DELETED),
        ("status", 4.0, Removal.DELETED),
        ("status", True, Status.CLOSED),
        ("status", "Solved", Status.SOLVED),
        ("status", None, None),
        ("priority", 1, Priority.HIGH),
        ("channel", "fax", Channel.OTHER),
        ("channel", "email", Channel.EMAIL),
    ],
)
def test_words(fact: str, told: object, meaning: object) -> None:
    assert value(fact, told, values={**WORDS, "channel": {"*": "other"}}) == meaning


@pytest.mark.parametrize("told", ["Ms Miller", 7, {"name": "open"}])
def test_a_word_that_nobody_explained_is_a_flaw_that_does_not_tell_it(told: object) -> None:
    flaw = value("status", told, values=WORDS)
    assert isinstance(flaw, Flaw)
    assert "Miller" not in flaw.what


@pytest.mark.parametrize(
    ("told", "is_set"),
    [
        ("Jo", True),
        (17, True),
        (True, True),
        ({"id": 17}, True),
        ([17], True),
        (None, False),
        ("", False),
        ("No", False),
        (0, False),
        (False, False),
        ({}, False),
        ([], False),
    ],
)
def test_of_who_holds_it_only_whether_is_kept(told: object, is_set: bool) -> None:
    assert value("assigned", told) is is_set


@pytest.mark.parametrize(
    ("told", "tags"),
    [
        (["vip", "needs review", 7, None, ""], ("vip", "needs review", "7")),
        ("vip, refund;tax", ("vip", "refund", "tax")),
        (None, ()),
        ([], ()),
    ],
)
def test_tags(told: object, tags: tuple[str, ...]) -> None:
    assert value("tags", told) == tags


def test_tags_that_are_groups_are_a_flaw_that_tells_the_way() -> None:
    flaw = value("tags", [{"name": "vip"}])
    assert isinstance(flaw, Flaw)
    assert "as in group.name" in flaw.what


@pytest.mark.parametrize(
    ("told", "score"), [("Good", 5), (4, 4), ("4", 4), (4.0, 4), (None, None), (True, 1)]
)
def test_ratings_may_be_words(told: object, score: int | None) -> None:
    assert value("rating", told, values={"rating": {"good": 5, "true": 1}}) == score


@pytest.mark.parametrize(
    ("told", "text"),
    [(17, "17"), (17.0, "17"), (" T-7 ", "T-7"), ("", None), (None, None), (False, "false")],
)
def test_ids_and_names_are_text(told: object, text: str | None) -> None:
    assert value("id", told) == text


@pytest.mark.parametrize("told", [{"id": 7}, [7], "x" * 201])
def test_what_is_no_name_is_a_flaw(told: object) -> None:
    assert isinstance(value("team", told), Flaw)


def test_a_further_field_may_hold_several_values() -> None:
    assert value("fields.product", ["phone", "tariff"]) == ("phone", "tariff")
    assert value("fields.product", "phone, blue") == "phone, blue"


RECORD = {
    "group": {"name": "Billing", "lead": None},
    "assignment.group": "Network",
    "labels": [{"name": "vip"}, {"name": "refund"}, {"colour": "red"}],
    "owners": ["a", "b"],
    "none": [],
}


@pytest.mark.parametrize(
    ("path", "there"),
    [
        ("group.name", "Billing"),
        ("group.lead", None),
        ("group.lead.mail", None),
        ("assignment.group", "Network"),
        ("labels.name", ["vip", "refund"]),
        ("labels.1.name", "refund"),
        ("owners.1", "b"),
        ("owners.7", None),
        ("none.name", []),
        ("group.nick", MISSING),
        ("group.name.first", MISSING),
        ("labels.size", MISSING),
        ("team", MISSING),
    ],
)
def test_paths_into_a_record(path: str, there: object) -> None:
    assert found(RECORD, path) == there


def test_the_places_in_an_answer_are_found() -> None:
    assert [path for path, _ in places({"a": {"b": [{"c": 1}]}, "d": 2})] == ["a", "a.b", "d"]
