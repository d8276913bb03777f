"""Every query of every dashboard, asked of a real Prometheus and held against the desk's truth.

A virtual desk and its billing are polled by the real exporter at instants an hour, a day, a week, a
month and a quarter before each of several moments. At each moment what is published is the truth
of the desk, counted by brute force; so what a query must give can be reckoned from it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final
from urllib.parse import urlencode

import pytest
import yaml

from alerts.build import rule_files
from alerts.parameters import PRODUCTION
from connectors.testing.seeded import SeededDesk
from dashboards.building import built
from exporter.certify.policies import everything
from tests.dashboard_truth import DASHBOARDS
from tests.moments import Polled, Told, polled, write
from tests.peers import require
from tests.pipeline import Samples
from tests.programs import get
from tests.prometheus import prometheus
from tests.reckoning import DAY, HOUR, MONTH, MONTHLY, QUARTER, WEEK, Moment, Rows

PRESENT: Final = datetime(2026, 3, 20, 15, 0, tzinfo=UTC)
DESK: Final = SeededDesk(7, present=PRESENT, weeks=3, rate=4.0, ancient=20, customers=200)
POLICY: Final = replace(everything(DESK.hours), at_risk=timedelta(hours=12))
INCIDENT: Final = DESK.incidents[0][0] + timedelta(minutes=100)
AT: Final = {
    "in an ordinary week": datetime(2026, 3, 18, 15, 0, tzinfo=UTC),
    "at night": datetime(2026, 3, 19, 3, 0, tzinfo=UTC),
    "in an incident": INCIDENT,
    "with a source down": PRESENT,
}
DOWN_SINCE: Final = PRESENT - timedelta(hours=3)
NEAR: Final = (0, HOUR, DAY, WEEK)
FAR: Final = (*NEAR, 2 * HOUR, WEEK + HOUR, MONTHLY, MONTH, 50 * DAY, 70 * DAY, QUARTER)
"""In between, because a billing system forgets after a month what prices were."""
CALM: Final = (12.5, 8.5, 4.5)
"""Minutes: whoever has polled like this is not catching up, so that arrivals are judged."""
ORDINARY: Final = "in an ordinary week"
ALL: Final = dict.fromkeys(("source", "team", "priority", "channel"), ".+")
RECORDED: Final = re.compile(r"(instance_\w+:\w+:\w+)(\{[^}]*\})?")
QUIET: Final[dict[tuple[str, int, str], str]] = {
    ("customers", 9, "C"): "this desk asks for effort on a scale of 7",
    ("customers", 9, "D"): "this desk asks for effort on a scale of 7",
    ("customers", 10, "B"): "nobody came back in that week",
    ("health", 4, "A"): "everything could be read",
    ("health", 5, "A"): "three teams are not too many",
    ("health", 5, "B"): "three teams are not too many",
    ("health", 7, "C"): "nothing is caught up on",
    ("health", 7, "F"): "no poll failed",
    ("health", 7, "G"): "everything could be read",
    ("health", 7, "H"): "nobody asked to wait",
    ("health", 7, "I"): "nothing was refused",
    ("health", 9, "A"): "no poll failed",
    ("health", 12, "A"): "nobody asked to wait",
    ("health", 13, "A"): "the clock stands still during a poll",
    ("health", 14, "A"): "the desk's clock is right",
    ("health", 14, "D"): "the desk's clock is right",
    ("volume", 6, "C"): "so few come that an hour without any is usual",
}
"""Queries that rightly show nothing, or 0, in the ordinary week: nothing of the kind happened."""
EMPTY: Final = {("health", 9): "no poll failed"}
"""Panels that show nothing at all then, and why."""

Vector = dict[frozenset[tuple[str, str]], float]

UNREAD: Final = {
    ("health", 3): "means over time, of which few instants are known: below",
}
"""What is not reckoned in the table, and where else it is."""


# --- what happened --------------------------------------------------------------------------------


def scraped(_: datetime) -> Samples:
    """What Prometheus itself would say of each scrape."""
    return {
        ("up", frozenset()): 1.0,
        ("scrape_duration_seconds", frozenset()): 0.011,
        ("scrape_samples_scraped", frozenset()): 3210.0,
    }


@dataclass(frozen=True, slots=True)
class Asked:
    """A running Prometheus, as Grafana asks it."""

    url: str

    def ask(self, expr: str, at: datetime) -> Vector:
        """The value of an expression at an instant, by labels."""
        found = self._get("query", query=expr, time=f"{at.timestamp():.3f}")["result"]
        return {frozenset(one["metric"].items()): float(one["value"][1]) for one in found}

    def drawn(self, expr: str, at: datetime) -> list[list[Any]]:
        """The points of each line that a graph would draw around an instant."""
        begin, end = (f"{at.timestamp() + second:.3f}" for second in (0, 60))
        found = self._get("query_range", query=expr, start=begin, end=end, step="30")["result"]
        return [one["values"] for one in found]

    def values(self, label: str, selector: str) -> set[str]:
        """The values of a label."""
        span = {"start": f"{(PRESENT - timedelta(days=100)).timestamp():.0f}"}
        found: list[str] = self._get(
            f"label/{label}/values",
            **{"match[]": selector},
            **span,
            end=f"{PRESENT.timestamp():.0f}",
        )
        return set(found)

    def _get(self, path: str, **words: str) -> Any:
        answer = get(f"{self.url}/api/v1/{path}?{urlencode(words)}").json()
        assert answer["status"] == "success", answer
        return answer["data"]


@dataclass(frozen=True, slots=True)
class Scene:
    """A Prometheus, all that it was told, and what was not the truth."""

    prometheus: Asked
    told: Sequence[Told]
    wrong: dict[str, list[str]]

    def moment(self, name: str) -> Moment:
        return Moment(name, AT[name], {one.at: one for one in self.told})

    def ask(self, expr: str, name: str, **chosen: str) -> Vector:
        """What a panel shows at a moment, with everything or these values chosen."""
        return self.prometheus.ask(filled(expr, **chosen), AT[name])


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("scene")
    require("prometheus")
    with polled(DESK, POLICY, folder, scraped) as sources:
        wrong = dict(lived(sources))
        told = sources.everything()
    write(told, folder / "prometheus" / "data")
    flags = ["--storage.tsdb.retention.time=400d"]
    with prometheus(folder / "prometheus", "127.0.0.1:9", flags=flags) as peer:
        yield Scene(Asked(peer.url), told, wrong)


def lived(sources: Polled) -> Iterator[tuple[str, list[str]]]:
    """Poll along the way to every moment; gives what was wrong at each."""
    backs = {name: FAR if name == ORDINARY else NEAR for name in AT}
    instants = {AT[name] - timedelta(hours=back) for name in AT for back in backs[name]}
    judged = [at for at in AT.values() if at < DOWN_SINCE]
    instants |= {at - timedelta(minutes=back) for at in judged for back in CALM}
    instants.add(DOWN_SINCE)
    named = {at: name for name, at in AT.items()}
    for at in sorted(instants):
        sources.poll(at, down=at > DOWN_SINCE)
        if at in named:
            yield named[at], sources.wrong()


# --- queries --------------------------------------------------------------------------------------


def filled(expr: str, **chosen: str) -> str:
    """A query as Grafana sends it, recorded series in the words of their rules."""
    values = ALL | chosen | {"__rate_interval": "1h"}
    told = re.sub(r"\$([a-z_]+)", lambda m: values[m[1]], expr)
    return expanded(told) if not chosen else told


def expanded(expr: str) -> str:
    """With the rules in the place of the series that they record."""
    while RECORDED.search(expr):
        expr = RECORDED.sub(lambda m: f"({rules()[m[1]]})", expr)
    return expr


@cache
def rules() -> dict[str, str]:
    """The expression of every recording rule."""
    files = [yaml.safe_load(text) for text in rule_files(PRODUCTION).values()]
    every = (rule for one in files for group in one["groups"] for rule in group["rules"])
    return {rule["record"]: rule["expr"] for rule in every if "record" in rule}


@cache
def queries() -> dict[tuple[str, int], list[str]]:
    """The queries of every panel."""
    return {
        (name, panel["id"]): [target["expr"] for target in panel["targets"]]
        for name, board in built().items()
        for panel in board["panels"]
    }


def rows(found: Vector) -> Rows:
    """Values by the values of their labels, in the order of the labels' names."""
    return {tuple(value for _, value in sorted(labels)): n for labels, n in found.items()}


def ordered(expr: str, wanted: Rows) -> Rows:
    """The same order for rows that were reckoned: that of the names, not of the query."""
    grouping = re.search(r"by \(([^)]*)\)", expr)
    by = grouping[1].split(", ") if grouping else []
    order = sorted(range(len(by)), key=lambda place: by[place])
    return {tuple(key[place] for place in order) if key else key: n for key, n in wanted.items()}


def differs(shown: Rows, wanted: Rows) -> bool:
    """Increases are of a window that is a second too short or too long, in some versions."""
    if shown.keys() != wanted.keys():
        return True
    return any(
        math.isnan(shown[key]) != math.isnan(n)
        or not (math.isnan(n) or shown[key] == pytest.approx(n, rel=5e-4, abs=1e-6))
        for key, n in wanted.items()
    )


# --- what must hold -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", AT)
def test_what_is_published_is_the_truth_of_the_desk(name: str, scene: Scene) -> None:
    assert scene.wrong[name] == []


@pytest.mark.parametrize("board", DASHBOARDS)
@pytest.mark.parametrize("name", AT)
def test_every_query_tells_the_truth(board: str, name: str, scene: Scene) -> None:
    moment, problems = scene.moment(name), {}
    for id_, reckoned in DASHBOARDS[board].items():
        for letter, expr, reckon in zip("ABCDEFGHI", queries()[board, id_], reckoned, strict=False):
            try:
                wanted = ordered(expr, reckon(moment))
            except KeyError:  # so far back only the ordinary week is known
                assert name != ORDINARY, (id_, letter)
                continue
            shown = rows(scene.ask(expr, name))
            if differs(shown, wanted):
                problems[id_, letter] = f"shown {shown}, truth {wanted}"
    assert problems == {}


def test_every_query_is_held_against_the_truth() -> None:
    reckoned = {
        (board, id_): len(parts) for board, ids in DASHBOARDS.items() for id_, parts in ids.items()
    }
    assert {key: len(asked) for key, asked in queries().items() if key not in UNREAD} == reckoned


def test_the_truth_is_worth_comparing_with(scene: Scene) -> None:
    """In the ordinary week every query has something to show but those of what did not happen."""
    moment = scene.moment(ORDINARY)
    nothing = {
        (board, id_, letter)
        for board, ids in DASHBOARDS.items()
        for id_, reckoned in ids.items()
        for letter, reckon in zip("ABCDEFGHI", reckoned, strict=False)
        if not any(reckon(moment).values())
    }
    assert nothing == QUIET.keys()


def test_no_panel_is_empty_without_a_reason(scene: Scene) -> None:
    """With all that can be told and decided switched on, in an ordinary week."""
    empty = {
        key
        for key, asked in queries().items()
        if not any(scene.ask(expr, ORDINARY) for expr in asked)
    }
    assert empty == EMPTY.keys()


def test_moments_differ_as_they_should(scene: Scene) -> None:
    def told(board: str, panel: int, place: int, name: str) -> float:
        (value,) = scene.ask(queries()[board, panel][place], name).values()
        return value

    last_hour = {name: told("volume", 2, 0, name) for name in AT}
    assert last_hour["in an incident"] > 3 * last_hour["in an ordinary week"]
    assert last_hour["at night"] < last_hour["in an ordinary week"]
    ages = {name: told("overview", 6, 0, name) for name in AT}
    assert ages.pop("with a source down") == timedelta(hours=3, minutes=1).total_seconds()
    assert set(ages.values()) == {60}
    failing = {name: told("health", 3, 0, name) for name in AT}
    assert failing == dict.fromkeys(AT, 0) | {"with a source down": 1}
    assert 0 < told("health", 3, 1, "with a source down") < 1
    assert told("health", 1, 0, "with a source down") == 1
    assert told("health", 1, 1, "with a source down") == 2
    scores = {name: scene.ask(queries()["volume", 1][0], name) for name in AT}
    assert scores.pop("with a source down") == {}, "what is stale is not judged"
    verdicts = {name: max(found.values()) >= 1 for name, found in scores.items()}
    assert verdicts == dict.fromkeys(scores, False) | {"in an incident": True}


def test_every_graph_draws_what_its_query_tells(scene: Scene) -> None:
    for name, board in built().items():
        for panel in board["panels"]:
            if panel["type"] in {"timeseries", "heatmap"}:
                for target in panel["targets"]:
                    expr = filled(target["expr"])
                    lines = scene.prometheus.drawn(expr, AT[ORDINARY])
                    now = scene.ask(target["expr"], ORDINARY)
                    assert len(lines) == len(now), (name, panel["title"], target["refId"])
                    assert lines or (name, panel["id"], target["refId"]) in QUIET


def test_a_filter_filters(scene: Scene) -> None:
    expr = queries()["overview", 1][0]
    opened = scene.moment(ORDINARY).back(0).values("support_tickets_open")
    for label in ("team", "priority", "channel"):
        values = {dict(labels)[label] for labels in opened}
        assert len(values) > 1
        for value in values:
            truly = sum(n for labels, n in opened.items() if (label, value) in labels)
            assert rows(scene.ask(expr, ORDINARY, **{label: value})) == {(): truly}
    assert scene.ask(expr, ORDINARY, source="another") == {}


@pytest.mark.parametrize(("board", "panel"), [("overview", 4), ("overview", 15), ("customers", 2)])
def test_too_few_are_told_as_such(board: str, panel: int, scene: Scene) -> None:
    strict = queries()[board, panel][0].replace(">= 20", ">= 1e9").replace("< 20", "< 1e9")
    (shown,) = scene.ask(strict, ORDINARY).values()
    assert math.isnan(shown)


def test_variables_offer_what_there_is(scene: Scene) -> None:
    offered = {}
    for one in built()["overview"]["templating"]["list"][1:]:
        selector, label = re.fullmatch(r"label_values\((.*), (\w+)\)", one["definition"]).groups()  # type: ignore[union-attr]
        assert one["query"]["query"] == one["definition"]
        offered[one["name"]] = scene.prometheus.values(label, filled(selector))
    assert offered["source"] == {"desk", "billing"}
    told = scene.moment(ORDINARY).back(0)
    for label in ("team", "priority"):
        have = {dict(labels)[label] for labels in told.values("support_tickets_open")}
        assert offered[label] >= have
    created = told.values("support_tickets_created_total")
    assert offered["channel"] >= {dict(labels)["channel"] for labels in created}


def test_the_marks_of_alerts_can_be_asked_for(scene: Scene) -> None:
    for board in built().values():
        for one in board["annotations"]["list"]:
            assert scene.ask(one["expr"], ORDINARY) == {}
