"""The three kinds of panel, each with the rules of the house built in.

Whoever makes one must say what it asks, what the number means and why it may be empty.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from dashboards.limits import Limits
from dashboards.sdk import (
    common,
    common_models,
    dashboard,
    models,
    prometheus,
    prometheus_models,
    timeseries,
)
from dashboards.sdk import stat as stats
from dashboards.sdk import table as tables
from dashboards.variables import DATASOURCE

Panel: TypeAlias = stats.Panel | tables.Panel | timeseries.Panel

SECONDS: Final = "s"
COUNT: Final = "short"
SHARE: Final = "percentunit"
WELL: Final = "green"


@dataclass(frozen=True, slots=True)
class About:
    """What a panel says of itself.

    title: the question that it answers. unit: Grafana's name of the unit.
    text: the definition, which clock, which filters do not apply. empty: why it may be empty.
    """

    title: str
    unit: str
    text: str
    empty: str


@dataclass(frozen=True, slots=True)
class Query:
    """One query; `name` is shown beside its values.

    unit: where it differs from the panel's. flag: 1 and 0 are shown as yes and no.
    """

    expr: str
    name: str
    unit: str = ""
    dashed: bool = False
    color: str = ""
    flag: bool = False


def tile(
    about: About, *queries: Query, limits: Limits = (), start: str = "", nan: str = ""
) -> Panel:
    """Numbers of this moment; the first is judged by `limits`, the others stand beside it.

    start: begin of the time shown, in the place of the dashboard's. nan: shown for not-a-number.
    """
    panel = stats.Panel().orientation(common_models.VizOrientation.HORIZONTAL)
    _tell(panel, about)
    panel.color_mode(common_models.BigValueColorMode.VALUE)
    panel.graph_mode(common_models.BigValueGraphMode.NONE)
    several = len(queries) > 1
    mode = common_models.BigValueTextMode
    panel.text_mode(mode.VALUE_AND_NAME if several else mode.VALUE)
    panel.reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]).values(False))
    panel.thresholds(_steps(limits))
    if start:
        panel.time_from(start)
    if nan:
        panel.mappings([_not_a_number(nan)])
    _ask(panel, queries, instant=True)
    for letter in _letters(queries)[1:] if limits else ():
        panel.override_by_query(letter, [_fixed("text")])
    return panel


def graph(about: About, *queries: Query, stacked: bool = False) -> Panel:
    """Lines over time from 0 up.

    stacked: only for parts that add up to a whole.
    """
    panel = timeseries.Panel()
    _tell(panel, about)
    panel.line_width(2).fill_opacity(40 if stacked else 5)
    panel.show_points(common_models.VisibilityMode.NEVER)
    panel.draw_style(common_models.GraphDrawStyle.LINE)
    panel.legend(_legend()).tooltip(_tooltip())
    if stacked:
        panel.stacking(common.StackingConfig().mode(common_models.StackingMode.NORMAL).group("A"))
    _ask(panel, queries, instant=False)
    for letter, query in zip(_letters(queries), queries, strict=True):
        if query.dashed:
            panel.override_by_query(letter, [_property("custom.lineStyle", _DASHES)])
        if query.unit and query.unit != about.unit:
            panel.override_by_query(letter, [_property("custom.axisPlacement", "right")])
    return panel


def table(about: About, by: Sequence[str], *queries: Query, limits: Mapping[str, Limits]) -> Panel:
    """One row for each value of the labels in `by`, one column for each query.

    limits: for the columns that are judged, by the query's name.
    """
    panel = tables.Panel()
    _tell(panel, about)
    _ask(panel, queries, instant=True, as_table=True)
    columns = {f"Value #{letter}": q.name for letter, q in _named(queries).items()}
    order = {name: place for place, name in enumerate((*by, *columns))}
    names = {label: label.capitalize() for label in by} | columns
    panel.with_transformation(models.DataTransformerConfig(id_val="merge", options={}))
    panel.with_transformation(
        models.DataTransformerConfig(
            id_val="organize",
            options={
                "excludeByName": {"Time": True},
                "indexByName": order,
                "renameByName": names,
            },
        )
    )
    for query in queries:
        panel.override_by_name(query.name, _column(query, limits.get(query.name, ())))
    return panel


_DASHES: Final = {"fill": "dash", "dash": [8, 6]}
_YES_NO: Final = {
    "0": {"text": "no", "color": "red", "index": 0},
    "1": {"text": "yes", "color": "green", "index": 1},
}


def _tell(panel: Panel, about: About) -> None:
    panel.title(about.title).description(about.text).unit(about.unit).no_value(about.empty)
    panel.datasource(DATASOURCE).min(0)
    if about.unit == COUNT:
        panel.decimals(0)


def _ask(panel: Panel, queries: Sequence[Query], *, instant: bool, as_table: bool = False) -> None:
    for letter, query in _named(queries).items():
        target = prometheus.Dataquery().ref_id(letter).expr(query.expr).datasource(DATASOURCE)
        target.editor_mode(prometheus_models.QueryEditorMode.CODE).legend_format(query.name)
        if as_table:
            target.format(prometheus_models.PromQueryFormat.TABLE)
        else:
            target.format(prometheus_models.PromQueryFormat.TIME_SERIES)
        panel.with_target(target.instant() if instant else target.range())
        if not as_table and (properties := _own(query)):
            panel.override_by_query(letter, properties)


def _own(query: Query) -> list[models.DynamicConfigValue]:
    """What one query of a panel has for itself."""
    unit = [_property("unit", query.unit)] if query.unit else []
    if query.unit == COUNT:
        unit.append(_property("decimals", 0))
    return [*unit, *([_fixed(query.color)] if query.color else [])]


def _column(query: Query, limits: Limits) -> list[models.DynamicConfigValue]:
    properties = _own(query)
    if limits:
        properties.append(_property("thresholds", _steps(limits).build()))
        properties.append(_property("color", {"mode": "thresholds"}))
    if query.flag:
        properties.append(_property("mappings", [{"type": "value", "options": _YES_NO}]))
    if limits or query.flag:
        properties.append(_property("custom.cellOptions", {"type": "color-text"}))
    return properties


def _letters(queries: Sequence[Query]) -> list[str]:
    return [chr(ord("A") + place) for place in range(len(queries))]


def _named(queries: Sequence[Query]) -> dict[str, Query]:
    return dict(zip(_letters(queries), queries, strict=True))


def _steps(limits: Limits) -> dashboard.ThresholdsConfig:
    first = models.Threshold(value=None, color=WELL if limits else "text")
    steps = [first, *(models.Threshold(value=value, color=color) for value, color in limits)]
    return dashboard.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps(steps)


def _not_a_number(text: str) -> models.SpecialValueMap:
    return models.SpecialValueMap(
        options=models.DashboardSpecialValueMapOptions(
            match=models.SpecialValueMatch.NULL_AND_NAN,
            result=models.ValueMappingResult(text=text, color="text", index=0),
        )
    )


def _fixed(color: str) -> models.DynamicConfigValue:
    return _property("color", {"mode": "fixed", "fixedColor": color})


def _property(name: str, value: object) -> models.DynamicConfigValue:
    return models.DynamicConfigValue(id_val=name, value=value)


def _legend() -> common.VizLegendOptions:
    below = common_models.LegendPlacement.BOTTOM
    listed = common_models.LegendDisplayMode.LIST
    return (
        common.VizLegendOptions().placement(below).display_mode(listed).show_legend(True).calcs([])
    )


def _tooltip() -> common.VizTooltipOptions:
    every, falling = common_models.TooltipDisplayMode.MULTI, common_models.SortOrder.DESCENDING
    return common.VizTooltipOptions().mode(every).sort(falling)
