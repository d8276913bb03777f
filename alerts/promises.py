"""What was promised to customers: how fast the budget of broken promises burns, and what is next.

The windows and factors are those of the SRE workbook ("Alerting on SLOs"): somebody is called when
a share of the budget would be gone within one window, and a second, short window ends the alert
soon after the trouble does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from alerts.alert import About, Alert, Severity
from alerts.annotations import (
    SHARE,
    Board,
    asked,
    foremost,
    label,
    parts,
    selected,
    value,
)
from alerts.backlog import MOST_OPEN
from alerts.document import days
from alerts.parameters import Parameters
from alerts.recording import (
    TARGET,
    Recording,
    increased,
    labels_of,
    named,
    unless_catching_up,
)

OUTCOMES = "support_sla_outcomes_total"
PROMISED = "support_sla_open"

_LABELS = labels_of(TARGET)


@dataclass(frozen=True, slots=True)
class Burn:
    """A share of the budget that may not be gone within a window, as judged over it and a short
    one at its end."""

    long: timedelta
    short: timedelta
    spent: float

    def factor(self, budget: timedelta) -> float:
        """How many times faster than evenly the budget burns then."""
        return round(self.spent * (budget / self.long), 6)


@dataclass(frozen=True, slots=True)
class Slo:
    """A promise that is judged. objective: the field of `Thresholds` with the share to be kept."""

    alert: str
    target: str
    objective: str
    words: str


_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
BURNS = {
    Severity.PAGE: (
        Burn(_HOUR, timedelta(minutes=5), spent=0.02),
        Burn(6 * _HOUR, timedelta(minutes=30), spent=0.05),
    ),
    Severity.TICKET: (
        Burn(_DAY, 2 * _HOUR, spent=0.1),
        Burn(3 * _DAY, 6 * _HOUR, spent=0.1),
    ),
}
SLOS = (
    Slo("FirstResponseBurn", "first_response", "first_response_objective", "first responses"),
    Slo("ResolutionBurn", "resolution", "resolution_objective", "resolutions"),
)


def counted(window: timedelta) -> str:
    """The name of the series that says how many promises were kept or broken within a window."""
    return named(TARGET, OUTCOMES, f"increase{days(window)}")


def broken(window: timedelta) -> str:
    """The name of the series that says which share of them was broken."""
    return named(TARGET, OUTCOMES, f"breach_ratio{days(window)}")


def recordings(parameters: Parameters) -> Iterator[Recording]:
    """How many promises had their outcome in each window, and which share of them was broken."""
    burns = [burn for several in BURNS.values() for burn in several]
    lengths = {length for burn in burns for length in (burn.long, burn.short)}
    for length in sorted(lengths | {parameters.windows.budget}):
        window, every = days(length), counted(length)
        yield Recording(
            every,
            f"{increased(TARGET, OUTCOMES, window)}\n",
            f"Promises kept or broken within {window}, by target.",
        )
        breached = increased(TARGET, OUTCOMES, window, 'outcome="breached"')
        # Where none was ever broken, the counter of broken ones need not exist.
        yield Recording(
            broken(length),
            f"(\n  {breached}\n  or 0 * {every}\n)\n/ ({every} > 0)\n",
            f"The share of promises broken within {window}, by target.",
        )


def alerts(parameters: Parameters) -> Iterator[Alert]:
    """Budgets that burn, the fastest first, and promises that break next."""
    for slo in SLOS:
        for severity in BURNS:
            yield _burn(slo, severity, parameters)
    yield _at_risk(parameters)


def limit(slo: Slo, burn: Burn, parameters: Parameters) -> float:
    """The share of broken promises from which a budget burns too fast.

    Where so much is allowed to be late that no burn is as fast as the factor, `burn_share` is it.
    """
    allowed = 1 - getattr(parameters.thresholds, slo.objective)
    factor = burn.factor(parameters.windows.budget)
    return float(round(min(factor * allowed, parameters.thresholds.burn_share), 6))


def _burn(slo: Slo, severity: Severity, parameters: Parameters) -> Alert:
    burns, windows, t = BURNS[severity], parameters.windows, parameters.thresholds
    longest, allowed = burns[-1].long, 1 - getattr(t, slo.objective)
    shares = " and ".join(f"{_share(burn.long)} in {days(burn.long)}" for burn in burns)
    budget = days(windows.budget)
    breached = selected(OUTCOMES, *_LABELS, outcome="breached")
    late = parts(f"increase({breached}[{days(longest)}])", "team", "priority")
    return Alert(
        name=slo.alert,
        severity=severity,
        about=About.BUSINESS,
        expr="or\n".join(_burning(slo, burn, parameters) for burn in burns),
        labels=_LABELS,
        limits=(slo.objective, "burn_share", "least_outcomes"),
        hold=windows.burn_page_for if severity is Severity.PAGE else windows.burn_ticket_for,
        keep=windows.burn_keep,
        board=Board.QUEUE,
        span=2 * longest,
        summary=(
            f"{label('source')}: {value(SHARE)} of the promised {slo.words} came too late, "
            f"expected at most {_percent(allowed)} ({shares})"
        ),
        description=(
            f"Foremost: {foremost(_LABELS, **late)}; {MOST_OPEN}. Over {budget} it is "
            f"{_share(windows.budget)}; what may be late in {budget} is used up too fast."
        ),
    )


def _burning(slo: Slo, burn: Burn, parameters: Parameters) -> str:
    """Both windows are above the limit, the long one with enough outcomes to be judged by."""
    chosen, most = f'{{target="{slo.target}"}}', limit(slo, burn, parameters)
    return (
        "(\n"
        f"  {broken(burn.long)}{chosen} > {most}\n"
        f"  and {broken(burn.short)}{chosen} > {most}\n"
        f"  and round({counted(burn.long)}{chosen}) >= {parameters.thresholds.least_outcomes}\n"
        f"  {unless_catching_up(burn.short)}"
        ")\n"
    )


def _share(window: timedelta) -> str:
    return asked(selected(broken(window), *_LABELS), *_LABELS, form=SHARE)


def _percent(share: float) -> str:
    return f"{100 * share:.4g}%"


def _at_risk(parameters: Parameters) -> Alert:
    t, windows = parameters.thresholds, parameters.windows
    near = f'sum by ({TARGET}) ({PROMISED}{{state="at_risk"}})'
    kept = increased(TARGET, OUTCOMES, "1h", 'outcome="met"')
    now = selected(PROMISED, *_LABELS, state="at_risk")
    met = f"sum(increase({selected(OUTCOMES, *_LABELS, outcome='met')}[1h]))"
    return Alert(
        name="SlaAtRisk",
        severity=Severity.TICKET,
        about=About.BUSINESS,
        expr=(
            f"{near} >= {t.at_risk_floor}\n"
            f"unless {near} <= {t.at_risk_ratio} * {kept}\n"
            f"{unless_catching_up()}"
        ),
        labels=_LABELS,
        limits=("at_risk_floor", "at_risk_ratio"),
        hold=windows.at_risk_for,
        board=Board.QUEUE,
        summary=(
            f"{label('source')}: {value()} promises of {label('target')} are about to break, "
            f"expected fewer than {t.at_risk_floor} or no more than are kept in an hour, "
            f"which is {asked(met, *_LABELS, otherwise='0')}"
        ),
        description=(
            f"Foremost: {foremost(_LABELS, **parts(now, 'team', 'priority'))}; {MOST_OPEN}. They "
            "break within the time that "
            "`at_risk` of the source says, an hour by default, unless they are kept first."
        ),
    )
