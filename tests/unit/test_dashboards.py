"""What a renderer would only show to the eye: the dashboards' files, checked against the rules."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from alerts.parameters import PRODUCTION
from dashboards.building import BOARDS, FOLDER
from dashboards.overview import AGES
from exporter.catalog import CATALOG
from exporter.config.loading import DEFAULT_POLL
from exporter.metric import AGE_CLASSES, Metric, Type

VARIABLES: Final = ("datasource", "source", "team", "priority", "channel")
BUILT_IN: Final = {"__range", "__all"}
TYPES: Final = {"stat", "timeseries", "table"}
UNITS: Final = {"short", "s", "percentunit"}
MOST_PANELS: Final = 15
ENUMS: Final[dict[str, set[Any]]] = {
    "colorMode": {"value", "none"},
    "graphMode": {"none"},
    "justifyMode": {"auto"},
    "orientation": {"auto", "horizontal", "vertical"},
    "textMode": {"value", "value_and_name"},
    "drawStyle": {"line"},
    "showPoints": {"never"},
    "displayMode": {"list"},
    "placement": {"bottom", "inControlsMenu"},
    "format": {"time_series", "table"},
    "editorMode": {"code"},
    "graphTooltip": {0, 1, 2},
    "refresh": {0, 1, 2, "1m"},
    "axisPlacement": {"auto", "right"},
    "match": {"null+nan"},
}
LIKE_CREATED: Final = ("Do we solve as much as comes in?", "support_tickets_solved_total")
"""Compared with what has fewer labels, so that it takes fewer filters there."""

SELECTOR: Final = re.compile(r"([a-zA-Z_:]+)\{([^}]*)\}")
MATCHER: Final = re.compile(r'(\w+)(=~|!~|!=|=)"([^"]*)"')
VARIABLE: Final = re.compile(r"\$\{?(\w+)")


@pytest.fixture(params=sorted(BOARDS))
def board(request: pytest.FixtureRequest) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((FOLDER / f"{request.param}.json").read_text("utf-8"))
    return loaded


def every(found: object, key: str = "") -> Iterator[tuple[str, object]]:
    """Each key of a JSON document with its value, however deep."""
    if isinstance(found, dict):
        for name, inner in found.items():
            yield name, inner
            yield from every(inner, name)
    elif isinstance(found, list):
        for inner in found:
            yield from every(inner, key)


def targets(board: dict[str, Any]) -> list[tuple[str, str]]:
    return [(panel["title"], t["expr"]) for panel in board["panels"] for t in panel["targets"]]


def metric(name: str) -> Metric:
    for ending in ("", "_total", "_bucket", "_count", "_sum"):
        found = CATALOG.get(name.removesuffix(ending)) if name.endswith(ending) else None
        if found and name in names_of(found):
            return found
    raise AssertionError(f"{name} is no metric of the catalog")


def names_of(found: Metric) -> set[str]:
    if found.type is Type.HISTOGRAM:
        return {f"{found.name}_{part}" for part in ("bucket", "count", "sum")}
    return {found.sample_name}


def labels_of(found: Metric) -> set[str]:
    return {"source", *found.labels}


def test_ids_are_unique_and_written_down(board: dict[str, Any]) -> None:
    ids = [panel["id"] for panel in board["panels"]]
    assert all(isinstance(one, int) and one > 0 for one in ids)
    assert len(set(ids)) == len(ids)
    assert 0 < len(ids) <= MOST_PANELS


def test_the_ids_that_links_use_stay(board: dict[str, Any]) -> None:
    assert board["uid"] == "deskpulse-overview"
    assert {panel["id"]: panel["title"] for panel in board["panels"]} == {
        1: "How many tickets are open?",
        2: "How many customers wait for a first answer?",
        3: "How long has one waited?",
        4: "How fast is the first answer for 9 of 10?",
        5: "Is more coming in than last week?",
        6: "How old is this?",
        7: "Do we solve as much as comes in?",
        8: "Is the backlog growing older?",
        9: "Are first answers getting slower?",
        10: "How long until a ticket is solved?",
        11: "How much comes back after it was solved?",
        12: "Which queue needs people?",
        13: "Can these numbers be trusted?",
    }


def test_panels_fill_the_grid_without_overlap(board: dict[str, Any]) -> None:
    taken: set[tuple[int, int]] = set()
    for panel in board["panels"]:
        place = panel["gridPos"]
        columns = range(place["x"], place["x"] + place["w"])
        rows = range(place["y"], place["y"] + place["h"])
        cells = set(itertools.product(columns, rows))
        assert cells
        assert not cells & taken, panel["title"]
        assert columns.stop <= 24
        taken |= cells
    deepest = max(row for _, row in taken) + 1
    assert len(taken) == 24 * deepest, "there is a hole"


def test_every_panel_asks_explains_and_excuses(board: dict[str, Any]) -> None:
    for panel in board["panels"]:
        assert panel["type"] in TYPES
        assert panel["title"].endswith("?")
        assert len(panel["description"]) > 60, panel["title"]
        assert panel["description"].endswith(".")
        defaults = panel["fieldConfig"]["defaults"]
        assert defaults["noValue"], panel["title"]
        assert defaults["min"] == 0
        if panel["type"] != "table":
            assert len(defaults["noValue"]) > 20, "it says why"
        else:
            assert "A dash: " in panel["description"]


def test_no_clock_is_left_to_guess(board: dict[str, Any]) -> None:
    for panel in board["panels"]:
        exprs = " ".join(target["expr"] for target in panel["targets"])
        if re.search(r"_seconds_bucket|_created_timestamp_seconds", exprs):
            assert "calendar time" in panel["description"].lower(), panel["title"]


def test_only_known_units_and_enum_values(board: dict[str, Any]) -> None:
    found = list(every(board))
    units = {value for key, value in found if key == "unit"}
    units |= {
        value["value"]
        for value in (dict(o) for key, o in properties(board))
        if value["id"] == "unit"
    }
    assert units
    assert units <= UNITS
    for key, value in found:
        if key in ENUMS and not isinstance(value, dict | list):
            assert value in ENUMS[key], key
    modes = {value for key, value in found if key == "mode"}
    assert modes <= {"absolute", "normal", "none", "multi", "fixed", "thresholds", "off"}


def properties(board: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for panel in board["panels"]:
        for override in panel["fieldConfig"]["overrides"]:
            for one in override["properties"]:
                yield panel["title"], one


def test_every_variable_is_declared_and_all_means_anything(board: dict[str, Any]) -> None:
    declared = board["templating"]["list"]
    assert tuple(one["name"] for one in declared) == VARIABLES
    used = set(VARIABLE.findall(json.dumps(board))) - BUILT_IN
    assert used == set(VARIABLES), "each is declared and used"
    for one in declared[1:]:
        assert (one["includeAll"], one["multi"], one["allValue"]) == (True, True, ".+")
        assert one["current"]["value"] == "$__all"


def test_the_data_source_is_the_variable_everywhere(board: dict[str, Any]) -> None:
    wanted = {"type": "prometheus", "uid": "${datasource}"}
    for panel in board["panels"]:
        assert panel["datasource"] == wanted
        assert all(target["datasource"] == wanted for target in panel["targets"])
    assert all(value == wanted for key, value in every(board) if key == "datasource")


def test_every_metric_and_label_exists(board: dict[str, Any]) -> None:
    for title, expr in targets(board):
        selectors = SELECTOR.findall(expr)
        assert selectors, title
        known: set[str] = {"le"}
        for name, inside in selectors:
            has = labels_of(metric(name))
            assert {label for label, _, _ in MATCHER.findall(inside)} <= has, (title, name)
            known |= has
        for group in re.findall(r"\bby \(([^)]*)\)", expr):
            assert set(re.split(r", *", group)) <= known, title
        bare = set(re.findall(r"\b(?:support|deskpulse)_\w+", expr)) - {n for n, _ in selectors}
        assert not bare, f"{title}: {bare} is asked without the variables"


def test_a_series_takes_every_filter_that_it_has_a_label_for(board: dict[str, Any]) -> None:
    for title, expr in targets(board):
        for name, inside in SELECTOR.findall(expr):
            filtered = {label for label, how, _ in MATCHER.findall(inside) if how == "=~"}
            wanted = labels_of(metric(name)) & set(VARIABLES)
            if (title, name) == LIKE_CREATED:
                wanted = {"source", "channel"}
            assert filtered == wanted, (title, name)


def test_what_is_filtered_by_less_says_so(board: dict[str, Any]) -> None:
    for panel in board["panels"]:
        missing = set(VARIABLES[1:])
        for target in panel["targets"]:
            for _, inside in SELECTOR.findall(target["expr"]):
                missing &= set(VARIABLES[1:]) - {label for label, _, _ in MATCHER.findall(inside)}
        text = panel["description"].lower()
        assert not missing or "filter" in text, panel["title"]


def test_ages_are_those_of_the_catalog(board: dict[str, Any]) -> None:
    assert tuple(name for name, _ in AGE_CLASSES) == AGES
    asked = re.findall(r'age=\\"([^"\\]+)\\"', json.dumps(board))
    assert sorted(asked) == sorted(AGES)


def test_only_parts_of_a_whole_are_stacked(board: dict[str, Any]) -> None:
    stacked = [
        panel["title"]
        for panel in board["panels"]
        if panel["fieldConfig"]["defaults"].get("custom", {}).get("stacking", {}).get("mode")
        == "normal"
    ]
    assert stacked == ["Is the backlog growing older?"]


def test_colours_change_where_the_alerts_do(board: dict[str, Any]) -> None:
    thresholds, windows = PRODUCTION.thresholds, PRODUCTION.windows
    unanswered = [
        None,
        thresholds.unanswered_at_work.total_seconds(),
        thresholds.unanswered_always.total_seconds(),
    ]
    stale = [None, windows.stale_after.total_seconds()]
    found = {
        panel["id"]: [s["value"] for s in panel["fieldConfig"]["defaults"]["thresholds"]["steps"]]
        for panel in board["panels"]
        if panel["type"] == "stat"
    }
    assert {id_: steps for id_, steps in found.items() if len(steps) > 1} == {
        3: unanswered,
        6: stale,
    }
    columns = [
        [step["value"] for step in one["value"]["steps"]]
        for _, one in properties(board)
        if one["id"] == "thresholds"
    ]
    assert columns == [unanswered, stale]


def test_ratios_and_quantiles_are_silent_when_there_are_too_few(board: dict[str, Any]) -> None:
    asked = [e for _, e in targets(board) if "histogram_quantile" in e or ") / (" in e]
    assert len(asked) == 7
    assert all(">= 20)" in expr for expr in asked)


def test_it_is_refreshed_no_faster_than_the_data(board: dict[str, Any]) -> None:
    minutes = re.fullmatch(r"(\d+)m", board["refresh"])
    assert minutes
    assert int(minutes[1]) * 60 >= DEFAULT_POLL.total_seconds()


def test_it_loads_in_grafana_11(board: dict[str, Any]) -> None:
    assert board["schemaVersion"] <= 39


def test_provisioning_fits(board: dict[str, Any], root: Path) -> None:
    folder = root / "dashboards" / "provisioning"
    (source,) = yaml.safe_load((folder / "datasources/deskpulse.yml").read_text())["datasources"]
    (provider,) = yaml.safe_load((folder / "dashboards/deskpulse.yml").read_text())["providers"]
    scraped = yaml.safe_load((root / "alerts/prometheus.yml").read_text())["global"]
    assert source["uid"] == "deskpulse-prometheus"
    assert source["type"] == board["templating"]["list"][0]["query"] == "prometheus"
    assert source["jsonData"]["timeInterval"] == scraped["scrape_interval"]
    assert (provider["folder"], provider["type"]) == ("deskpulse", "file")
