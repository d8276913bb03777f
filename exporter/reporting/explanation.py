"""The tickets or customers behind a number: exactly those that the metric counts, no others."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from connectors import Fact
from exporter import opinions
from exporter.backlog import AWAITING, FILLED, OLDEST_OPEN, OLDEST_UNANSWERED, OPEN, RATINGS, filled
from exporter.catalog import CATALOG, TODAY
from exporter.catalog.volume import ARRIVALS
from exporter.catalog.volume import WINDOWS as ARRIVED_WITHIN
from exporter.clocks import MINUTE, SECOND
from exporter.config.problems import did_you_mean
from exporter.customers.churn import REVENUE
from exporter.knowledge import Extra, Known, Observation
from exporter.metric import WINDOWS, Metric, Needs, Type
from exporter.quantiles import PERCENTILES, quantile
from exporter.quantiles import TOLD as QUANTILES_TOLD
from exporter.reporting.books import Books, Unanswerable
from exporter.reporting.clientele import GAUGES, paying
from exporter.reporting.entry import Entry, Sum, Unit
from exporter.tally import labels_of

ENDINGS = ("_total", "_bucket", "_count", "_sum")
TODAYS = "support_today"
OLDEST = {OLDEST_OPEN: OPEN, OLDEST_UNANSWERED: AWAITING}
"""The instants of oldest tickets, by the gauge that counts the tickets they are chosen from."""

_RANKS = {metric: (fact, business) for metric, fact, business in QUANTILES_TOLD}
POINTING = frozenset({*OLDEST, *_RANKS})
"""Metrics of which each series tells the value of one ticket; they have no count and no sum."""

TIMED = frozenset(
    {
        Fact.FIRST_RESPONSE,
        Fact.NEXT_RESPONSE,
        Fact.FIRST_RESOLUTION,
        Fact.SOLVED,
        Fact.REQUESTER_WAIT,
    }
)
SCORED = frozenset({Fact.SATISFACTION, Fact.RECOMMENDATION, Fact.EFFORT})


def metric_named(word: str) -> Metric:
    """The metric of a name, with or without the endings of its samples. Raises `Unanswerable`."""
    for ending in ("", *ENDINGS):
        metric = CATALOG.get(word.removesuffix(ending))
        if metric is not None:
            return metric
    hint = did_you_mean(word, (metric.sample_name for metric in CATALOG.values()))
    if hint.startswith("known here"):
        hint = "docs/metrics.md lists them all"
    raise Unanswerable(f"There is no metric '{word}': {hint}")


def entries(books: Books, metric: Metric) -> Iterator[Entry]:
    """Every ticket or customer in the number, in no order of importance. Raises `Unanswerable`."""
    read = _reader(metric)
    if read is None:
        raise Unanswerable(
            f"{metric.sample_name} counts no tickets or customers that could be listed: "
            f"{metric.help} `deskpulse metrics` prints it, `deskpulse status` tells how each "
            "source stands."
        )
    if not books.source.tells(metric):
        why = _why_untold(books, metric)
        raise Unanswerable(f"Source '{books.source.name}' has no {metric.sample_name}: {why}")
    return read(books, metric)


def ranked(metric: Metric, found: Iterable[Entry]) -> list[Entry]:
    """The slowest or greatest first; what only happened, the newest first; of a gauge that counts,
    the oldest first."""
    by_value = metric.name == TODAYS or metric.name in _RANKS or adds_up(metric)
    if metric.type is Type.GAUGE and not by_value:
        return sorted(found, key=lambda one: (one.at, one.source, one.subject))
    return sorted(found, key=lambda one: (-(one.value or 0), -one.at, one.source, one.subject))


def sums(books: Books, metric: Metric, found: Iterable[Entry]) -> dict[tuple[str, ...], Sum]:
    """What the series come to, by their labels as `/metrics` shows them."""
    summed: dict[tuple[str, ...], Sum] = {}
    for one in found:
        labels = books.shown_labels(metric, one.labels)
        summed[labels] = summed.get(labels, Sum()).with_(one.value or 0)
    return summed


def carried(books: Books, metric: Metric) -> Sum:
    """What is published beyond the entries, so that numbers counted anew go on where they were."""
    found = Sum()
    for series in books.series(metric).values():
        offset = series.offset
        number = offset.value if offset.buckets is None else sum(offset.buckets)
        found = Sum(found.count + number, found.total + offset.value)
    return found


def adds_up(metric: Metric) -> bool:
    """Whether the number is the sum of its entries' values, and not how many they are."""
    return metric.sums or metric.name == REVENUE


def has_entries(metric: Metric) -> bool:
    """Whether the metric is about tickets or customers at all."""
    return _reader(metric) is not None


def _reader(metric: Metric) -> Callable[[Books, Metric], Iterator[Entry]] | None:
    alone = {TODAYS: _todays, ARRIVALS: _arriving}
    if metric.name in alone:
        return alone[metric.name]
    if metric.name in OLDEST:
        return _oldest
    if metric.name in _RANKS:
        return _ranking
    if metric.name in FILLED:
        return _filling
    if metric.name in GAUGES:
        return paying
    return _observed if metric.fed_by else None


def _observed(books: Books, metric: Metric) -> Iterator[Entry]:
    for one in books.observations(metric.fed_by):
        value = one.business if metric.business else one.value
        if metric.type is Type.HISTOGRAM and value is None:
            continue
        if metric.business and one.business is None:
            continue
        yield _entry(books, one, value, labels_of(metric, one))


def _todays(books: Books, _metric: Metric) -> Iterator[Entry]:
    told = [fact for fact in TODAY if fact in books.source.measures.told]
    midnight = books.source.definition.midnight(books.watermark)
    for one in books.observations(told) if told else ():  # of a source of customers alone, none
        if midnight <= one.at <= books.watermark:
            yield _entry(books, one, one.value, (TODAY[Fact(one.kind.value)],))


def _arriving(books: Books, _metric: Metric) -> Iterator[Entry]:
    """Each ticket once for each window that it came in."""
    until = books.watermark // MINUTE * MINUTE
    for one in books.observations((Fact.CREATED,)):
        for window, seconds in ARRIVED_WITHIN.items():
            if until - seconds * SECOND <= one.at < until:
                yield _entry(books, one, one.value, (one.channel, window))


def _entry(books: Books, one: Observation, value: int | None, labels: tuple[str, ...]) -> Entry:
    unit = Unit.NOTHING if value is None else _unit(one.kind)
    currency = one.marks[-1] if unit is Unit.MONEY else ""
    return Entry(
        books.source.name,
        one.subject,
        one.at,
        value,
        unit,
        labels,
        one.team,
        one.priority,
        one.channel,
        currency,
    )


def _unit(kind: Fact | Extra) -> Unit:
    if kind in TIMED:
        return Unit.DURATION
    if kind in SCORED:
        return Unit.SCORE
    if kind is Extra.REVENUE_MOVED:
        return Unit.MONEY
    return Unit.REPLIES if kind is Fact.REPLIES else Unit.NOTHING


def _filling(books: Books, metric: Metric) -> Iterator[Entry]:
    at_risk = books.source.definition.at_risk
    for known in books.tickets():
        for name, labels in filled(known, books.watermark, at_risk):
            if name == metric.name:
                yield _standing(books, metric, known, labels)


def _standing(books: Books, metric: Metric, known: Known, labels: tuple[str, ...]) -> Entry:
    """A ticket in a gauge: open ones by their age, others by the rating that stands."""
    state = known.state
    if state is None:  # what fills a gauge has a state
        raise AssertionError(known.id)
    at, value, unit = state.created_at, books.watermark - state.created_at, Unit.AGE
    opinion = opinions.latest(known.opinions) if metric.name == RATINGS else None
    if opinion is not None:
        at, value, unit = opinion.at, opinion.score, Unit.SCORE
    return Entry(
        books.source.name,
        known.id,
        at,
        value,
        unit,
        labels,
        state.team,
        state.priority,
        state.channel,
    )


def _oldest(books: Books, metric: Metric) -> Iterator[Entry]:
    """Of each team, as it is shown, the one ticket whose creation the metric tells."""
    least: dict[str, Entry] = {}
    for one in _filling(books, CATALOG[OLDEST[metric.name]]):
        (team,) = books.shown_labels(metric, (one.team,))
        if team not in least or (one.at, one.subject) < (least[team].at, least[team].subject):
            least[team] = one
    for one in least.values():
        yield replace(one, labels=(one.team,))


def _ranking(books: Books, metric: Metric) -> Iterator[Entry]:
    """Of each window and quantile, the first ticket of exactly that value."""
    fact, business = _RANKS[metric.name]
    seen = [
        (value, one)
        for one in books.observations((fact,))
        if (value := one.business if business else one.value) is not None
    ]
    seen.sort(key=lambda pair: (pair[0], pair[1].at, pair[1].subject))
    for window, seconds in WINDOWS:
        since = books.watermark - seconds * 1000
        mine = [pair for pair in seen if since < pair[1].at <= books.watermark]
        values = [value for value, _ in mine]
        for percentile, q in PERCENTILES.items() if mine else ():
            value = quantile(values, q)
            yield _entry(books, mine[bisect_left(values, value)][1], value, (window, percentile))


def _why_untold(books: Books, metric: Metric) -> str:
    untold = books.source.measures.untold
    if metric.fact is not None and metric.fact not in books.source.measures.told:
        return f"{untold.get(metric.fact, 'its vendor does not tell it')}."
    if metric.needs is Needs.NOTHING:
        return "its vendor does not tell it."
    return f"its configuration names no {metric.needs}."
