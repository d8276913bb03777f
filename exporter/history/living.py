"""The past by remote write, up to where the scrapes of a living Prometheus begin."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from exporter.history.receiver import Receiver
from exporter.history.track import Labels, Line
from exporter.history.wire import series
from exporter.history.writing import History

WATERMARK = "deskpulse_source_complete_to_timestamp_seconds"
_BATCH = 10_000  # samples of a request: some hundred kilobytes

Caps = Mapping[tuple[str, frozenset[tuple[str, str]]], float]
"""The first value that was scraped of a series, by its name and labels."""


class Scraped:
    """What a Prometheus has scraped of deskpulse so far.

    job, instance: the labels of the target. age: how far to look back, in seconds.
    """

    def __init__(self, receiver: Receiver, job: str, instance: str, age: int) -> None:
        self._receiver = receiver
        self._target = f'job="{job}",instance="{instance}"'
        self._range = f"[{age}s"

    def seams(self) -> dict[str, int]:
        """For each source that was scraped, up to when it was known then, in milliseconds.

        The watermark only goes up, so the least is that of the first scrape.
        """
        found = self._receiver.query(f"min_over_time({self._watermark()}{self._range}])")
        return {one["metric"]["source"]: int(float(one["value"][1]) * 1000 + 0.5) for one in found}

    def first_values(self, sources: Collection[str]) -> Caps:
        """What every series began with. The past must not end above it."""
        begun = self._receiver.query(
            f"min_over_time(timestamp({self._watermark()}){self._range}:1m])"
        )
        caps: dict[tuple[str, frozenset[tuple[str, str]]], float] = {}
        for one in begun:
            source = one["metric"]["source"]
            if source in sources:
                caps |= self._values(source, float(one["value"][1]))
        return caps

    def holds(self, source: str, instants: Collection[int]) -> bool:
        """Whether there are samples of a source at these very instants, in milliseconds."""
        one = f'support_tickets_created_total{{{self._target},source="{source}"}}'
        return all(
            self._receiver.query(f"last_over_time({one}[1s])", instant / 1000)
            for instant in instants
        )

    def _watermark(self) -> str:
        return f"{WATERMARK}{{{self._target}}}"

    def _values(self, source: str, at: float) -> Caps:
        found = self._receiver.query(
            f'{{__name__=~"support_.+",{self._target},source="{source}"}}', at
        )
        return {
            (one["metric"].pop("__name__"), frozenset(one["metric"].items())): float(
                one["value"][1]
            )
            for one in found
        }


def write(history: History, receiver: Receiver, caps: Caps, progress: Callable[[int], None]) -> int:
    """Send a history; gives the number of samples. Raises `Refused`.

    caps: of the sources that were scraped before; a series that has none there began at 0.
    """
    capped = {dict(labels)["source"] for _, labels in caps}
    sent = waiting = 0
    batch: list[bytes] = []
    for number, parts in enumerate(history.run()):
        for part in parts:
            for line in part.lines():
                labels = (*line.labels, *history.target)
                values = line.values
                if part.past.source in capped:
                    values = _below(line, labels, caps)
                batch.append(series(line.name, labels, part.instants, values))
                waiting += len(values)
                if waiting >= _BATCH:
                    receiver.send(batch)
                    sent, waiting, batch = sent + waiting, 0, []
        progress(number + 1)
    if batch:
        receiver.send(batch)
    return sent + waiting


def _below(line: Line, labels: Labels, caps: Caps) -> list[float]:
    cap = caps.get((line.name, frozenset(labels)), 0.0)
    return [min(value, cap) for value in line.values]
