"""`deskpulse dashboards publish` and `diff`, against what answers as a Grafana does."""

from __future__ import annotations

import json
import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from click.testing import CliRunner

from dashboards.building import built
from dashboards.meaning import MARK, fingerprint, marked, meaning
from exporter.cli.main import command
from exporter.cli.wiring import Unusable
from tests.grafana import ADMIN, EDITOR, TOKEN, VIEWER, Double, Kept, serving
from tests.peers import free_address, require

BOARDS = {board["uid"]: board for board in built().values()}
UID = "deskpulse-overview"
TITLE = BOARDS[UID]["title"]


class Done(NamedTuple):
    code: int
    out: str
    err: str


def deskpulse(*words: str, **environ: str | None) -> Done:
    """What the command says, with the exit code of the program."""
    done = CliRunner().invoke(command, ["dashboards", *words], env=environ)
    if isinstance(done.exception, Unusable):
        return Done(2, done.stdout, str(done.exception))
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return Done(done.exit_code, done.stdout, done.stderr)


@pytest.fixture
def double() -> Double:
    return Double()


@pytest.fixture
def url(double: Double, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.chdir(tmp_path)
    for name in ("GRAFANA_TOKEN", "GRAFANA_URL", "DESKPULSE_GRAFANA_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DESKPULSE_GRAFANA_TOKEN", TOKEN)
    monkeypatch.setenv("NO_PROXY", "*")
    with serving(double) as url:
        yield url


def publish(url: str, *words: str) -> Done:
    return deskpulse("publish", "--url", url, *words)


def test_every_dashboard_is_published_into_a_folder_of_its_own(double: Double, url: str) -> None:
    done = publish(url)
    assert done.code == 0, done.err
    assert double.folders == {"deskpulse": "deskpulse"}
    assert set(double.boards) == set(BOARDS)
    for uid, kept in double.boards.items():
        assert kept.folder == "deskpulse"
        assert meaning(kept.content) == meaning(BOARDS[uid])
        assert f"{BOARDS[uid]['title']}: created, /d/{uid}/" in done.out
        assert fingerprint(BOARDS[uid])[:12] in kept.message
    assert f"Grafana 12.1.1 at {url}" in done.out


def test_the_second_time_there_is_nothing_to_change(double: Double, url: str) -> None:
    publish(url)
    double.requests.clear()
    done = publish(url)
    assert done.code == 0
    assert "Nothing to change." in done.out
    assert double.writes == []
    done = deskpulse("diff", "--url", url)
    assert (done.code, done.out) == (0, "")


def test_a_dry_run_and_a_diff_write_nothing(double: Double, url: str) -> None:
    done = publish(url, "--dry-run", "--prometheus-url", "http://prometheus:9090")
    assert done.code == 0
    assert f"{TITLE} ({UID}): would be created" in done.out
    assert "folder deskpulse: would be created" in done.out
    assert "data source deskpulse: would be created" in done.out
    assert deskpulse("diff", "--url", url).code == 1
    assert double.writes == []


def older(double: Double, **changes: Any) -> None:
    """Our dashboard as an older release published it."""
    double.boards[UID] = Kept({**marked({**BOARDS[UID], **changes}), "version": 4, "id": 9})


def test_an_older_release_is_replaced(double: Double, url: str) -> None:
    older(double, description="As it was.")
    done = publish(url)
    assert done.code == 0, done.err
    assert f"{TITLE}: updated, /d/{UID}/" in done.out
    assert double.boards[UID].content["version"] == 5
    assert double.boards[UID].content["description"] == BOARDS[UID]["description"]


def test_a_diff_shows_what_would_change_and_nothing_that_grafana_added(
    double: Double, url: str
) -> None:
    publish(url)
    older(double, description="As it was.")
    done = deskpulse("diff", "--url", url)
    assert done.code == 1
    changed = [line for line in done.out.splitlines() if line[:1] in {"+", "-"}]
    assert changed == [
        f"--- {UID} in Grafana, version 4",
        f"+++ {UID} as built",
        '-  "description": "As it was.",',
        f'+  "description": {json.dumps(BOARDS[UID]["description"])},',
    ]


def test_a_viewers_token_may_see_the_difference(double: Double, url: str) -> None:
    publish(url)
    double.tokens[TOKEN] = VIEWER
    assert deskpulse("diff", "--url", url).code == 0


def test_what_was_changed_by_hand_is_replaced_only_when_that_is_said(
    double: Double, url: str
) -> None:
    publish(url)
    double.edit(UID, title="Support, by Jane")
    double.requests.clear()
    done = publish(url)
    assert done.code == 1
    assert "changed in Grafana since it was published, last by jane" in done.err
    assert "--overwrite" in done.err
    assert "Nothing was written." in done.err
    assert double.writes == []
    assert '-  "title": "Support, by Jane"' in deskpulse("diff", "--url", url).out
    assert publish(url, "--overwrite").code == 0
    assert double.boards[UID].content["title"] == TITLE
    assert publish(url).out.endswith("Nothing to change.\n")


def test_a_change_over_the_api_that_keeps_our_mark_is_seen_too(double: Double, url: str) -> None:
    publish(url)
    double.boards[UID].content["title"] = "Renamed"
    assert MARK in double.boards[UID].content
    assert "changed in Grafana" in publish(url).err


def test_what_the_new_editor_saved_is_a_change_by_hand(double: Double, url: str) -> None:
    publish(url)
    double.boards[UID].is_newer = True
    done = publish(url)
    assert done.code == 1
    assert "changed in Grafana's new editor" in done.err
    shown = deskpulse("diff", "--url", url)
    assert (shown.code, "was changed in Grafana" in shown.out) == (1, True)
    assert publish(url, "--overwrite").code == 0
    assert double.boards[UID].folder == "deskpulse"
    assert publish(url).out.endswith("Nothing to change.\n")


def test_another_dashboard_with_our_uid_is_left_alone(double: Double, url: str) -> None:
    double.folders["ops"] = "Operations"
    double.boards[UID] = Kept({"uid": UID, "title": "Servers", "version": 2}, folder="ops")
    done = publish(url)
    assert done.code == 1
    assert "another dashboard, 'Servers' in folder 'Operations', has its uid" in done.err
    assert publish(url, "--overwrite").code == 0


def test_a_folder_with_our_uid_is_never_replaced(double: Double, url: str) -> None:
    content = {"uid": UID, "title": "Mine", "version": 1}
    double.boards[UID] = Kept(content, is_folder=True)
    done = publish(url, "--overwrite")
    assert done.code == 1
    assert "a folder, 'Mine', has its uid" in done.err


def test_a_provisioned_dashboard_is_not_overwritten(double: Double, url: str) -> None:
    older(double, title="Before")
    double.boards[UID].provisioned = True
    done = publish(url, "--overwrite")
    assert done.code == 1
    assert "provisioned from a file" in done.err
    assert "deskpulse dashboards build" in done.err
    assert double.writes == []


def test_a_provisioned_dashboard_that_is_the_same_is_fine(double: Double, url: str) -> None:
    publish(url)
    for kept in double.boards.values():
        kept.provisioned = True
    assert "Nothing to change." in publish(url).out


def test_a_dashboard_stays_in_the_folder_that_it_was_moved_to(double: Double, url: str) -> None:
    double.folders["ops"] = "Operations"
    older(double, title="Before")
    double.boards[UID].folder = "ops"
    assert publish(url).code == 0
    assert double.boards[UID].folder == "ops"


def test_a_folder_is_found_by_its_uid_or_its_title(double: Double, url: str) -> None:
    double.folders["x1"] = "deskpulse"
    assert publish(url).code == 0
    assert double.folders == {"x1": "deskpulse"}
    assert {kept.folder for kept in double.boards.values()} == {"x1"}


def test_of_two_folders_with_one_title_none_is_guessed(double: Double, url: str) -> None:
    double.folders |= {"a": "Support", "b": "Support"}
    done = publish(url, "--folder", "Support")
    assert done.code == 2
    assert "2 folders are called 'Support'" in done.err
    assert "(a, b)" in done.err
    assert publish(url, "--folder", "b").code == 0


def test_grafanas_own_shortest_refresh_is_no_change_by_hand(double: Double, url: str) -> None:
    double.shortest = "5m"
    publish(url)
    assert double.boards[UID].content["refresh"] == "5m"
    assert "Nothing to change." in publish(url).out


def test_who_saves_in_between_is_not_run_over(double: Double, url: str) -> None:
    older(double, title="Before")
    double.before_save = lambda: double.edit(UID, title="Meanwhile")
    done = publish(url)
    assert done.code == 2
    assert "saved by someone else meanwhile" in done.err
    assert double.boards[UID].content["title"] == "Meanwhile"


def test_a_folder_that_is_gone_in_between_is_told(double: Double, url: str) -> None:
    double.folders["deskpulse"] = "deskpulse"
    double.before_save = double.folders.clear
    done = publish(url)
    assert done.code == 2
    assert f"did not create the dashboard '{TITLE}': the folder is gone" in done.err
    double.before_save = lambda: None
    assert publish(url).code == 0


def test_an_operators_thresholds_reach_the_dashboards(
    double: Double, url: str, tmp_path: Path
) -> None:
    publish(url)
    config = "scrape_interval: 15s\nalerts: {thresholds: {unanswered_at_work: 4h}}\n"
    (tmp_path / "deskpulse.yaml").write_text(config)
    shown = deskpulse("diff", "--url", url)
    assert shown.code == 1
    changed = [line.split() for line in shown.out.splitlines() if line.startswith(("- ", "+ "))]
    assert ["-", '"value":', "86400"] in changed
    assert ["+", '"value":', "14400"] in changed
    assert publish(url, "--prometheus-url", "http://prometheus:9090").code == 0
    assert deskpulse("diff", "--url", url, "--datasource", "deskpulse").code == 0
    assert double.sources["deskpulse-prometheus"]["jsonData"]["timeInterval"] == "15s"
    (tmp_path / "deskpulse.yaml").write_text("alerts: {thresholds: {unanswered_at_work: soon}}\n")
    done = publish(url)
    assert done.code == 2
    assert "unanswered_at_work" in done.err


# --- the data source


def test_a_data_source_is_made_and_exemplars_lead_to_tickets(double: Double, url: str) -> None:
    words = ["--prometheus-url", "http://prometheus:9090"]
    words += ["--deskpulse-url", "https://pulse.example/"]
    done = publish(url, *words)
    assert done.code == 0, done.err
    made = double.sources["deskpulse-prometheus"]
    assert (made["type"], made["url"], made["isDefault"]) == (
        "prometheus", "http://prometheus:9090", False,
    )  # fmt: skip
    (link,) = made["jsonData"]["exemplarTraceIdDestinations"]
    assert (link["name"], link["url"]) == ("ticket", "https://pulse.example/ticket/${__value.raw}")
    current = double.boards[UID].content["templating"]["list"][0]["current"]
    assert (current["text"], current["value"]) == ("deskpulse", "deskpulse-prometheus")
    assert publish(url, *words).out.endswith("Nothing to change.\n")


def test_what_an_operator_set_on_the_data_source_stays(double: Double, url: str) -> None:
    publish(url, "--prometheus-url", "http://prometheus:9090")
    made = double.sources["deskpulse-prometheus"]
    made |= {"name": "Prometheus EU", "basicAuth": True, "basicAuthUser": "pulse"}
    made["jsonData"]["tlsSkipVerify"] = False
    done = publish(url, "--prometheus-url", "https://prometheus.example")
    assert done.code == 0, done.err
    after = double.sources["deskpulse-prometheus"]
    assert after["url"] == "https://prometheus.example"
    assert (after["name"], after["basicAuthUser"]) == ("Prometheus EU", "pulse")
    assert after["jsonData"]["tlsSkipVerify"] is False


def test_dashboards_begin_with_the_data_source_that_is_named(double: Double, url: str) -> None:
    double.sources["p1"] = {"name": "Prod / EU", "uid": "p1", "type": "prometheus"}
    double.tokens[TOKEN] = EDITOR
    assert publish(url, "--datasource", "Prod / EU").code == 0
    current = double.boards[UID].content["templating"]["list"][0]["current"]
    assert (current["text"], current["value"]) == ("Prod / EU", "p1")


def test_a_data_source_that_is_not_there_is_told_with_those_that_are(
    double: Double, url: str
) -> None:
    double.sources["p1"] = {"name": "Prod", "uid": "p1", "type": "prometheus"}
    double.sources["l1"] = {"name": "Logs", "uid": "l1", "type": "loki"}
    done = publish(url, "--datasource", "Prd")
    assert done.code == 2
    assert "There is no data source 'Prd'" in done.err
    assert "may see: 'Prod'." in done.err
    assert "There is one 'Logs' of another type" in publish(url, "--datasource", "Logs").err
    assert double.writes == []


def test_a_provisioned_data_source_is_told(double: Double, url: str) -> None:
    publish(url, "--prometheus-url", "http://prometheus:9090")
    double.sources["deskpulse-prometheus"]["readOnly"] = True
    assert publish(url, "--prometheus-url", "http://prometheus:9090").code == 0
    done = publish(url, "--prometheus-url", "http://other:9090")
    assert done.code == 2
    assert "provisioned from a file" in done.err
    assert "--datasource NAME" in done.err


def test_another_data_source_of_our_name_is_left_alone(double: Double, url: str) -> None:
    double.sources["x"] = {"name": "deskpulse", "uid": "x", "type": "loki"}
    done = publish(url, "--prometheus-url", "http://prometheus:9090")
    assert done.code == 2
    assert "another data source has this name" in done.err


# --- what a token may not do, and what is no Grafana


@pytest.mark.parametrize(
    ("rights", "words", "lacking", "role"),
    [
        (frozenset[str](), (), "folders:read", "Viewer"),
        (VIEWER, (), "folders:create", "Editor"),
        (VIEWER - {"dashboards:read"}, (), "dashboards:read", "Viewer"),
        (VIEWER | {"folders:create"}, (), "dashboards:create", "Editor"),
        (EDITOR, ("--prometheus-url", "http://p"), "datasources:read", "Admin"),
        (ADMIN - {"datasources:create"}, ("--prometheus-url", "http://p"), "datasources:create",
         "Admin"),
    ],
)  # fmt: skip
def test_a_right_that_lacks_is_named(
    double: Double,
    url: str,
    rights: frozenset[str],
    words: tuple[str, ...],
    lacking: str,
    role: str,
) -> None:
    double.tokens[TOKEN] = rights
    done = publish(url, *words)
    assert done.code == 2
    assert f"lacks the right {lacking}, which the role {role} has" in done.err
    assert double.writes == []


def test_where_grafana_does_not_tell_rights_its_refusal_does(double: Double, url: str) -> None:
    def silent(_method: str, path: str) -> tuple[int, Any] | None:
        return (404, {"message": "Not found"}) if "access-control" in path else None

    double.instead = silent
    double.tokens[TOKEN] = frozenset({*VIEWER, "*"})
    done = publish(url)
    assert "lacks the right folders:create, which the role Editor has" in done.err
    double.tokens[TOKEN] = frozenset({*VIEWER, "folders:create", "*"})
    done = publish(url)
    assert "right any of dashboards:create, dashboards:write, which" in done.err


def test_a_token_that_sees_its_own_folders_only_will_do(double: Double, url: str) -> None:
    double.tokens[TOKEN] = EDITOR
    done = publish(url)
    assert done.code == 0, done.err
    assert publish(url).out.endswith("Nothing to change.\n")


def test_a_folder_within_a_folder_is_found_by_its_uid(double: Double, url: str) -> None:
    double.deeper["s1"] = "Support"
    assert publish(url, "--folder", "s1").code == 0
    assert double.folders == {}
    assert double.boards[UID].folder == "s1"


def test_a_hidden_dashboard_with_our_uid_is_not_run_over(double: Double, url: str) -> None:
    double.tokens[TOKEN] = EDITOR
    double.folders["deskpulse"] = "deskpulse"
    older(double, title="Before")
    hidden = double.boards.pop(UID)
    double.before_save = lambda: double.boards.update({UID: hidden})
    done = publish(url)
    assert done.code == 2
    assert "stands in a folder that the token may not see" in done.err
    assert double.boards[UID].content["title"] == "Before"


def test_a_folder_in_which_the_token_may_not_save_is_told(double: Double, url: str) -> None:
    double.folders["deskpulse"] = "deskpulse"
    double.shut = {"deskpulse"}
    assert "Access denied to save dashboard" in publish(url).err
    older(double, title="Before")
    double.boards[UID].folder = "deskpulse"
    done = publish(url)
    assert done.code == 1
    assert "lacks the right dashboards:write" in done.err


@pytest.mark.parametrize("said", ["Invalid API key", "Expired API key"])
def test_a_token_that_is_not_taken_is_told_and_never_shown(
    double: Double, url: str, said: str
) -> None:
    double.tokens.clear()
    double.expired = {TOKEN} if "Expired" in said else set()
    done = publish(url)
    assert done.code == 2
    assert f"does not take the token ({said})" in done.err
    assert "Service accounts" in done.err
    assert "DESKPULSE_GRAFANA_TOKEN" in done.err
    assert TOKEN not in done.out + done.err


@pytest.mark.parametrize("token", [None, " ", "two words", "line\nend", "gelöscht"])
def test_a_token_is_checked_before_it_is_sent(double: Double, url: str, token: str | None) -> None:
    done = deskpulse("publish", "--url", url, DESKPULSE_GRAFANA_TOKEN=token)
    assert done.code == 2
    assert "oken" in done.err
    assert not token or not token.strip() or token not in done.err
    assert double.requests == []


def test_the_other_names_of_token_and_address_are_read(double: Double, url: str) -> None:
    named: dict[str, str | None] = {"DESKPULSE_GRAFANA_TOKEN": None, "GRAFANA_TOKEN": TOKEN}
    assert deskpulse("publish", GRAFANA_URL=url, **named).code == 0
    for word in ("DESKPULSE_GRAFANA_TOKEN", "GRAFANA_TOKEN"):
        assert word in deskpulse("publish", "--help").out
        assert word in deskpulse("diff", "--help").out
    assert "--token" not in deskpulse("publish", "--help").out


def test_a_grafana_that_is_too_old_is_told(double: Double, url: str) -> None:
    double.version = "10.4.2"
    done = publish(url)
    assert done.code == 2
    assert "is version 10.4.2, and the dashboards need 11 or newer" in done.err
    assert double.writes == []


@pytest.mark.parametrize("version", ["11.0.0", "13.1.0-23456", ""])
def test_newer_ones_and_those_that_hide_their_version_are_fine(
    double: Double, url: str, version: str
) -> None:
    double.version = version
    assert publish(url).code == 0


@pytest.mark.parametrize(
    ("status", "body", "why"),
    [
        (200, "<html>the message of the day</html>", "not its JSON (status 200)"),
        (200, {"status": "success", "data": []}, "its answer is not that of a Grafana"),
        (200, [], "its answer is not that of a Grafana"),
        (200, "null", "not its JSON"),
        (401, "<html>Authorization required", "wants somebody to sign in"),
        (404, {"detail": "Not Found"}, "knows no such page (404)"),
        (404, "<html>message", "not its JSON (status 404)"),
        (502, "<html>Bad gateway", "a proxy is in front of it, and it does not run"),
    ],
)
def test_what_is_no_grafana_is_told(
    double: Double, url: str, status: int, body: Any, why: str
) -> None:
    double.instead = lambda _method, _path: (status, body)
    done = publish(url)
    assert done.code == 2
    assert f"There is no Grafana at {url}: " in done.err
    assert why in done.err


def test_the_path_that_grafana_is_served_under_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESKPULSE_GRAFANA_TOKEN", TOKEN)
    double = Double(prefix="/tools/grafana")
    with serving(double) as url:
        assert publish(f"{url}/").code == 0
        done = publish(url.removesuffix("/tools/grafana"))
    assert done.code == 2
    assert "add the path that Grafana is served under" in done.err


def test_a_token_follows_no_redirect(double: Double, url: str) -> None:
    other = Double()
    with serving(other) as elsewhere:
        to = f"{elsewhere}/api/frontend/settings?auth=1"
        double.instead = lambda _method, _path: (302, to)
        done = publish(url)
    assert done.code == 2
    assert f"leads on to {elsewhere}/api/frontend/settings, and the token" in done.err
    assert other.requests == []


def test_an_error_of_grafanas_own_is_told(double: Double, url: str) -> None:
    def failing(method: str, _path: str) -> tuple[int, Any] | None:
        return (500, {"message": "Failed to save dashboard"}) if method == "POST" else None

    double.folders["deskpulse"] = "deskpulse"
    double.instead = failing
    done = publish(url)
    assert done.code == 2
    assert f"failed to create the dashboard '{TITLE}': status 500 (Failed to save" in done.err


def test_a_grafana_that_is_not_there_is_told(url: str) -> None:
    done = publish(f"http://{free_address()}")
    assert done.code == 2
    assert "cannot be reached: check the address and port" in done.err
    assert TOKEN not in done.err


def test_a_grafana_that_never_answers_is_given_up(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboards.grafana.TIMEOUT", (0.2, 0.2))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        done = publish(f"http://127.0.0.1:{silent.getsockname()[1]}")
    assert done.code == 2
    assert "seconds to answer" in done.err


def test_an_address_without_tls_is_not_asked_for_it(double: Double, url: str) -> None:
    done = publish(url.replace("http://", "https://"))
    assert done.code == 2
    assert "speaks no TLS" in done.err
    assert double.requests == []


def test_a_certificate_that_does_not_hold_is_not_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    require("openssl")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    make = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
    names = ("-subj", "/CN=grafana", "-addext", "subjectAltName=IP:127.0.0.1")
    subprocess.run(
        ["openssl", *make.split(), *names, "-keyout", key, "-out", certificate],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    double = Double()
    monkeypatch.setenv("DESKPULSE_GRAFANA_TOKEN", TOKEN)
    with serving(double, context) as url:
        done = publish(url)
        assert done.code == 2
        assert "its TLS certificate does not hold" in done.err
        assert double.requests == []
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
        assert publish(url).code == 0


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("grafana.example", "write it like https://"),
        ("ftp://grafana.example", "write it like https://"),
        ("https://admin:pa55word@grafana.example", "it holds credentials"),
        ("https://grafana.example:99999", "the port is no number"),
        ("https://grafana.example/?orgId=2", "leave out what begins with ?"),
        ("http://grafana.example", "everyone on the way could read the token"),
    ],
)
def test_an_address_that_cannot_be_used_is_told(
    monkeypatch: pytest.MonkeyPatch, url: str, why: str
) -> None:
    monkeypatch.setenv("DESKPULSE_GRAFANA_TOKEN", TOKEN)
    done = publish(url)
    assert done.code == 2
    assert why in done.err
    assert "pa55word" not in done.err


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--datasource", "a", "--prometheus-url", "http://p"), "name one"),
        (("--deskpulse-url", "http://p"), "goes with --prometheus-url"),
        (("--prometheus-url", "prometheus:9090"), "--prometheus-url is no address"),
        (("--prometheus-url", "http://a:b@prometheus"), "without credentials"),
    ],
)
def test_options_that_do_not_go_together_are_told(
    url: str, words: tuple[str, ...], why: str
) -> None:
    done = publish(url, *words)
    assert done.code == 2
    assert why in done.err


def test_without_an_address_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GRAFANA_URL", "DESKPULSE_GRAFANA_URL"):
        monkeypatch.delenv(name, raising=False)
    assert "--url" in deskpulse("publish").err


# --- what a dashboard says


@pytest.mark.parametrize(
    "change",
    [
        lambda board: {**board, "id": 7, "version": 3, "iteration": 1, "refresh": "5m"},
        lambda board: {**board, "panels": [{**p, "x": None} for p in board["panels"]]},
        lambda board: json.loads(json.dumps(board), parse_int=float),
        marked,
    ],
)
def test_what_grafana_adds_changes_no_fingerprint(
    change: Callable[[dict[str, Any]], dict[str, Any]],
) -> None:
    board = BOARDS[UID]
    assert fingerprint(change(board)) == fingerprint(board)
    assert fingerprint({**board, "title": "x"}) != fingerprint(board)
