"""What an alert is: one row of the tables beside this, and the rule that is made of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from alerts.annotations import Board, dashboard
from alerts.document import duration
from alerts.parameters import Links


class Severity(StrEnum):
    """What an alert asks for: somebody now, somebody today, nobody in particular."""

    PAGE = "page"
    TICKET = "ticket"
    INFO = "info"


class About(StrEnum):
    """Whom an alert is about; what stands further down silences what stands above it."""

    BUSINESS = "business"
    SOURCE = "source"
    SELF = "self"


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert. Two of one name differ in their severity, and the more severe one silences.

    expr: fires for every series that it gives; its value is the current value in `summary`.
    labels: those that its series have.
    hold: how long it must last before it fires; keep: how long it goes on firing after.
    board: the dashboard that shows it; span: how much of the time before the alert it shows there.
    limits: the fields of `Thresholds` and `Windows` that move it, for docs/alerts.md.
    """

    name: str
    severity: Severity
    about: About
    expr: str
    summary: str
    description: str
    labels: tuple[str, ...]
    limits: tuple[str, ...]
    hold: timedelta = timedelta(0)
    keep: timedelta = timedelta(0)
    board: Board = Board.OVERVIEW
    span: timedelta = timedelta(hours=6)

    def rule(self, links: Links) -> dict[str, Any]:
        """The alert as a rule file of Prometheus has it."""
        rule: dict[str, Any] = {"alert": self.name, "expr": self.expr}
        if self.hold:
            rule["for"] = duration(self.hold)
        if self.keep:
            rule["keep_firing_for"] = duration(self.keep)
        rule["labels"] = {"severity": str(self.severity), "about": str(self.about)}
        rule["annotations"] = {
            "summary": self.summary,
            "description": self.description,
            "dashboard_url": links.grafana + dashboard(self.board, self.span, self.labels),
            "runbook_url": f"{links.runbooks}/{self.name}.md",
        }
        return rule
