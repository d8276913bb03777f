"""The four kinds of panel, each with the rules of the house built in.

Whoever makes one must say what it asks, what the number means and why it may be empty.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from dashboards import fields
from dashboards.fields import COUNT, SECONDS, Query
from dashboards.limits import Limits
from dashboards.sdk import (
    common,
    common_models,
    dashboard,
    heatmap,
    models,
    prometheus,
    prometheus_models,
    timeseries,
)
from dashboards.sdk import stat as stats
from dashboards.sdk import table as tables
from dashboards.variables import DATASOURCE

Panel: TypeAlias = stats.Panel | tables.Panel | timeseries.Panel | heatmap.Panel


@dataclass(frozen=True, slots=True)
class About:
    """What a panel says of itself.

    title: the question that it answers. unit: Grafana's name of the unit.
    text: the definition, which clock, which filters do not apply. empty: why it may be empty.
    signed: whether values may be below 0; all others begin at 0.
    """

    title: str
    unit: str
    text: str
    empty: str
    signed: bool = False


def tile(
    about: About,
    *queries: Query,
    limits: Limits = (),
    others: Mapping[str, Limits] | None = None,
    nan: str = "",
    leads: str = "",
) -> Panel:
    """Numbers of this moment; the first is judged by `limits`, the others stand beside it.

    others: limits of their own of those that are judged too, by the query's name. nan: shown for
    not-a-number. leads: the address of the dashboard that says more.
    """
    panel = stats.Panel().orientation(common_models.VizOrientation.HORIZONTAL)
    _tell(panel, about)
    panel.color_mode(common_models.BigValueColorMode.VALUE)
    panel.graph_mode(common_models.BigValueGraphMode.NONE)
    several = len(queries) > 1 or "{{" in queries[0].name
    mode = common_models.BigValueTextMode
    panel.text_mode(mode.VALUE_AND_NAME if several else mode.VALUE)
    panel.reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]).values(False))
    panel.thresholds(fields.steps(limits))
    if nan:
        panel.mappings([fields.not_a_number(nan)])
    if leads:
        panel.links(
            [dashboard.DashboardLink("More").url(leads).type(models.DashboardLinkType.LINK)]
        )
    _ask(panel, queries, instant=True)
    for letter, query in list(fields.letters(queries).items())[1:] if limits else ():
        judged = (others or {}).get(query.name, ())
        own = fields.judged(judged) if judged else [fields.fixed("text")]
        panel.override_by_query(letter, own)
    return panel


def graph(
    about: About,
    *queries: Query,
    stacked: bool = False,
    limits: Limits = (),
    step: str = "",
) -> Panel:
    """Lines over time from 0 up.

    stacked: only for parts that add up to a whole. limits: drawn as lines across. step: the least
    time between two points; what is counted over a day does not change within minutes, and each
    point costs.
    """
    panel = timeseries.Panel()
    if step:
        panel.interval(step)
    _tell(panel, about)
    panel.line_width(2).fill_opacity(40 if stacked else 5)
    panel.show_points(common_models.VisibilityMode.NEVER)
    panel.draw_style(common_models.GraphDrawStyle.LINE)
    panel.legend(_legend()).tooltip(_tooltip())
    if stacked:
        panel.stacking(common.StackingConfig().mode(common_models.StackingMode.NORMAL).group("A"))
    if limits:
        line = common_models.GraphThresholdsStyleMode.LINE
        panel.thresholds(fields.steps(limits))
        panel.thresholds_style(common.GraphThresholdsStyleConfig().mode(line))
    _ask(panel, queries, instant=False)
    for letter, query in fields.letters(queries).items():
        if properties := fields.drawn(query, about.unit):
            panel.override_by_query(letter, properties)
    return panel


def heat(about: About, query: Query, step: str) -> Panel:
    """Where the values of a histogram lie over time; its exemplars lead to tickets.

    step: the least time that one column stands for.
    """
    panel = heatmap.Panel().calculate(False).cell_gap(1).interval(step)
    _tell(panel, about)
    panel.y_axis(heatmap.YAxisConfig().unit(SECONDS).min(0))
    target = _target("A", query).format(prometheus_models.PromQueryFormat.HEATMAP)
    panel.with_target(target.range().exemplar(True))
    return panel


def table(
    about: About,
    by: Sequence[str],
    *queries: Query,
    limits: Mapping[str, Limits] | None = None,
    leads: Mapping[str, str] | None = None,
) -> Panel:
    """One row for each value of the labels in `by`, one column for each query.

    limits: for the columns that are judged, by the query's name. leads: by label, the address
    that a cell with its value leads to.
    """
    panel = tables.Panel()
    _tell(panel, about)
    _ask(panel, queries, instant=True, as_table=True)
    columns = {f"Value #{letter}": q.name for letter, q in fields.letters(queries).items()}
    order = {name: place for place, name in enumerate((*by, *columns))}
    names = {label: label.capitalize() for label in by} | columns
    organized = {"excludeByName": {"Time": True}, "indexByName": order, "renameByName": names}
    panel.with_transformation(models.DataTransformerConfig(id_val="merge", options={}))
    panel.with_transformation(models.DataTransformerConfig(id_val="organize", options=organized))
    for query in queries:
        judged = (limits or {}).get(query.name, ())
        panel.override_by_name(query.name, fields.column(query, judged))
    for label, address in (leads or {}).items():
        panel.override_by_name(names[label], [fields.leading("More", address)])
    return panel


def _tell(panel: Panel, about: About) -> None:
    panel.title(about.title).description(about.text).unit(about.unit).no_value(about.empty)
    panel.datasource(DATASOURCE)
    if not about.signed:
        panel.min(0)
    if about.unit == COUNT:
        panel.decimals(0)


def _target(letter: str, query: Query) -> prometheus.Dataquery:
    target = prometheus.Dataquery().ref_id(letter).expr(query.expr).datasource(DATASOURCE)
    return target.editor_mode(prometheus_models.QueryEditorMode.CODE).legend_format(query.name)


def _ask(panel: Panel, queries: Sequence[Query], *, instant: bool, as_table: bool = False) -> None:
    form = prometheus_models.PromQueryFormat
    for letter, query in fields.letters(queries).items():
        target = _target(letter, query).format(form.TABLE if as_table else form.TIME_SERIES)
        panel.with_target(target.instant() if instant else target.range())
        if not as_table and (properties := fields.own(query)):
            panel.override_by_query(letter, properties)


def _legend() -> common.VizLegendOptions:
    below = common_models.LegendPlacement.BOTTOM
    listed = common_models.LegendDisplayMode.LIST
    return (
        common.VizLegendOptions().placement(below).display_mode(listed).show_legend(True).calcs([])
    )


def _tooltip() -> common.VizTooltipOptions:
    every, falling = common_models.TooltipDisplayMode.MULTI, common_models.SortOrder.DESCENDING
    return common.VizTooltipOptions().mode(every).sort(falling)
