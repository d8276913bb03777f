"""Where the dashboards are, and the addresses that lead from one to another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_SPAN: Final = "${__url_time_range}"
_CHOSEN: Final = "${datasource:queryparam}&${source:queryparam}"


@dataclass(frozen=True, slots=True)
class Place:
    """A dashboard. uid: for good, because links of alerts and of people hold it."""

    uid: str
    title: str

    @property
    def path(self) -> str:
        """Its address on Grafana."""
        return f"/d/{self.uid}"

    @property
    def carried(self) -> str:
        """Its address with the time and the variables of the dashboard that one comes from."""
        return f"{self.path}?{_SPAN}&${{__all_variables}}"

    def at(self, variable: str) -> str:
        """The same for a cell of a table, whose value is chosen there for a variable."""
        return f"{self.path}?{_SPAN}&{_CHOSEN}&var-{variable}=${{__value.raw:percentencode}}"


OVERVIEW: Final = Place("deskpulse-overview", "Support overview")
QUEUE: Final = Place("deskpulse-queue", "Queue")
CUSTOMERS: Final = Place("deskpulse-customers", "Customers")
VOLUME: Final = Place("deskpulse-volume", "Volume")
HEALTH: Final = Place("deskpulse-health", "Pipeline health")

PLACES: Final = (OVERVIEW, QUEUE, CUSTOMERS, VOLUME, HEALTH)
"""Every dashboard, from the question to its cause."""
