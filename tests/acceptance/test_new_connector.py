"""docs/connectors.md, followed to the letter in an empty folder: ten minutes to a connector."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import site
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
import yaml

from exporter.certify.quality import Quality
from exporter.certify.scale import Tier
from tests import peers

PIP: Final = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")
FENCE: Final = re.compile(r"^(`{3,})(\w+)(?: (\S+))?\n(.*?)^\1$", re.MULTILINE | re.DOTALL)
REAL: Final = "https://quickdesk.example/api/v2"
READ: Final = """
import msgspec
from deskpulse_quickdesk import mapping, wire
answer = msgspec.json.decode(open("answer.json", "rb").read(), type=wire.Tickets)
(row,), rejected = wire.read(answer.requests)
ticket = mapping.record(row)
print(ticket.id, ticket.status, len(rejected))
"""
PATIENCE: Final = 900  # seconds for one command, on a busy machine


@dataclass(frozen=True)
class Block:
    """One block of the guide: a file in full, an edit of one (diff), or commands (sh)."""

    language: str
    file: str
    text: str


def blocks(guide: str) -> list[Block]:
    return [Block(word, file or "", text) for _, word, file, text in FENCE.findall(guide)]


def edited(before: str, diff: str) -> str:
    """The text with every hunk applied where its old lines stand, which is in one place."""
    for hunk in filter(None, diff.split("@@\n")):
        lines = hunk.splitlines(keepends=True)
        old = "".join(line[1:] for line in lines if line[0] in " -")
        new = "".join(line[1:] for line in lines if line[0] in " +")
        assert before.count(old) == 1, f"what is to be replaced is not there once:\n{old}"
        before = before.replace(old, new)
    return before


class Newcomer:
    """Somebody with deskpulse installed, in a folder, who does what the guide says."""

    def __init__(self, home: Path, folder: Path) -> None:
        self.folder = folder
        self.environ = {
            **{key: text for key, text in os.environ.items() if not key.startswith("PYTHON")},
            "PATH": f"{home / 'bin'}{os.pathsep}{os.environ['PATH']}",
            # what a package index would give is here already
            "PIP_NO_INDEX": "1",
            "PIP_NO_DEPS": "1",
            "PIP_NO_BUILD_ISOLATION": "0",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        }

    def runs(self, command: str) -> str:
        """What a command of the guide prints; it must succeed."""
        words = shlex.split(command)
        if words[0] == "cd":
            self.folder /= words[1]
            return ""
        done = subprocess.run(
            words,
            cwd=self.folder,
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        return done.stdout

    def writes(self, block: Block, text: str) -> None:
        """Make a file what a block says."""
        file = self.folder / block.file
        file.write_text(edited(file.read_text(), text) if block.language == "diff" else text)

    @contextlib.contextmanager
    def served(self, vendor: str) -> Iterator[dict[str, str]]:
        """The vendor's API on this machine, and the source that asks it."""
        with subprocess.Popen(
            ["deskpulse", "connector", "serve", vendor],
            env=self.environ,
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        ) as server:
            try:
                assert server.stdout is not None
                said = "".join(server.stdout.readline() for _ in range(5))
                yield yaml.safe_load(said)["sources"][vendor]
            finally:
                server.terminate()


@pytest.fixture(scope="module")
def home(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with deskpulse in it, and the packages it needs borrowed from ours."""
    home = tmp_path_factory.mktemp("home")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", home], check=True)
    built = ("wheel", "--no-index", "--no-deps", "--no-build-isolation", "-w", home, root)
    subprocess.run([*PIP, *built], check=True, capture_output=True)
    (wheel,) = home.glob("*.whl")
    python = home / "bin" / "python"
    installed = ("install", "--no-index", "--no-deps", wheel)
    subprocess.run([*PIP, "--python", python, *installed], check=True)
    (packages,) = home.glob("lib/python*/site-packages")
    (packages / "borrowed.pth").write_text("\n".join(site.getsitepackages()) + "\n")
    return home


def test_the_guide_leads_to_a_certified_connector(home: Path, root: Path, tmp_path: Path) -> None:
    peers.require("promtool")
    guide = blocks((root / "docs" / "connectors.md").read_text())
    newcomer = Newcomer(home, tmp_path)
    first, second, third, last = (block.text.splitlines() for block in guide if _is_shell(block))
    said = "".join(newcomer.runs(command) for command in first)
    assert "support_tickets_created_total" in said
    package = newcomer.folder / "deskpulse_quickdesk"

    code = [block for block in guide if block.file.endswith(".py")]
    assert {Path(block.file).stem for block in code} == {
        "wire",
        "mapping",
        "connector",
        "simulator",
    }
    for block in code:
        newcomer.writes(block, block.text)
    (answer,) = (block.text for block in guide if block.language == "json")
    (newcomer.folder / "answer.json").write_text(answer)
    assert newcomer.runs(f"python -c {shlex.quote(READ)}").split() == ["4711", "pending", "0"]
    said = "".join(newcomer.runs(command) for command in second)
    assert "does not measure reassigned: a request tells its present team only" in said
    assert Quality.read(package).tier is Tier.BRONZE

    with newcomer.served("quickdesk") as source:
        newcomer.environ["QUICKDESK_API_KEY"] = source["api_key"]
        for block in guide:
            if block.file in ("deskpulse_quickdesk/README.md", "deskpulse.yaml"):
                assert REAL in block.text
                newcomer.writes(block, block.text.replace(REAL, source["url"]))
        said = "".join(newcomer.runs(command) for command in third[:2])
    said += newcomer.runs(third[2])
    assert "signed in to" in said
    assert "against its recording" in said
    left = [file.name for file in package.glob("*.py") if "your vendor:" in file.read_text()]
    assert left == ["settings.py"]  # of which Quickdesk needs nothing else
    assert last == ["deskpulse connector certify quickdesk"]


@pytest.mark.slow
def test_the_example_of_the_guide_is_gold(home: Path, root: Path, tmp_path: Path) -> None:
    peers.require("promtool")
    guide = blocks((root / "docs" / "connectors.md").read_text())
    newcomer = Newcomer(home, tmp_path)
    commands = [line for block in guide if _is_shell(block) for line in block.text.splitlines()]
    for command in commands[:3]:
        newcomer.runs(command)
    for block in guide:
        if block.file.startswith("deskpulse_quickdesk/"):
            newcomer.writes(block, block.text)
    newcomer.runs(commands[-1])
    assert Quality.read(newcomer.folder / "deskpulse_quickdesk").tier is Tier.GOLD


def test_the_package_that_the_guide_makes_brings_its_own_tests(home: Path, tmp_path: Path) -> None:
    newcomer = Newcomer(home, tmp_path)
    for command in (
        "deskpulse connector new acme --title 'Acme Desk'",
        "cd deskpulse-acme",
        "python -m pip install --editable .",
    ):
        newcomer.runs(command)
    assert " passed" in newcomer.runs("python -m pytest -q -p no:cacheprovider -k bronze")
    assert "Acme Desk" in newcomer.runs("deskpulse connector list")


def _is_shell(block: Block) -> bool:
    return block.language == "sh"
