"""The past by remote write, up to where the scrapes of a living Prometheus begin."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection

from exporter.history.receiver import Receiver
from exporter.history.track import Values
from exporter.history.wire import series
from exporter.history.writing import History

WATERMARK = "deskpulse_source_complete_to_timestamp_seconds"
_BATCH = 10_000  # samples of a request: some hundred kilobytes
_TARGET = ("job", "instance")


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

    def first_values(self, source: str) -> Values | None:
        """What the very first scrape of a source showed; None where there was none yet."""
        watermark = self._watermark(source)
        # Steps of a minute find the minute of the first scrape, if that minute is over.
        coarse = f"min_over_time(timestamp({watermark}){self._range}:1m])"
        found = self._receiver.query(f"{coarse} or timestamp({watermark})")
        if not found:
            return None
        of_minute = self._receiver.query(f"{watermark}[1m]", float(found[0]["value"][1]))
        return self._values(source, float(of_minute[0]["values"][0][0]))

    def holds(self, source: str, instants: Collection[int]) -> bool:
        """Whether there are samples of a source at these very instants, in milliseconds."""
        # VictoriaMetrics goes on for ten seconds to know no series where it knew none when it was
        # asked the same before; a label that nobody has makes it another question.
        new = f'asked_{uuid.uuid4().hex}=""'
        one = f'support_tickets_created_total{{{self._target},source="{source}",{new}}}'
        return all(
            self._receiver.query(f"last_over_time({one}[1s])", instant / 1000)
            for instant in instants
        )

    def _watermark(self, source: str = "") -> str:
        of = f',source="{source}"' if source else ""
        return f"{WATERMARK}{{{self._target}{of}}}"

    def _values(self, source: str, at: float) -> Values:
        found = self._receiver.query(
            f'{{__name__=~"support_.+",{self._target},source="{source}"}}', at
        )
        values = {}
        for one in found:
            labels = {k: v for k, v in one["metric"].items() if k not in _TARGET}
            values[labels.pop("__name__"), frozenset(labels.items())] = float(one["value"][1])
        return values


def write(history: History, receiver: Receiver, progress: Callable[[int], None]) -> int:
    """Send a history; gives the number of samples. Raises `Refused`."""
    sent = waiting = 0
    batch: list[bytes] = []
    for number, parts in enumerate(history.run()):
        for part in parts:
            for line in part.lines():
                labels = (*line.labels, *history.target)
                batch.append(series(line.name, labels, part.instants, line.values))
                waiting += len(line.values)
                if waiting >= _BATCH:
                    receiver.send(batch)
                    sent, waiting, batch = sent + waiting, 0, []
        progress(number + 1)
    if batch:
        receiver.send(batch)
    return sent + waiting
