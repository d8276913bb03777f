"""What a renderer would only show to the eye: the dashboards' files, checked against our own rules.

That ids are unique, the grid is full and so on, `deskpulse dashboards check` asks of any file.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from alerts.build import rule_files
from alerts.document import days
from alerts.parameters import PRODUCTION, Parameters
from alerts.thresholds import Thresholds
from dashboards.building import BOARDS, FOLDER, built
from dashboards.graphs import AGES
from dashboards.limits import LEAST
from dashboards.places import PLACES
from exporter.catalog import CATALOG, VOCABULARIES, volume
from exporter.config.loading import DEFAULT_POLL
from exporter.metric import AGE_CLASSES, WINDOWS, About, Metric, Type

VARIABLES: Final = ("datasource", "source", "team", "priority", "channel")
BUILT_IN: Final = {
    *("__rate_interval", "__all", "__url_time_range", "__all_variables", "__value"),
    "1",  # of `label_replace`
}
TYPES: Final = {"stat", "timeseries", "table", "heatmap"}
UNITS: Final = {"short", "s", "percentunit", "locale", "bytes"}
MOST_PANELS: Final = 15
MOST_TILES: Final = 6
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
    "format": {"time_series", "table", "heatmap"},
    "editorMode": {"code"},
    "graphTooltip": {0, 1, 2},
    "refresh": {0, 1, 2, "1m"},
    "axisPlacement": {"auto", "right"},
    "match": {"null+nan"},
    "hide": {0, 2},
    "icon": {"dashboard", ""},
    "selectionMode": {"x"},
    "showValue": {"auto"},
    "scheme": {"Oranges"},
    "interval": {"1h"},
}
MODES: Final = {
    *("absolute", "normal", "none", "multi", "single", "fixed", "thresholds", "off", "line"),
}
NARROWED: Final = {
    ("Do we solve as much as comes in?", "support_tickets_solved_total"): {"source", "channel"},
    ("How fast is the first answer for 9 of 10?", "support_first_response_seconds_count"): {
        "source"
    },
    ("Who gets it?", "support_tickets_open"): {"source", "channel"},
    ("Who gets it?", "support_tickets_awaiting_first_response"): {"source"},
    ("Does it reach the customers?", "support_tickets_awaiting_first_response"): {"source"},
    ("Do we keep up?", "support_arrivals"): {"source"},
    ("Do we keep up?", "support_first_response_seconds_count"): {"source"},
    ("Do we keep up?", "support_tickets_solved_total"): {"source"},
}
"""What takes fewer filters than it has labels for, because it is held against what has fewer."""
SCRAPED: Final = {"up", "scrape_duration_seconds", "scrape_samples_scraped"}
"""What Prometheus says of a scrape; it has the labels of the job."""
STACKED: Final = {
    "Is the backlog growing older?",
    "Does urgent work pile up?",
    "Which channel grew?",
}
SIGNED: Final = {"Would customers recommend us?", "What is doubtful in what is told?"}
PEOPLE: Final = ("agent", "assignee", "person", "people", "employee")

SELECTOR: Final = re.compile(r"([a-zA-Z_:][\w:]*)\{([^}]*)\}")
MATCHER: Final = re.compile(r'(\w+)(=~|!~|!=|=)"([^"]*)"')
VARIABLE: Final = re.compile(r"\$\{?(\w+)")
IDS: Final[dict[str, dict[int, str]]] = yaml.safe_load(
    (Path(__file__).parent / "dashboard_ids.yml").read_text()
)
"""The titles of all panels by dashboard and id, as links hold them."""


@pytest.fixture(params=sorted(BOARDS))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def board(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
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


def properties(board: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for panel in board["panels"]:
        for override in panel["fieldConfig"]["overrides"]:
            for one in override["properties"]:
                yield panel["title"], one


# --- which labels a series has --------------------------------------------------------------------


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


def labels_of(name: str) -> set[str]:
    if name in SCRAPED:
        return {"job", "instance"}
    if ":" in name:
        assert name in recorded(), f"no rule makes {name}"
        return set(name.partition(":")[0].split("_"))
    found = metric(name)
    return {"instance"} if found.about is About.SELF else {"source", *found.labels}


@cache
def recorded() -> set[str]:
    groups = [yaml.safe_load(text) for text in rule_files(PRODUCTION).values()]
    return {rule.get("record", "") for one in groups for g in one["groups"] for rule in g["rules"]}


# --- the files ------------------------------------------------------------------------------------


def test_ids_stay(name: str, board: dict[str, Any]) -> None:
    ids = [panel["id"] for panel in board["panels"]]
    assert 0 < len(ids) <= MOST_PANELS
    assert {panel["id"]: panel["title"] for panel in board["panels"]} == IDS[name]
    assert not {2, 3, 13} & set(ids) or name != "overview", "these had other panels once"


def test_uids_stay() -> None:
    assert {name: board["uid"] for name, board in built().items()} == {
        "overview": "deskpulse-overview",
        "queue": "deskpulse-queue",
        "customers": "deskpulse-customers",
        "volume": "deskpulse-volume",
        "health": "deskpulse-health",
    }


# --- what panels say ------------------------------------------------------------------------------


def test_every_panel_asks_explains_and_excuses(board: dict[str, Any]) -> None:
    for panel in board["panels"]:
        assert panel["type"] in TYPES
        assert panel["title"].endswith("?")
        assert len(panel["description"]) > 60, panel["title"]
        assert panel["description"].endswith(".")
        defaults = panel["fieldConfig"]["defaults"]
        assert defaults["unit"]
        assert defaults["noValue"], panel["title"]
        assert defaults.get("min") == (None if panel["title"] in SIGNED else 0), panel["title"]
        if panel["type"] != "table":
            assert len(defaults["noValue"]) > 20, "it says why"
        else:
            assert "A dash: " in panel["description"]


def test_no_clock_is_left_to_guess(board: dict[str, Any]) -> None:
    for panel in board["panels"]:
        exprs = " ".join(target["expr"] for target in panel["targets"])
        said = panel["description"].lower()
        if re.search(r"support_\w+_seconds_bucket|_created_timestamp_seconds|_quantile_", exprs):
            assert "calendar time" in said, panel["title"]
        if "_business_seconds" in exprs:
            assert "business time" in said, panel["title"]
        if "support_sla" in exprs and panel["type"] == "stat":
            assert "clock of" in said, panel["title"]


def test_the_first_screen_is_tiles_with_something_beside_each(board: dict[str, Any]) -> None:
    first = [panel for panel in board["panels"] if panel["gridPos"]["y"] == 0]
    assert 4 <= len(first) <= MOST_TILES
    for panel in first:
        assert panel["type"] == "stat"
        judged = len(panel["fieldConfig"]["defaults"]["thresholds"]["steps"]) > 1
        assert judged or len(panel["targets"]) > 1, panel["title"]
    assert {p["title"] for p in board["panels"] if p["type"] == "stat"} == {
        panel["title"] for panel in first
    }


def test_only_known_units_and_enum_values(board: dict[str, Any]) -> None:
    found = list(every(board))
    units = {value for key, value in found if key == "unit"}
    units |= {one["value"] for _, one in properties(board) if one["id"] == "unit"}
    assert units
    assert units <= UNITS
    for key, value in found:
        if key in ENUMS and not isinstance(value, dict | list):
            assert value in ENUMS[key], key
    modes = {value for key, value in found if key == "mode"}
    assert modes <= MODES
    ids = {one["id"] for _, one in properties(board)}
    assert ids <= {
        *("unit", "decimals", "color", "mappings", "thresholds", "links"),
        *("custom.lineStyle", "custom.lineWidth", "custom.fillBelowTo", "custom.fillOpacity"),
        *("custom.axisPlacement", "custom.hideFrom", "custom.cellOptions"),
    }


def test_what_is_filled_down_to_is_there(board: dict[str, Any]) -> None:
    for panel in board["panels"]:
        names = {target["legendFormat"] for target in panel["targets"]}
        for override in panel["fieldConfig"]["overrides"]:
            for one in override["properties"]:
                if one["id"] == "custom.fillBelowTo":
                    assert one["value"] in names


def test_overrides_are_about_queries_and_columns_that_are_there(board: dict[str, Any]) -> None:
    for panel in board["panels"]:
        letters = {target["refId"] for target in panel["targets"]}
        renamed = {
            new
            for one in panel.get("transformations", [])
            for new in one["options"].get("renameByName", {}).values()
        }
        for override in panel["fieldConfig"]["overrides"]:
            matcher = override["matcher"]
            known = {"byFrameRefID": letters, "byName": renamed}[matcher["id"]]
            assert matcher["options"] in known, panel["title"]


# --- variables, data source, links ----------------------------------------------------------------


def test_every_variable_is_declared_and_all_means_anything(
    name: str, board: dict[str, Any]
) -> None:
    declared = board["templating"]["list"]
    assert tuple(one["name"] for one in declared) == VARIABLES
    used = set(VARIABLE.findall(json.dumps(board))) - BUILT_IN
    assert used <= set(VARIABLES)
    for one in declared[1:]:
        assert (one["includeAll"], one["multi"], one["allValue"]) == (True, True, ".+")
        assert one["current"]["value"] == "$__all"
    filtering = {
        label
        for _, expr in targets(board)
        for label in VARIABLE.findall(expr)
        if label in VARIABLES
    }
    shown = {one["name"] for one in declared[1:] if not one.get("hide")}
    assert shown == filtering, "one that filters nothing is only carried along"
    assert name != "overview" or shown == set(VARIABLES[1:])


def test_the_data_source_is_the_variable_everywhere(board: dict[str, Any]) -> None:
    wanted = {"type": "prometheus", "uid": "${datasource}"}
    for panel in board["panels"]:
        assert panel["datasource"] == wanted
        assert all(target["datasource"] == wanted for target in panel["targets"])


def test_each_leads_to_all_others_with_time_and_variables(board: dict[str, Any]) -> None:
    others = [place.path for place in PLACES if place.uid != board["uid"]]
    assert [link["url"] for link in board["links"]] == others
    assert all(link["includeVars"] and link["keepTime"] for link in board["links"])


def test_what_a_link_leads_to_exists(board: dict[str, Any]) -> None:
    uids = {one["uid"] for one in built().values()}
    addresses = [str(value) for key, value in every(board) if key == "url"]
    assert addresses
    for address in addresses:
        path, _, rest = address.partition("?")
        assert path.removeprefix("/d/") in uids
        if rest:
            assert "${__url_time_range}" in rest
            assert "${__all_variables}" in rest or "${source:queryparam}" in rest
            assert set(re.findall(r"var-(\w+)=", rest)) <= set(VARIABLES)


def test_the_alerts_are_marked(board: dict[str, Any]) -> None:
    (mark,) = [one for one in board["annotations"]["list"] if not one.get("builtIn")]
    assert mark["expr"].startswith('ALERTS{alertstate="firing"')
    assert mark["enable"]


# --- queries --------------------------------------------------------------------------------------


def test_every_metric_and_label_exists(board: dict[str, Any]) -> None:
    for title, expr in targets(board):
        selectors = SELECTOR.findall(expr)
        assert selectors, title
        known: set[str] = {"le"}
        for metric_name, inside in selectors:
            has = labels_of(metric_name)
            asked = {label for label, _, _ in MATCHER.findall(inside)}
            assert asked <= has | ({"le"} if metric_name.endswith("_bucket") else set()), title
            known |= has
        for group in re.findall(r"\bby \(([^)]*)\)", expr):
            assert set(re.split(r", *", group)) <= known, title
        bare = set(re.findall(r"\b(?:support|deskpulse)_\w+", expr)) - {
            word for found, _ in selectors for word in found.split(":")
        }
        assert not bare, f"{title}: {bare} is asked without the variables"


def test_every_value_that_is_asked_for_exists(board: dict[str, Any]) -> None:
    known = VOCABULARIES | {
        "window": {name for name, _ in WINDOWS} | volume.WINDOWS.keys(),
        "age": set(AGES),
        "percentile": {"50", "90"},
        "state": {"breached", "at_risk", "on_track", "active", "ending", "past_due"},
        "target": {"first_response", "next_response", "resolution"},
        "direction": {volume.SPIKE, volume.DROP},
        "scale": {"5", "7"},
        "le": {f"{n}.0" for n in range(1, 8)},
        "job": {"deskpulse"},
    }
    for title, expr in targets(board):
        for _, inside in SELECTOR.findall(expr):
            for label, how, value in MATCHER.findall(inside):
                if how == "=":
                    assert value in known[label], title


def test_a_series_takes_every_filter_that_it_has_a_label_for(board: dict[str, Any]) -> None:
    for title, expr in targets(board):
        for metric_name, inside in SELECTOR.findall(expr):
            filtered = {label for label, how, _ in MATCHER.findall(inside) if how == "=~"}
            wanted = labels_of(metric_name) & set(VARIABLES)
            assert filtered == NARROWED.get((title, metric_name), wanted), (title, metric_name)


def test_what_is_filtered_by_less_says_so(board: dict[str, Any]) -> None:
    shown = {one["name"] for one in board["templating"]["list"][1:] if not one.get("hide")}
    for panel in board["panels"]:
        missing: set[str] = set()
        for target in panel["targets"]:
            for _, inside in SELECTOR.findall(target["expr"]):
                missing |= shown - {label for label, _, _ in MATCHER.findall(inside)}
        text = panel["description"].lower()
        assert not missing or "filter" in text, (panel["title"], missing)


def test_ages_are_those_of_the_catalog() -> None:
    assert tuple(name for name, _ in AGE_CLASSES) == AGES


def test_only_parts_of_a_whole_are_stacked(board: dict[str, Any]) -> None:
    for panel in board["panels"]:
        custom = panel["fieldConfig"]["defaults"].get("custom", {})
        stacked = custom.get("stacking", {}).get("mode") == "normal"
        assert stacked == (panel["title"] in STACKED)


def test_nobody_is_ranked(board: dict[str, Any]) -> None:
    asked = " ".join(expr for _, expr in targets(board))
    assert not [word for word in PEOPLE if word in asked.lower()]


def test_ratios_and_quantiles_are_silent_when_there_are_too_few(board: dict[str, Any]) -> None:
    asked = [e for _, e in targets(board) if "histogram_quantile" in e or ") / (" in e]
    assert all(">= 20)" in expr for expr in asked)


def test_what_is_counted_over_days_is_not_asked_for_every_minute(board: dict[str, Any]) -> None:
    for panel in board["panels"]:
        if panel["type"] == "timeseries":
            long = any(re.search(r"\[\d+d\]", target["expr"]) for target in panel["targets"])
            assert not long or panel["interval"] == "1h", panel["title"]


def test_shares_show_how_many_they_are_of(board: dict[str, Any]) -> None:
    for panel in board["panels"]:
        exprs = [target["expr"] for target in panel["targets"]]
        if any(") / (" in one or "ratio" in one for one in exprs) and panel["type"] != "table":
            names = [target["legendFormat"] for target in panel["targets"]]
            assert any(name == "n" or name.startswith("n,") for name in names), panel["title"]


def test_it_is_refreshed_no_faster_than_the_data(board: dict[str, Any]) -> None:
    minutes = re.fullmatch(r"(\d+)m", board["refresh"])
    assert minutes
    assert int(minutes[1]) * 60 >= DEFAULT_POLL.total_seconds()


# --- colours --------------------------------------------------------------------------------------


def colours(parameters: Parameters) -> dict[tuple[str, int, str], list[float]]:
    """Where colours change, by dashboard, panel and column."""
    found: dict[tuple[str, int, str], list[float]] = {}
    for name, board in built(parameters).items():
        for panel in board["panels"]:
            key = name, panel["id"]
            steps = panel["fieldConfig"]["defaults"].get("thresholds", {}).get("steps", [])
            found[*key, ""] = [step["value"] for step in steps[1:]]
            for override in panel["fieldConfig"]["overrides"]:
                for one in override["properties"]:
                    if one["id"] == "thresholds":
                        changes = [step["value"] for step in one["value"]["steps"][1:]]
                        found[*key, override["matcher"]["options"]] = changes
    return {key: changes for key, changes in found.items() if changes}


def judged(parameters: Parameters) -> dict[tuple[str, int, str], list[float]]:
    """Where they must change: where the alerts with these parameters do."""
    thresholds, windows = parameters.thresholds, parameters.windows
    unanswered = [
        thresholds.unanswered_at_work.total_seconds(),
        thresholds.unanswered_always.total_seconds(),
    ]
    stale = [windows.stale_after.total_seconds()]
    return {
        ("overview", 6, ""): stale,
        ("overview", 12, "Oldest unanswered"): unanswered,
        ("queue", 3, ""): unanswered,
        ("queue", 7, ""): [0, thresholds.first_response_objective],
        ("volume", 1, ""): [thresholds.spike_score],
        ("volume", 1, "B"): [thresholds.drop_score],
        ("volume", 5, ""): stale,
        ("volume", 6, "Spike"): [thresholds.spike_score],
        ("volume", 6, "Drop"): [thresholds.drop_score],
        ("volume", 8, ""): sorted({thresholds.spike_score, thresholds.drop_score}),
        ("health", 2, ""): stale,
        ("health", 3, ""): [thresholds.failing_share],
        ("health", 7, "Age"): stale,
        ("health", 8, ""): stale,
        ("health", 12, ""): [thresholds.throttled_share * 3600],
    }


def test_colours_change_where_the_alerts_do() -> None:
    assert colours(PRODUCTION) == judged(PRODUCTION)


def test_colours_follow_the_alerts_elsewhere() -> None:
    other = Parameters(
        dataclasses.replace(PRODUCTION.windows, stale_after=timedelta(minutes=7)),
        Thresholds(
            unanswered_at_work=timedelta(hours=3),
            unanswered_always=timedelta(hours=30),
            failing_share=0.3,
            first_response_objective=0.8,
            throttled_share=0.25,
            spike_score=4,
            drop_score=3,
        ),
    )
    assert colours(other) == judged(other)
    assert colours(other).keys() == colours(PRODUCTION).keys()


def test_the_least_number_is_that_of_the_rules() -> None:
    thresholds = PRODUCTION.thresholds
    told = {
        thresholds.least_customers,
        thresholds.least_ratings,
        thresholds.least_solves,
        thresholds.least_outcomes,
    }
    assert told == {LEAST}
    assert days(timedelta(days=30)) == "30d"


# --- the page about them --------------------------------------------------------------------------


def test_the_page_says_of_every_panel_what_to_do(root: Path) -> None:
    sections = re.split(
        r"^### ", (root / "docs" / "dashboards.md").read_text("utf-8"), flags=re.MULTILINE
    )
    said = {section.partition("\n")[0]: section for section in sections[1:]}
    boards = built().values()
    assert said.keys() == {board["title"] for board in boards}
    for board in boards:
        rows = dict(
            re.findall(r"^\| ([^|]+\?) \| ([^|]+) \|$", said[board["title"]], flags=re.MULTILINE)
        )
        assert list(rows) == [panel["title"] for panel in board["panels"]]
        assert all(len(what) > 10 for what in rows.values())


# --- Grafana --------------------------------------------------------------------------------------


def test_it_loads_in_grafana_11(board: dict[str, Any]) -> None:
    assert set(board) <= {
        *("annotations", "description", "editable", "fiscalYearStartMonth", "graphTooltip"),
        *("links", "panels", "refresh", "schemaVersion", "tags", "templating", "time"),
        *("timezone", "title", "uid", "preload"),
    }


def test_provisioning_fits(board: dict[str, Any], root: Path) -> None:
    folder = root / "dashboards" / "provisioning"
    source, alertmanager = yaml.safe_load((folder / "datasources/deskpulse.yml").read_text())[
        "datasources"
    ]
    (provider,) = yaml.safe_load((folder / "dashboards/deskpulse.yml").read_text())["providers"]
    scraped = yaml.safe_load((root / "alerts/prometheus.yml").read_text())["global"]
    assert source["uid"] == "deskpulse-prometheus"
    assert source["type"] == board["templating"]["list"][0]["query"] == "prometheus"
    assert source["jsonData"]["timeInterval"] == scraped["scrape_interval"]
    assert alertmanager["type"] == "alertmanager"
    assert alertmanager["jsonData"]["implementation"] == "prometheus"
    assert [source["isDefault"], "isDefault" in alertmanager] == [True, False]
    assert source["uid"] != alertmanager["uid"]
    assert (provider["folder"], provider["type"]) == ("deskpulse", "file")
