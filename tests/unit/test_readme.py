"""What the documents tell people to type exists, and what they point at is there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import yaml

from exporter.config import load

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("alerts", "connectors", "dashboards", "exporter")
DOCUMENTS = sorted(
    file
    for pattern in ("*.md", "docs/**/*.md", *(f"{package}/**/*.md" for package in PACKAGES))
    for file in ROOT.glob(pattern)
)
SOURCES = sorted(file for package in PACKAGES for file in (ROOT / package).rglob("*.py"))
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)\s]+)\)")
TARGET = re.compile(r"^([a-z-]+):", re.MULTILINE)


def relative(file: Path) -> str:
    return str(file.relative_to(ROOT))


def typed(text: str, program: str) -> Iterator[list[str]]:
    """The words after `program` wherever a reader is told to type it."""
    blocks = [
        line for kind, block in FENCE.findall(text) if kind == "sh" for line in block.splitlines()
    ]
    for line in [*blocks, *SPAN.findall(FENCE.sub("", text))]:
        words = [word for word in line.partition("#")[0].split() if "=" not in word]
        if words and Path(words[0]).name == program:
            yield words[1:]


def unknown_to(command: click.Command, words: list[str]) -> str:
    """The first word that `command` does not know, "" where it knows them all."""
    for word in words:
        options = {name for option in command.params for name in option.opts}
        if word.startswith("-"):
            if word not in {*options, "--help", "--version"}:
                return word
        elif isinstance(command, click.Group):
            found = command.get_command(click.Context(command), word)
            if found is None:
                return word
            command = found
    return ""


@pytest.mark.parametrize("file", [*DOCUMENTS, *SOURCES], ids=relative)
def test_every_command_that_is_named_exists(file: Path) -> None:
    from exporter.cli import command

    named = list(typed(file.read_text(), "deskpulse"))
    assert [words for words in named if unknown_to(command, words)] == []


@pytest.mark.parametrize("file", DOCUMENTS, ids=relative)
def test_every_target_that_is_named_exists(file: Path) -> None:
    targets = set(TARGET.findall((ROOT / "Makefile").read_text()))
    named = {word for words in typed(file.read_text(), "make") for word in words}
    assert named - targets == set()


@pytest.mark.parametrize("file", DOCUMENTS, ids=relative)
def test_every_link_leads_somewhere(file: Path) -> None:
    links = [link.partition("#")[0] for link in LINK.findall(FENCE.sub("", file.read_text()))]
    local = [link for link in links if link and "://" not in link]
    assert [link for link in local if not (file.parent / link).exists()] == []


def test_the_readme_names_the_commands_of_a_first_use() -> None:
    text = (ROOT / "README.md").read_text()
    commands = {words[0] for words in typed(text, "deskpulse") if words}
    targets = {words[0] for words in typed(text, "make") if words}
    assert {"init", "check", "sync", "run"} <= commands
    assert {"demo", "test"} <= targets


def test_the_configuration_in_the_readme_loads(tmp_path: Path) -> None:
    blocks = [
        block for kind, block in FENCE.findall((ROOT / "README.md").read_text()) if kind == "yaml"
    ]
    assert len(blocks) == 1
    file = tmp_path / "deskpulse.yaml"
    file.write_text(blocks[0])
    config = load(file, {"ZENDESK_EU_API_TOKEN": "x"})
    assert [source.name for source in config.sources] == ["zendesk-eu"]
    assert config.warnings == ()


@pytest.mark.parametrize("file", DOCUMENTS, ids=relative)
def test_every_yaml_block_is_yaml(file: Path) -> None:
    for kind, block in FENCE.findall(file.read_text()):
        if kind == "yaml":
            assert yaml.safe_load(block)


def test_every_decision_is_listed() -> None:
    decisions = ROOT / "docs" / "decisions"
    listed = set(LINK.findall((decisions / "README.md").read_text()))
    assert listed == {file.name for file in decisions.glob("[0-9]*.md")}
