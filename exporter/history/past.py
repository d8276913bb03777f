"""Everything that one source's observations say of the past. Pure.

Only facts with an instant of their own have a past. A reopen is dated at our first sight of it,
and a gauge says how things stand; neither can be told of a time at which nobody looked.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from connectors import Fact
from exporter.backlog import Cell
from exporter.catalog import CAPPED, CATALOG, OBSERVED
from exporter.history.times import STEPS, Steps
from exporter.history.track import Labels, Line, Track, Values
from exporter.knowledge import Extra, Observation
from exporter.metric import About, Metric, Type
from exporter.store import Series
from exporter.tally import Amount, labels_of

AT_SIGHT: frozenset[Fact | Extra] = frozenset(
    {
        Fact.REOPENED,
        Fact.REASSIGNED,
        Fact.OFFERED,
        Extra.CORRECTED,
        Extra.UNSEEN,
        Extra.CUSTOMER_CORRECTED,
    }
)
"""Facts dated at first sight: the vendor tells that they happened, not when."""

_RATINGS: dict[Fact | Extra, tuple[Fact | Extra, ...]] = {
    Fact.SATISFACTION: (Fact.SATISFACTION, Extra.RATING_CHANGED),
    Fact.RECOMMENDATION: (Fact.RECOMMENDATION,),
    Fact.EFFORT: (Fact.EFFORT,),
}
_SCORES = 16  # the ordinal of a rating without an instant is its score alone

GAUGE = "says how things stand now; nobody looked at them then"
SIGHT = "is dated by when it was first seen, not by when it happened"
UNDATED = "comes from answers that the vendor does not date"
OWN = "is about deskpulse itself, which did not run then"


def has_past(metric: Metric) -> bool:
    """Whether a metric counts nothing but facts that have an instant."""
    return (
        metric.about is About.BUSINESS
        and metric.type is not Type.GAUGE
        and not AT_SIGHT.intersection(metric.fed_by)
    )


KINDS = frozenset(kind for m in CATALOG.values() if has_past(m) for kind in m.fed_by)
"""The observations of which the past is made."""

_FED = {kind: tuple(m for m in OBSERVED[kind] if has_past(m)) for kind in KINDS}


@dataclass
class Past:
    """The past of one source up to its seam.

    seam: up to where it is written. From there on a scrape goes on, at no less.
    """

    source: str
    seam: int
    _tracks: dict[tuple[str, Labels], Track] = field(default_factory=dict)
    _cells: dict[Cell, Track] = field(default_factory=dict)
    _undated: set[Fact | Extra] = field(default_factory=set)
    _left_out: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(
        cls,
        source: str,
        seam: int,
        series: Iterable[Series],
        shown: Mapping[tuple[str, str, str], str],
        observations: Iterable[Observation],
    ) -> Past:
        """The past of all that a source publishes. Series and observations are of one instant.

        series: the source's. shown: as what (source, label, value) is shown.
        observations: at least those of `KINDS`.
        """
        past = cls(source, seam)
        for one in series:
            past._add(one, shown)
        for observation in observations:
            past._count(observation)
        past._settle()
        return past

    @property
    def left_out(self) -> Mapping[str, str]:
        """Why a metric that the source publishes has no past, by its name in a query."""
        return self._left_out

    @property
    def series(self) -> int:
        """How many series it fills in Prometheus."""
        return sum(
            1 if t.amount.buckets is None else len(t.amount.buckets) + 2 for t in self.tracks
        )

    @property
    def tracks(self) -> list[Track]:
        """Its counters and histograms, those of one metric together, in the catalog's order."""
        return list(self._tracks.values())

    def stay_below(self, scraped: Values) -> None:
        """Leave to the scrapes whatever their first one did not show. To be called before `begin`.

        scraped: its samples of this source; a series that has none there began at 0.
        """
        for track in self.tracks:
            track.stay_below(scraped)

    @property
    def names(self) -> frozenset[str]:
        """The names of its samples."""
        return frozenset(name for track in self.tracks for name in track.names)

    def keep(self, names: Collection[str]) -> None:
        """Forget every counter and histogram that has no sample of these names."""
        self._tracks = {
            key: track for key, track in self._tracks.items() if not track.names.isdisjoint(names)
        }

    def instants(self, since: int, steps: Steps = STEPS) -> list[int]:
        """When it has samples."""
        return steps.instants(since, self.seam)

    def begin(self) -> None:
        """Go back to before the first event; `lines` can then be read once, forwards."""
        for track in self.tracks:
            track.begin()

    def lines(self, instants: list[int]) -> Iterator[Line]:
        """Every sample at these instants, which are later than those of the call before."""
        if instants:
            for track in self.tracks:
                yield from track.over(instants)

    def _add(self, one: Series, shown: Mapping[tuple[str, str, str], str]) -> None:
        metric = CATALOG.get(one.metric)
        if metric is None:
            return
        if not has_past(metric):
            self._left_out[metric.sample_name] = _why_not(metric)
            return
        labels = None if one.held else _labels(metric, one, shown)
        if labels is None:
            return  # it is scraped at 0 first; then all that it counts is seen to happen
        track = self._tracks.get((metric.name, labels))
        if track is None:
            track = Track(metric, labels, Amount.zero(metric))
            self._tracks[metric.name, labels] = track
        track.amount.add(one.published)
        self._cells[metric.name, one.labels] = track

    def _count(self, observation: Observation) -> None:
        kind = observation.kind
        if kind in _RATINGS and observation.ordinal < _SCORES:
            self._undated.update(_RATINGS[kind])
        for metric in _FED.get(kind, ()):
            track = self._cells.get((metric.name, labels_of(metric, observation)))
            if track is not None:
                track.count(observation)

    def _settle(self) -> None:
        order = {name: number for number, name in enumerate(CATALOG)}
        tracks = sorted(self._tracks.items(), key=lambda item: (order[item[0][0]], item[0][1]))
        self._tracks = {}
        for key, track in tracks:
            if self._undated.intersection(track.metric.fed_by):
                self._left_out[track.metric.sample_name] = UNDATED
            else:
                self._tracks[key] = track


def _why_not(metric: Metric) -> str:
    if metric.type is Type.GAUGE:
        return GAUGE if metric.about is About.BUSINESS else OWN
    return SIGHT if metric.about is About.BUSINESS else OWN


def _labels(
    metric: Metric, one: Series, shown: Mapping[tuple[str, str, str], str]
) -> Labels | None:
    """The labels under which a scrape shows it; None where it shows it not at all."""
    labels = [("source", one.source)]
    for label, value in zip(metric.labels, one.labels, strict=True):
        text = shown.get((one.source, label, value)) if label in CAPPED else value
        if text is None:
            return None
        labels.append((label, text))
    return tuple(labels)
