"""A data folder is as it was or complete; a memory of seams outlives its process."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from exporter.history.folder import DataFolder
from exporter.history.openmetrics import page
from exporter.history.seams import Seams
from exporter.history.track import Line
from exporter.history.verdict import Refused

MEMO = {"seams": {"desk": 5}, "since": 1, "job": "deskpulse", "instance": "deskpulse"}


def block(folder: Path, name: str, end: int = 100) -> None:
    (folder / name).mkdir(parents=True)
    (folder / name / "meta.json").write_text(json.dumps({"minTime": 0, "maxTime": end}))


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    return DataFolder(tmp_path)


def names(folder: DataFolder) -> set[str]:
    return {path.name for path in folder.path.iterdir()}


def test_blocks_appear_all_at_once_and_are_remembered(folder: DataFolder) -> None:
    assert folder.done() is None
    block(folder.begin(), "A")
    assert "A" not in names(folder)
    folder.finish(MEMO)
    assert names(folder) == {"A", "deskpulse-backfill.json"}
    assert folder.done() == MEMO


def test_work_that_broke_off_before_the_end_is_begun_anew(folder: DataFolder) -> None:
    block(folder.begin(), "A")
    assert folder.done() is None
    assert list(folder.begin().iterdir()) == []


def test_a_move_that_broke_off_is_ended(folder: DataFolder) -> None:
    staging = folder.begin()
    block(staging, "A")
    block(staging, "B")
    (staging / "deskpulse-backfill.json").write_text(json.dumps(MEMO))
    (staging / "A").rename(folder.path / "A")
    assert folder.done() == MEMO
    assert names(folder) == {"A", "B", "deskpulse-backfill.json"}


def test_a_folder_that_a_prometheus_has_run_on_is_refused(folder: DataFolder) -> None:
    folder.refuse_living(0)
    (folder.path / "wal").mkdir()
    (folder.path / "wal" / "00000000").touch()
    with pytest.raises(Refused, match=r"wal/ has its files.*remote-write"):
        folder.refuse_living(0)


def test_blocks_that_ours_would_meet_are_refused(folder: DataFolder) -> None:
    block(folder.path, "OLD", end=100)
    folder.refuse_living(100)
    with pytest.raises(Refused, match="already has the block OLD"):
        folder.refuse_living(99)


def test_a_block_that_cannot_be_read_is_refused(folder: DataFolder) -> None:
    block(folder.path, "TORN")
    (folder.path / "TORN" / "meta.json").write_text("{")
    with pytest.raises(Refused, match="no block that can be read"):
        folder.refuse_living(0)


def test_only_one_at_a_time_uses_a_folder(folder: DataFolder) -> None:
    with folder.locked(), pytest.raises(Refused, match="lock is held"), folder.locked():
        pass
    with folder.locked():
        pass
    assert names(folder) == set()


def test_seams_are_remembered_by_target(tmp_path: Path) -> None:
    Seams(tmp_path / "seams").remember("a", {"desk": 1})
    Seams(tmp_path / "seams").remember("b", {"desk": 2})
    Seams(tmp_path / "seams").remember("a", {"other": 3})
    known = Seams(tmp_path / "seams")
    assert known.of("a") == {"desk": 1, "other": 3}
    assert known.of("b") == {"desk": 2}
    assert known.of("c") == {}
    (tmp_path / "seams").write_text("{")
    with pytest.raises(Refused, match="cannot be read"):
        known.of("a")


def test_text_is_escaped_and_every_instant_has_its_line() -> None:
    label = (("team", 'A "b"\\c'),)
    steady = Line("x_total", label, [3, 3], steady=True)
    moving = Line("y_sum", (), [1.5, 2], steady=False)
    target = (("job", "deskpulse"),)
    assert "".join(page([steady, moving], [1_000, 2_500], target)) == (
        'x_total{job="deskpulse",team="A \\"b\\"\\\\c"} 3 1.000\n'
        'x_total{job="deskpulse",team="A \\"b\\"\\\\c"} 3 2.500\n'
        'y_sum{job="deskpulse"} 1.5 1.000\n'
        'y_sum{job="deskpulse"} 2 2.500\n'
    )
