"""What an operator decides, with nothing but a file of tickets: seen as they would see it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.pipeline import samples, total
from tests.programs import deskpulse

TICKETS = """\
id,created,changed,status,tags,team,solved,first,rating
1,2026-03-02T09:00:00Z,2026-03-02T12:00:00Z,solved,invoice,Billing,2026-03-02T12:00:00Z,2026-03-02T09:10:00Z,5
2,2026-03-02T10:00:00Z,2026-03-02T12:00:00Z,open,login,ask anna@example.org,,,9
3,2026-03-06T17:30:00Z,2026-03-09T08:30:00Z,open,invoice,Billing,,2026-03-09T08:00:00Z,
"""
CONFIG = """\
schedules:
  office: {zone: Europe/Berlin, hours: {mon-fri: 08:00-18:00}}
sources:
  old:
    vendor: file
    path: tickets.csv
    schedule: office
    targets:
      - {target: first_response, clock: business, within: 30m}
    categories:
      money: {tags: [invoice]}
      trouble: {tags: [Login]}
    columns:
      {id: id, created: created, changed: changed, status: status, tags: tags, team: team,
       solved: solved, first_response: first, rating: rating}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "tickets.csv").write_text(TICKETS)
    (tmp_path / "deskpulse.yaml").write_text(CONFIG)
    return tmp_path


def test_a_category_that_fits_nothing_is_named_with_its_line(folder: Path) -> None:
    done = deskpulse(folder, "sync")
    assert done.code == 0
    assert (
        "deskpulse.yaml:12: category 'trouble' of source 'old' fits none of 3 tickets" in done.err
    )
    assert "'money'" not in done.err
    assert "category 'trouble'" in deskpulse(folder, "status").err


def test_a_rating_out_of_its_scale_is_counted_and_told(folder: Path) -> None:
    done = deskpulse(folder, "sync")
    assert "row 3" in done.err
    assert "rating" in done.err
    found = samples(deskpulse(folder, "metrics").out.encode())
    doubted = ("deskpulse_source_facts_doubted_total", "out_of_scale")
    assert [
        v
        for (n, labels), v in found.items()
        if n == doubted[0] and ("reason", doubted[1]) in labels
    ] == [1]
    assert total(found, "support_ratings_total") == 1


def test_nobodys_address_becomes_a_label_or_is_stored(folder: Path) -> None:
    deskpulse(folder, "sync")
    page = deskpulse(folder, "metrics").out
    assert 'team="ask hidden-' in page
    assert "anna" not in page
    stored = b"".join(path.read_bytes() for path in folder.glob("deskpulse.db*"))
    assert b"Billing" in stored
    assert b"anna" not in stored
    assert (folder / "deskpulse.key").stat().st_mode & 0o777 == 0o600


def test_a_changed_schedule_is_told_and_counted_anew(folder: Path) -> None:
    """Friday 18:30 in Berlin to Monday 9:00: one hour of business, then three."""
    deskpulse(folder, "sync")
    before = samples(deskpulse(folder, "metrics").out.encode())
    assert total(before, "support_first_response_business_seconds_sum") == 600 + 3600
    config = folder / "deskpulse.yaml"
    config.write_text(config.read_text().replace("08:00-18:00", "06:00-18:00"))
    deskpulse(folder, "sync")
    (told,) = (
        n
        for n in samples(deskpulse(folder, "metrics").out.encode())
        if n[0] == "deskpulse_definition_info"
    )
    labels = dict(told[1])
    assert labels["definition"] != labels["counted"]

    done = deskpulse(folder, "recompute")
    assert done.code == 0
    assert "support_first_response_business_seconds" in done.out
    assert "4,200" in done.out
    assert "11,400" in done.out
    after = samples(deskpulse(folder, "metrics").out.encode())
    assert total(after, "support_first_response_business_seconds_sum") == 600 + 3600, "it goes on"
    explained = deskpulse(
        folder, "explain", "support_first_response_business_seconds", "--format", "json"
    )
    tickets = json.loads(explained.out)["tickets"]
    assert sorted(one["seconds"] for one in tickets) == [600, 3 * 3600]
    assert "every total is what it was" in deskpulse(folder, "recompute").out


def test_recompute_of_a_source_that_is_not_there_names_those_that_are(folder: Path) -> None:
    done = deskpulse(folder, "recompute", "new")
    assert done.code == 2
    assert "There is no source 'new'" in done.said
    assert "old" in done.said
