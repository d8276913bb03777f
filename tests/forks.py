"""`deskpulse` started many times at the price of once: forks of a Python that has it imported.

A start takes more than half a second of CPU, nearly all of it for imports, and tests start it some
hundred times. Each fork is a process of its own, with its own folder, environment, streams and
signals. What all of one test worker share is the seed of hashes: tests that hold programs against
each other, and those of the start itself, start it from nothing.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from struct import Struct
from typing import IO, Any, Final, NoReturn

ROOT: Final = Path(__file__).resolve().parent.parent
_NUMBER: Final = Struct("i")
_ONE: Final = b"1"  # comes with the streams of a program; a line of JSON says the rest


class Forked:
    """A program that was forked, with what the tests use of a `Popen`."""

    def __init__(self, told: socket.socket, args: Sequence[str]) -> None:
        self.args = list(args)
        self.returncode: int | None = None
        self._told = told
        (self.pid,) = _NUMBER.unpack(told.recv(_NUMBER.size))

    def poll(self) -> int | None:
        """Its exit code; None while it runs."""
        if self.returncode is None and select.select([self._told], [], [], 0)[0]:
            self._ended()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code, once it has ended. Raises `TimeoutExpired`."""
        if self.returncode is None:
            if not select.select([self._told], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(self.args, timeout or 0)
            self._ended()
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send it a signal, if it runs."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it without asking."""
        self.send_signal(signal.SIGKILL)

    def _ended(self) -> None:
        (status,) = _NUMBER.unpack(self._told.recv(_NUMBER.size))
        self.returncode = os.waitstatus_to_exitcode(status)
        self._told.close()


class Nursery:
    """The Python that is forked: it ends with whoever made it."""

    def __init__(self) -> None:
        self._asked, its = socket.socketpair()
        with its:
            code = f"from tests.forks import serve; serve({its.fileno()})"
            self._process = subprocess.Popen(
                [sys.executable, "-c", code],
                cwd=ROOT,
                env={k: v for k, v in os.environ.items() if not k.startswith("PYTHON")},
                stdin=subprocess.DEVNULL,
                pass_fds=[its.fileno()],
                start_new_session=True,  # Ctrl-C is for the tests
            )

    def close(self) -> None:
        """End it; what it forked goes on."""
        self._asked.close()
        self._process.wait()

    def start(
        self, folder: Path, words: Sequence[str], environ: Mapping[str, str], *streams: IO[Any]
    ) -> Forked:
        """`deskpulse` with these words. streams: standard output and standard error."""
        told, its = socket.socketpair()
        asked = {"folder": str(folder.absolute()), "words": list(words), "environ": dict(environ)}
        with its:
            handed = [its.fileno(), *(one.fileno() for one in streams)]
            socket.send_fds(self._asked, [_ONE], handed)
            self._asked.sendall(json.dumps(asked).encode() + b"\n")
        return Forked(told, ["deskpulse", *words])


@cache
def nursery() -> Nursery:
    """That of this test worker, made when it is first needed."""
    made = Nursery()
    atexit.register(made.close)
    return made


def serve(number: int) -> None:
    """Fork a program for everything that is asked for, until nobody can ask any more."""
    from exporter.cli.main import COMMANDS

    for module, _ in COMMANDS.values():
        import_module(f"exporter.cli.{module}")
    gc.collect()
    gc.freeze()  # or each fork would copy whatever its collector looks at
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(fileno=number) as asked, asked.makefile("rb") as lines:
        while True:
            sign, handed, _, _ = socket.recv_fds(asked, len(_ONE), 3)
            if not sign:
                return
            text = lines.readline()
            if os.fork() == 0:
                break
            for one in handed:
                os.close(one)
    _keep(json.loads(text), *handed)


def _keep(asked: dict[str, Any], told: int, out: int, err: int) -> None:
    """Become the program, in a child whose end is told."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    program = os.fork()
    if program:
        _tell(told, program)
    os.close(told)
    os.setsid()
    for source, target in ((out, 1), (err, 2)):
        os.dup2(source, target)
        os.close(source)
    os.environ.clear()
    os.environ.update(asked["environ"])
    time.tzset()
    os.chdir(asked["folder"])
    sys.path.remove("")
    sys.argv[:] = ["deskpulse", *asked["words"]]
    from exporter.cli import main

    main()


def _tell(told: int, program: int) -> NoReturn:
    with socket.socket(fileno=told) as teller:
        teller.send(_NUMBER.pack(program))
        _, status = os.waitpid(program, 0)
        teller.send(_NUMBER.pack(status))
    os._exit(0)
