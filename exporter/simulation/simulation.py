"""When each alert of a source would have fired, had its rules been there already.

The past of the source is written into a Prometheus of its own, what rules record is recorded level
by level, and each alert is then asked for over the whole time. So what is tried are the rules
themselves, in the program that evaluates them.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from exporter.history import blocks
from exporter.history.folder import DataFolder
from exporter.history.past import Past
from exporter.history.times import Steps
from exporter.history.writing import History
from exporter.reporting.period import Period
from exporter.reporting.timelines import Band
from exporter.simulation.episodes import Episode, Samples, episodes
from exporter.simulation.rules import Rule, Rules
from exporter.simulation.theatre import Span, Theatre
from exporter.simulation.wellness import TOLD as HEALTH
from exporter.simulation.wellness import healthy

STEP = 300
"""Seconds between two evaluations."""

LOOK_BACK = 31 * 86_400_000
"""As far as rules look back, in milliseconds: the past is told from so long before the period."""

BUSINESS = "business"
OWN = "it is about deskpulse itself, which did not run then"
# So that a window of five minutes holds two samples in every version of Prometheus.
_STEPS = Steps(coarse=120_000, fine=120_000)

Told = Mapping[str, Samples]
"""Samples by the name of their series."""

Progress = Callable[[str, float], None]
"""Told what is being done, and which share of it is."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one alert: its episodes or, where it could not be tried, why not."""

    alert: Rule
    episodes: tuple[Episode, ...] = ()
    untried: str = ""

    @property
    def severity(self) -> str:
        """What the alert asks for: page, ticket or info."""
        return self.alert.labels.get("severity", "")


@dataclass(frozen=True, slots=True)
class Simulation:
    """What all alerts would have done to a source in a period.

    arrivals: by channel, what came and what was expected.
    """

    source: str
    period: Period
    outcomes: tuple[Outcome, ...]
    arrivals: Mapping[str, Band]

    @property
    def weeks(self) -> float:
        """The length of the period."""
        return self.period.length / (7 * 86_400_000)


@dataclass(frozen=True, slots=True)
class Stored:
    """What is known of a source.

    past: its counters and histograms. gauges: what else is told of the past, by metric.
    arrivals: by channel, what came and what was expected.
    job, instance: the labels that a scrape adds.
    """

    past: Past
    gauges: Told
    arrivals: Mapping[str, Band]
    job: str
    instance: str


def simulate(stored: Stored, rules: Rules, period: Period, progress: Progress) -> Simulation:
    """Try every alert on what is known of a source. Raises `Refused`."""
    past = stored.past
    span = Span(_up(period.since), period.until // 1000 // STEP * STEP, STEP)
    known = past.names | stored.gauges.keys() | HEALTH
    reasons = [_why_not(rule, rules, past, known) for rule in rules.alerts]
    tried = [rule for rule, why in zip(rules.alerts, reasons, strict=True) if not why]
    needed = frozenset().union(*(rules.behind(rule) for rule in tried))
    past.keep(needed)
    with tempfile.TemporaryDirectory(prefix="deskpulse-simulation-") as name:
        theatre = Theatre(Path(name))
        _write(theatre, stored, needed, period, progress)
        _record(theatre, rules, tried, span, progress)
        with theatre.play() as stage:
            found = [
                episodes(rule, stage.over(rule.expr, span), STEP, span.until)
                for rule in _shown(tried, "alerts", progress)
            ]
    told = iter(found)
    return Simulation(
        past.source,
        period,
        tuple(
            Outcome(rule, (), why) if why else Outcome(rule, tuple(next(told)))
            for rule, why in zip(rules.alerts, reasons, strict=True)
        ),
        stored.arrivals,
    )


def _why_not(rule: Rule, rules: Rules, past: Past, known: frozenset[str]) -> str:
    if rule.labels.get("about") != BUSINESS:
        return OWN
    missing = sorted(rules.behind(rule) - known)
    if not missing:
        return ""
    why = past.left_out.get(missing[0], "is not told by this source")
    return f"{missing[0]} {why}"


def _write(
    theatre: Theatre, stored: Stored, needed: frozenset[str], period: Period, progress: Progress
) -> None:
    """What is needed of the source's past, from as far back as its rules look."""
    since = period.since - LOOK_BACK
    history = History([stored.past], since, stored.job, stored.instance, _STEPS)
    blocks.write(
        history,
        DataFolder(theatre.data),
        theatre.promtool,
        lambda done: progress("the past", done / history.slices),
    )
    source = tuple(sorted((*history.target, ("source", stored.past.source))))
    instants = range(_up(since), period.until // 1000 + 1, STEP)
    gauges = {
        name: {tuple(sorted((*labels, *source))): told for labels, told in of.items()}
        for name, of in stored.gauges.items()
    }
    told = gauges | healthy(source, instants)
    theatre.write({name: told[name] for name in sorted(needed & told.keys())})


def _record(
    theatre: Theatre, rules: Rules, alerts: Sequence[Rule], span: Span, progress: Progress
) -> None:
    """Record what the alerts need, each level from what the ones before it have recorded."""
    whole = Span(_up(span.since * 1000 - LOOK_BACK), span.until, STEP)
    for number, level in enumerate(rules.levels(alerts), 1):
        with theatre.play() as stage:
            told = {
                rule.name: stage.over(rule.expr, whole)
                for rule in _shown(level, f"recordings, level {number}", progress)
            }
        theatre.write(told)


def _shown(rules: Sequence[Rule], what: str, progress: Progress) -> Iterator[Rule]:
    for number, rule in enumerate(rules, 1):
        yield rule
        progress(what, number / len(rules))


def _up(milliseconds: int) -> int:
    """The first evaluation that is not before an instant, in Unix seconds."""
    return -(-milliseconds // (STEP * 1000)) * STEP
