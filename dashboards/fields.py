"""What a panel says of one of its queries: unit, colour, axis, mappings, as Grafana's overrides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from dashboards.limits import WELL, Limits
from dashboards.sdk import dashboard, models

SECONDS: Final = "s"
COUNT: Final = "short"
AMOUNT: Final = "locale"
SHARE: Final = "percentunit"
BYTES: Final = "bytes"

_DASHES: Final = {"fill": "dash", "dash": [8, 6]}
_UNSEEN: Final = {"legend": False, "tooltip": False, "viz": True}
_YES_NO: Final = {
    "0": {"text": "no", "color": "red", "index": 0},
    "1": {"text": "yes", "color": "green", "index": 1},
}


@dataclass(frozen=True, slots=True)
class Query:
    """One query; `name` is shown beside its values, labels in it as `{{label}}`.

    unit: where it differs from the panel's; it then has the axis on the right.
    flag: 1 and 0 are shown as yes and no.
    down_to: the name of the query down to which the space below this one is filled.
    beside: told in the tooltip and not drawn, as the n of a share.
    """

    expr: str
    name: str
    unit: str = ""
    dashed: bool = False
    color: str = ""
    flag: bool = False
    down_to: str = ""
    beside: bool = False


def letters(queries: Sequence[Query]) -> Mapping[str, Query]:
    """The queries by the letters that Grafana knows them by."""
    return {chr(ord("A") + place): query for place, query in enumerate(queries)}


def own(query: Query) -> list[models.DynamicConfigValue]:
    """What one query of a panel has for itself."""
    unit = [prop("unit", query.unit)] if query.unit else []
    if query.unit == COUNT:
        unit.append(prop("decimals", 0))
    flag = [prop("mappings", [{"type": "value", "options": _YES_NO}])] if query.flag else []
    return [*unit, *([fixed(query.color)] if query.color else []), *flag]


def drawn(query: Query, unit: str) -> list[models.DynamicConfigValue]:
    """How the line of a query is drawn in a graph with this unit."""
    found = [prop("custom.lineStyle", _DASHES)] if query.dashed else []
    if query.beside:
        found.append(prop("custom.hideFrom", _UNSEEN))
    elif query.unit and query.unit != unit:
        found.append(prop("custom.axisPlacement", "right"))
    if query.down_to:
        found += [prop("custom.fillBelowTo", query.down_to), prop("custom.lineWidth", 0)]
        found.append(prop("custom.fillOpacity", 15))
    return found


def column(query: Query, limits: Limits) -> list[models.DynamicConfigValue]:
    """How the cells of a query are shown in a table."""
    found = own(query)
    if limits:
        found += judged(limits)
    if limits or query.flag:
        found.append(prop("custom.cellOptions", {"type": "color-text"}))
    return found


def judged(limits: Limits) -> list[models.DynamicConfigValue]:
    """Colours that change at limits of its own."""
    return [prop("thresholds", steps(limits).build()), prop("color", {"mode": "thresholds"})]


def leading(title: str, address: str) -> models.DynamicConfigValue:
    """A link from every cell of a column."""
    return prop("links", [{"title": title, "url": address}])


def steps(limits: Limits) -> dashboard.ThresholdsConfig:
    """Limits as Grafana has them."""
    first = models.Threshold(value=None, color=WELL if limits else "text")
    rest = [models.Threshold(value=value, color=color) for value, color in limits]
    return dashboard.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps([first, *rest])


def not_a_number(text: str) -> models.SpecialValueMap:
    """What is shown in the place of not-a-number."""
    return models.SpecialValueMap(
        options=models.DashboardSpecialValueMapOptions(
            match=models.SpecialValueMatch.NULL_AND_NAN,
            result=models.ValueMappingResult(text=text, color="text", index=0),
        )
    )


def fixed(color: str) -> models.DynamicConfigValue:
    """A colour that no value changes."""
    return prop("color", {"mode": "fixed", "fixedColor": color})


def prop(name: str, value: object) -> models.DynamicConfigValue:
    """One property of an override."""
    return models.DynamicConfigValue(id_val=name, value=value)
