"""What an operator says of alerts: where they begin, who is told, and where links lead."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from datetime import timedelta
from pathlib import Path
from textwrap import indent

import pytest
import yaml

from alerts.build import built
from alerts.installation import Installation, Targets
from alerts.parameters import PRODUCTION, Links, Windows
from alerts.receivers import Email, PagerDuty, Slack, Webhook
from alerts.rules import Severity
from alerts.thresholds import Thresholds
from exporter.config import ConfigError, load, load_alerts
from exporter.config import alerts as section
from exporter.config.receivers import KINDS
from exporter.config.thresholds import ASCENDING, KEYS, LINKS

SECRET = "/etc/alertmanager/secrets"
WHOLE = f"""\
receivers:
  page:
    - pagerduty: {{routing_key_file: {SECRET}/pagerduty, url: https://events.eu.pagerduty.com/v2/enqueue}}
    - slack: {{channel: "#oncall", api_url_file: {SECRET}/slack}}
  ticket:
    - email:
        to: [lead@acme.example, deputy@acme.example]
        from: pulse@acme.example
        smarthost: smtp.acme.example:587
        username: pulse
        password_file: {SECRET}/smtp
  info:
    - webhook: {{url: http://127.0.0.1:9095/hook, token_file: {SECRET}/token}}
    - webhook: {{url_file: {SECRET}/url}}
thresholds:
  unanswered_at_work: 4h
  failing_share: 0.25
  stale_after: 1h30m
  economics: [30d, 60d]
links: {{grafana: https://grafana.acme.example/, runbooks: https://wiki.acme.example/runbooks}}
targets: {{exporter: 127.0.0.1:9464, alertmanager: "[::1]:9093"}}
"""
Loads = Callable[..., Installation]


@pytest.fixture
def loads(tmp_path: Path) -> Loads:
    def load_text(text: str, more: str = "", **environ: str) -> Installation:
        """A file whose `alerts:` stand on line 1 and have these keys from line 2 on."""
        file = tmp_path / "deskpulse.yaml"
        file.write_text(f"alerts:\n{indent(text, '  ')}\n{more}")
        return load_alerts(file, environ)

    return load_text


def test_everything_that_can_be_said_of_alerts_is_read(loads: Loads) -> None:
    found = loads(WHOLE)
    assert found.receivers == {
        Severity.PAGE: (
            PagerDuty(f"{SECRET}/pagerduty", "https://events.eu.pagerduty.com/v2/enqueue"),
            Slack("#oncall", f"{SECRET}/slack"),
        ),
        Severity.TICKET: (
            Email(
                ("lead@acme.example", "deputy@acme.example"),
                "pulse@acme.example",
                "smtp.acme.example:587",
                "pulse",
                f"{SECRET}/smtp",
            ),
        ),
        Severity.INFO: (
            Webhook("http://127.0.0.1:9095/hook", token_file=f"{SECRET}/token"),
            Webhook(url_file=f"{SECRET}/url"),
        ),
    }
    assert found.untold == ()
    assert found.parameters.thresholds.unanswered_at_work == timedelta(hours=4)
    assert found.parameters.thresholds.failing_share == 0.25
    assert found.parameters.windows.stale_after == timedelta(minutes=90)
    assert found.parameters.windows.economics == (timedelta(days=30), timedelta(days=60))
    assert found.parameters.thresholds.backlog_ratio == PRODUCTION.thresholds.backlog_ratio
    assert found.parameters.links == Links(
        "https://grafana.acme.example", "https://wiki.acme.example/runbooks"
    )
    assert found.targets == Targets("127.0.0.1:9464", "[::1]:9093")


def test_who_says_nothing_of_alerts_has_the_defaults_and_nobody_is_told(loads: Loads) -> None:
    found = loads("{}", "sources: {}\n")
    assert found.parameters == PRODUCTION
    assert found.untold == tuple(Severity)
    assert built(found) == built()


def test_what_is_decided_is_in_the_files(loads: Loads) -> None:
    files = built(loads(WHOLE))
    assert "> 5400" in files["rules/deskpulse.yml"], "stale after an hour and a half"
    assert "churn_ratio60d" in files["rules/economics.yml"]
    assert "https://wiki.acme.example/runbooks/VolumeSpike.md" in files["rules/deskpulse.yml"]
    assert "https://grafana.acme.example/d/" in files["rules/deskpulse.yml"]
    assert "127.0.0.1:9464" in files["prometheus.yml"]
    receivers = {one["name"]: one for one in yaml.safe_load(files["alertmanager.yml"])["receivers"]}
    (slack,) = receivers["page"]["slack_configs"]
    assert (slack["channel"], slack["api_url_file"]) == ("#oncall", f"{SECRET}/slack")
    (mail,) = receivers["ticket"]["email_configs"]
    assert mail["to"] == "lead@acme.example, deputy@acme.example"
    assert (mail["auth_username"], mail["auth_password_file"]) == ("pulse", f"{SECRET}/smtp")
    hook, other = receivers["info"]["webhook_configs"]
    assert hook["http_config"]["authorization"]["credentials_file"] == f"{SECRET}/token"
    assert other["url_file"] == f"{SECRET}/url"


def test_prometheus_scrapes_no_less_often_than_the_exporter_was_told(loads: Loads) -> None:
    assert loads("{}").scrape_interval == timedelta(seconds=30)
    assert loads("{}", "scrape_interval: 5m\n").scrape_interval == timedelta(seconds=30)
    often = loads("{}", "scrape_interval: 15s\n")
    assert yaml.safe_load(built(often)["prometheus.yml"])["global"]["scrape_interval"] == "15s"


def test_every_threshold_and_window_can_be_set_and_keeps_its_default(loads: Loads) -> None:
    """Written as it is by default, each comes to what it is by default."""

    def typed(value: object) -> str:
        if isinstance(value, timedelta):
            return f"{value.total_seconds():.0f}s"
        return f"[{', '.join(map(typed, value))}]" if isinstance(value, tuple) else str(value)

    tables = (PRODUCTION.thresholds, PRODUCTION.windows)
    told = {one.name: getattr(table, one.name) for table in tables for one in fields(table)}
    assert set(KEYS) == set(told), "a type of field that exporter/config/thresholds.py cannot read"
    assert len(KEYS) == len(fields(Thresholds)) + len(fields(Windows)), "a name stands for two"
    lines = "".join(f"  {name}: {typed(value)}\n" for name, value in told.items())
    assert loads(f"thresholds:\n{lines}").parameters == PRODUCTION


def test_a_whole_configuration_has_its_alerts_with_it(tmp_path: Path) -> None:
    """The one way by which an operator's thresholds reach rules and dashboards alike."""
    file = tmp_path / "deskpulse.yaml"
    source = (
        "sources:\n  a: {vendor: zendesk, subdomain: a, email: a@b.example, api_token: '${T}'}\n"
    )
    file.write_text(f"{source}alerts:\n{indent(WHOLE, '  ')}")
    config = load(file, {"T": "throw-away"})
    assert config.alerts == load_alerts(file, {})
    assert config.alerts.parameters.thresholds.unanswered_at_work == timedelta(hours=4)


def test_alerts_need_no_secret_of_a_source(loads: Loads) -> None:
    text = "sources:\n  a: {vendor: nowhere, api_token: '${UNSET}', password: {file: /nowhere}}\n"
    assert loads(WHOLE, text) == loads(WHOLE)


def test_a_variable_is_followed_and_never_stood_in_for(loads: Loads) -> None:
    links = "links: {grafana: '${GRAFANA}'}"
    found = loads(links, GRAFANA="https://grafana.example")
    assert found.parameters.links.grafana == "https://grafana.example"
    with pytest.raises(ConfigError, match="GRAFANA, which is not set"):
        loads(links)


@pytest.mark.parametrize(
    ("text", "at", "words"),
    [
        ("receiver: {}", "2 receiver", "did you mean 'receivers'?"),
        ("receivers: {pge: []}", "2 receivers.pge", "did you mean 'page'?"),
        ("receivers: {page: {slack: {}}}", "2 receivers.page", "must be a list: begin each with"),
        ("receivers:\n  page:\n  - {}", "4 receivers.page[0]", "must be one receiver"),
        (
            "receivers:\n  page:\n  - pager: {}",
            "4 receivers.page[0].pager",
            "did you mean 'pagerduty'?",
        ),
        ("receivers: {page: [pagerduty: ]}", "2 receivers.page[0].pagerduty", "routing_key_file"),
        ("receivers: {page: [pagerduty: {}]}", "2 receivers.page[0].pagerduty", "an Events API"),
        (
            "receivers: {page: [pagerduty: {routing_key_file: abc123}]}",
            "2 receivers.page[0].pagerduty.routing_key_file",
            "no secret is written into what is built",
        ),
        (
            "receivers:\n  page:\n  - slack:\n      api_url_file: /s\n      channel: #oncall",
            "6 receivers.page[0].slack.channel",
            'put it in quotes: "#support"',
        ),
        (
            "receivers: {page: [slack: {channel: x, api_url_file: /s, api_url: https://x.example}]}",
            "2 receivers.page[0].slack.api_url",
            "did you mean 'api_url_file'?",
        ),
        (
            "receivers: {page: [webhook: {url: 'https://u:p@x.example'}]}",
            "2 receivers.page[0].webhook.url",
            "no place for a secret",
        ),
        (
            "receivers: {page: [webhook: {url: '${HOOK}'}]}",
            "2 receivers.page[0].webhook.url",
            "put it into a file and name that as 'url_file:'",
        ),
        (
            "receivers: {page: [webhook: {url: https://x.example, url_file: /x}]}",
            "2 receivers.page[0].webhook",
            "either 'url:' or 'url_file:'",
        ),
        (
            "receivers: {page: [email: {to: x@y.z, from: x@y.z, smarthost: x:25, username: a}]}",
            "2 receivers.page[0].email",
            "'username:' and 'password_file:' together",
        ),
        (
            "receivers: {page: [email: {to: [x@y.z, lead], from: x@y.z, smarthost: x:25}]}",
            "2 receivers.page[0].email.to",
            "must be an e-mail address",
        ),
        (
            "receivers: {page: [email: {to: x@y.z, from: x@y.z, smarthost: x}]}",
            "2 receivers.page[0].email.smarthost",
            "a host and a port",
        ),
        (
            "receivers: {page: [email: {to: x@y.z, from: x@y.z, smarthost: x:1, require_tls: 3}]}",
            "2 receivers.page[0].email.require_tls",
            "true or false",
        ),
        (
            "thresholds:\n  backlog_rato: 2",
            "3 thresholds.backlog_rato",
            "did you mean 'backlog_ratio'?",
        ),
        ("thresholds: {backlog_ratio: 150%}", "2 thresholds.backlog_ratio", "a number above 0"),
        ("thresholds: {backlog_ratio: 0}", "2 thresholds.backlog_ratio", "a number above 0"),
        ("thresholds: {backlog_floor: 2.5}", "2 thresholds.backlog_floor", "a whole number"),
        ("thresholds: {failing_share: 50}", "2 thresholds.failing_share", "0.5 for half"),
        ("thresholds: {stale_after: soon}", "2 thresholds.stale_after", "such as 30s, 5m or 1h"),
        ("thresholds: {stale_after: 1500ms}", "2 thresholds.stale_after", "whole seconds"),
        ("thresholds: {stale_after: }", "2 thresholds.stale_after", "is empty"),
        (
            "thresholds: {unanswered_at_work: 80h}",
            "2 thresholds.unanswered_at_work",
            "must be less than unanswered_always",
        ),
        ("links: {grafana: grafana.example}", "2 links.grafana", "such as https://example.com"),
        ("links: {runbook: https://x.example}", "2 links.runbook", "did you mean 'runbooks'?"),
        ("targets: {exporter: localhost}", "2 targets.exporter", "a host and a port"),
        ("targets: {prometheus: x:1}", "2 targets.prometheus", "known here: alertmanager"),
    ],
)
def test_what_is_wrong_gives_one_verdict_with_its_place(
    loads: Loads, text: str, at: str, words: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        loads(text, HOOK="https://x.example/throw-away")
    (found,) = caught.value.problems
    line, _, key = at.partition(" ")
    assert (found.line, found.key) == (int(line), f"alerts.{key}")
    assert words in found.message
    assert "throw-away" not in str(found)


def test_a_misspelt_section_is_told_and_not_left_out(tmp_path: Path) -> None:
    file = tmp_path / "deskpulse.yaml"
    file.write_text(f"alert:\n{indent(WHOLE, '  ')}")
    with pytest.raises(ConfigError, match="did you mean 'alerts'"):
        load_alerts(file, {})


def test_what_must_ascend_does_so_by_default() -> None:
    for less, more in ASCENDING:
        assert getattr(PRODUCTION.thresholds, less) < getattr(PRODUCTION.thresholds, more)


def documented(root: Path) -> str:
    return (root / "docs" / "configuration.md").read_text().partition("\n## Alerts\n")[2]


def test_every_key_of_alerts_is_documented(root: Path) -> None:
    text = documented(root)
    receivers = [key for _, keys in KINDS.values() for key in keys]
    for key in (*section.KEYS, *section.TARGETS, *LINKS, *KINDS, *receivers):
        assert f"`{key}`" in text, f"docs/configuration.md tells nothing of `{key}`"


def test_the_documented_alerts_load(root: Path, tmp_path: Path) -> None:
    alerting = (root / "docs" / "alerting.md").read_text()
    for text in (documented(root), alerting):
        file = tmp_path / "deskpulse.yaml"
        file.write_text(text.partition("```yaml\n")[2].partition("```")[0])
        assert load_alerts(file, {}).untold == ()
