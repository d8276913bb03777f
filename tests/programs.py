"""The installed program from outside: run to its end, or running and watched."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, Final, TypeVar

import requests
import yaml
from click.testing import CliRunner

from connectors.discovery import simulator
from connectors.testing.clock import Clock
from connectors.testing.desk import Desk
from connectors.testing.faults import Faults
from connectors.testing.server import SimulatorServer
from exporter.cli.store import metrics
from tests.forks import Forked, nursery
from tests.pipeline import BUSINESS, samples

T = TypeVar("T")

DESKPULSE: Final = str(Path(sys.executable).with_name("deskpulse"))
CONFIG: Final = "deskpulse.yaml"
MARK: Final = "DESKPULSE_TESTS"
FRAME: Final = str.maketrans(dict.fromkeys("│╭╮╰╯─", " "))


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a program. `said` is all that it printed, as one line of words."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """Standard output and standard error; frames and line breaks are taken out."""
        return " ".join((self.out + " " + self.err).translate(FRAME).split())


def deskpulse(
    folder: Path, *words: str, program: str | None = None, timeout: float = 90, **environ: str
) -> Done:
    """Run `deskpulse`, or another program, with these words in `folder` to its end.

    program: its path, which may be that of `deskpulse` itself; None: a fork of one.
    """
    with TemporaryFile() as out, TemporaryFile() as err:
        process = _started(folder, words, program, environ, out, err)
        try:
            code = process.wait(timeout)
        finally:
            process.kill()
            process.wait()
        said = []
        for stream in (out, err):
            stream.seek(0)
            said.append(stream.read().decode())
    return Done(code, *said)


def _started(
    folder: Path,
    words: Sequence[str],
    program: str | None,
    environ: Mapping[str, str],
    out: IO[bytes],
    err: IO[bytes],
) -> Forked | subprocess.Popen[bytes]:
    """A program in a process group of its own, and with nobody to read from."""
    if program is None:
        return nursery().start(folder, words, environment(environ), out, err)
    return subprocess.Popen(
        [program, *words],
        cwd=folder,
        env=environment(environ),
        stdin=subprocess.DEVNULL,
        stdout=out,
        stderr=err,
        start_new_session=True,
    )


def synced(folder: Path) -> Done:
    """`deskpulse sync`, which must succeed."""
    done = deskpulse(folder, "sync")
    assert done.code == 0, f"it ended with {done.code}: {done.said}"
    return done


def totals(folder: Path) -> bytes:
    """What `deskpulse metrics` prints, asked within this process: a start would cost more."""
    done = CliRunner().invoke(metrics, ["--config", str(folder / CONFIG)])
    assert done.exit_code == 0, done.output or done.exception
    return done.stdout_bytes


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment without what could change how the program behaves."""
    kept = {key: text for key, text in os.environ.items() if not key.startswith("PYTHON")}
    return kept | {"COLUMNS": "200", "NO_COLOR": "1"} | dict(more or {})


class Program:
    """`deskpulse` while it runs, in a process group of its own."""

    def __init__(
        self, folder: Path, *words: str, program: str | None = None, **environ: str
    ) -> None:
        """folder: where it runs; what it prints goes to the files `out` and `err` in it. program:
        as of `deskpulse`.
        """
        self._out, self._err = folder / "out", folder / "err"
        self._mark = uuid.uuid4().hex
        with self._out.open("wb") as out, self._err.open("wb") as err:
            marked = {**environ, MARK: self._mark}
            self.process = _started(folder, words, program, marked, out, err)

    @property
    def out(self) -> str:
        """Standard output so far."""
        return self._out.read_text()

    @property
    def err(self) -> str:
        """Standard error so far."""
        return self._err.read_text()

    @property
    def runs(self) -> bool:
        """Whether it has not ended."""
        return self.process.poll() is None

    @property
    def url(self) -> str:
        """The address of its page, once it has printed it."""
        return eventually(lambda: self._told("http://"), "the address of the page")

    def get(self, path: str, **headers: str) -> requests.Response:
        """What it answers at a path."""
        return get(self.url + path, **headers)

    def scrape(self) -> bytes:
        """Its `/metrics`."""
        answer = self.get("/metrics")
        assert answer.status_code == 200
        return answer.content

    def end(self, number: signal.Signals = signal.SIGTERM, within: float = 15) -> int:
        """Send a signal; gives the exit code, and fails when the end does not come in time."""
        if self.runs:
            self.process.send_signal(number)
        return self.process.wait(within)

    def kill(self) -> bool:
        """SIGKILL; gives whether it was alive until then."""
        self.process.kill()
        return self.process.wait(10) == -signal.SIGKILL

    def leaves_nothing(self) -> bool:
        """Whether no process is left of its group, nor (where /proc tells) any that it started."""
        try:
            os.killpg(self.process.pid, 0)
        except ProcessLookupError:
            return not self.started()
        return False

    def started(self) -> list[str]:
        """Names of the live processes with its mark in their environment, itself included, unless
        it is a fork."""
        names = []
        for place in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):  # it has ended, or it is not ours
                if self._mark.encode() in (place / "environ").read_bytes():
                    names.append((place / "comm").read_text().strip())
        return names

    def _told(self, begin: str) -> str:
        assert self.runs, self.out + self.err
        lines = (self.out + self.err).splitlines()
        # both `run` and `demo` name the page with a slash at the end of the line
        found = [word for line in lines for word in line.split()[-1:] if word.startswith(begin)]
        return next((word[:-1] for word in found if word.endswith("/")), "")


@contextlib.contextmanager
def running(
    folder: Path, *words: str, program: str | None = None, **environ: str
) -> Iterator[Program]:
    """A program that has ended when the context is left, come what may."""
    made = Program(folder, *words, program=program, **environ)
    try:
        yield made
    finally:
        if made.runs:
            made.kill()


def get(url: str, **headers: str) -> requests.Response:
    """What a server on loopback answers, whatever proxies the environment names."""
    with requests.Session() as session:
        session.trust_env = False
        given = {name.replace("_", "-"): text for name, text in headers.items()}
        return session.get(url, headers=given, timeout=20)


def eventually(
    found: Callable[[], T | None], what: str, within: float = 30, every: float | None = None
) -> T:
    """The first true answer of `found`; fails when none comes `within` so many seconds.

    every: seconds between two questions; None: ever more, the longer it takes, for whoever waits
    slows down what is waited for.
    """
    began = time.monotonic()
    while True:
        value = found()
        if value:
            return value
        waited = time.monotonic() - began
        assert waited < within, f"{what}: not within {within:.0f} s"
        time.sleep(every or min(max(waited / 10, 0.05), 0.5))


def served(
    desk: Desk,
    clock: Clock,
    vendor: str = "zendesk",
    *,
    port: int = 0,
    faults: Faults | None = None,
) -> SimulatorServer:
    """A vendor's simulator on loopback, to be started by `with`."""
    return SimulatorServer(simulator(vendor)(desk, clock), port=port, faults=faults)


def source(server: SimulatorServer, **more: object) -> dict[str, object]:
    """What a configuration says of a source at this server."""
    return {**server.simulator.settings(server.url), **more}


def configure(folder: Path, sources: Mapping[str, Mapping[str, object]], **top: object) -> Path:
    """A `deskpulse.yaml` in `folder`, which is made where it is missing; gives the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    whole = {"scrape_interval": "1s", **top, "sources": {k: dict(v) for k, v in sources.items()}}
    (folder / CONFIG).write_text(yaml.safe_dump(whole, sort_keys=False))
    return folder


def business(page: bytes, name: str | None = None) -> bytes:
    """The lines of a page that are about the business, of one source where it is named."""
    mark = b"" if name is None else f'source="{name}"'.encode()
    begin = tuple(word.encode() for word in BUSINESS)
    return b"\n".join(line for line in page.splitlines() if line.startswith(begin) and mark in line)


def value(page: bytes, name: str, **labels: str) -> float | None:
    """The one sample with these labels; None where there is none."""
    wanted, begin = frozenset(labels.items()), name.encode()
    lines = b"".join(line for line in page.splitlines(True) if line.startswith(begin))
    found = [
        number
        for (sample, has), number in samples(lines).items()
        if sample == name and wanted <= has
    ]
    assert len(found) < 2, f"{name}{labels} is told {len(found)} times"
    return found[0] if found else None


def steps_back(before: bytes, after: bytes) -> list[str]:
    """Counters and histograms of the business that are less on the later page, or gone."""
    now: dict[Any, float] = samples(after)
    ends = ("_total", "_count", "_sum", "_bucket")
    return [
        f"{name}{sorted(labels)}: {was} became {now.get((name, labels))}"
        for (name, labels), was in samples(before).items()
        if name.startswith(BUSINESS) and name.endswith(ends) and now.get((name, labels), -1) < was
    ]


def complete_to(page: bytes, name: str) -> float:
    """A source's watermark in Unix seconds; 0 before there is one."""
    return value(page, "deskpulse_source_complete_to_timestamp_seconds", source=name) or 0.0
