"""What `deskpulse init` writes loads as it stands and holds no secret."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from connectors.discovery import discover
from exporter.cli.init import Answers, init, render
from exporter.config import Config, load

ENOUGH = {
    "zendesk": {"subdomain": "acme", "email": "pulse@example.com"},
    "servicenow": {"instance": "acme", "username": "pulse"},
}


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.chdir(tmp_path)
    return CliRunner()


def zendesk(run: CliRunner, *extra: str, answers: str = "") -> Result:
    return run.invoke(init, ["--vendor", "zendesk", *extra], input=answers)


def written(**environ: str) -> Config:
    return load(Path("deskpulse.yaml"), environ)


@pytest.mark.parametrize("vendor", sorted(ENOUGH))
def test_what_is_written_loads_without_a_warning(tmp_path: Path, vendor: str) -> None:
    answers = Answers(discover().vendors[vendor], "eu-1", ENOUGH[vendor])
    file = tmp_path / "deskpulse.yaml"
    file.write_text(render(answers))
    config = load(file, dict.fromkeys(answers.variables.values(), "x"))
    (source,) = config.sources
    assert (source.name, source.vendor, config.warnings) == ("eu-1", vendor, ())
    assert len(answers.variables) == 1


def test_every_vendor_has_its_case_here() -> None:
    assert set(ENOUGH) == set(discover().vendors)


def test_each_commented_line_can_be_taken_in(tmp_path: Path) -> None:
    answers = Answers(discover().vendors["zendesk"], "z", ENOUGH["zendesk"])
    text = render(answers).replace("    # page_size:", "    page_size:")
    text = text.replace("    # teams:", "    teams:")
    file = tmp_path / "deskpulse.yaml"
    file.write_text(text)
    assert load(file, {"Z_API_TOKEN": "x"}).sources[0].teams == ("Support", "Billing")


def test_no_question_is_left_when_everything_is_given(run: CliRunner) -> None:
    done = zendesk(run, "--name", "z", "--set", "subdomain=acme", "--set", "email=a@example.com")
    assert done.exit_code == 0, done.output
    assert "export Z_API_TOKEN=" in done.stderr
    assert done.stdout == ""
    assert written(Z_API_TOKEN="x").sources[0].name == "z"


def test_what_is_missing_is_asked_for_but_never_a_secret(run: CliRunner) -> None:
    done = run.invoke(init, [], input="zendesk\nmy-desk\na@example.com\nacme\n\n")
    assert done.exit_code == 0, done.output
    assert "api_token:" not in done.output
    (source,) = written(MY_DESK_API_TOKEN="x").sources
    assert (source.name, getattr(source.settings, "subdomain", "")) == ("my-desk", "acme")


@pytest.mark.parametrize("value", ["null", "a: b", 'say "hi"', "#x", "1.50", "yes", "- a", "ü b"])
def test_any_text_comes_back_as_it_was_given(tmp_path: Path, value: str) -> None:
    answers = Answers(discover().vendors["servicenow"], "s", {"instance": "a", "username": value})
    file = tmp_path / "deskpulse.yaml"
    file.write_text(render(answers), encoding="utf-8")
    settings = load(file, {"S_PASSWORD": "x"}).sources[0].settings
    assert getattr(settings, "username", None) == value


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        (["--name", "No Good"], "a name for a source has up to 63"),
        (["--name", "z", "--set", "subdomain"], "--set takes KEY=VALUE"),
        (["--name", "z", "--set", "subdomian=x"], "did you mean 'subdomain'?"),
        (["--name", "z", "--set", "api_token=hush-hush"], "api_token is a secret"),
        (["--name", "z", "--set", "subdomain=a.b", "--set", "email=a@b"], "subdomain: give the"),
        (["--name", "z", "--set", "subdomain=a"], "an answer is missing: give --set email="),
    ],
)
def test_a_wrong_answer_is_told_and_nothing_is_written(
    run: CliRunner, extra: list[str], words: str
) -> None:
    done = zendesk(run, *extra)
    told = " ".join(done.stderr.replace("│", " ").split())
    assert (done.exit_code, words in told) == (2, True), told
    assert "hush-hush" not in done.output
    assert not Path("deskpulse.yaml").exists()


def test_an_unknown_vendor_is_told_with_the_known_ones(run: CliRunner) -> None:
    done = run.invoke(init, ["--vendor", "zendeks"])
    assert done.exit_code == 2
    assert "'zendesk'" in done.stderr


def test_a_file_that_is_there_stays_unless_forced(run: CliRunner) -> None:
    Path("deskpulse.yaml").write_text("mine")
    given = ["--name", "z", "--set", "subdomain=acme", "--set", "email=a@example.com"]
    refused = zendesk(run, *given)
    assert (refused.exit_code, Path("deskpulse.yaml").read_text()) == (2, "mine")
    assert zendesk(run, *given, "--force").exit_code == 0
    assert written(Z_API_TOKEN="x").sources
