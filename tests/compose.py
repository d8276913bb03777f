"""The compose file as tests read it: what each service mounts and starts, and how it is checked."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

REFERENCE: Final = re.compile(r"\$\{(\w+)(?:(:-|:\?)([^}]*))?\}")


@dataclass(frozen=True, slots=True)
class Service:
    """One service. raw: as the file says it, the variables in its mounts filled in."""

    name: str
    raw: Mapping[str, Any]

    @property
    def command(self) -> list[str]:
        """The words that follow the image's entry point."""
        return list(self.raw["command"])

    @property
    def files(self) -> dict[str, tuple[str, bool]]:
        """What is mounted from the repository, by target: its path there, whether read only."""
        return {
            target: (source.removeprefix("./"), read_only)
            for source, target, read_only in self._mounts()
            if source.startswith("./")
        }

    @property
    def volumes(self) -> dict[str, str]:
        """The named volumes by target."""
        return {target: name for name, target, _ in self._mounts() if not name.startswith("./")}

    def option(self, flag: str) -> str:
        """The value of `--flag=value` in the command."""
        (value,) = (w.partition("=")[2] for w in self.command if w.startswith(f"{flag}="))
        return value

    def health(self, root: Path) -> list[str]:
        """The command that tells its health: its own, else that of the image that is built here."""
        if check := self.raw.get("healthcheck"):
            assert check["test"][0] == "CMD"
            return list(check["test"][1:])
        assert self.raw["build"] == "."
        text = (root / "Dockerfile").read_text()
        (words,) = re.findall(r"^HEALTHCHECK .*\\\n\s+CMD (\[.*\])$", text, re.MULTILINE)
        found: list[str] = json.loads(words)
        return found

    def _mounts(self) -> list[tuple[str, str, bool]]:
        return [_mount(one) for one in self.raw.get("volumes", ())]


def services(root: Path, environ: Mapping[str, str] | None = None) -> dict[str, Service]:
    """Every service by name."""
    loaded = yaml.safe_load((root / "docker-compose.yml").read_text())["services"]
    found = {}
    for name, raw in loaded.items():
        mounts = [
            filled(one, environ or {}) if isinstance(one, str) else one
            for one in raw.get("volumes", ())
        ]
        found[name] = Service(name, {**raw, "volumes": mounts})
    return found


def filled(text: str, environ: Mapping[str, str]) -> str:
    """A text with its variables as compose fills them in. Raises KeyError where one is required."""

    def value(match: re.Match[str]) -> str:
        name, how, rest = match.groups()
        if given := environ.get(name):
            return given
        if how == ":?":
            raise KeyError(f"{name} {rest}")
        return rest or ""

    return REFERENCE.sub(value, text)


def _mount(one: str | Mapping[str, Any]) -> tuple[str, str, bool]:
    if isinstance(one, str):
        source, target, *mode = one.split(":")
        return source, target, mode == ["ro"]
    return one["source"], one["target"], bool(one.get("read_only"))
