"""What `deskpulse init` writes loads as it stands and holds no secret."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from connectors.discovery import discover
from exporter.cli.draft import Answers, render
from exporter.cli.init import init
from exporter.config import Config, load

ENOUGH = {
    "zendesk": {"subdomain": "acme", "email": "pulse@example.com"},
    "servicenow": {"instance": "acme", "username": "pulse"},
    "chargebee": {"site": "acme"},
    "file": {"path": "tickets.csv"},
    "freshdesk": {"domain": "acme"},
    "github": {"repositories": "acme/widgets"},
    "hubspot": {},
    "intercom": {},
    "jira": {"site": "acme", "email": "pulse@acme.example"},
    "redmine": {"url": "https://redmine.acme.example"},
    "rest": {"url": "https://api.desk.example", "tickets": "/tickets"},
    "rt": {"url": "https://rt.acme.example"},
    "salesforce": {"url": "https://acme.my.salesforce.com"},
    "sql": {"tickets": "SELECT * FROM tickets"},
    "stripe": {},
    "chatwoot": {"account_id": "7"},
    "zammad": {"url": "https://support.acme.example"},
    "tryton": {"url": "https://tryton.acme.example", "database": "acme"},
}

NO_PASSWORD = ("file", "rest")  # whatever a REST API wants, it is no setting of the first level


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
    assert len(answers.variables) == (0 if vendor in NO_PASSWORD else 1)


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
    done = run.invoke(init, [], input="zendesk\nmy-desk\nacme\na@example.com\n")
    assert done.exit_code == 0, done.output
    assert "api_token:" not in done.output
    (source,) = written(MY_DESK_API_TOKEN="x").sources
    assert (source.name, getattr(source.settings, "subdomain", "")) == ("my-desk", "acme")
    assert "url" not in done.stderr.replace("empty to give url", "")


def test_a_question_says_what_is_meant_and_nothing_that_sounds_wrong(run: CliRunner) -> None:
    done = zendesk(run, "--name", "z", answers="acme\na@example.com\n")
    first, *_ = done.stderr.split(": email")
    assert first.startswith("subdomain (acme for acme.zendesk.com")
    assert "such as pulse@acme.example" in done.stderr


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        (["nosuchdesk", "zendesk", "z", "acme", "a@b"], "there is no such vendor: known here: "),
        (["osticket", "zendesk", "z", "acme", "a@b"], "there is no such vendor: known here: "),
        (["zendeks", "zendesk", "z", "acme", "a@b"], "did you mean 'zendesk'?"),
        (["", "zendesk", "z", "acme", "a@b"], "an answer is needed"),
        (["zendesk", "No Good", "z", "acme", "a@b"], "a name for a source has up to 63"),
        (["zendesk", "z", "a.b", "acme", "a@b"], "subdomain: give the first part"),
        (["zendesk", "z", "", "", "acme", "a@b"], "an answer is needed: one of `subdomain`"),
        (["zendesk", "z", "acme", "", "a@b"], "an answer is needed"),
        (["zendesk", "z", "acme", "nobody", "a@b"], "email: give the agent's e-mail address"),
    ],
)
def test_a_wrong_answer_is_told_and_asked_for_again(
    run: CliRunner, answers: list[str], told: str
) -> None:
    done = run.invoke(init, [], input="\n".join(answers) + "\n")
    assert done.exit_code == 0, done.output
    lines = [line for line in done.stderr.splitlines() if told in line]
    assert len(lines) == 1, done.stderr
    (source,) = written(Z_API_TOKEN="x").sources
    assert (source.vendor, source.name) == ("zendesk", "z")
    assert getattr(source.settings, "base_url", "") == "https://acme.zendesk.com"


@pytest.mark.parametrize(
    ("vendor", "more"), [("zendesk", "a@example.com"), ("servicenow", "pulse")]
)
def test_the_whole_address_is_asked_for_where_its_part_is_left_empty(
    run: CliRunner, vendor: str, more: str
) -> None:
    given = ["--vendor", vendor, "--name", "z"]
    done = run.invoke(init, given, input=f"\nhttps://help.acme.example\n{more}\n")
    assert done.exit_code == 0, done.output
    (source,) = written(Z_API_TOKEN="x", Z_PASSWORD="x").sources
    assert getattr(source.settings, "url", "") == "https://help.acme.example"


def test_no_question_comes_before_an_option_that_is_wrong(run: CliRunner) -> None:
    done = zendesk(run, "--set", "email=nobody", answers="z\nacme\n")
    assert done.exit_code == 2
    assert "Name of this source" not in done.stderr


@pytest.mark.parametrize("vendor", sorted(ENOUGH))
def test_the_connectors_readme_names_the_variables_that_are_proposed(
    tmp_path: Path, vendor: str
) -> None:
    readme = Path(__file__).resolve().parents[2] / "connectors" / vendor / "README.md"
    file = tmp_path / "deskpulse.yaml"
    file.write_text(readme.read_text().partition("```yaml\n")[2].partition("```")[0])
    (name,) = yaml.safe_load(file.read_text())["sources"]
    answers = Answers(discover().vendors[vendor], name, ENOUGH[vendor])
    environ = dict.fromkeys(answers.variables.values(), "x")
    if vendor == "rest":  # its credential is whichever kind the API wants
        environ["QUICKDESK_TOKEN"] = "x"
    assert load(file, environ).sources[0].name == name


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
        (["--set", "subdomain=a", "--set", "url=https://b.c"], "give only one of `subdomain`"),
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
