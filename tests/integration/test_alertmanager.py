"""What people are told: a real Alertmanager, and the very words that each receiver gets."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from alerts.alertmanager import ROUTES, render
from alerts.build import FOLDER, built, write
from alerts.installation import Installation
from alerts.parameters import PRODUCTION
from alerts.receivers import Email, PagerDuty, Slack, Webhook, everywhere
from alerts.rules import Severity, alerts
from tests.alertmanager import Alertmanager, Told, alert, alertmanager, the_one, told
from tests.peers import require
from tests.programs import eventually

SINCE: Final = datetime(2026, 3, 3, 9, 50, 12, tzinfo=UTC)
BOARD: Final = "https://grafana.example/d/deskpulse-overview?from=now-6h&var-team={team}"
SPIKE: Final = {
    "summary": "{source}: 83 tickets by chat in 30m, expected 12",
    "description": "Up to 31 would still be usual & fine; <less> is not.",
    "dashboard_url": BOARD,
    "runbook_url": "docs/runbooks/VolumeSpike.md",
}
QUICK: Final = tuple(replace(one, wait="400ms", interval="1s") for one in ROUTES)


def ran(program: str, *words: object) -> str:
    """What the program prints; it must succeed."""
    command = [str(require(program)), *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


# --- the configuration ----------------------------------------------------------------------------


def test_alertmanager_takes_what_nobody_has_decided_on() -> None:
    said = ran("amtool", "check-config", FOLDER / "alertmanager.yml")
    assert "3 receivers" in said
    assert "1 templates" in said


def test_alertmanager_takes_receivers_of_every_kind(tmp_path: Path) -> None:
    secret = "/etc/alertmanager/secrets/it"
    receivers = everywhere(
        Slack("#support", secret),
        PagerDuty(secret),
        PagerDuty(secret, "https://events.eu.pagerduty.example/v2/enqueue"),
        Email(("a@x.example", "b@x.example"), "c@x.example", "smtp.x.example:587"),
        Email(("a@x.example",), "c@x.example", "smtp.x.example:25", "pulse", secret, False),
        Webhook("http://127.0.0.1:9095/alerts?from=here"),
        Webhook("https://x.example/", token_file=secret),
    )
    write(tmp_path, built(Installation(receivers=receivers)))
    ran("amtool", "check-config", tmp_path / "alertmanager.yml")
    document = yaml.safe_load((tmp_path / "alertmanager.yml").read_text())
    for receiver in document["receivers"]:
        configs = [one for key, many in receiver.items() if key != "name" for one in many]
        assert len(configs) == 7
        assert all(one["send_resolved"] for one in configs)


@pytest.mark.parametrize(
    ("labels", "receiver"),
    [
        ("severity=page", "page"),
        ("severity=ticket", "ticket"),
        ("severity=info", "info"),
        ("severity=unheard-of", "ticket"),
    ],
)
def test_an_alert_goes_where_its_severity_says(labels: str, receiver: str) -> None:
    config = f"--config.file={FOLDER / 'alertmanager.yml'}"
    assert ran("amtool", "config", "routes", "test", config, labels).strip() == receiver


# --- what arrives ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Scene:
    """An Alertmanager and those whom it tells, of whatever severity."""

    manager: Alertmanager
    told: Told

    def hooks(self, source: str) -> list[Any]:
        """The notifications on a source, as webhooks get them."""
        return [one for one in self.told.at("/hook") if one["commonLabels"].get("source") == source]

    def others(self, path: str, source: str) -> list[Any]:
        """Those that are sent to a path, by the source that is in their words."""
        return [one for one in self.told.at(path) if source in str(one)]

    def mails(self, source: str) -> list[Any]:
        """Those that come by mail."""
        return [one for one in self.told.mails if source in str(one["Subject"])]


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("alertmanager")
    with told() as got:
        (folder / "slack").write_text(f"{got.url}/slack\n")
        (folder / "key").write_text("throw-away-key\n")
        receivers = everywhere(
            Slack("#support", str(folder / "slack")),
            PagerDuty(str(folder / "key"), f"{got.url}/pagerduty"),
            Email(("lead@x.example",), "pulse@x.example", got.smarthost, require_tls=False),
            Webhook(f"{got.url}/hook"),
        )
        with alertmanager(folder / "am", render(receivers, routes=QUICK)) as manager:
            yield Scene(manager, got)


def fired(
    name: str,
    labels: Mapping[str, str],
    severity: Severity = Severity.PAGE,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
) -> dict[str, Any]:
    """An alert with the labels that a rule gives it, and words that are hard to get right.

    since: by default now, because for what began long ago nobody waits for others to join it.
    """
    about = {one.name: str(one.about) for one in alerts(PRODUCTION)}.get(name, "business")
    known = {"alertname": name, "instance": "deskpulse", "severity": str(severity), "about": about}
    words = {
        key: text.format_map({"source": "here", "team": "R D", **labels})
        for key, text in SPIKE.items()
    }
    return alert({**known, **labels}, words, since=since or datetime.now(UTC), until=until)


def test_each_receiver_is_told_what_how_much_since_when_where_and_where_to_look(
    scene: Scene,
) -> None:
    scene.manager.post(fired("VolumeSpike", {"source": "lone", "channel": "chat"}, since=SINCE))
    manager = scene.manager.url
    silence = (
        f"{manager}/#/silences/new?filter=%7Balertname%3D%22VolumeSpike%22%2C"
        "channel%3D%22chat%22%2Csource%3D%22lone%22%7D"
    )
    board = BOARD.format(team="R%20D")

    slack = the_one(lambda: scene.others("/slack", "lone"), "a message on Slack")
    (shown,) = slack["attachments"]
    assert slack["channel"] == "#support"
    assert (shown["title"], shown["title_link"]) == ("VolumeSpike, lone", board)
    assert shown["fallback"] == "VolumeSpike: lone: 83 tickets by chat in 30m, expected 12"
    assert shown["color"] == "danger"
    assert shown["text"].splitlines() == [
        "*lone: 83 tickets by chat in 30m, expected 12*",
        "Up to 31 would still be usual &amp; fine; &lt;less&gt; is not.",
        "Since 2026-03-03 09:50 UTC · channel chat · source lone",
        f"<{board.replace('&', '&amp;')}|Dashboard> · Runbook: docs/runbooks/VolumeSpike.md",
        f"<{silence}|Silence> · <{manager}/#/alerts?receiver=page|Alertmanager>",
    ]

    text = [
        "VolumeSpike: lone: 83 tickets by chat in 30m, expected 12",
        "Up to 31 would still be usual & fine; <less> is not.",
        "Since 2026-03-03 09:50 UTC",
        "Where: channel chat, source lone",
        f"Look at: {board}",
        "Runbook: docs/runbooks/VolumeSpike.md",
    ]
    duty = the_one(lambda: scene.others("/pagerduty", "lone"), "an event at PagerDuty")
    event = duty["payload"]
    assert (duty["routing_key"], duty["event_action"]) == ("throw-away-key", "trigger")
    assert duty["client_url"] == board
    assert event["summary"] == text[0]
    assert (event["severity"], event["class"]) == ("critical", "VolumeSpike")
    assert event["component"] == "lone"
    assert event["custom_details"]["firing"].split("\n") == [*text, ""]
    assert event["custom_details"]["resolved"] == ""

    mail = the_one(lambda: scene.mails("lone"), "a mail")
    assert (mail["To"], mail["From"]) == ("lead@x.example", "pulse@x.example")
    assert mail["Subject"] == text[0]
    plain = mail.get_body(("plain",)).get_content().splitlines()
    assert plain[: len(text)] == text
    assert f"Silence: {silence}" in plain
    html = mail.get_body(("html",)).get_content()
    assert "<strong>lone: 83 tickets by chat in 30m, expected 12</strong>" in html
    assert "usual &amp; fine; &lt;less&gt; is not." in html
    assert f'<a href="{board.replace("&", "&amp;")}">Dashboard</a>' in html
    assert f'<a href="{silence}">Silence</a>' in html

    hook = the_one(lambda: scene.hooks("lone"), "a call of the webhook")
    assert hook["receiver"] == "page"
    assert hook["alerts"][0]["annotations"]["summary"] == text[0].partition(": ")[2]


def test_one_incident_on_several_channels_is_one_notification(scene: Scene) -> None:
    channels = ("chat", "email", "web")
    scene.manager.post(
        *(fired("VolumeSpike", {"source": "wide", "channel": one}) for one in channels)
    )
    slack = the_one(lambda: scene.others("/slack", "wide"), "a message on Slack")
    (shown,) = slack["attachments"]
    assert shown["title"] == "3 firing: VolumeSpike, wide"
    assert shown["text"].count("83 tickets") == 3
    mail = the_one(lambda: scene.mails("wide"), "a mail")
    assert mail["Subject"] == "3 firing: VolumeSpike, wide"
    (hook,) = scene.hooks("wide")
    assert {one["labels"]["channel"] for one in hook["alerts"]} == set(channels)


def test_what_is_for_today_is_one_list_for_each_team(scene: Scene) -> None:
    listed = [
        fired(name, {"source": "daily", "team": team}, Severity.TICKET)
        for name in ("UnansweredTooLong", "BacklogAgeing")
        for team in ("R&D", "Billing")
    ]
    scene.manager.post(*listed)
    eventually(lambda: len(scene.mails("daily")) == 2, "a mail for each team")
    subjects = {one["Subject"] for one in scene.mails("daily")}
    assert subjects == {"2 firing: daily, R&D", "2 firing: daily, Billing"}
    titles = {one["attachments"][0]["title"] for one in scene.others("/slack", "daily")}
    assert titles == {"2 firing: daily, R&amp;D", "2 firing: daily, Billing"}


def test_what_a_label_brings_in_has_no_meaning_to_slack(scene: Scene) -> None:
    """A team's name comes from the helpdesk, where anybody may have chosen it."""
    team = "<!channel> & <https://elsewhere.example|you>"
    scene.manager.post(fired("FirstResponseBurn", {"source": "sly", "team": team}))
    slack = the_one(lambda: scene.others("/slack", "sly"), "a message on Slack")
    (shown,) = slack["attachments"]
    for words in (shown["title"], shown["text"], shown["fallback"]):
        assert "<!" not in words
        assert "<https://elsewhere" not in words
    assert "&lt;!channel&gt; &amp;" in shown["title"]


def test_what_is_over_is_told_with_how_long_it_lasted(scene: Scene) -> None:
    past = {"source": "past", "channel": "chat"}
    scene.manager.post(fired("VolumeSpike", past, since=SINCE))
    eventually(lambda: scene.hooks("past"), "that it fires")
    end = SINCE + timedelta(minutes=47, seconds=5)
    scene.manager.post(fired("VolumeSpike", past, since=SINCE, until=end))
    lasted = "From 2026-03-03 09:50 until 2026-03-03 10:37 UTC, for 47m5s"
    eventually(lambda: len(scene.mails("past")) == 2, "a mail that it is over")
    mail = scene.mails("past")[1]
    assert mail["Subject"].startswith("Resolved: VolumeSpike: past: 83 tickets by chat")
    plain = mail.get_body(("plain",)).get_content()
    assert lasted in plain
    assert "Silence" not in plain, "there is nothing left to silence"
    eventually(lambda: len(scene.others("/slack", "past")) == 2, "a message that it is over")
    (shown,) = scene.others("/slack", "past")[1]["attachments"]
    assert (shown["title"], shown["color"]) == ("Resolved: VolumeSpike, past", "good")
    assert lasted in shown["text"]
    eventually(lambda: len(scene.others("/pagerduty", "past")) == 2, "an event that it is over")
    first, last = scene.others("/pagerduty", "past")
    assert last["event_action"] == "resolve"
    assert last["dedup_key"] == first["dedup_key"]


def test_a_part_that_is_over_is_told_beside_what_still_fires(scene: Scene) -> None:
    chat, email = ({"source": "part", "channel": one} for one in ("chat", "email"))
    scene.manager.post(fired("VolumeSpike", chat), fired("VolumeSpike", email))
    eventually(lambda: scene.hooks("part"), "that both fire")
    now = datetime.now(UTC)
    scene.manager.post(fired("VolumeSpike", chat, since=now - timedelta(minutes=1), until=now))
    eventually(lambda: len(scene.mails("part")) == 2, "a mail that one is over")
    mail = scene.mails("part")[1]
    assert mail["Subject"] == "1 firing, 1 resolved: VolumeSpike, part"
    firing, over = mail.get_body(("plain",)).get_content().split("Resolved since:")
    assert ("channel email" in firing, "channel chat" in firing) == (True, False)
    assert ("channel email" in over, "channel chat" in over) == (False, True)


def test_of_very_many_the_first_are_told_and_how_many_there_are(scene: Scene) -> None:
    scene.manager.post(
        *(fired("VolumeSpike", {"source": "many", "channel": f"c{one}"}) for one in range(12))
    )
    slack = the_one(lambda: scene.others("/slack", "many"), "a message on Slack")
    (shown,) = slack["attachments"]
    assert shown["title"] == "12 firing: VolumeSpike, many"
    assert shown["text"].count("83 tickets") == 10
    assert "These are 10 of 12" in shown["text"]


# --- what silences what ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("firing", "others", "silenced"),
    [
        pytest.param(
            ("SourceStale", Severity.PAGE, {"source": "stale"}),
            [
                ("VolumeSpike", Severity.PAGE, {"source": "stale", "channel": "chat"}),
                ("SourceFailing", Severity.TICKET, {"source": "stale"}),
                ("VolumeSpike", Severity.PAGE, {"source": "fresh", "channel": "chat"}),
            ],
            ["page VolumeSpike stale"],
            id="a stale source its own business, nothing else",
        ),
        pytest.param(
            ("ExporterDown", Severity.PAGE, {"instance": "gone"}),
            [
                ("SourceFailing", Severity.TICKET, {"source": "down", "instance": "gone"}),
                ("BacklogGrowing", Severity.TICKET, {"source": "down", "instance": "gone"}),
                ("BacklogGrowing", Severity.TICKET, {"source": "up"}),
            ],
            ["ticket BacklogGrowing down", "ticket SourceFailing down"],
            id="an exporter that is down all of its own",
        ),
        pytest.param(
            ("FirstResponseBurn", Severity.PAGE, {"source": "burn", "team": "A"}),
            [
                ("FirstResponseBurn", Severity.TICKET, {"source": "burn", "team": "A"}),
                ("FirstResponseBurn", Severity.TICKET, {"source": "other burn", "team": "B"}),
                ("ResolutionBurn", Severity.TICKET, {"source": "burn", "team": "A"}),
            ],
            ["ticket FirstResponseBurn burn"],
            id="a page the ticket of the same",
        ),
        pytest.param(
            ("VolumeSpike", Severity.PAGE, {"source": "flood", "channel": "chat"}),
            [
                ("BacklogGrowing", Severity.TICKET, {"source": "flood"}),
                ("BacklogGrowing", Severity.TICKET, {"source": "dry"}),
                ("UnansweredTooLong", Severity.TICKET, {"source": "flood", "team": "A"}),
            ],
            ["ticket BacklogGrowing flood"],
            id="a spike the backlog that it makes",
        ),
        pytest.param(
            ("CredentialsRefused", Severity.PAGE, {"source": "locked"}),
            [("SourceFailing", Severity.TICKET, {"source": "locked"})],
            ["ticket SourceFailing locked"],
            id="refused credentials the failing that they cause",
        ),
        pytest.param(
            ("LabelsCapped", Severity.INFO, {"source": "capped", "about": "source"}),
            [("VolumeSpike", Severity.PAGE, {"source": "capped", "channel": "chat"})],
            [],
            id="what is merely worth knowing, nothing",
        ),
    ],
)
def test_what_fires_silences(
    scene: Scene,
    firing: tuple[str, Severity, dict[str, str]],
    others: list[tuple[str, Severity, dict[str, str]]],
    silenced: list[str],
) -> None:
    everything = [fired(name, labels, severity) for name, severity, labels in (firing, *others)]
    scene.manager.post(*everything)
    sources = {labels["source"] for _, _, labels in others}
    known = {named(one) for one in everything if one["labels"].get("source") in sources}

    def heard() -> set[str]:
        return {named(one) for source in sources for hook in scene.hooks(source)
                for one in hook["alerts"]}  # fmt: skip

    eventually(lambda: heard() >= known - set(silenced), "that the others are told")
    inhibited = {named(one) for one in scene.manager.inhibited()}
    assert inhibited & known == set(silenced)
    assert heard() == known - set(silenced)


def named(one: Mapping[str, Any]) -> str:
    """Which alert it is: its severity, name and source."""
    labels = one["labels"]
    return f"{labels['severity']} {labels['alertname']} {labels.get('source')}"
