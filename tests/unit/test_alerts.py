"""The alerts are built from one table, name what exists, and each can be looked up."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from alerts import alertmanager, build, prometheus, rules
from alerts.__main__ import main
from alerts.document import days, duration
from alerts.files import outdated
from alerts.parameters import DEMO, PRODUCTION, VARIANTS, Links, Parameters
from dashboards import building
from exporter.catalog import CATALOG
from exporter.metric import Type

ALERTS = tuple(rules.alerts(PRODUCTION))
NAMES = {alert.name for alert in ALERTS}
SECTIONS = (
    "Meaning",
    "Impact",
    "The first three things to look at",
    "How to silence",
    "False-positive causes",
)
TOKEN = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
OURS = re.compile(r"^(support|deskpulse)_")
RANGE = re.compile(r"\[[^]]*\]")
STRING = re.compile(r"\"[^\"]*\"|'[^']*'")
SELECTED = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)\{([^}]*)\}")
GROUPED = re.compile(r"(?:by|on) \(([^)]*)\)")
QUERY = re.compile(r"(?:printf|query) `([^`]*)`")
PROMQL = re.compile(r"```promql\n(.*?)```", re.DOTALL)
BOARDS = {f"deskpulse-{name}" for name in building.BOARDS}


def samples() -> dict[str, set[str]]:
    """Every sample that /metrics can hold, and its labels."""
    found: dict[str, set[str]] = {}
    for metric in CATALOG.values():
        labels = {"instance", "job", "source", *metric.labels}
        histogram = metric.type is Type.HISTOGRAM
        names = [f"{metric.name}_{end}" for end in ("bucket", "count", "sum")]
        for name in names if histogram else [metric.sample_name]:
            found[name] = labels
    return found


def listed(variant: Parameters) -> list[dict[str, Any]]:
    return [rule for group in groups(variant) for rule in group["rules"]]


def groups(variant: Parameters) -> list[dict[str, Any]]:
    """Those of both files."""
    files = (rules.render(variant), rules.render(variant, rules.ECONOMICS))
    return [group for text in files for group in yaml.safe_load(text)["groups"]]


def severities(name: str) -> list[str]:
    return [str(alert.severity) for alert in ALERTS if alert.name == name]


def queries(rule: dict[str, Any]) -> Iterator[str]:
    yield rule["expr"]
    for text in rule.get("annotations", {}).values():
        yield from QUERY.findall(text)


def unknown(query: str, known: set[str]) -> list[str]:
    """The metrics in a query that neither deskpulse nor an earlier rule has."""
    tokens = TOKEN.findall(RANGE.sub("", STRING.sub('""', query)))
    return [t for t in tokens if (":" in t or OURS.match(t)) and t not in known]


@pytest.mark.parametrize("variant", VARIANTS.values(), ids=list(VARIANTS))
def test_every_metric_in_a_rule_exists(variant: Parameters) -> None:
    known = set(samples())
    for rule in listed(variant):
        for query in queries(rule):
            assert unknown(query, known) == [], rule
        if "record" in rule:
            known.add(rule["record"])


def test_a_rule_uses_only_what_its_own_group_has_just_made() -> None:
    """Prometheus evaluates groups beside each other, each in the order of its rules."""
    for group in groups(PRODUCTION):
        known = set(samples())
        for rule in group["rules"]:
            assert unknown(rule["expr"], known) == [], rule
            known |= {rule["record"]} if "record" in rule else set()


def test_what_is_recorded_seldom_never_goes_stale_in_between() -> None:
    for group in groups(PRODUCTION):
        assert group.get("interval", "30s") in {"30s", "1m", "2m"}, "Prometheus looks back 5m"


def test_a_misspelt_metric_would_be_found() -> None:
    known = set(samples())
    assert unknown("sum(support_tickets_open) > 1", known) == []
    assert unknown("sum(support_ticket_open)", known) == ["support_ticket_open"]
    assert unknown("support_tickets_created", known) == ["support_tickets_created"]
    assert unknown("a:support_tickets_open:sum", known) == ["a:support_tickets_open:sum"]


def test_every_selected_label_exists() -> None:
    known = samples()
    for rule in listed(PRODUCTION):
        for query in queries(rule):
            for metric, matchers in SELECTED.findall(query):
                names = {one.partition("=")[0].strip() for one in matchers.split(",")}
                levels = set(metric.split(":")[0].split("_")) if ":" in metric else set()
                assert names <= (levels or known.get(metric, {"job", "instance"})), query


def test_a_recorded_series_is_named_by_its_level() -> None:
    recorded = [rule for rule in listed(PRODUCTION) if "record" in rule]
    assert recorded
    for rule in recorded:
        level, metric, operation = rule["record"].split(":")
        assert metric in samples()
        assert operation
        grouped = [
            names.replace(" ", "").replace(",", "_") for names in GROUPED.findall(rule["expr"])
        ]
        assert level in grouped or ":" in rule["expr"], rule


@pytest.mark.parametrize("alert", ALERTS, ids=[f"{one.name}-{one.severity}" for one in ALERTS])
def test_an_alert_says_what_is_wanted_to_know(alert: rules.Alert) -> None:
    labels = {"severity": str(alert.severity), "about": str(alert.about)}
    (rule,) = (
        one
        for one in listed(PRODUCTION)
        if (one.get("alert"), one.get("labels")) == (alert.name, labels)
    )
    told = rule["annotations"]
    assert set(told) == {"summary", "description", "dashboard_url", "runbook_url"}
    assert "expected" in told["summary"] or "usual" in told["summary"]
    assert told["runbook_url"] == f"docs/runbooks/{alert.name}.md"
    if alert.about is not rules.About.SELF:
        assert "$value" in told["summary"]
        assert told["summary"].startswith("{{ $labels.source }}: ")
    used = set(re.findall(r"\$labels\.(\w+)", " ".join(told.values())))
    assert used <= {*alert.labels, "instance"}, "a label that the alert does not have is empty"


@pytest.mark.parametrize("alert", ALERTS, ids=[f"{one.name}-{one.severity}" for one in ALERTS])
def test_the_link_of_an_alert_opens_a_board_that_exists_at_its_time(alert: rules.Alert) -> None:
    link = alert.rule(Links())["annotations"]["dashboard_url"]
    assert alert.board in BOARDS
    assert link.startswith(f"/d/{alert.board}?from=")
    assert f"vector(1000 * (time() - {alert.span.total_seconds():.0f}))" in link
    for name in set(alert.labels) & {"source", "team", "channel"}:
        assert f"&var-{name}={{{{ $labels.{name} | urlquery }}}}" in link


def test_every_alert_has_a_runbook_and_every_runbook_an_alert(root: Path) -> None:
    books = {file.stem: file for file in (root / "docs" / "runbooks").glob("*.md")}
    assert set(books) == NAMES
    for name, file in books.items():
        text = file.read_text()
        severity = " or ".join(severities(name))
        assert text.startswith(f"# {name}\n\n**Severity:** {severity}.")
        assert re.findall(r"^## (.*)$", text, re.MULTILINE) == list(SECTIONS)
        things = text.split("## The first three things to look at")[1].split("## How")[0]
        assert re.findall(r"^(\d)\. ", things, re.MULTILINE) == ["1", "2", "3"]


def test_a_runbook_asks_for_what_exists_and_names_keys_that_do(root: Path) -> None:
    metrics = set(samples()) | {one.record for one in rules.recordings(PRODUCTION)}
    for file in (root / "docs" / "runbooks").glob("*.md"):
        for query in PROMQL.findall(file.read_text()):
            assert unknown(query, metrics) == [], file
        for word in re.findall(r"`((?:support|deskpulse)_\w+)`", file.read_text()):
            assert word in metrics, file


def test_the_table_of_alerts_is_what_the_rules_are(root: Path) -> None:
    text = (root / "docs" / "alerts.md").read_text()
    found = re.findall(r"^\| \[(\w+)\]\(runbooks/(\w+)\.md\) \| (.*)$", text, re.MULTILINE)
    assert [name for name, *_ in found] == list(dict.fromkeys(alert.name for alert in ALERTS))
    for name, book, row in found:
        severity, says, limits = (cell.strip() for cell in row.rstrip(" |").split(" | "))
        assert book == name
        assert severity == ", ".join(severities(name))
        assert says
        wanted = next(alert.limits for alert in ALERTS if alert.name == name)
        assert limits == ("; ".join(map(limit, wanted)) or "–"), name


def limit(key: str) -> str:
    """A key of the configuration, and what it is by default."""
    tables = (PRODUCTION.thresholds, PRODUCTION.windows)
    found = next(getattr(table, key) for table in tables if hasattr(table, key))
    return f"`{key}` {duration(found) if isinstance(found, timedelta) else f'{found:g}'}"


def test_every_alert_has_its_proof_and_it_is_silence_first(root: Path) -> None:
    proofs = {file.stem: file for file in (root / "alerts" / "tests").glob("*.yml")}
    assert set(proofs) == NAMES
    for name, file in proofs.items():
        document = yaml.safe_load(file.read_text())
        first = [case["exp_alerts"] for case in document["tests"][0]["alert_rule_test"]]
        assert first[0] == []
        assert any(first)
        assert {
            one["alertname"] for t in document["tests"] for one in t.get("alert_rule_test", ())
        } == {name}
        names = " ".join(test["name"] for test in document["tests"][1:])
        assert {"silent", "restart"} <= set(re.findall(r"\w+", names)), "no look-alike"


def test_what_is_committed_is_what_is_built() -> None:
    assert outdated(build.FOLDER, build.committed()) == [], "run `python -m alerts build`"


def test_a_file_that_was_edited_or_is_missing_is_named(tmp_path: Path) -> None:
    files = build.built()
    (written, *others) = build.write(tmp_path, files)
    assert outdated(tmp_path, files) == []
    written.write_text(written.read_text() + "\n")
    others[0].unlink()
    assert outdated(tmp_path, files) == list(files)[:2]
    build.write(tmp_path, files)
    assert sorted(str(one.relative_to(tmp_path)) for one in tmp_path.rglob("*.*")) == sorted(files)


def test_the_command_builds_and_checks(tmp_path: Path) -> None:
    def run(*words: str) -> int:
        return CliRunner().invoke(main, ["build", "--into", str(tmp_path), *words]).exit_code

    assert run("--check") == 1
    assert run() == 0
    assert run("--check") == 0
    (tmp_path / "prometheus.yml").write_text("global: {}")
    assert run("--check") == 1


def test_the_demo_shortens_windows_and_changes_nothing_else() -> None:
    assert (DEMO.thresholds, DEMO.links) == (PRODUCTION.thresholds, PRODUCTION.links)
    assert [alert.name for alert in rules.alerts(DEMO)] == [alert.name for alert in ALERTS]
    for one in fields(DEMO.windows):
        demo, real = getattr(DEMO.windows, one.name), getattr(PRODUCTION.windows, one.name)
        assert demo <= real, one.name


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(0), "0s"),
        (timedelta(seconds=90), "1m30s"),
        (timedelta(hours=23, minutes=30), "23h30m"),
        (timedelta(days=7), "1w"),
        (timedelta(days=8, seconds=1), "1w1d1s"),
    ],
)
def test_a_length_is_written_as_prometheus_does(length: timedelta, words: str) -> None:
    assert duration(length) == words


def test_a_window_is_named_by_its_days_where_it_has_whole_ones() -> None:
    assert [days(timedelta(hours=hours)) for hours in (720, 36, 1)] == ["30d", "1d12h", "1h"]


def test_links_lead_where_they_are_told_to() -> None:
    linked = Parameters(links=Links(grafana="https://g.example", runbooks="https://r.example"))
    told = [rule["annotations"] for rule in listed(linked) if "alert" in rule]
    assert all(one["dashboard_url"].startswith("https://g.example/d/") for one in told)
    assert all(one["runbook_url"].startswith("https://r.example/") for one in told)


def test_prometheus_is_told_a_constant_instance_whatever_the_target() -> None:
    def document(manager: str | None) -> dict[str, Any]:
        text = prometheus.render(
            target="127.0.0.1:1234",
            alertmanager=manager,
            rules=[Path("/etc/rules.yml")],
            scrape_interval="5s",
            evaluation_interval="10s",
        )
        return dict(yaml.safe_load(text))

    alone, whole = document(None), document("127.0.0.1:9093")
    assert "alerting" not in alone
    assert "127.0.0.1:9093" in str(whole["alerting"])
    assert alone["global"] == {"scrape_interval": "5s", "evaluation_interval": "10s"}
    assert alone["rule_files"] == ["/etc/rules.yml"]
    (job,) = alone["scrape_configs"]
    assert job["job_name"] == "deskpulse"
    assert job["static_configs"] == [
        {"targets": ["127.0.0.1:1234"], "labels": {"instance": "deskpulse"}}
    ]


def test_out_of_the_box_nothing_pretends_to_be_delivered() -> None:
    document = yaml.safe_load(build.built()["alertmanager.yml"])
    severities = [str(one) for one in rules.Severity]
    assert [route["receiver"] for route in document["route"]["routes"]] == severities
    assert document["receivers"] == [{"name": severity} for severity in severities]


def test_who_is_told_when_is_documented(root: Path) -> None:
    text = (root / "docs" / "alerting.md").read_text()
    for route in alertmanager.ROUTES:
        (row,) = re.findall(rf"^\| `{route.severity}` \|.*$", text, re.MULTILINE)
        told = re.sub(r" (s|min|h|days?) ", r"\1 ", row).replace("min ", "m ")
        told = re.sub(r"days? ", "d ", told)
        assert told.endswith(f" {route.wait} | {route.interval} | {route.repeat} |")
    rows = text.partition("| while this fires |")[2].partition("\n\n")[0].splitlines()[2:]
    firing = [re.findall(r"`(\w+)`", row)[0] for row in rows]
    names = [re.findall(r'"(\w+)"', one.firing[0])[0] for one in alertmanager.INHIBITIONS]
    assert firing == names[:-1], "the last says of tickets what the one before says of pages"


def test_what_silences_is_an_alert_that_there_is() -> None:
    """A name that no rule has would silence nothing, and nobody would notice."""
    for one in alertmanager.INHIBITIONS:
        for name in re.findall(r'alertname="(\w+)"', " ".join((*one.firing, *one.silenced))):
            assert name in NAMES


def test_a_page_and_its_ticket_are_alike_by_all_their_labels() -> None:
    for alert in ALERTS:
        if len([one for one in ALERTS if one.name == alert.name]) > 1:
            assert set(alert.labels) <= set(alertmanager.SAME)
