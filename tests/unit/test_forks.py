"""A fork tells what a program tells that was started from nothing, and is on its own."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.programs import DESKPULSE, deskpulse, eventually, running

CONFIGURATION = """
sources:
  desk:
    vendor: zendesk
    subdomain: ${WHERE}
    email: pulse@example.org
    api_token: ${TOKEN}
"""


@pytest.mark.parametrize("words", [("--version",), ("status",), ("check", "--no-such-option")])
def test_a_fork_says_what_a_program_says(words: tuple[str, ...], tmp_path: Path) -> None:
    assert deskpulse(tmp_path, *words) == deskpulse(tmp_path, *words, program=DESKPULSE)


def test_each_fork_has_its_own_folder_and_environment(tmp_path: Path) -> None:
    before = dict(os.environ), Path.cwd()
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "deskpulse.yaml").write_text(CONFIGURATION)
        told = deskpulse(folder, "check", WHERE=name).said
        assert ("WHERE" in told, "TOKEN" in told) == (False, True)
        told = deskpulse(folder, "check", TOKEN=name).said
        assert ("WHERE" in told, "TOKEN" in told) == (True, False)
    assert (dict(os.environ), Path.cwd()) == before


def test_a_fork_that_runs_can_be_waited_for_and_ended(tmp_path: Path) -> None:
    with running(tmp_path, "connector", "serve", "zendesk", "--weeks", "1") as program:
        eventually(lambda: program.out, "a configuration")
        assert program.runs
        with pytest.raises(subprocess.TimeoutExpired):
            program.process.wait(0.1)
        assert os.getpgid(program.process.pid) == program.process.pid
        assert program.end(signal.SIGINT) == 0
        assert program.leaves_nothing()
    with running(tmp_path, "connector", "serve", "zendesk", "--weeks", "1") as program:
        assert program.kill()
        assert program.process.returncode == -signal.SIGKILL
