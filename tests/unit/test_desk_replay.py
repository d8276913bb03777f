"""The replayed desk on little logs: how rows become a story, and what is no log."""

from __future__ import annotations

import lzma
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from connectors.testing.desk import Desk, Kind, Role, Story
from connectors.testing.replay import Columns, ReplayedDesk

if TYPE_CHECKING:
    from pathlib import Path

ROW = Columns(
    number="INC0000045",
    incident_state="New",
    priority="3 - Moderate",
    assignment_group="Group 56",
    assigned_to="?",
    contact_type="Phone",
    reopen_count="0",
    opened_at="1/3/2016 10:00",
    sys_updated_at="1/3/2016 10:05",
    resolved_at="2/3/2016 09:30",
    closed_at="7/3/2016 12:00",
)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2016, 3, day, hour, minute, tzinfo=UTC)


def text(*rows: Columns) -> str:
    return "\n".join(",".join(cells) for cells in (Columns._fields, *rows)) + "\n"


def read(tmp_path: Path, *rows: Columns) -> ReplayedDesk:
    path = tmp_path / "log.csv"
    path.write_text(text(*rows), encoding="utf-8")
    return ReplayedDesk.read(path)


def only(desk: ReplayedDesk) -> Story:
    (story,) = desk.stories(desk.ends)
    return story


def told(story: Story, *kinds: Kind) -> list[tuple[datetime, str]]:
    return [(event.at, event.value) for event in story.events if event.kind in kinds]


def test_an_incident_appears_with_its_first_row_and_says_when_it_was_opened(tmp_path: Path) -> None:
    story = only(read(tmp_path, ROW))
    assert (story.id, story.channel, story.opened_by) == (45, "phone", Role.CUSTOMER)
    assert story.created_at == at(1, 10)
    assert [event.kind for event in story.events[:2]] == [Kind.OPENED, Kind.COMMENT]
    assert story.events[0].at == at(1, 10, 5)


def test_only_changes_are_told(tmp_path: Path) -> None:
    story = only(
        read(
            tmp_path,
            ROW,
            ROW._replace(sys_updated_at="1/3/2016 10:20"),
            ROW._replace(
                sys_updated_at="1/3/2016 11:00",
                incident_state="Active",
                priority="1 - Critical",
                assignment_group="?",
                assigned_to="Resolver 5",
            ),
        )
    )
    assert told(story, Kind.STATUS) == [(at(1, 10, 5), "new"), (at(1, 11), "open")]
    assert told(story, Kind.PRIORITY) == [(at(1, 10, 5), "normal"), (at(1, 11), "urgent")]
    assert told(story, Kind.TEAM) == [(at(1, 10, 5), "Group 56"), (at(1, 11), "")]
    assert told(story, Kind.ASSIGNED) == [(at(1, 11), "yes")]


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("Active", "open"),
        ("-100", "open"),
        ("Awaiting User Info", "pending"),
        ("Awaiting Vendor", "hold"),
        ("Awaiting Problem", "hold"),
        ("Awaiting Evidence", "hold"),
        ("Resolved", "solved"),
        ("Closed", "closed"),
    ],
)
def test_states_become_statuses(tmp_path: Path, state: str, status: str) -> None:
    story = only(read(tmp_path, ROW._replace(incident_state=state)))
    assert told(story, Kind.STATUS) == [(at(1, 10, 5), status)]


@pytest.mark.parametrize(
    ("contact", "channel"),
    [
        ("IVR", "phone"),
        ("Self service", "web"),
        ("Email", "email"),
        ("Direct opening", "other"),
        ("?", "other"),
    ],
)
def test_contact_types_become_channels(tmp_path: Path, contact: str, channel: str) -> None:
    assert only(read(tmp_path, ROW._replace(contact_type=contact))).channel == channel


def test_the_final_stamps_have_their_own_instants(tmp_path: Path) -> None:
    story = only(read(tmp_path, ROW))
    assert told(story, Kind.STAMP) == [(at(2, 9, 30), "solved"), (at(7, 12), "closed")]


def test_an_incident_without_a_resolution_has_only_the_closing_stamp(tmp_path: Path) -> None:
    story = only(read(tmp_path, ROW._replace(resolved_at="?")))
    assert told(story, Kind.STAMP) == [(at(7, 12), "closed")]


def test_each_increment_of_the_reopen_count_is_one_reopen(tmp_path: Path) -> None:
    counts = [("10:05", "0"), ("11:00", "2"), ("12:00", "2"), ("13:00", "1"), ("14:00", "3")]
    rows = [
        ROW._replace(sys_updated_at=f"1/3/2016 {time}", reopen_count=count)
        for time, count in counts
    ]
    story = only(read(tmp_path, *rows))
    assert [when for when, _ in told(story, Kind.REOPENED)] == [at(1, 11), at(1, 11), at(1, 14)]


def test_a_row_that_is_later_than_the_rows_after_it_is_moved_back_to_them(tmp_path: Path) -> None:
    story = only(
        read(
            tmp_path,
            ROW._replace(sys_updated_at="1/3/2016 11:10"),
            ROW._replace(sys_updated_at="1/3/2016 09:52"),
            ROW._replace(sys_updated_at="1/3/2016 11:03", incident_state="Resolved"),
        )
    )
    assert story.events[0].at == at(1, 9, 52)
    assert told(story, Kind.STATUS) == [(at(1, 9, 52), "new"), (at(1, 11, 3), "solved")]


def test_the_last_state_of_the_file_wins_among_equal_instants(tmp_path: Path) -> None:
    states = ("Closed", "Active", "Resolved")
    story = only(read(tmp_path, *(ROW._replace(incident_state=state) for state in states)))
    assert [status for _, status in told(story, Kind.STATUS)] == ["closed", "open", "solved"]


def test_a_stamp_never_comes_before_the_incident_appears(tmp_path: Path) -> None:
    story = only(read(tmp_path, ROW._replace(resolved_at="29/2/2016 08:00")))
    assert story.events[0].kind is Kind.OPENED
    assert told(story, Kind.STAMP)[0] == (at(1, 10, 5), "solved")


def test_the_desk_knows_its_teams_and_its_limits(tmp_path: Path) -> None:
    desk = read(
        tmp_path,
        ROW,
        ROW._replace(number="INC9", assignment_group="Group 2", sys_updated_at="1/3/2016 09:00"),
        ROW._replace(number="INC8", assignment_group="?", closed_at="9/3/2016 09:00"),
    )
    assert list(desk.teams) == ["Group 2", "Group 56"]
    assert (desk.begins, desk.ends) == (at(1, 9), at(9, 9))


def test_the_log_says_nothing_of_hours_ratings_and_topics(tmp_path: Path) -> None:
    desk: Desk = read(tmp_path, ROW)
    assert desk.hours is None
    (story,) = desk.stories(at(9, 0))
    assert (story.tags, story.language) == ((), "")
    assert told(story, Kind.OFFERED, Kind.RATED) == []


def test_moves_between_teams_are_told_in_order(tmp_path: Path) -> None:
    groups = (("10:05", "?"), ("11:00", "Group 2"), ("12:00", "Group 3"), ("13:00", "Group 2"))
    rows = [
        ROW._replace(sys_updated_at=f"1/3/2016 {time}", assignment_group=group)
        for time, group in groups
    ]
    story = only(read(tmp_path, *rows))
    assert told(story, Kind.TEAM) == [
        (at(1, 11), "Group 2"),
        (at(1, 12), "Group 3"),
        (at(1, 13), "Group 2"),
    ]


def test_stories_are_told_by_id_and_changes_by_instant(tmp_path: Path) -> None:
    desk = read(tmp_path, ROW, ROW._replace(number="INC0000009", sys_updated_at="1/3/2016 10:30"))
    assert [story.id for story in desk.stories(at(1, 10, 5))] == [45]
    assert [story.id for story in desk.stories(at(1, 10, 30))] == [9, 45]
    touched = [(when, story.id) for when, story in desk.touched(at(1, 0), at(1, 12))]
    assert touched == [(at(1, 10, 5), 45), (at(1, 10, 30), 9)]
    assert list(desk.touched(at(1, 10, 30), at(1, 12))) == []
    far = datetime.max.replace(tzinfo=UTC)
    assert [story.id for _, story in desk.touched(at(1, 12), far)] == [9, 45]


def test_a_compressed_log_is_read_as_well(tmp_path: Path) -> None:
    path = tmp_path / "log.csv.xz"
    path.write_bytes(lzma.compress(text(ROW).encode()))
    assert only(ReplayedDesk.read(path)) == only(read(tmp_path, ROW))


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([ROW._replace(incident_state="Lost")], "line 2: incident_state is 'Lost'"),
        ([ROW, ROW._replace(priority="?")], "line 3: priority is '\\?'"),
        ([ROW._replace(number="CHG1")], "line 2: number is 'CHG1'"),
        ([ROW._replace(opened_at="2016-03-01")], "line 2: opened_at is '2016-03-01'"),
        ([ROW._replace(opened_at="?")], "line 2: opened_at is '\\?'"),
        ([ROW._replace(closed_at="31/2/2016 10:00")], "line 2: closed_at"),
        ([ROW._replace(reopen_count="-1")], "line 2: reopen_count is '-1'"),
        ([], "has no incident"),
    ],
)
def test_what_is_no_log_is_refused_with_its_line(
    tmp_path: Path, rows: list[Columns], message: str
) -> None:
    with pytest.raises(ValueError, match=f"log.csv, {message}|log.csv, line 1: .*{message}"):
        read(tmp_path, *rows)


def test_a_table_of_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("number,colour\n1,red\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"other\.csv, line 1: .* no column incident_state"):
        ReplayedDesk.read(path)


def test_a_row_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cut.csv"
    path.write_text(text(ROW) + "INC0000046,New\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"cut\.csv, line 3: .* too few columns"):
        ReplayedDesk.read(path)


@pytest.mark.parametrize("damage", [b"no xz at all", lzma.compress(text(ROW).encode() * 99)[:-20]])
def test_a_damaged_archive_is_refused(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "log.csv.xz"
    path.write_bytes(damage)
    with pytest.raises(ValueError, match=r"log\.csv\.xz, line"):
        ReplayedDesk.read(path)
