"""Every alert as one row, and the rule file that they make together with the recording rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from alerts.annotations import SPAN, asked, asked_label, dashboard, label, value
from alerts.document import duration, rendered
from alerts.parameters import JOB, Parameters
from alerts.recording import (
    AGE,
    BACKLOG,
    BACKLOG_USUAL,
    CATCHING_UP,
    COMPLETE_TO,
    LAST_SUCCESS,
    SOURCE,
    TEAM,
    WAIT,
    Arrivals,
    recordings,
)


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
    """One alert.

    expr: fires for every series that it gives; its value is the current value in `summary`.
    hold: how long it must last before it fires; keep: how long it goes on firing after.
    """

    name: str
    severity: Severity
    about: About
    expr: str
    summary: str
    description: str
    hold: timedelta = timedelta(0)
    keep: timedelta = timedelta(0)


def alerts(parameters: Parameters) -> Iterator[Alert]:
    """Every alert, the business first."""
    yield _volume_spike(parameters)
    yield _backlog_growing(parameters)
    yield _unanswered_too_long(parameters)
    yield _source_stale(parameters)
    yield _source_failing(parameters)
    yield _exporter_down(parameters)


def render(parameters: Parameters) -> str:
    """The rule file for Prometheus 2.42 and newer, as YAML."""
    rules = [{"record": one.record, "expr": one.expr} for one in recordings(parameters)]
    rules += [_rule(alert, parameters) for alert in alerts(parameters)]
    # One group, because only within a group is the order of evaluation kept.
    groups = [{"name": "deskpulse", "rules": rules}]
    return rendered({"groups": groups})


def _rule(alert: Alert, parameters: Parameters) -> dict[str, Any]:
    links = parameters.links
    rule: dict[str, Any] = {"alert": alert.name, "expr": alert.expr}
    if alert.hold:
        rule["for"] = duration(alert.hold)
    if alert.keep:
        rule["keep_firing_for"] = duration(alert.keep)
    rule["labels"] = {"severity": str(alert.severity), "about": str(alert.about)}
    rule["annotations"] = {
        "summary": alert.summary,
        "description": alert.description,
        "dashboard_url": dashboard(links.grafana, source=alert.about is not About.SELF),
        "runbook_url": f"{links.runbooks}/{alert.name}.md",
    }
    return rule


def _volume_spike(parameters: Parameters) -> Alert:
    windows, names = parameters.windows, Arrivals.over(parameters.windows)
    at = "{instance=%q,source=%q,channel=%q}"
    labels = ("instance", "source", "channel")
    window = duration(windows.arrivals)
    return Alert(
        name="VolumeSpike",
        severity=Severity.PAGE,
        about=About.BUSINESS,
        expr=(
            f"{names.counted} > {names.upper}\n"
            f"and {names.counted} >= {parameters.thresholds.spike_floor}\n"
        ),
        hold=windows.spike_for,
        keep=windows.spike_keep,
        summary=(
            f"{label('source')}: {value()} tickets by {label('channel')} in {window}, "
            f"expected {asked(names.expected + at, *labels)}"
        ),
        description=(
            f"Up to {asked(names.upper + at, *labels)} would still be usual for this channel. "
            "The usual value is the greatest of what came recently and at the same time of "
            "earlier days. Something that many customers notice may be broken."
        ),
    )


def _backlog_growing(parameters: Parameters) -> Alert:
    t = parameters.thresholds
    growth = (
        "topk(1, sum by (channel) (support_tickets_open{instance=%q,source=%q}) - "
        "sum by (channel) (support_tickets_open{instance=%q,source=%q} offset 1d))"
    )
    return Alert(
        name="BacklogGrowing",
        severity=Severity.TICKET,
        about=About.BUSINESS,
        expr=(
            f"{BACKLOG} > {t.backlog_ratio} * {BACKLOG_USUAL}\n"
            f"and {BACKLOG} - {BACKLOG_USUAL} >= {t.backlog_floor}\n"
            f"unless on ({SOURCE}) {CATCHING_UP} == 1\n"
        ),
        hold=parameters.windows.backlog_for,
        summary=(
            f"{label('source')}: {value()} tickets are open, usual at this time are "
            f"{asked(BACKLOG_USUAL + '{instance=%q,source=%q}', 'instance', 'source')}; "
            "most of the growth came by "
            f"{asked_label(growth, 'channel', *('instance', 'source') * 2)}"
        ),
        description=(
            "More comes in than is solved, compared with the same time of yesterday and of a week "
            "ago. Customers will wait longer, first in the channel that grew most."
        ),
    )


def _unanswered_too_long(parameters: Parameters) -> Alert:
    t = parameters.thresholds
    waiting = "sum(support_tickets_awaiting_first_response{instance=%q,source=%q,team=%q})"
    top = (
        "topk(1, sum by (channel) "
        "(support_tickets_open{instance=%q,source=%q,team=%q,status='new'}))"
    )
    return Alert(
        name="UnansweredTooLong",
        severity=Severity.TICKET,
        about=About.BUSINESS,
        expr=(
            f"{WAIT} > {int(t.unanswered_always.total_seconds())}\n"
            "or (\n"
            f"  {WAIT} > {int(t.unanswered_at_work.total_seconds())}\n"
            f"  and on ({TEAM})\n"
            f"  sum by ({TEAM}) (increase(support_first_response_seconds_count[1h])) > 0\n"
            ")\n"
        ),
        hold=timedelta(minutes=15),
        summary=(
            f"{label('source')}: a ticket of team {label('team')} has waited "
            f"{value(SPAN)} for its first answer, expected at most "
            f"{duration(t.unanswered_at_work)} while the team is at work"
        ),
        description=(
            f"{asked(waiting, 'instance', 'source', 'team')} tickets of this team wait for a first "
            "answer; most of the new ones came by "
            f"{asked_label(top, 'channel', 'instance', 'source', 'team')}. The wait is reckoned up "
            "to the moment to which the source's data are complete. Where the team answered nobody "
            f"within the last hour, only a wait of {duration(t.unanswered_always)} is told."
        ),
    )


def _source_stale(parameters: Parameters) -> Alert:
    after = parameters.windows.stale_after
    standing = duration(after)
    return Alert(
        name="SourceStale",
        severity=Severity.PAGE,
        about=About.SOURCE,
        expr=(
            f"{AGE} > {int(after.total_seconds())}\n"
            f"or max by ({SOURCE}) (\n"
            f"  time() - {COMPLETE_TO}\n"
            f"  and {COMPLETE_TO} == {COMPLETE_TO} offset {standing}\n"
            ")\n"
        ),
        hold=parameters.windows.stale_for,
        summary=(
            f"{label('source')}: the data are {value(SPAN)} old, expected at most {standing}; "
            "its business alerts are silent meanwhile"
        ),
        description=(
            "Either no poll has succeeded for that long, or polls succeed but the vendor's "
            "answers no longer move on. The last good values stay on the dashboards."
        ),
    )


def _source_failing(parameters: Parameters) -> Alert:
    windows = parameters.windows
    window = duration(windows.failing)
    reasons = (
        "topk(1, sum by (reason) (increase(deskpulse_source_failures_total"
        f"{{instance=%q,source=%q}}[{window}])) > 0)"
    )
    never = "none succeeded yet"
    seen = "time() - max(" + LAST_SUCCESS + "{instance=%q,source=%q})"
    return Alert(
        name="SourceFailing",
        severity=Severity.TICKET,
        about=About.SOURCE,
        expr=(
            f"1 - avg by ({SOURCE}) (avg_over_time(deskpulse_source_up[{window}]))\n"
            f"> {parameters.thresholds.failing_share}\n"
        ),
        hold=windows.failing_for,
        summary=(
            f"{label('source')}: {value('humanizePercentage')} of the polls of the last {window} "
            f"failed, expected none; most often: {asked_label(reasons, 'reason', *_AT_SOURCE)}"
        ),
        description=(
            f"Time since the last success: {asked(seen, *_AT_SOURCE, form=SPAN, otherwise=never)}. "
            "`deskpulse check` says what is wrong and how to mend it. The last good values stay."
        ),
    )


def _exporter_down(parameters: Parameters) -> Alert:
    return Alert(
        name="ExporterDown",
        severity=Severity.PAGE,
        about=About.SELF,
        expr=f'up{{job="{JOB}"}} == 0\nor absent(up{{job="{JOB}"}})\n',
        hold=parameters.windows.down_for,
        summary=(
            "deskpulse{{ with $labels.instance }} at {{ . }}{{ end }} does not answer: "
            "0 targets up, expected 1{{ if not $labels.instance }} "
            f"(Prometheus knows no target of job {JOB}){{{{ end }}}}"
        ),
        description=(
            "No number of any of its sources is up to date, and no other alert on them can fire."
        ),
    )


_AT_SOURCE = ("instance", "source")
