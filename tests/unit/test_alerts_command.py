"""`deskpulse alerts` build, check and test: what is printed, what is written, how each ends."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from alerts.build import built
from alerts.parameters import PRODUCTION
from alerts.proofs import changed, proofs
from exporter.cli.alerts import alerts, checking, proving
from exporter.cli.wiring import Unusable
from exporter.programs import PROMTOOL, Program
from tests.peers import require

PAGED = "alerts: {receivers: {page: [webhook: {url: http://127.0.0.1:9/}]}}\n"
ABSENT = Program("promtool", ("no-such-program",), "get it")


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words: str) -> Done:
    """What comes of the command; a verdict of its own is raised, as `main` has it."""
    done = CliRunner().invoke(alerts, words)
    if isinstance(done.exception, Unusable):
        raise done.exception
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return Done(done.exit_code, done.stdout, done.stderr)


def test_without_a_configuration_the_defaults_are_written_and_that_is_said(folder: Path) -> None:
    done = run("build")
    assert done.code == 0
    assert sorted(done.out.split()) == sorted(f"alerting/{name}" for name in built())
    assert "There is no deskpulse.yaml here: these are the defaults." in done.err
    assert "Nobody is told of these severities" in done.err
    for name, text in built().items():
        assert (folder / "alerting" / name).read_text() == text


def test_with_a_configuration_its_decisions_are_written(folder: Path) -> None:
    (folder / "deskpulse.yaml").write_text(PAGED)
    done = run("build", "--out", "here")
    assert "http://127.0.0.1:9" in (folder / "here/alertmanager.yml").read_text()
    assert "only shows them: ticket, info." in done.err
    assert run("check", "--out", "here").code == 0


def test_a_configuration_that_was_named_must_be_there(folder: Path) -> None:
    with pytest.raises(Unusable, match="there is no such file"):
        run("build", "--config", "deskpulse.yaml")
    assert not (folder / "alerting").exists()


def test_nothing_is_written_where_the_configuration_is_wrong(folder: Path) -> None:
    (folder / "deskpulse.yaml").write_text("alerts: {thresholds: {spike_scor: 1}}\n")
    with pytest.raises(Unusable, match=r"deskpulse\.yaml:1: .*did you mean 'spike_score'"):
        run("build")
    assert not (folder / "alerting").exists()


def test_a_folder_that_cannot_be_written_is_told(folder: Path) -> None:
    (folder / "alerting").mkdir()
    (folder / "alerting/rules").write_text("a file")
    with pytest.raises(Unusable, match=r"alerting/rules.*Name another folder with --out"):
        run("build")


def test_a_file_that_differs_or_is_missing_is_named_with_the_remedy(folder: Path) -> None:
    run("build")
    assert run("check").out == ""
    (folder / "alerting/prometheus.yml").write_text("scrape_configs: []\n")
    (folder / "alerting/templates/deskpulse.tmpl").unlink()
    done = run("check")
    assert done.code == 1
    assert done.out.splitlines() == [
        "alerting/prometheus.yml: differs",
        "alerting/templates/deskpulse.tmpl: is missing",
    ]
    assert "Write them anew: `deskpulse alerts build`" in done.err


def test_what_was_built_is_old_once_the_configuration_changes(folder: Path) -> None:
    run("build", "--out", "x")
    (folder / "deskpulse.yaml").write_text(PAGED)
    done = run("check", "--out", "x")
    assert (done.code, done.out) == (1, "x/alertmanager.yml: differs\n")


def test_those_who_read_the_files_judge_them(folder: Path) -> None:
    for program in ("promtool", "amtool"):
        require(program)
    run("build")
    (folder / "alerting/rules/deskpulse.yml").write_text("groups: [{name: a, rules: [{}]}]\n")
    (folder / "alerting/alertmanager.yml").write_text("route: {receiver: nobody}\n")
    done = run("check")
    assert done.code == 1
    assert "promtool refuses alerting/prometheus.yml" in done.err
    assert "amtool refuses alerting/alertmanager.yml" in done.err


def test_what_could_not_be_judged_is_said(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("build")
    monkeypatch.setattr(checking, "READERS", ((ABSENT, ("check",), "prometheus.yml"),))
    done = run("check")
    assert done.code == 0
    assert "prometheus.yml was not tried: promtool is not installed; get it." in done.err


def test_without_promtool_no_proof_passes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proving, "PROMTOOL", ABSENT)
    with pytest.raises(Unusable, match="promtool is not installed"):
        run("test")


def test_a_proof_is_tried_with_the_defaults(folder: Path) -> None:
    require("promtool")
    done = run("test", "ExporterDown")
    assert (done.code, done.out.split()) == (0, ["proven", "ExporterDown"])


def test_a_proof_that_does_not_hold_with_own_thresholds_is_never_called_proven(
    folder: Path,
) -> None:
    require("promtool")
    text = "alerts: {thresholds: {down_for: 15m}, links: {runbooks: https://x.example}}\n"
    (folder / "deskpulse.yaml").write_text(text)
    done = run("test", "ExporterDown", "economics/value")
    assert done.code == 0
    assert [line.rsplit(maxsplit=1) for line in done.out.splitlines()] == [
        ["with the defaults only", "ExporterDown"],
        ["proven", "economics/value"],
    ]
    assert "With your down_for these do not hold as they are written" in done.err
    assert run("test", "ExporterDown", "--strict").code == 1


def test_a_proof_that_fails_is_a_failure(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    require("promtool")
    wrong = proofs()["ExporterDown"].replace("severity: page", "severity: ticket")
    monkeypatch.setattr(proving, "proofs", lambda: {"ExporterDown": wrong})
    done = run("test")
    assert (done.code, done.out.split()) == (1, ["FAILED", "ExporterDown"])
    assert "got:" in done.err


def test_a_proof_that_there_is_not_is_told(folder: Path) -> None:
    require("promtool")
    with pytest.raises(Unusable, match=r"There is no proof Volume; there are:.*VolumeSpike"):
        run("test", "Volume")


def test_every_proof_that_lies_in_the_package_is_tried(root: Path) -> None:
    files = (root / "alerts" / "tests").rglob("*.yml")
    below = {str(one.relative_to(root / "alerts/tests").with_suffix("")) for one in files}
    assert set(proofs()) == below
    assert changed(PRODUCTION) == []
    assert PROMTOOL.names == ("promtool",)
