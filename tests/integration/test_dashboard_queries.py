"""Every query of the dashboards, asked of a real Prometheus that scraped the real exporter.

A virtual desk stands still, is polled and scraped, jumps two days ahead, is polled and scraped
again. So the truth is known at both moments, and "a week ago" is put back to the first of them.
"""

from __future__ import annotations

import json
import math
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import pytest

from connectors import Measures
from connectors.discovery import discover
from connectors.testing.clock import StandingClock
from connectors.testing.seeded import SeededDesk
from connectors.testing.truth import BOUNDS, Distribution, Truth, truth
from dashboards.building import FOLDER
from tests.peers import require
from tests.programs import (
    Program,
    business,
    complete_to,
    configure,
    eventually,
    get,
    running,
    served,
    source,
    totals,
)
from tests.prometheus import prometheus

PRESENT: Final = datetime(2026, 3, 18, 15, 0, tzinfo=UTC)
LATER: Final = PRESENT + timedelta(days=2)
LAG: Final = timedelta(seconds=60)
SPAN: Final = 6.0
"""How many seconds of scrapes each moment gets."""

Labels = frozenset[tuple[str, str]]
Vector = dict[Labels, float]
ALL: Final = dict.fromkeys(("source", "team", "priority", "channel"), ".+")


@dataclass(frozen=True, slots=True)
class Asked:
    """A running Prometheus, as Grafana asks it."""

    url: str

    def ask(self, expr: str, at: float) -> Vector:
        """The value of an expression at an instant, by labels."""
        found = self._get("query", query=expr, time=f"{at:.3f}")
        return {frozenset(one["metric"].items()): float(one["value"][1]) for one in found["result"]}

    def drawn(self, expr: str, begin: float, end: float) -> list[list[float]]:
        """The values of each line that a graph would draw."""
        span = {"start": f"{begin:.3f}", "end": f"{end:.3f}", "step": "1"}
        found = self._get("query_range", query=expr, **span)
        return [[float(value) for _, value in one["values"]] for one in found["result"]]

    def values(self, label: str, selector: str) -> set[str]:
        """The values of a label."""
        found: list[str] = self._get(f"label/{label}/values", **{"match[]": selector})
        return set(found)

    def _get(self, path: str, **words: str) -> Any:
        answer = get(f"{self.url}/api/v1/{path}?{urlencode(words)}").json()
        assert answer["status"] == "success", answer
        return answer["data"]


@dataclass(frozen=True, slots=True)
class Scene:
    """What was scraped, and the truth at both moments: `then`, and `now` two desk days later."""

    prometheus: Asked
    then: float
    now: float
    before: Truth
    after: Truth

    def ask(self, expr: str, **chosen: str) -> Vector:
        """The value that a panel shows now, with everything or these values chosen."""
        return self.prometheus.ask(self.filled(expr, **chosen), self.now)

    def filled(self, expr: str, **chosen: str) -> str:
        """A query as Grafana sends it; a week is as long as the desk's two days took here."""
        back = f"offset {round((self.now - self.then) * 1000)}ms"
        values = ALL | chosen | {"__range": "1h"}
        return re.sub(r"\$(\w+)", lambda m: values[m[1]], expr.replace("offset 7d", back))


def settled(program: Program, moment: datetime, server: Asked, folder: Path) -> float:
    """Wait until Prometheus has `SPAN` seconds of this moment without a birth held back."""
    told = (moment - LAG).timestamp()
    eventually(lambda: complete_to(program.scrape(), "desk") == told, "the poll")
    whole = business(totals(folder))
    eventually(lambda: business(program.scrape()) == whole, "births released")
    eventually(lambda: watermarks(server) == [told], "a scrape")
    time.sleep(SPAN)
    return round(time.time(), 3)


def watermarks(server: Asked) -> list[float]:
    return [*server.ask("deskpulse_source_complete_to_timestamp_seconds", time.time()).values()]


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("scene")
    require("prometheus")
    desk, clock = SeededDesk(6, present=PRESENT, rate=6), StandingClock(PRESENT)
    with served(desk, clock) as server:
        configure(folder, {"desk": source(server, poll="1s")})
        with (
            running(folder, "run", "--listen", "127.0.0.1:0") as program,
            prometheus(folder / "prometheus", program.url.removeprefix("http://")) as peer,
        ):
            scraped = Asked(peer.url)
            then = settled(program, PRESENT, scraped, folder)
            clock.at = LATER
            now = settled(program, LATER, scraped, folder)
            measures = measured(source(server))
            polls = [PRESENT - LAG, LATER - LAG]
            yield Scene(
                scraped,
                then,
                now,
                truth(desk, polls[:1], measures),
                truth(desk, polls, measures),
            )


def measured(settings: Mapping[str, object]) -> Measures:
    kind = discover().vendors["zendesk"]
    known = {key: value for key, value in settings.items() if key != "vendor"}
    connector = kind("desk", kind.settings_type.model_validate(known))
    return connector.measures()


# --- what each query must give --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Exactly:
    """These values, by the labels of the rows."""

    values: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Grew:
    """At least the truth, and at most what Prometheus' extrapolation may add to it."""

    value: float


@dataclass(frozen=True, slots=True)
class About:
    """Near a value: a quantile or a share of extrapolated counts."""

    value: float


@dataclass(frozen=True, slots=True)
class Nothing:
    """No series: too few to tell, or it never happened."""


Expected = Exactly | Grew | About | Nothing


def gauge(of: Truth, name: str, **where: str) -> float:
    wanted = frozenset(where.items())
    return float(sum(n for labels, n in of.gauges[name].items() if wanted <= labels))


def counter(of: Truth, name: str) -> int:
    return sum(of.counters.get(name, {}).values())


def by_team(of: Truth, name: str) -> dict[str, float]:
    teams = {dict(labels)["team"] for labels in of.gauges["support_tickets_open"]}
    return {team: gauge(of, name, team=team) for team in sorted(teams)}


def waits(scene: Scene) -> dict[str, float]:
    """How long the oldest unanswered ticket of each team has waited."""
    told = (LATER - LAG).timestamp()
    oldest = scene.after.gauges["support_oldest_unanswered_created_timestamp_seconds"]
    return {dict(labels)["team"]: told - at for labels, at in oldest.items()}


def grown(scene: Scene, name: str) -> int:
    return counter(scene.after, name) - counter(scene.before, name)


def new_durations(scene: Scene, name: str) -> tuple[int, ...]:
    """Cumulative counts for each bound of what was observed between the two moments."""
    return tuple(
        a - b for a, b in zip(merged(scene.after, name), merged(scene.before, name), strict=True)
    )


def merged(of: Truth, name: str) -> tuple[int, ...]:
    found: list[Distribution] = list(of.histograms[name].values())
    return tuple(sum(one.buckets[place] for one in found) for place in range(len(BOUNDS)))


def quantile(share: float, counts: tuple[int, ...]) -> float:
    """As Prometheus reads a quantile off buckets: linear within the bucket."""
    rank = share * counts[-1]
    steps = pairwise([(0.0, 0), *zip(BOUNDS, counts, strict=True)])
    for (low, below), (high, upto) in steps:
        if upto >= rank:
            return low if math.isinf(high) else low + (high - low) * (rank - below) / (upto - below)
    raise AssertionError(counts)


AWAITING: Final = "support_tickets_awaiting_first_response"
RESPONSE: Final = "support_first_response_seconds"
RESOLUTION: Final = "support_resolution_seconds"


def expected(scene: Scene) -> dict[tuple[int, str], Expected]:
    """What each query must give, by panel and letter."""
    before, after = scene.before, scene.after
    created = grown(scene, "support_tickets_created_total")
    solved = grown(scene, "support_tickets_solved_total")
    reopened = grown(scene, "support_tickets_reopened_total")
    response, resolution = (new_durations(scene, name) for name in (RESPONSE, RESOLUTION))
    age = scene.now - (LATER - LAG).timestamp()
    ages = ("30d+", "<30d", "<7d", "<3d", "<1d", "<4h")
    whole: dict[tuple[int, str], Expected] = {
        (1, "A"): Exactly({"": gauge(after, "support_tickets_open")}),
        (1, "B"): Exactly({"": gauge(before, "support_tickets_open")}),
        (2, "A"): Exactly({"": gauge(after, AWAITING)}),
        (2, "B"): Exactly({"": gauge(before, AWAITING)}),
        (3, "A"): Exactly({"": max(waits(scene).values())}),
        (4, "A"): About(quantile(0.9, response)),
        (4, "B"): Nothing(),
        (4, "C"): Grew(response[-1]),
        (5, "A"): Grew(created),
        (5, "B"): Exactly({"": 0}),
        (5, "C"): Grew(created),
        (5, "D"): Exactly({"": 0}),
        (6, "A"): Exactly({"": age}),
        (7, "A"): Grew(created),
        (7, "B"): Grew(solved),
        (7, "C"): Exactly({"": 0}),
        (9, "A"): About(quantile(0.5, response)),
        (9, "B"): About(quantile(0.9, response)),
        (10, "A"): About(quantile(0.5, resolution)),
        (10, "B"): About(quantile(0.9, resolution)),
        (11, "A"): Grew(reopened),
        (11, "B"): About(reopened / solved),
        (12, "A"): Exactly(by_team(after, "support_tickets_open")),
        (12, "B"): Exactly(by_team(after, "support_tickets_unassigned")),
        (12, "C"): Exactly(by_team(after, AWAITING)),
        (12, "D"): Exactly(waits(scene)),
        (13, "A"): Exactly({"desk": 1}),
        (13, "B"): Exactly({"desk": 1}),
        (13, "C"): Exactly({"desk": age}),
        (13, "D"): Exactly({"desk": 0}),
        (13, "E"): Exactly({"desk": 0}),
        (13, "F"): Exactly({"desk": 0}),
    }
    by_age = {
        (8, "ABCDEF"[place]): Exactly({"": gauge(after, "support_tickets_open_by_age", age=one)})
        for place, one in enumerate(ages)
    }
    return whole | by_age


def rows(found: Vector) -> dict[str, float]:
    """Values by team, else by source, else alone."""
    named = {}
    for labels, value in found.items():
        told = dict(labels)
        named[told.get("team", told.get("source", ""))] = value
    assert len(named) == len(found)
    return named


def wrong(found: Vector, wanted: Expected) -> str:
    values = rows(found)
    match wanted:
        case Nothing():
            right = not values
        case Exactly(exact):
            near = {key: pytest.approx(value, abs=0.01) for key, value in exact.items()}
            right = values == near
        case Grew(value):
            right = set(values) == {""} and value <= values[""] + 1e-6 <= value * 1.2
        case About(value):
            right = set(values) == {""} and values[""] == pytest.approx(value, rel=0.1)
    return "" if right else f"shown {values}, truth {wanted}"


def panels() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((FOLDER / "overview.json").read_text())["panels"]
    return found


def test_every_query_tells_the_truth_of_the_desk(scene: Scene) -> None:
    asked = {
        (panel["id"], target["refId"]): (panel["title"], target["expr"])
        for panel in panels()
        for target in panel["targets"]
    }
    wanted = expected(scene)
    assert asked.keys() == wanted.keys()
    problems = {
        (*key, title): problem
        for key, (title, expr) in asked.items()
        if (problem := wrong(scene.ask(expr), wanted[key]))
    }
    assert problems == {}


def test_the_truth_is_worth_comparing_with(scene: Scene) -> None:
    for key, one in expected(scene).items():
        if isinstance(one, Grew | About):
            assert one.value > 0, key
    assert gauge(scene.after, "support_tickets_open") != gauge(scene.before, "support_tickets_open")
    assert gauge(scene.after, AWAITING) > 0
    assert len(waits(scene)) > 1
    assert new_durations(scene, RESPONSE)[-1] >= 20


def test_every_graph_draws_a_line(scene: Scene) -> None:
    for panel in panels():
        if panel["type"] == "timeseries":
            for target in panel["targets"]:
                expr = scene.filled(target["expr"])
                lines = scene.prometheus.drawn(expr, scene.now - 3, scene.now)
                assert len(lines) == 1, (panel["title"], target["refId"])
                assert len(lines[0]) >= 3


def test_a_filter_filters(scene: Scene) -> None:
    (tile,) = (panel for panel in panels() if panel["id"] == 1)
    expr = tile["targets"][0]["expr"]
    for label in ("team", "priority", "channel"):
        values = {dict(labels)[label] for labels in scene.after.gauges["support_tickets_open"]}
        assert len(values) > 1
        for value in values:
            truth_of_it = gauge(scene.after, "support_tickets_open", **{label: value})
            assert rows(scene.ask(expr, **{label: value})) == {"": truth_of_it}
    assert scene.ask(expr, source="another") == {}


def test_too_few_answers_give_no_quantile(scene: Scene) -> None:
    (tile,) = (panel for panel in panels() if panel["id"] == 4)
    strict = tile["targets"][0]["expr"].replace(">= 20", ">= 100000").replace("< 20", "< 100000")
    (shown,) = scene.ask(strict).values()
    assert math.isnan(shown)


def test_variables_offer_what_there_is(scene: Scene) -> None:
    board = json.loads((FOLDER / "overview.json").read_text())
    offered = {}
    for one in board["templating"]["list"][1:]:
        selector, label = re.fullmatch(r"label_values\((.*), (\w+)\)", one["definition"]).groups()  # type: ignore[union-attr]
        assert one["query"]["query"] == one["definition"]
        offered[one["name"]] = scene.prometheus.values(label, scene.filled(selector))
    assert offered["source"] == {"desk"}
    for label in ("team", "priority"):
        have = {dict(labels)[label] for labels in scene.after.gauges["support_tickets_open"]}
        assert offered[label] >= have
    created = scene.after.counters["support_tickets_created_total"]
    assert offered["channel"] >= {dict(labels)["channel"] for labels in created}


def test_the_marks_of_alerts_can_be_asked_for(scene: Scene) -> None:
    board = json.loads((FOLDER / "overview.json").read_text())
    for one in board["annotations"]["list"]:
        assert scene.ask(one["expr"]) == {}
