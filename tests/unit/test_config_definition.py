"""Business hours, targets and categories as an operator writes them, and each way to err."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from textwrap import dedent, indent

import pytest

from connectors.discovery import discover
from exporter.cli.draft import Answers, render
from exporter.cli.wiring import source as wired
from exporter.clocks import Schedule, business_clock
from exporter.config import Config, ConfigError, load
from exporter.config.definitions import CATEGORY_KEYS, TARGET_KEYS
from exporter.config.hours import a_zone, weekdays
from exporter.config.key import InstallationKey
from exporter.config.loading import KEYS, SOURCE_KEYS
from exporter.config.schedules import KEYS as SCHEDULE_KEYS
from exporter.config.values import Wrong
from exporter.definition import Category, ClockName, Definition, Promise, Target
from exporter.labels import Labeller

HOUR = 3_600_000
DAYTIME = (8 * 60, 18 * 60)
OFFICE = Schedule(
    "office",
    "Europe/Berlin",
    ((DAYTIME,),) * 5 + (((600, 720), (780, 900)), ()),
    ("DE-BY",),
    ((date(2026, 12, 24), ()), (date(2026, 12, 31), ((480, 720),))),
)
US = Schedule("us", "America/New_York", (((540, 1020),),) * 5 + ((), ()))
WHOLE = """\
schedules:
  office:
    zone: Europe/Berlin
    hours: {mon-fri: 08:00-18:00, sat: [10:00-12:00, 13:00-15:00]}
    holidays: DE-BY
    exceptions: {2026-12-24: closed, 2026-12-31: 08:00-12:00}
  us:
    zone: America/New_York
    hours:
      Mon-Thu: 09:00-17:00
      friday: 9:00 - 17:00
      sat-sun: closed
sources:
  zendesk-eu:
    vendor: zendesk
    subdomain: acme
    email: pulse@acme.example
    api_token: throw-away-token
    schedule: office
    team_schedules: {Billing: us, '  On   call ': us}
    at_risk: 2h
    targets:
      - {target: first_response, clock: business, within: 1h, priority: urgent}
      - {target: first_response, clock: business, within: 8h, team: [Billing, Orders],
         channel: email}
      - {target: resolution, clock: calendar, within: 366d}
    categories:
      billing: {tags: [invoice, refund]}
      outage: {tags: outage, fields: {360001: [yes, on]}}
    category_field: 0360002
    max_categories: 2
"""
Loads = Callable[[str], Config]
Wrongs = Callable[[str], list[tuple[int, str, str]]]


@pytest.fixture
def loads(tmp_path: Path) -> Loads:
    def load_text(text: str) -> Config:
        file = tmp_path / "deskpulse.yaml"
        file.write_text(text)
        return load(file, {})

    return load_text


@pytest.fixture
def wrong(loads: Loads) -> Wrongs:
    def problems(text: str) -> list[tuple[int, str, str]]:
        with pytest.raises(ConfigError) as caught:
            loads(text)
        return [(found.line, found.key, found.message) for found in caught.value.problems]

    return problems


def schedule(*lines: str) -> str:
    """A file with one schedule named `s`, whose keys begin on line 3, and a source that uses it."""
    return "\n".join(["schedules:", "  s:", *("    " + line for line in lines),
                      *source("schedule: s")])  # fmt: skip


def source(*lines: str) -> list[str]:
    """A good source named `a`, of six lines, and more keys of it."""
    good = ["vendor: zendesk", "subdomain: x", "email: a@b.example", "api_token: throw-away-x"]
    return ["sources:", "  a:", *("    " + line for line in (*good, *lines))]


def with_keys(text: str) -> str:
    """A file with a schedule `s`, without hours anywhere else, and these keys from line 10 on."""
    head = ["schedules:", "  s: {zone: UTC, hours: {mon: 08:00-09:00}}", "  # a source follows"]
    body = indent(dedent(text), "    ")
    return "\n".join([*head, *source(), body])


def test_everything_that_can_be_said_is_read_without_a_quote(loads: Loads) -> None:
    config = loads(WHOLE)
    (only,) = config.sources
    assert only.max_categories == 2
    assert only.definition == Definition(
        schedule=OFFICE,
        team_schedules={"Billing": US, "On call": US},
        promises=(
            Promise(Target.FIRST_RESPONSE, ClockName.BUSINESS, HOUR, frozenset({"urgent"})),
            Promise(
                Target.FIRST_RESPONSE,
                ClockName.BUSINESS,
                8 * HOUR,
                teams=frozenset({"Billing", "Orders"}),
                channels=frozenset({"email"}),
            ),
            Promise(Target.RESOLUTION, ClockName.CALENDAR, 366 * 24 * HOUR),
        ),
        at_risk=2 * HOUR,
        categories=(
            Category("billing", frozenset({"invoice", "refund"})),
            Category("outage", frozenset({"outage"}), {"360001": frozenset({"yes", "on"})}),
        ),
        category_field="0360002",
    )


def test_what_is_read_reaches_the_exporter(loads: Loads) -> None:
    (only,) = loads(WHOLE).sources
    known = wired(only)
    assert known.definition is only.definition
    assert known.max_categories == 2
    clock = known.definition.clock("Billing")
    assert clock is not None
    assert clock.schedule == US


def test_how_long_a_verdict_on_arrivals_must_stand_reaches_the_exporter(loads: Loads) -> None:
    (only,) = loads("\n".join(source("volume: {confirm: 2m}"))).sources
    assert wired(only).confirm == timedelta(minutes=2)


def test_a_source_that_says_nothing_has_no_definition(loads: Loads) -> None:
    (only,) = loads("\n".join(source())).sources
    assert wired(only).confirm == timedelta(minutes=5)
    assert only.definition == Definition()
    assert only.max_categories == 50


def test_a_fingerprint_can_be_made_of_all_of_it_and_follows_each_change(loads: Loads) -> None:
    prints = {loads(WHOLE).sources[0].definition.fingerprint}
    for before, after in (
        ("08:00-18:00,", "08:00-18:30,"),
        ("DE-BY", "DE"),
        ("2026-12-24: closed, ", ""),
        ("within: 1h", "within: 2h"),
        ("[yes, on]", "[yes]"),
        ("0360002", "360002"),
        ("Billing: us", "Billing: office"),
    ):
        assert before in WHOLE
        prints.add(loads(WHOLE.replace(before, after, 1)).sources[0].definition.fingerprint)
    assert len(prints) == 8
    assert loads(WHOLE).sources[0].definition.fingerprint in prints


@pytest.mark.parametrize(
    ("hours", "minutes"),
    [
        ("{mon-sun: 00:00-24:00}", 7 * 1440),
        ("{sat-mon: 10:00-11:00}", 180),
        ("{mon: [08:00-12:00, 12:00-13:00]}", 300),
        ("{mon: [22:00-24:00, 00:00-01:30]}", 210),
        ("{Wednesday: Closed, thu: '00:00-00:01'}", 1),
    ],
)
def test_hours_are_what_they_say(loads: Loads, hours: str, minutes: int) -> None:
    made = loads(schedule("zone: UTC", f"hours: {hours}")).sources[0].definition.schedule
    assert made is not None
    week = 7 * 24 * HOUR
    assert business_clock(made).elapsed(0, 10 * week) == 10 * minutes * 60_000


def test_weekdays_that_go_over_the_weeks_end() -> None:
    assert weekdays("fri-tue") == (4, 5, 6, 0, 1)
    assert weekdays("Sun") == (6,)
    assert weekdays("mon-mon") == (0,)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("Europe/Berln", "did you mean 'Europe/Berlin'?"),
        ("europe/berlin", "did you mean 'Europe/Berlin'?"),
        ("Berlin", "did you mean 'Europe/Berlin'?"),
        ("New York", "did you mean 'America/New_York'?"),
        ("nowhere at all", "write one such as Europe/Berlin"),
        ("../etc/passwd", "write one such as Europe/Berlin"),
        ("Europe", "is no time zone"),
    ],
)
def test_a_zone_that_is_none_is_told_with_the_one_that_was_meant(name: str, hint: str) -> None:
    with pytest.raises(Wrong) as caught:
        a_zone(name)
    assert hint in str(caught.value)


GOOD_HOURS = "hours: {mon: 08:00-18:00}"


@pytest.mark.parametrize(
    ("lines", "at", "words"),
    [
        (["zone: Mars/Base", GOOD_HOURS], "3 zone", "is no time zone"),
        (["zone: UTC"], "2 ", "needs 'hours:': add 'hours: {mon-fri: 08:00-18:00}'"),
        ([GOOD_HOURS], "2 ", "needs 'zone:': add 'zone: Europe/Berlin'"),
        (["zone:", GOOD_HOURS], "3 zone", "is empty"),
        (["zon: UTC", GOOD_HOURS], "3 zon", "is no key of a schedule: did you mean 'zone'?"),
        (["zone: UTC", "hours: 08:00-18:00"], "4 hours", "name weekdays with their hours"),
        (["zone: UTC", "hours: {mo: 08:00-18:00}"], "4 hours.mo", "did you mean 'mon'?"),
        (["zone: UTC", "hours: {mon-fir: 08:00-18:00}"], "4 hours.mon-fir", "did you mean 'fri'?"),
        (["zone: UTC", "hours: {7: 08:00-18:00}"], "4 hours.7", "write mon, tue, …"),
        (["zone: UTC", "hours: {mon: 8-18}"], "4 hours.mon", "must be hours such as 08:00-18:00"),
        (["zone: UTC", "hours: {mon: 08:00}"], "4 hours.mon", "must be hours such as 08:00-18:00"),
        (["zone: UTC", "hours: {mon: }"], "4 hours.mon", "must be hours such as 08:00-18:00"),
        (["zone: UTC", "hours: {mon: []}"], "4 hours.mon", "must be hours such as 08:00-18:00"),
        (["zone: UTC", "hours: {mon: [closed]}"], "4 hours.mon", "must be hours such as"),
        (["zone: UTC", "hours:", "  mon: 08:00-09:00, 10:00-11:00"], "5 hours.mon", "a list of"),
        (["zone: UTC", "hours: {mon: 08:00-24:01}"], "4 hours.mon", "a time that no day has"),
        (["zone: UTC", "hours: {mon: 08:60-09:00}"], "4 hours.mon", "a time that no day has"),
        (["zone: UTC", "hours: {mon: 18:00-08:00}"], "4 hours.mon", "write hours over midnight as"),
        (["zone: UTC", "hours: {mon: 08:00-08:00}"], "4 hours.mon", "end before they begin"),
        (["zone: UTC", "hours:", "  mon: [08:00-12:00, 11:59-13:00]"], "5 hours.mon", "overlap"),
        (["zone: UTC", "hours:", "  mon-fri: 08:00-09:00", "  fri: closed"], "6 hours.fri",
         "another line names too"),
        (["zone: UTC", "hours:", "  mon: 08:00-09:00", "  mon: closed"], "6 hours.mon",
         "stands twice, first on line 5"),
        (["zone: UTC", "hours: {mon: closed}"], "4 hours", "is never open"),
        (["zone: UTC", "hours: {}", "exceptions: {2026-12-24: closed}"], "4 hours", "never open"),
        (["zone: UTC", GOOD_HOURS, "holidays: XX"], "5 holidays", "write its ISO 3166 code"),
        (["zone: UTC", GOOD_HOURS, "holidays: DE-XX"], "5 holidays", "is no region of DE: known"),
        (["zone: UTC", GOOD_HOURS, "holidays: [DE, DE]"], "5 holidays", "names the same thing"),
        (["zone: UTC", GOOD_HOURS, "holidays: []"], "5 holidays", "is empty"),
        (["zone: UTC", GOOD_HOURS, "exceptions: closed"], "5 exceptions", "'2026-12-24: closed'"),
        (["zone: UTC", GOOD_HOURS, "exceptions:", "  24.12.2026: closed"],
         "6 exceptions.24.12.2026", "is no day of the calendar"),
        (["zone: UTC", GOOD_HOURS, "exceptions:", "  2026-02-29: closed"],
         "6 exceptions.2026-02-29", "is no day of the calendar"),
        (["zone: UTC", GOOD_HOURS, "exceptions:", "  2026-02-28: open"],
         "6 exceptions.2026-02-28", "must be hours such as"),
        (["zone: ${ZONE}", GOOD_HOURS], "3 zone", "environment variable ZONE, which is not set"),
    ],
)  # fmt: skip
def test_a_wrong_schedule_gives_one_verdict_with_its_place(
    wrong: Wrongs, lines: list[str], at: str, words: str
) -> None:
    (found,) = wrong(schedule(*lines))
    line, _, key = at.partition(" ")
    assert found[:2] == (int(line), f"schedules.s.{key}".rstrip("."))
    assert words in found[2]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("schedules: [a]\n", 1, "must be a group of keys"),
        ("schedules:\n  s: 08:00-18:00\n", 2, "begin with 'zone:' and 'hours:'"),
        ("schedules:\n  s:\n    zone:UTC\n", 2, "write a blank after the colon"),
        ("schedule:\n  s: {}\n", 1, "move it below a source"),
        ("scheduels:\n  s: {}\n", 1, "did you mean 'schedules'?"),
    ],
)
def test_schedules_that_are_none_are_one_problem(
    wrong: Wrongs, text: str, line: int, words: str
) -> None:
    (found,) = wrong(text + "\n".join(source()))
    assert found[0] == line
    assert words in found[2]


TARGET = "{target: resolution, clock: calendar, within: 3d"
BUSINESS = "{target: resolution, clock: business, within: 8h"


@pytest.mark.parametrize(
    ("text", "at", "words"),
    [
        ("schedule: t", "10 schedule", "is no schedule of this file: known here: s"),
        ("schedule: [s]", "10 schedule", "must be one value"),
        ("schedule:", "10 schedule", "is empty"),
        ("team_schedules: s", "10 team_schedules", "name teams with their schedules"),
        ("team_schedules:\n  A: s\n  B: us", "12 team_schedules.B", "is no schedule of this file"),
        ("at_risk: 400d", "10 at_risk", "must be between 1s and 366d"),
        ("targets: fast", "10 targets", "must be a list: write one as in '- {target:"),
        ("targets: {}", "10 targets", "must be a list"),
        ("targets:\n  - fast", "11 targets[0]", "must be a group of keys"),
        ("targets:\n  - {target: resolution, within: 3d}", "11 targets[0]",
         "needs 'clock:': business for opening hours only, or calendar for all hours"),
        ("targets:\n  - {target: resolution, clock: calendar}", "11 targets[0]",
         "needs 'within:': a duration such as 8h"),
        ("targets:\n  - {clock: calendar, within: 8h}", "11 targets[0]",
         "needs 'target:': one of first_response, next_response, resolution"),
        ("targets:\n  - {target: resolution, clok: calendar, within: 8h}", "11 targets[0].clok",
         "is no key of a target: did you mean 'clock'?"),
        ("targets:\n  - {target: first_reply, clock: calendar, within: 8h}",
         "11 targets[0].target", "is none that there is: did you mean 'first_response'?"),
        ("targets:\n  - {target: resolution, clock: wall, within: 8h}", "11 targets[0].clock",
         "is none that there is: known here: business, calendar"),
        ("targets:\n  - {target: resolution, clock: calendar, within: 367d}",
         "11 targets[0].within", "must be between 1s and 366d"),
        (f"targets:\n  - {TARGET}, priority: p1}}", "11 targets[0].priority", "known here: high,"),
        (f"targets:\n  - {TARGET}, priority: [high, urgnt]}}", "11 targets[0].priority",
         "did you mean 'urgent'?"),
        (f"targets:\n  - {TARGET}, channel: mail}}", "11 targets[0].channel", "mean 'email'?"),
        (f"targets:\n  - {TARGET}, team: [A, A]}}", "11 targets[0].team", "the same thing twice"),
        (f"targets:\n  - {TARGET}, team: []}}", "11 targets[0].team", "is empty"),
        (f"targets:\n  - {TARGET}}}\n  - {TARGET}, team: A}}", "12 targets[1]",
         "never counts, because a target above it covers the same tickets"),
        (f"targets:\n  - {TARGET}, team: [B, A]}}\n  - {TARGET}, team: A, channel: web}}",
         "12 targets[1]", "never counts"),
        (f"targets:\n  - {BUSINESS}}}", "11 targets[0].clock",
         "needs business hours: add 'schedule:' to this source"),
        (f"team_schedules: {{A: s}}\ntargets:\n  - {BUSINESS}, team: [A, B]}}",
         "12 targets[0].team", "names a team without business hours"),
        ("categories: [a]", "10 categories", "name a category, and below the name its tags"),
        ("categories:\n  a: [x, y]", "11 categories.a", "write 'tags: [one, two]' below it"),
        ("categories:\n  a: {}", "11 categories.a", "has no rule that tells which tickets"),
        ("categories:\n  a: {fields: {}}", "11 categories.a", "has no rule"),
        ("categories:\n  a: {tags: []}", "11 categories.a.tags", "is empty"),
        ("categories:\n  a: {tag: x}", "11 categories.a.tag", "did you mean 'tags'?"),
        ("categories:\n  a: {fields: [f]}", "11 categories.a.fields", "name fields with their"),
        ("categories:\n  a: {fields: {f: }}", "11 categories.a.fields.f", "is empty"),
        ("categories:\n  other: {tags: x}", "11 categories.other", "needs another name"),
        ("categories:\n  a: {tags: [x, y]}\n  b: {tags: [y, z]}", "12 categories.b.tags",
         "shares a rule with 'a', which counts first"),
        ("categories:\n  a: {fields: {1: x}}\n  b: {fields: {1: [x, y]}}",
         "12 categories.b.fields.1", "shares a rule with 'a'"),
        ("categories:\n  a: {fields: {kind: x}}", "10 categories",
         "name a ticket field by its number, not as 'kind'"),
        ("categories:\n  a b: {tags: x}\n  a  b: {tags: y}", "12 categories.a  b",
         "is named like another category"),
        ("categories:\n  a: {tags: x}\n  a: {tags: y}", "12 categories.a", "stands twice"),
        ("max_categories: 1\ncategories:\n  a: {tags: x}\n  b: {tags: y}", "11 categories",
         "are more than max_categories allows"),
        ("max_categories: 0", "10 max_categories", "must be a whole number between 1"),
        ("category_field: [a]", "10 category_field", "must be one value"),
        ("category_field: ''", "10 category_field", "is empty"),
        ("catgories: {}", "10 catgories", "did you mean 'categories'?"),
        ("volume: 5m", "10 volume", "write 'confirm: 5m' below it"),
        ("volume: {confrm: 5m}", "10 volume.confrm", "did you mean 'confirm'?"),
        ("volume: {confirm: 30s}", "10 volume.confirm", "must be whole minutes, from 1m to 1h"),
        ("volume: {confirm: 90s}", "10 volume.confirm", "must be whole minutes, from 1m to 1h"),
        ("volume: {confirm: 2h}", "10 volume.confirm", "must be whole minutes, from 1m to 1h"),
    ],
)  # fmt: skip
def test_a_wrong_definition_gives_one_verdict_with_its_place(
    wrong: Wrongs, text: str, at: str, words: str
) -> None:
    found = wrong(with_keys(text))
    line, _, key = at.partition(" ")
    assert [one[:2] for one in found] == [(int(line), f"sources.a.{key}")], found
    assert words in found[0][2]


def test_a_schedule_without_any_in_the_file_names_where_it_belongs(wrong: Wrongs) -> None:
    (found,) = wrong("\n".join(source("schedule: office")))
    assert found[2] == "is no schedule of this file: describe it below 'schedules:'"


def test_a_schedule_that_is_almost_right_is_named(wrong: Wrongs) -> None:
    (found,) = wrong(WHOLE.replace("schedule: office", "schedule: ofice"))
    assert found[1] == "sources.zendesk-eu.schedule"
    assert found[2].endswith("did you mean 'office'?")


def test_one_wrong_schedule_is_one_problem_for_all_that_use_it(wrong: Wrongs) -> None:
    text = with_keys(
        """
        schedule: s
        team_schedules: {A: s}
        targets:
          - {target: resolution, clock: business, within: 8h}
        """
    )
    (found,) = wrong(text.replace("08:00-09:00", "09:00-08:00"))
    assert found[:2] == (2, "schedules.s.hours.mon")
    (found,) = wrong(text.replace("{zone: UTC, hours: {mon: 08:00-09:00}}", "always"))
    assert found[:2] == (2, "schedules.s")


def test_a_wrong_rule_is_not_also_taken_for_a_wider_one(wrong: Wrongs) -> None:
    found = wrong(with_keys(f"targets:\n  - {TARGET}, priority: p1}}\n  - {TARGET}}}\n"))
    assert [key for _, key, _ in found] == ["sources.a.targets[0].priority"]


def test_a_target_after_one_that_covers_only_a_part_of_it_is_fine(loads: Loads) -> None:
    text = with_keys(
        f"""
        targets:
          - {TARGET}, team: A, channel: email}}
          - {TARGET}, team: A}}
          - {TARGET}, channel: email}}
          - {TARGET}, team: [A, B], channel: [email, web]}}
          - {TARGET}}}
          - {{target: first_response, clock: calendar, within: 3d}}
        """
    )
    assert len(loads(text).sources[0].definition.promises) == 6


def test_business_targets_may_leave_out_teams_without_hours(loads: Loads) -> None:
    text = with_keys(
        """
        team_schedules: {A: s}
        targets:
          - {target: resolution, clock: business, within: 8h}
        """
    )
    definition = loads(text).sources[0].definition
    labels = ("B", "normal", "email")
    assert definition.breaks_at(Target.RESOLUTION, labels, 0, 1000) is None
    assert definition.breaks_at(Target.RESOLUTION, ("A", *labels[1:]), 0, 1000) is not None


def test_the_commented_examples_of_init_can_all_be_taken_in(tmp_path: Path) -> None:
    values = {"subdomain": "acme", "email": "a@b.example"}
    text = render(Answers(discover().vendors["zendesk"], "z", values))
    file = tmp_path / "deskpulse.yaml"
    for first in ("# schedules:", "# alerts:", "# schedule: "):
        begin = text.index(first)
        end = text.index("\n\n", begin)  # a blank line ends each of them
        text = text[:begin] + text[begin:end].replace("# ", "") + text[end:]
    file.write_text(text)
    config = load(file, {"Z_API_TOKEN": "x"})
    assert config.alerts.receivers
    definition = config.sources[0].definition
    assert definition.has_business_time
    assert definition.targets == {Target.FIRST_RESPONSE, Target.RESOLUTION}
    assert definition.has_categories


def test_the_documented_example_loads_and_every_key_is_documented(
    root: Path, tmp_path: Path
) -> None:
    text = (root / "docs" / "configuration.md").read_text()
    file = tmp_path / "deskpulse.yaml"
    file.write_text(text.partition("```yaml\n")[2].partition("```")[0])
    config = load(file, {"ZENDESK_EU_API_TOKEN": "x"})
    assert config.warnings == ()
    definition = config.sources[0].definition
    assert (len(definition.promises), len(definition.categories)) == (3, 2)
    assert set(definition.team_schedules) == {"Billing US"}
    for key in (*KEYS, *SOURCE_KEYS, *SCHEDULE_KEYS, *TARGET_KEYS, *CATEGORY_KEYS):
        assert f"| `{key}` |" in text, f"docs/configuration.md tells nothing of `{key}`"


NAMED = """\
schedules:
  office: {zone: UTC, hours: {mon-fri: 09:00-17:00}}
sources:
  desk:
    vendor: zendesk
    subdomain: acme
    email: pulse@acme.example
    api_token: throw-away-token
    teams: [help@acme.example, Billing]
    team_schedules: {help@acme.example: office}
    targets:
      - {target: first_response, clock: business, within: 1h, team: help@acme.example}
    categories:
      anna@acme.example: {tags: anna}
"""


def test_a_name_with_an_address_is_the_label_that_tickets_get(loads: Loads, tmp_path: Path) -> None:
    config = loads(NAMED)
    (one,) = config.sources
    assert config.warnings == ()
    label = one.labeller.label("help@acme.example")
    assert label.startswith("hidden-")
    assert one.teams == (label, "Billing")
    assert list(one.definition.team_schedules) == [label]
    assert one.definition.promises[0].teams == {label}
    category = one.labeller.label("anna@acme.example")
    assert [known.name for known in one.definition.categories] == [category]
    assert one.category_lines == {category: 14}
    assert "@" not in repr((one.teams, one.definition))
    assert (
        Labeller(InstallationKey(tmp_path / "deskpulse.yaml")).label("help@acme.example") == label
    )
    assert wired(one).teams == one.teams


def test_a_name_that_needs_a_broken_key_is_told_with_its_file(loads: Loads, tmp_path: Path) -> None:
    (tmp_path / "deskpulse.key").write_text("")
    with pytest.raises(ConfigError, match=r"deskpulse\.key.*does not hold a whole key"):
        loads(NAMED)
