"""What all dashboards have in common: variables, links to one another, the marks of alerts."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Final

from dashboards.layout import Shelf, placed
from dashboards.places import PLACES, Place
from dashboards.sdk import dashboard, models
from dashboards.variables import DATASOURCE, variables

REFRESH: Final = "1m"
"""As often as sources are polled by default: nothing changes in between."""


def framed(
    place: Place, text: str, shelves: Sequence[Shelf], *, since: str, filters: Collection[str]
) -> models.Dashboard:
    """A dashboard, ready to be written as JSON.

    since: where the time that it shows begins. filters: the variables that it offers; it carries
    the others along unseen.
    """
    made = (
        dashboard.Dashboard(place.title)
        .uid(place.uid)
        .description(text)
        .tags(["deskpulse"])
        .time(since, "now")
        .refresh(REFRESH)
        .tooltip(models.DashboardCursorSync.CROSSHAIR)
        .readonly()
        .variables(variables(filters))
        .links(list(_links(place)))
        .annotation(_alerts())
    )
    for panel in placed(shelves):
        made.with_panel(panel)
    return made.build()


def _links(here: Place) -> Iterator[dashboard.DashboardLink]:
    for place in PLACES:
        if place != here:
            link = dashboard.DashboardLink(place.title).type(models.DashboardLinkType.LINK)
            yield link.url(place.path).include_vars(True).keep_time(True).icon("dashboard")


def _alerts() -> dashboard.AnnotationQuery:
    return (
        dashboard.AnnotationQuery()
        .name("Alerts")
        .datasource(DATASOURCE)
        .enable(True)
        .icon_color("red")
        .expr('ALERTS{alertstate="firing", source=~"$source|"}')
        .title_format("{{alertname}}")
        .text_format("{{source}} {{team}}")
        .tag_keys("severity")
        .step("1m")
    )
