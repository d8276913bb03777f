"""docs/semantics.md says what is so: its worked example is run, and its names exist."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise, product
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest

from alerts import economics
from alerts.parameters import PRODUCTION
from connectors.testing.desk import Event, Kind, Role, Story
from connectors.testing.hours import Hours
from connectors.testing.policy import Policy, Promised
from connectors.testing.truth import truth
from connectors.testing.written import WrittenDesk
from exporter.backlog import FILLED, OLDEST_OPEN, OLDEST_UNANSWERED, RATINGS
from exporter.catalog import CATALOG
from exporter.certify.policies import schedule
from exporter.clocks import Schedule, business_clock
from exporter.config import load
from exporter.definition import Definition, Target
from exporter.metric import Metric, Type
from tests.pipeline import Samples, differences, pipeline

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "semantics.md").read_text()
EXAMPLE = PAGE.partition("## A ticket's life")[2].partition("\n## ")[0]
BERLIN = ZoneInfo("Europe/Berlin")
INSTANT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
SERIES = re.compile(r"(\w+)\{(.*)\}")
ZONES = {"Chicago": "America/Chicago", "San Francisco": "America/Los_Angeles"}

OFFICE = Hours(
    "Europe/Berlin",
    dict.fromkeys(range(5), (("09:00", "17:00"),)),
    closed=frozenset({date(2026, 4, 3), date(2026, 4, 6)}),
)
DAILY = Hours("Europe/Berlin", dict.fromkeys(range(7), (("08:00", "20:00"),)))
POLICY = Policy(
    hours=OFFICE,
    team_hours={"Technical": DAILY},
    promised=(
        Promised("first_response", "business", timedelta(hours=1)),
        Promised("next_response", "calendar", timedelta(hours=12)),
        Promised("resolution", "calendar", timedelta(days=5)),
    ),
    categories=(("billing", frozenset({"invoice"})),),
)
"""What the configuration in the page says, in the words of the truth."""

Happening = tuple[Kind, Role, str, bool]
AGENT, CUSTOMER, SYSTEM = Role.AGENT, Role.CUSTOMER, Role.SYSTEM
WRITES: Happening = (Kind.COMMENT, CUSTOMER, "", True)
SAID: dict[str, tuple[Happening, ...]] = {
    "created for Billing": (
        (Kind.OPENED, CUSTOMER, "", True),
        WRITES,
        (Kind.STATUS, SYSTEM, "new", True),
        (Kind.PRIORITY, SYSTEM, "high", True),
        (Kind.TEAM, SYSTEM, "Billing", True),
    ),
    "a bot answers": ((Kind.COMMENT, Role.BOT, "", True),),
    "given to Technical": ((Kind.TEAM, AGENT, "Technical", True),),
    "an agent takes it": ((Kind.ASSIGNED, AGENT, "yes", True),),
    "a note": ((Kind.COMMENT, AGENT, "", False),),
    "open": ((Kind.STATUS, AGENT, "open", True),),
    "pending": ((Kind.STATUS, AGENT, "pending", True),),
    "an agent replies": ((Kind.COMMENT, AGENT, "", True),),
    "the customer writes": (WRITES,),
    "solved": ((Kind.STATUS, AGENT, "solved", True), (Kind.STAMP, AGENT, "solved", True)),
    "reopened": ((Kind.STATUS, AGENT, "open", True), (Kind.REOPENED, SYSTEM, "", True)),
    "the customer is asked": ((Kind.OFFERED, SYSTEM, "", True),),
}
"""The words of the page, and what they mean on a desk."""


class Seen(NamedTuple):
    """What the example gives: the gauges while it waits, all samples at its end, and the truth."""

    waiting: Samples
    published: Samples
    true: Samples
    true_waiting: Samples


def rows(heading: str) -> list[list[str]]:
    """The cells of the table of the example that begins with this column."""
    lines = EXAMPLE.splitlines()
    (start,) = (at for at, line in enumerate(lines) if line.startswith(f"| {heading} "))
    return _cells(lines, start)


def _cells(lines: Sequence[str], start: int) -> list[list[str]]:
    found = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        cells = re.split(r"(?<!\\)\|", line.strip().removeprefix("|").removesuffix("|"))
        found.append([cell.strip().strip("`").replace("\\|", "|") for cell in cells])
    return found


def series_after(words: str) -> list[list[str]]:
    """The table of series that follows these words."""
    lines = EXAMPLE.partition(words)[2].splitlines()
    (start, *_) = (at for at, line in enumerate(lines) if line.startswith("| series "))
    return _cells(lines, start)


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def instant_in(sentence: str) -> datetime:
    """The instant that a sentence of the example names after these words."""
    found = INSTANT.search(EXAMPLE.partition(sentence)[2])
    assert found, sentence
    return instant(found[0])


def number(text: str) -> int:
    return int(text.replace(",", ""))


def told() -> Iterator[Event]:
    """Every event of the table."""
    for at, _, words in rows("UTC"):
        for phrase in words.split("; "):
            survey = re.fullmatch(r"(\w+) (\d+) of (\d+)", phrase)
            said = SAID[phrase] if not survey else ()
            if survey:
                said = ((Kind.RATED, CUSTOMER, " ".join(survey.groups()), True),)
            for kind, role, value, public in said:
                yield Event(instant(at), kind, role, value, public)


def desk() -> WrittenDesk:
    events = tuple(told())
    life = Story(1, events[0].at, "email", CUSTOMER, events, ("invoice",), "de")
    return WrittenDesk(life, hours=OFFICE)


def configured(folder: Path) -> Definition:
    """The definition of the configuration in the page."""
    (block,) = re.findall(r"^```yaml\n(.*?)^```", EXAMPLE, re.MULTILINE | re.DOTALL)
    file = folder / "deskpulse.yaml"
    file.write_text(block)
    config = load(file, {"ZENDESK_API_TOKEN": "x"})
    assert config.warnings == ()
    (source,) = config.sources
    return source.definition


WAITING = instant_in("While it waits")
END = instant_in("And at")


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """The example through a simulated Zendesk, seen whenever something happened and once a day."""
    folder = tmp_path_factory.mktemp("example")
    life = desk()
    changes = {event.at for event in told()}
    days = {min(changes) + timedelta(days=day) for day in range(1, 12)}
    polls = sorted({*changes, *days, WAITING, END})
    assert polls[-1] == END
    with pipeline("zendesk", life, folder, definition=configured(folder)) as source:
        waiting: Samples = {}
        for poll in polls:
            source.poll(poll)
            if poll == WAITING:
                waiting = source.samples()
        until = [poll for poll in polls if poll <= WAITING]
        first, last = (
            truth(life, some, source.measures, POLICY).as_samples() for some in (until, polls)
        )
        return Seen(waiting, source.samples(), last, first)


def each(text: str) -> Iterator[tuple[str, frozenset[tuple[str, str]]]]:
    """The series that a cell names; `a|b` in a label stands for two."""
    found = SERIES.fullmatch(text)
    assert found, text
    labels = [pair.split("=") for pair in found[2].split(",")]
    names = [name for name, _ in labels]
    for values in product(*(value.strip('"').split("|") for _, value in labels)):
        yield found[1], frozenset(zip(names, values, strict=True))


def metric_of(sample: str) -> Metric:
    return CATALOG[sample.removesuffix("_total")]


def put(samples: Samples, name: str, labels: frozenset[tuple[str, str]], values: list[int]) -> None:
    """Add a histogram of these values as its samples."""
    bounds = metric_of(name).bounds
    ascending = sorted(values)
    samples[f"{name}_count", labels] = len(values)
    samples[f"{name}_sum", labels] = sum(values)
    for bound in bounds:
        count = bisect_right(ascending, bound)
        samples[f"{name}_bucket", labels | {("le", str(float(bound)))}] = count
    samples[f"{name}_bucket", labels | {("le", "+Inf")}] = len(values)


def table(words: str) -> Samples:
    """The samples that the table after these words tells."""
    found: Samples = {}
    for text, value in series_after(words):
        for name, labels in each(text):
            values = [number(one) for one in value.split(", ")]
            if metric_of(name).type is Type.HISTOGRAM:
                put(found, name, labels, values)
            else:
                (found[name, labels],) = values
    return found


def durations() -> dict[str, list[int]]:
    """The durations of the example in seconds, by the metric's name."""
    found: dict[str, list[int]] = defaultdict(list)
    for metric, *clocks, _ in rows("metric"):
        for ending, text in zip(("_seconds", "_business_seconds"), clocks, strict=True):
            spelt, seconds = text.split(" = ")
            hours, minutes, rest = map(int, spelt.split(":"))
            assert hours * 3600 + minutes * 60 + rest == number(seconds), text
            found[f"{metric}{ending}"].append(number(seconds))
    return found


def page_at_the_end() -> Samples:
    """Every sample that the page tells of the end."""
    found = table("And at")
    words = re.search(r"all with `(.*)`:", EXAMPLE)
    assert words
    ((_, labels),) = each(f"x{{{words[1]}}}")
    for name, values in durations().items():
        put(found, name, labels, values)
    return found


def test_the_life_is_told_in_order_and_on_two_clocks_on_the_wall() -> None:
    life = rows("UTC")
    assert len(life) > 10
    instants = [instant(at) for at, *_ in life]
    assert all(one < other for one, other in pairwise(instants))
    assert [wall for _, wall, _ in life] == [
        f"{at.astimezone(BERLIN):%a %H:%M:%S}" for at in instants
    ]


def test_every_number_of_the_example_is_published(seen: Seen) -> None:
    """And nothing is published that the example does not tell."""
    assert differences(seen.published, page_at_the_end()) == []


def test_every_number_of_the_example_is_true(seen: Seen) -> None:
    assert differences(seen.true, page_at_the_end()) == []


@pytest.mark.parametrize("which", ["waiting", "true_waiting"])
def test_what_is_told_of_the_waiting_ticket(seen: Seen, which: str) -> None:
    """And no other gauge of open tickets counts it."""
    names = {*FILLED, OLDEST_OPEN, OLDEST_UNANSWERED} - {RATINGS}
    found: Samples = {key: value for key, value in getattr(seen, which).items() if key[0] in names}
    assert differences(found, table("While it waits")) == []


def test_the_waits_are_the_sums_that_the_page_says() -> None:
    """In whole minutes, on both clocks."""
    first, second = (row for row in rows("metric") if row[0] == "support_requester_wait")
    calendar, business = (_spans(part) for part in first[3].split(";"))
    (more,) = _spans(second[3])
    for row, rest in ((first, 0), (second, more)):
        sums = [(sum(spans) + rest) // 60 * 60 for spans in (calendar, business)]
        assert [number(text.split(" = ")[1]) for text in row[1:3]] == sums


def _spans(text: str) -> list[int]:
    """Every duration in a text, in seconds."""
    found = re.findall(r"(\d+):(\d\d):(\d\d)", text)
    return [int(hours) * 3600 + int(minutes) * 60 + int(rest) for hours, minutes, rest in found]


def test_a_promise_is_kept_as_precisely_as_the_page_says(tmp_path: Path) -> None:
    """A first response on Zendesk, which tells it in whole minutes, on a Monday at nine."""
    told_of = re.search(
        r"within an hour is kept after (\d+) min (\d+) s, broken at (\d+) min", PAGE
    )
    assert told_of
    kept, broken = int(told_of[1]) * 60 + int(told_of[2]), int(told_of[3]) * 60
    start = round(instant("2026-03-30 07:00:00").timestamp()) * 1000
    labels = ("Billing", "high", "email")
    definition = configured(tmp_path)
    assert definition.breaks_at(Target.FIRST_RESPONSE, labels, start, 60_000) == (
        start + broken * 1000
    )
    assert kept == broken - 1


def test_the_three_rules_of_the_first_response() -> None:
    """By the schedule at the start, by the one at the end, and by each while it held."""
    (replied,) = (at for at, wall, _ in rows("UTC") if wall == "Mon 09:42:50")
    start, given, end = instant(rows("UTC")[0][0]), instant(rows("UTC")[2][0]), instant(replied)
    elapsed = {
        "deskpulse": OFFICE.elapsed(start, end),
        "Zendesk": DAILY.elapsed(start, end),
        "dbt": OFFICE.elapsed(start, given) + DAILY.elapsed(given, end),
    }
    minute = timedelta(minutes=1)
    assert {rule: number(told_of) for rule, told_of, _ in rows("rule")} == {
        rule: spent // minute for rule, spent in elapsed.items()
    }


def test_the_ticket_that_dbt_documents() -> None:
    """Chicago is there every day from 7 to 21, San Francisco on weekdays from 8 to 17:30."""
    chicago = Hours(ZONES["Chicago"], dict.fromkeys(range(7), (("07:00", "21:00"),)))
    west = Hours(ZONES["San Francisco"], dict.fromkeys(range(5), (("08:00", "17:30"),)))
    start, end = instant("2020-09-29 17:01:38"), instant("2020-09-30 19:01:46")
    found = [_elapsed(schedule(one.zone, one), start, end) for one in (chicago, west)]
    assert found == [one.elapsed(start, end) // timedelta(seconds=1) for one in (chicago, west)]
    told_of = re.search(r"they are (\d+) min (\d+) s and (\d+) min (\d+) s", PAGE)
    assert told_of
    assert [60 * int(told_of[1]) + int(told_of[2]), 60 * int(told_of[3]) + int(told_of[4])] == found


def _elapsed(hours: Schedule, start: datetime, end: datetime) -> int:
    begin, until = (round(at.timestamp()) * 1000 for at in (start, end))
    return business_clock(hours).elapsed(begin, until) // 1000


def test_the_promise_broke_when_the_page_says(tmp_path: Path) -> None:
    """A second before it was on the way to be broken, and then it was."""
    breaks_at = instant_in("so broken at")
    second = timedelta(seconds=1)
    standing = []
    with pipeline("zendesk", desk(), tmp_path, definition=configured(tmp_path)) as source:
        for poll in (breaks_at - timedelta(days=1), breaks_at - second, breaks_at):
            source.poll(poll)
            standing.append(
                {dict(labels)["state"] for (name, labels), value in source.samples().items()
                 if name == "support_sla_open" and value
                 and dict(labels)["target"] == "resolution"}
            )  # fmt: skip
    assert standing == [{"on_track"}, {"at_risk"}, {"breached"}]


def test_every_metric_that_the_page_names_exists() -> None:
    named = set(re.findall(r"`((?:support|deskpulse)_[a-z_]+)", PAGE))
    existing = {metric.sample_name for metric in CATALOG.values()}
    stems = {re.sub(r"(_business)?_seconds$", "", name) for name in existing}
    assert len(named) > 30
    assert named - existing - stems == set()


def test_every_number_about_the_business_is_explained() -> None:
    """Whatever is published about tickets is named in the page, itself or by its twin."""
    named = set(re.findall(r"`((?:support|deskpulse)_[a-z_]+)", PAGE))
    published = {m.sample_name for m in CATALOG.values() if m.name.startswith("support_")}
    assert {name.replace("_business", "") for name in published} - named == set()


def test_every_series_that_prometheus_reckons_is_explained_as_it_is_named() -> None:
    """`…` stands for one of the levels, and one window for both."""
    named = {
        name.lstrip("…") for name in re.findall(r"`((?:…|instance_source)[a-z_]*:\w+[\w:]*)", PAGE)
    }
    told = {one.record for one in economics.recordings(PRODUCTION) if one.help}
    assert len(named) >= 8
    assert not [name for name in named if not any(one.endswith(name) for one in told)]
    for one in told - {
        "instance_source_currency:support_mrr:sum",
        "instance_source_into:support_mrr:sum",
    }:
        assert any(one.replace("90d", "30d").endswith(name) for name in named), one


def test_the_page_says_how_few_customers_are_too_few() -> None:
    told = re.search(
        r"fewer than (\d+) customers at the start.*?fewer than (\d+) new", PAGE, re.DOTALL
    )
    assert told
    least = PRODUCTION.thresholds
    assert [int(told[1]), int(told[2])] == [least.least_customers, least.least_new_customers]
    days = [length.days for length in PRODUCTION.windows.economics]
    assert "over {} and {} days".format(*days) in PAGE
