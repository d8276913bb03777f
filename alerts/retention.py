"""Whether more customers leave than before; it looks at what `alerts.economics` records."""

from __future__ import annotations

from collections.abc import Iterator

from alerts.alert import About, Alert, Severity
from alerts.annotations import SHARE, Board, asked, foremost, greatest, label, now, selected, value
from alerts.document import days
from alerts.economics import BY_EXPERIENCE, CHURNED, left, left_share
from alerts.parameters import Parameters
from alerts.recording import SOURCE, labels_of

_AT = labels_of(SOURCE)


def alerts(parameters: Parameters) -> Iterator[Alert]:
    """A share of customers that leave which is higher than just before."""
    t, length = parameters.thresholds, parameters.windows.economics[0]
    window = days(length)
    share, lost = left_share(window), left(window)
    before = f"{lost} offset {window}"
    share_before, lost_before = (f"{selected(one, *_AT)} offset {window}" for one in (share, lost))
    most = {
        name: greatest(name, f"increase({selected(metric, *_AT)}[{window}])")
        for name, metric in (("reason", CHURNED), ("experience", BY_EXPERIENCE))
    }
    yield Alert(
        name="ChurnSpike",
        severity=Severity.TICKET,
        about=About.BUSINESS,
        expr=(
            f"{share}\n"
            f"and {share} > {t.churn_ratio} * {share} offset {window}\n"
            f"and {lost} - {before} > {t.deviations} * sqrt({lost} + {before})\n"
        ),
        labels=_AT,
        limits=("churn_ratio", "deviations", "least_customers"),
        hold=parameters.windows.quality_for,
        keep=parameters.windows.quality_keep,
        board=Board.CUSTOMERS,
        span=2 * length,
        summary=(
            f"{label('source')}: {value(SHARE)} of the customers left within {window}, expected "
            f"about {asked(share_before, *_AT, form=SHARE)} as in the {window} before"
        ),
        description=(
            f"{now(lost)} left, {asked(lost_before, *_AT)} in the {window} "
            f"before; most of them: {foremost(_AT, **most)}. "
            "`deskpulse impact` compares them by the support that they had."
        ),
    )
