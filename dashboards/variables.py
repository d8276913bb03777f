"""The variables that every dashboard has, in the order in which they stand at its top."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from dashboards.sdk import Builder, common_models, dashboard, models

EVERYTHING: Final = ".+"
FILTERS: Final = ("source", "team", "priority", "channel")
DATASOURCE: Final = common_models.DataSourceRef(type_val="prometheus", uid="${datasource}")

_FILTERS: Final = (
    ("source", "Source", "label_values(deskpulse_source_up, source)"),
    ("team", "Team", 'label_values(support_tickets_open{source=~"$source"}, team)'),
    ("priority", "Priority", 'label_values(support_tickets_open{source=~"$source"}, priority)'),
    (
        "channel",
        "Channel",
        'label_values(support_tickets_created_total{source=~"$source"}, channel)',
    ),
)


def variables(offered: Collection[str]) -> list[Builder[models.VariableModel]]:
    """The data source, then one filter for each label that business series share.

    offered: the filters that can be seen; the others are there to be carried along by links.
    """
    return [
        dashboard.DatasourceVariable("datasource").label("Data source").type("prometheus"),
        *(_filter(*row, offered) for row in _FILTERS),
    ]


def _filter(name: str, label: str, query: str, offered: Collection[str]) -> dashboard.QueryVariable:
    editor = "PrometheusVariableQueryEditor-VariableQuery"
    seen = models.VariableHide.DONT_HIDE if name in offered else models.VariableHide.HIDE_VARIABLE
    return (
        dashboard.QueryVariable(name)
        .label(label)
        .hide(seen)
        .datasource(DATASOURCE)
        .definition(query)
        .query({"qryType": 1, "query": query, "refId": editor})
        .refresh(models.VariableRefresh.ON_DASHBOARD_LOAD)
        .sort(models.VariableSort.ALPHABETICAL_CASE_INSENSITIVE_ASC)
        .multi(True)
        .include_all(True)
        .all_value(EVERYTHING)
        .current(models.VariableOption(selected=True, text="All", value="$__all"))
    )
