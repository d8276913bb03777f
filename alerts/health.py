"""Ourselves: whether sources are read, wholly and in time, and whether deskpulse answers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from alerts.alert import About, Alert, Severity
from alerts.annotations import (
    SHARE,
    SPAN,
    Board,
    asked,
    asked_label,
    greatest,
    label,
    now,
    selected,
    value,
)
from alerts.document import duration
from alerts.parameters import JOB, Parameters
from alerts.recording import (
    COMPLETE_TO,
    LAST_SUCCESS,
    SOURCE,
    Recording,
    increased,
    labels_of,
    named,
    unless_catching_up,
)

AGE = named(SOURCE, LAST_SUCCESS, "age")
UP = "deskpulse_source_up"
FAILURES = "deskpulse_source_failures_total"
THROTTLED = "deskpulse_source_throttled_seconds_total"
CAPPED = "deskpulse_labels_capped_total"
RECORDS = "deskpulse_source_records_total"
TOOK = "deskpulse_source_sync_seconds"
REJECTED = "deskpulse_source_records_rejected_total"

_AT = labels_of(SOURCE)


def recordings(_: Parameters) -> Iterator[Recording]:
    """How old each source's data are."""
    yield Recording(
        AGE,
        f"time() - max by ({SOURCE}) ({LAST_SUCCESS})",
        "Seconds since the last successful poll.",
    )


def alerts(parameters: Parameters) -> Iterator[Alert]:
    """Those about sources, then those about deskpulse itself."""
    yield _stale(parameters)
    yield _failing(parameters)
    yield _refused(parameters)
    yield _throttled(parameters)
    yield _rejected(parameters)
    yield _capped()
    yield _down(parameters)


def _stale(parameters: Parameters) -> Alert:
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
        labels=_AT,
        limits=("stale_after", "stale_for"),
        hold=parameters.windows.stale_for,
        board=Board.HEALTH,
        summary=(
            f"{label('source')}: the data are {value(SPAN)} old, expected at most {standing}; "
            "its business alerts are silent meanwhile"
        ),
        description=(
            "Either no poll has succeeded for that long, or polls succeed but the vendor's "
            "answers no longer move on. The last good values stay on the dashboards."
        ),
    )


def _failing(parameters: Parameters) -> Alert:
    window = duration(parameters.windows.failing)
    reason = greatest("reason", f"increase({selected(FAILURES, *_AT)}[{window}])")
    return Alert(
        name="SourceFailing",
        severity=Severity.TICKET,
        about=About.SOURCE,
        expr=(
            f"1 - avg by ({SOURCE}) (avg_over_time({UP}[{window}]))\n"
            f"> {parameters.thresholds.failing_share}\n"
        ),
        labels=_AT,
        limits=("failing_share", "failing", "failing_for"),
        hold=parameters.windows.failing_for,
        board=Board.HEALTH,
        summary=(
            f"{label('source')}: {value(SHARE)} of the polls of the last {window} failed, "
            f"expected none; most often: {asked_label(reason, 'reason', *_AT)}"
        ),
        description=(
            f"Time since the last success: {_since_success()}. `deskpulse check` says what is "
            "wrong and how to mend it. The last good values stay."
        ),
    )


def _refused(parameters: Parameters) -> Alert:
    """No refusal heals by itself, but one that was followed by a success did."""
    window = duration(parameters.windows.failing)
    refusals = increased(SOURCE, FAILURES, window, 'reason="credentials"')
    return Alert(
        name="CredentialsRefused",
        severity=Severity.TICKET,
        about=About.SOURCE,
        expr=(f"{refusals} > 0\nand on ({SOURCE}) {UP} == 0\n"),
        labels=_AT,
        limits=("failing", "refused_for"),
        hold=parameters.windows.refused_for,
        board=Board.HEALTH,
        summary=(
            f"{label('source')}: the vendor refused the credentials {value()} times in the last "
            f"{window}, expected never; nothing is read until somebody mends them"
        ),
        description=(
            f"Time since the last success: {_since_success()}. A token was revoked, has expired or "
            "has lost a permission: `deskpulse check` says which one and where it is made."
        ),
    )


def _throttled(parameters: Parameters) -> Alert:
    """A first import and a catch-up are as fast as the vendor lets them be, and end."""
    t, window = parameters.thresholds, parameters.windows.throttled
    return Alert(
        name="Throttled",
        severity=Severity.TICKET,
        about=About.SOURCE,
        expr=(
            f"{increased(SOURCE, THROTTLED, duration(window))} / {int(window.total_seconds())}\n"
            f"> {t.throttled_share}\n"
            f"{unless_catching_up(window)}"
        ),
        labels=_AT,
        limits=("throttled_share", "throttled"),
        hold=parameters.windows.throttled_for,
        board=Board.HEALTH,
        summary=(
            f"{label('source')}: {value(SHARE)} of the last {duration(window)} was spent waiting "
            f"because the vendor asked for it, expected at most {t.throttled_share:.0%}"
        ),
        description=(
            f"A poll takes {now(TOOK, SPAN)} now. Somebody else uses "
            "up the account's quota, or `poll` of this source is too short. Numbers grow older, "
            "none gets wrong."
        ),
    )


def _rejected(parameters: Parameters) -> Alert:
    t = parameters.thresholds
    rejected, read = increased(SOURCE, REJECTED, "1h"), increased(SOURCE, RECORDS, "1h")
    these, all_ = (f"increase({selected(one, *_AT)}[1h])" for one in (REJECTED, RECORDS))
    reason, share = greatest("reason", these), f"sum({these}) / sum({all_})"
    return Alert(
        name="RecordsRejected",
        severity=Severity.TICKET,
        about=About.SOURCE,
        expr=(
            f"round({rejected}) >= {t.rejected_floor}\n"
            f"and {rejected} > {t.rejected_share} * {read}\n"
        ),
        labels=_AT,
        limits=("rejected_floor", "rejected_share"),
        board=Board.HEALTH,
        summary=(
            f"{label('source')}: {value()} records of the last hour could not be read, "
            f"{asked(share, *_AT * 2, form=SHARE)} of all, expected none; most often: "
            f"{asked_label(reason, 'reason', *_AT)}"
        ),
        description=(
            "They are missing from every number until they can be read. The log names the first "
            "of each page, with what is wrong with it."
        ),
    )


def _capped() -> Alert:
    labels = (*_AT, "label")
    return Alert(
        name="LabelsCapped",
        severity=Severity.INFO,
        about=About.SOURCE,
        expr=f"sum by ({', '.join(labels)}) (increase({CAPPED}[1d])) > 0\n",
        labels=labels,
        limits=(),
        board=Board.HEALTH,
        span=timedelta(days=1),
        summary=(
            f"{label('source')}: {value()} values of {label('label')} came beyond the cap within a "
            "day and are shown as `other`, expected none"
        ),
        description=(
            f"{asked(selected(CAPPED, *labels), *labels)} of them so far. No number is lost, the "
            "series of single values are: name those that matter in the configuration, or raise "
            "the cap (`max_teams`, `max_categories`)."
        ),
    )


def _down(parameters: Parameters) -> Alert:
    return Alert(
        name="ExporterDown",
        severity=Severity.PAGE,
        about=About.SELF,
        expr=f'up{{job="{JOB}"}} == 0\nor absent(up{{job="{JOB}"}})\n',
        labels=("instance",),
        limits=("down_for",),
        hold=parameters.windows.down_for,
        board=Board.HEALTH,
        summary=(
            "deskpulse{{ with $labels.instance }} at {{ . }}{{ end }} does not answer: "
            "0 targets up, expected 1{{ if not $labels.instance }} "
            f"(Prometheus knows no target of job {JOB}){{{{ end }}}}"
        ),
        description=(
            "No number of any of its sources is up to date, and no other alert on them can fire."
        ),
    )


def _since_success() -> str:
    never = "none succeeded yet"
    return asked(f"time() - max({selected(LAST_SUCCESS, *_AT)})", *_AT, form=SPAN, otherwise=never)
