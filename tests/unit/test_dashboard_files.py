"""`deskpulse dashboards build` and `check`: the files, and what is wrong with them."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from alerts.files import outdated
from dashboards.building import built
from dashboards.checks import defects
from dashboards.files import texts
from exporter.cli.dashboards import dashboards
from exporter.cli.wiring import Unusable

UIDS = {board["uid"] for board in built().values()}


@pytest.fixture(autouse=True)
def _in_a_folder_without_a_configuration(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path_factory.mktemp("empty"))


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(dashboards, [str(word) for word in words])


def test_the_committed_files_are_what_is_built_and_sound(root: Path) -> None:
    done = run("check", "--out", root / "dashboards")
    assert done.exit_code == 0, f"run `make docs`: {done.stderr}"
    assert outdated(root / "dashboards", texts()) == []


def test_what_is_built_is_found_right_and_not_written_again(tmp_path: Path) -> None:
    first = run("build", "--out", tmp_path)
    assert first.exit_code == 0
    assert set(first.stdout.splitlines()) == {str(tmp_path / name) for name in texts()}
    assert run("check", "--out", tmp_path).exit_code == 0
    assert run("build", "--out", tmp_path).stdout == ""


def test_an_old_file_a_missing_one_and_a_forgotten_one_are_told(tmp_path: Path) -> None:
    run("build", "--out", tmp_path)
    (tmp_path / "json/overview.json").write_text("{}")
    (tmp_path / "json/gone.json").write_text("no JSON")
    (tmp_path / "provisioning/dashboards/deskpulse.yml").unlink()
    done = run("check", "--out", tmp_path)
    assert done.exit_code == 1
    assert "overview.json is not what would be built." in done.stderr
    assert "overview.json: it has not the form of a dashboard (KeyError: 'uid')." in done.stderr
    assert "gone.json is built no longer: remove it." in done.stderr
    assert "gone.json: it is no JSON" in done.stderr
    assert "dashboards/deskpulse.yml is missing." in done.stderr
    again = run("build", "--out", tmp_path)
    assert "gone.json is built no longer" in again.stderr
    assert (tmp_path / "json/gone.json").exists()


def test_the_provisioning_takes_the_places_that_are_given(tmp_path: Path) -> None:
    words = ("--json-path", "/srv/boards", "--prometheus-url", "https://p.example")
    more = ("--alertmanager-url", "https://a.example", "--deskpulse-url", "https://pulse.example")
    run("build", "--out", tmp_path, *words, *more)
    folder = tmp_path / "provisioning"
    (provider,) = yaml.safe_load((folder / "dashboards/deskpulse.yml").read_text())["providers"]
    listed = yaml.safe_load((folder / "datasources/deskpulse.yml").read_text())["datasources"]
    source, alertmanager = listed
    assert provider["options"]["path"] == "/srv/boards"
    assert source["url"] == "https://p.example"
    assert alertmanager["url"] == "https://a.example"
    (link,) = source["jsonData"]["exemplarTraceIdDestinations"]
    assert link["url"] == "https://pulse.example/ticket/$${__value.raw}", "Grafana reads $$ as $"
    assert run("check", "--out", tmp_path).exit_code == 1


def test_grafana_need_not_know_an_alertmanager(tmp_path: Path) -> None:
    run("build", "--out", tmp_path, "--alertmanager-url", "")
    made = (tmp_path / "provisioning/datasources/deskpulse.yml").read_text()
    assert [one["type"] for one in yaml.safe_load(made)["datasources"]] == ["prometheus"]


def test_the_files_take_the_thresholds_and_the_scrape_interval_of_a_configuration(
    tmp_path: Path,
) -> None:
    config = tmp_path / "pulse.yaml"
    config.write_text("scrape_interval: 15s\nalerts: {thresholds: {unanswered_at_work: 4h}}\n")
    run("build", "--out", tmp_path / "own", "--config", config)
    assert run("check", "--out", tmp_path / "own", "--config", config).exit_code == 0
    assert run("check", "--out", tmp_path / "own").exit_code == 1
    overview = (tmp_path / "own/json/overview.json").read_text()
    assert '"value": 14400' in overview
    assert '"value": 28800' not in overview
    made = (tmp_path / "own/provisioning/datasources/deskpulse.yml").read_text()
    assert "timeInterval: 15s" in made


def test_a_folder_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = run("build", "--out", tmp_path / "file" / "within")
    assert isinstance(done.exception, Unusable)
    assert "cannot be used: Not a directory. Name another folder" in str(done.exception)


def first_panel(board: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = board["panels"][0]
    return found


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda board: board.update(uid="a b"), "its uid 'a b' is none"),
        (lambda board: board.update(schemaVersion=42), "schemaVersion 42 is newer than"),
        (lambda board: first_panel(board).update(id=14), "2 panels have the id 14"),
        (lambda board: first_panel(board).update(id=0), "the id 0, which is no number from 1"),
        (lambda board: first_panel(board)["gridPos"].update(w=30), "within the 24 columns"),
        (lambda board: first_panel(board)["gridPos"].update(x=2), "overlaps 'How many tickets"),
        (lambda board: board["panels"].pop(1), "a hole between its panels"),
        (lambda board: board["templating"]["list"].pop(1), "$source is used and not declared"),
        (lambda board: first_panel(board).update(datasource="P1"), 'it asks "P1" and not'),
        (lambda board: board.update(links=[{"url": "/d/gone/x?a=1"}]), "leads to gone, which is"),
        (lambda board: board.update(panels=None), "not the form of a dashboard"),
    ],
)  # fmt: skip
def test_a_dashboard_that_is_not_sound_is_told(
    spoil: Callable[[dict[str, Any]], Any], told: str
) -> None:
    board = built()["overview"]
    assert defects(board, UIDS) == []
    spoiled = copy.deepcopy(board)
    spoil(spoiled)
    assert spoiled != json.loads(json.dumps(board))
    assert told in " ".join(defects(spoiled, UIDS))
