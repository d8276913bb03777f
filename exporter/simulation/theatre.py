"""A Prometheus of its own, on a folder of its own, with a past that somebody wrote into it."""

from __future__ import annotations

import contextlib
import time
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from exporter.history import blocks
from exporter.history.openmetrics import END, written
from exporter.history.times import LONGEST
from exporter.history.verdict import Refused
from exporter.programs import PROMETHEUS, PROMTOOL, Program, free_address, running
from exporter.simulation.episodes import Labels, Samples

NAME = "__name__"
_MOST_POINTS = 10_000  # Prometheus gives at most 11,000 in one answer
_PATIENCE = 120.0
_RETENTION = "3650d"


@dataclass(frozen=True, slots=True)
class Span:
    """The instants at which rules are evaluated, in Unix seconds."""

    since: int
    until: int
    step: int

    def pieces(self) -> Iterator[tuple[int, int]]:
        """Parts of it that fit into one answer: first and last instant."""
        for first in range(self.since, self.until + 1, _MOST_POINTS * self.step):
            yield first, min(first + (_MOST_POINTS - 1) * self.step, self.until)


class Stage:
    """A Prometheus that runs."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._session = requests.Session()
        self._session.trust_env = False  # it is ours and on this machine

    def close(self) -> None:
        """Give back the connection."""
        self._session.close()

    def is_ready(self) -> bool:
        """Whether it answers."""
        try:
            return self._session.get(f"{self._url}/-/ready", timeout=5).status_code == 200
        except requests.RequestException:
            return False

    def over(self, expr: str, span: Span) -> Samples:
        """What an expression gives at each instant, by labels without the name; else `Refused`."""
        found: dict[Labels, list[tuple[int, float]]] = {}
        for first, last in span.pieces():
            asked = {"query": expr, "start": first, "end": last, "step": span.step}
            for one in self._asked("query_range", asked):
                labels = tuple(sorted((k, v) for k, v in one["metric"].items() if k != NAME))
                told = [(int(at), float(value)) for at, value in one["values"]]
                found.setdefault(labels, []).extend(told)
        return found

    def _asked(self, path: str, parameters: dict[str, Any]) -> list[dict[str, Any]]:
        try:
            answer = self._session.post(
                f"{self._url}/api/v1/{path}", data=parameters, timeout=_PATIENCE
            )
            told = answer.json()
        except (requests.RequestException, ValueError) as error:
            raise Refused(
                f"The Prometheus that was started for this did not answer ({type(error).__name__})."
            ) from error
        if told.get("status") != "success":
            raise Refused(f"Prometheus cannot evaluate a rule: {told.get('error', '')[:300]}")
        result: list[dict[str, Any]] = told["data"]["result"]
        return result


class Theatre:
    """A folder on which a Prometheus can be started between two writings. Raises `Refused`."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self.data.mkdir()
        self._folder = folder
        self._prometheus, self.promtool = (_needed(one) for one in (PROMETHEUS, PROMTOOL))

    def write(self, series: Mapping[str, Samples]) -> None:
        """Add samples of series by their names; none may run meanwhile."""
        instants = {at for of in series.values() for told in of.values() for at, _ in told}
        if not instants:
            return
        for first, beyond in _slices(min(instants), max(instants)):
            text = self._folder / "samples.om"
            with text.open("w", encoding="utf-8", newline="\n") as file:
                for name, of in series.items():
                    for labels, told in of.items():
                        file.writelines(_spelled(name, labels, told, first, beyond))
                file.write(END)
            blocks.make(self.promtool, text, self.data, LONGEST)

    @contextlib.contextmanager
    def play(self) -> Iterator[Stage]:
        """A Prometheus that knows all that was written, while the context is open."""
        address = free_address()
        config, log = self._folder / "prometheus.yml", self._folder / "prometheus.log"
        config.write_text("{}\n", "utf-8")
        command = [
            self._prometheus,
            f"--config.file={config}",
            f"--storage.tsdb.path={self.data}",
            f"--storage.tsdb.retention.time={_RETENTION}",
            f"--web.listen-address={address}",
        ]
        stage = Stage(f"http://{address}")
        with running(command, log), contextlib.closing(stage):
            deadline = time.monotonic() + _PATIENCE
            while not stage.is_ready():
                if time.monotonic() > deadline:
                    said = log.read_text("utf-8", "replace")[-300:]
                    raise Refused(f"Prometheus did not start, and said: {said}")
                time.sleep(0.05)
            yield stage


def _needed(program: Program) -> str:
    found = program.find()
    if found is None:
        raise Refused(
            f"There is no {program.title} on the PATH, in which the rules are evaluated: "
            f"{program.remedy}."
        )
    return found


def _slices(first: int, last: int) -> Iterator[tuple[int, int]]:
    """In Unix seconds: all within one block, so that each costs promtool one reading."""
    length = LONGEST // 1000
    for begin in range(first // length * length, last + 1, length):
        yield begin, begin + length


def _spelled(
    name: str, labels: Labels, told: Sequence[tuple[int, float]], first: int, beyond: int
) -> Iterator[str]:
    head = f"{name}{{{written(labels)}}}"
    part = slice(*(bisect_left(told, (at,)) for at in (first, beyond)))
    for at, value in told[part]:
        yield f"{head} {value!r} {at}\n"
