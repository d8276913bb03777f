"""What the wallboard says is what `/metrics` says, and what the virtual desk was a week before."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from math import ceil, floor

import numpy as np
import pytest

from connectors.testing.desk import Kind
from connectors.testing.truth import truth
from exporter.catalog.volume import SCORE
from exporter.customers.churn import standing
from exporter.knowledge import milliseconds
from exporter.reporting.books import opened
from exporter.serving.expected import Band
from exporter.serving.gauges import Gauges
from exporter.serving.headlines import arrivals
from exporter.serving.tile import Level, Tile, duration
from exporter.store import Series
from exporter.tally import Amount
from exporter.volume import Arrivals, Calendar, replay
from tests.pipeline import Pipeline, Samples, total
from tests.wallboards import PRESENT, Wall, wall

A_WEEK_AGO = PRESENT - timedelta(weeks=1)
A_MONTH_AGO = PRESENT - timedelta(days=30)
OF_A_WEEK = {"window": "7d", "percentile": "90"}
TILE = re.compile(r'<article class="tile (\w+)">(.*?)</article>', re.DOTALL)
ROW = re.compile(r"<dt>(.*?)</dt><dd>(.*?)</dd>")
HOUR = re.compile(
    r'<tr><th scope="row">([^<]+)</th><td>([\d,]+)</td><td>([\d,]+)</td><td>([^<]+)</td></tr>'
)
AGES = re.compile(r'<tr><th scope="row">Open</th>(.*?)</tr>')


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wall]:
    """A wall that was watched since before a week ago."""
    with wall(tmp_path_factory.mktemp("wall"), weeks=3, watched=timedelta(weeks=1)) as made:
        yield made


class Shown:
    """A page as its reader has it."""

    def __init__(self, page: str) -> None:
        self.page = unescape(page)
        self.tiles: dict[str, dict[str, str]] = {}
        for level, tile in TILE.findall(self.page):
            words = {name: _inner(tile, name) for name in ("h3", "number", "said")}
            self.tiles.setdefault(words["h3"], {**words, **dict(ROW.findall(tile)), "level": level})

    def number(self, title: str, row: str = "number") -> int:
        """The whole number that a row of a tile begins with."""
        found = re.match(r"(?:≈ )?([\d,]+)", self.tiles[title][row])
        assert found, self.tiles[title]
        return int(found[1].replace(",", ""))


def _inner(tile: str, name: str) -> str:
    found = re.search(rf"<(?:{name}|p class=\"{name}[^\"]*\")>(.*?)</", tile)
    return found[1] if found else ""


@pytest.fixture(scope="module")
def shown(board: Wall) -> Shown:
    return Shown(board.page.html())


def some(found: Samples, name: str, **labels: str) -> float:
    """A metric summed over the series with these labels."""
    wanted = set(labels.items())
    return sum(value for (one, has), value in found.items() if one == name and wanted <= has)


def then(line: Pipeline, at: datetime) -> Samples:
    """What the desk was at an instant, told as this source tells it."""
    return truth(line.desk, [at], line.measures, line.policy).as_samples()


def test_it_says_what_metrics_says(board: Wall, shown: Shown) -> None:
    found = board.tickets.samples()
    assert shown.number("Open now") == total(found, "support_tickets_open")
    waiting = total(found, "support_tickets_awaiting_first_response")
    assert shown.number("Open now", "Unanswered") == waiting
    assert shown.number("Late now") == some(found, "support_sla_open", state="breached") > 0
    soon = some(found, "support_sla_open", state="at_risk")
    assert shown.number("Late now", "Next 90 min") == soon > 0
    solved = some(found, "support_today", fact="solved")
    assert shown.number("Arrived, last hour", "Solved today") == solved
    p90 = some(found, "support_first_response_business_quantile_seconds", **OF_A_WEEK)
    assert shown.tiles["9 of 10 answered in"]["number"] == duration(int(p90 * 1000))


def test_satisfaction_is_told_with_its_count(board: Wall, shown: Shown) -> None:
    found, tile = board.tickets.samples(), shown.tiles["Satisfied, last 7 days"]
    good, bad = (
        some(found, "support_ratings_latest", window="7d", rating=word) for word in ("good", "bad")
    )
    assert tile["Rated"] == f"n = {good + bad:.0f}"
    assert tile["number"] == f"{100 * good / (good + bad):.0f} %"


def test_a_week_ago_is_what_the_desk_was_then(board: Wall, shown: Shown) -> None:
    was = then(board.tickets, A_WEEK_AGO)
    assert shown.number("Open now", "A week ago") == total(was, "support_tickets_open")
    p90 = some(was, "support_first_response_business_quantile_seconds", **OF_A_WEEK)
    assert shown.tiles["9 of 10 answered in"]["A week ago"] == duration(int(p90 * 1000))
    good, bad = (
        some(was, "support_ratings_latest", window="7d", rating=word) for word in ("good", "bad")
    )
    rated = shown.tiles["Satisfied, last 7 days"]["A week ago"]
    assert rated == f"{100 * good / (good + bad):.0f} % of {good + bad:.0f}"


def test_promises_broken_within_the_week_are_those_of_the_desk(board: Wall, shown: Shown) -> None:
    one = board.tickets
    now, before = (
        some(
            truth(one.desk, polls, one.measures, one.policy).as_samples(),
            "support_sla_outcomes_total",
            outcome="breached",
        )
        for polls in (one.polls, one.polls[:1])
    )
    assert shown.number("Late now", "Broken in 7 days") == now - before > 0


def created(board: Wall) -> list[datetime]:
    """When each ticket of the desk was created that a poll has ever shown."""
    gone = (Kind.DELETED, Kind.SPAM, Kind.MERGED)
    found = []
    for story in board.desk.stories(PRESENT):
        at = story.events[0].at
        first = next(poll for poll in board.tickets.polls if at <= poll)
        if not any(one.kind in gone and one.at <= first for one in story.events):
            found.append(at)
    return found


def test_arrivals_by_hour_are_those_of_the_desk(board: Wall, shown: Shown) -> None:
    arrived = created(board)
    begin = PRESENT.replace(minute=0) - timedelta(hours=23)
    hours = HOUR.findall(shown.page)
    assert len(hours) == 24
    for number, (name, now, before, _) in enumerate(hours):
        since = begin + timedelta(hours=number)
        end = since + timedelta(hours=1)
        week = timedelta(weeks=1)
        assert f"{since + timedelta(hours=1):%H:%M}" in name, "Berlin is an hour ahead"
        assert int(now) == sum(since <= at < end for at in arrived)
        assert int(before) == sum(since - week <= at < end - week for at in arrived)
    hour = timedelta(hours=1)
    assert shown.number("Arrived, last hour") == sum(at > PRESENT - hour for at in arrived)
    assert shown.number("Arrived, last hour", "A week ago") == sum(
        A_WEEK_AGO - hour < at <= A_WEEK_AGO for at in arrived
    )
    midnight = datetime(PRESENT.year, PRESENT.month, PRESENT.day - 1, 23, tzinfo=UTC)
    assert shown.number("Arrived, last hour", "Today") == sum(at >= midnight for at in arrived)


def test_what_was_to_be_expected_is_what_the_past_of_the_desk_says(
    board: Wall, shown: Shown
) -> None:
    """The detector's own word, asked with the tickets of the desk, hour by hour."""
    past = [int(at.timestamp()) // 60 for at in created(board)]
    hour = int(PRESENT.replace(minute=0).timestamp())
    start = min(past) // 1440 * 86_400
    minutes = np.bincount(np.array(past) - start // 60, minlength=(hour + 3600 - start) // 60)
    calendar = Calendar(board.tickets.source.definition.zone, board.desk.hours.closed.__contains__)
    ends = range(hour - 22 * 3600, hour + 2 * 3600, 3600)
    said = replay(Arrivals(start, minutes), calendar, ends[0], ends[-1] + 1, step=3600)
    rows = zip(said.expected[:, 3], said.lower[:, 3], said.upper[:, 3], strict=True)
    expected = [f"{mean:.0f} ({floor(low)} to {ceil(high)})" for mean, low, high in rows]
    assert [told for *_, told in HOUR.findall(shown.page)] == expected
    assert 'class="band"' in shown.page
    tile = shown.tiles["Arrived, last hour"]
    assert re.fullmatch(r"\d+ \(\d+ to \d+\)", tile["Expected"])
    assert tile["said"] == "as expected"


@pytest.mark.parametrize(("direction", "words"), [("spike", "more"), ("drop", "fewer")])
def test_a_verdict_on_arrivals_is_an_alarm_and_names_the_channel(
    direction: str, words: str, board: Wall
) -> None:
    """The score is that of the alerts."""
    known = board.page.renew().figures["zendesk"]
    assert known.tickets is not None

    def judged(score: int) -> Tile:
        told = Series("zendesk", SCORE, ("chat", direction), Amount(score), Amount(), held=False)
        assert known.tickets is not None
        return arrivals(replace(known, gauges=Gauges([told])), known.tickets)

    tile = judged(1000)
    assert (tile.level, tile.said) == (Level.ALARM, f"{words} by chat")
    assert tile.trouble == f"arrivals, {words} by chat"
    assert judged(999).level is Level.FINE


def test_what_is_out_of_the_band_and_not_judged_yet_is_no_alarm(board: Wall) -> None:
    known = board.page.renew().figures["zendesk"]
    assert known.tickets is not None
    assert known.tickets.expected is not None
    narrow = replace(known.tickets.expected, last_hour=Band(3, 2, 4))
    wide = replace(known.tickets.expected, last_hour=Band(20, 15, 30))
    above, below = (
        arrivals(known, replace(known.tickets, expected=expected)) for expected in (narrow, wide)
    )
    assert (above.level, above.said) == (Level.RISK, "above what is usual")
    assert (below.level, below.said) == (Level.RISK, "below what is usual")


def test_the_ages_are_true_parts_of_what_is_open(shown: Shown) -> None:
    (row,) = AGES.findall(shown.page)
    parts = [int(part.replace(",", "")) for part in re.findall(r"<td>([\d,]+)</td>", row)]
    assert len(parts) == 6
    assert sum(parts) == shown.number("Open now")
    widths = [
        float(width)
        for width in re.findall(r'class="age age-\d" x="[\d.]+" width="([\d.]+)"', shown.page)
    ]
    assert sum(widths) == pytest.approx(1000, abs=0.1)
    drawn = [part for part in parts if part]
    assert widths == pytest.approx([1000 * part / sum(parts) for part in drawn], abs=0.01)


def test_customers_a_month_ago_are_those_of_what_is_known_of_them(
    board: Wall, shown: Shown
) -> None:
    """Subscriptions that never should have been are in no month."""
    now = then(board.customers, PRESENT)
    at, paying = milliseconds(A_MONTH_AGO), Counter[str]()
    with opened(board.tickets.store, board.customers.source) as books:
        stood = [standing(contracts, at) for _, contracts in books.clientele()]
    for one in stood:
        paying.update(dict(one.revenue))
    at_start = sum(one.active for one in stood)
    tiles = shown.tiles
    assert shown.number("Customers") == total(now, "support_customers")
    assert shown.number("Customers", "30 days ago") == at_start
    left = shown.number("Churn in 30 days", "Left")
    assert tiles["Churn in 30 days"]["Left"] == f"{left} of {at_start}"
    assert tiles["Churn in 30 days"]["number"] == f"{100 * left / at_start:.1f} %"
    amount, currency = tiles["Revenue a month"]["number"].split()
    assert amount == f"{some(now, 'support_mrr', currency=currency):,.0f}"
    before = tiles["Revenue a month"]["30 days ago"].split(" (")[0]
    assert before == f"{paying[currency] / 1000:,.0f}"
    for other in {"EUR", "USD", "GBP", "JPY"} - {currency}:
        paid = tiles["Revenue a month"][other].split(" (")[0]
        assert paid == f"{some(now, 'support_mrr', currency=other):,.0f}"
