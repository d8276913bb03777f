"""What is to be certified: a connector, its simulator, and the folder of its package."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Self

from pydantic import BaseModel, SecretStr, ValidationError

from connectors import Connector
from connectors.contract import Settings
from connectors.discovery import BrokenConnector, Vendors, simulator
from connectors.testing.clock import StandingClock
from connectors.testing.server import Simulator
from connectors.testing.written import WrittenDesk

NOWHERE: Final = "http://127.0.0.1:9"
"""An address at which nobody answers."""

SECRET: Final = "throw-away-"  # noqa: S105 -- the beginning of none that is worth anything
"""How every secret of a simulator begins, so that it can be looked for."""


@dataclass(frozen=True)
class Candidate:
    """A vendor's package. folder: where README.md and quality.yaml lie."""

    connector: type[Connector[Any]]
    simulator: type[Simulator]
    folder: Path

    @classmethod
    def of(cls, vendor: str) -> Self:
        """The vendor of this name, wherever it is installed. Raises `BrokenConnector`."""
        found = simulator(vendor)
        return cls.made_of(Vendors()[vendor], found)

    @classmethod
    def made_of(cls, connector: type[Connector[Any]], simulator: type[Simulator]) -> Self:
        """These two classes, in the folder of the first."""
        return cls(connector, simulator, folder_of(connector))

    @property
    def name(self) -> str:
        """The name that a configuration uses."""
        return self.connector.vendor

    def example(self) -> Mapping[str, object]:
        """What a simulator says of itself, at an address where nobody answers."""
        at = datetime(2026, 4, 9, 15, 0, tzinfo=UTC)
        return self.simulator(WrittenDesk(), StandingClock(at)).settings(NOWHERE)

    def settings(self, given: Mapping[str, object], **changes: object) -> Settings:
        """Settings from what a simulator says of itself. Raises `BrokenConnector`."""
        told = {key: value for key, value in given.items() if key != "vendor"}
        try:
            return self.connector.settings_type.model_validate({**told, **changes})
        except ValidationError as error:
            where = ", ".join(".".join(map(str, one["loc"])) for one in error.errors())
            raise BrokenConnector(
                f"the simulator's settings are refused by the connector's own at {where}"
            ) from None

    def tells(self) -> list[str]:
        """The facts that it tells with the settings of its simulator."""
        connector = self.connector(self.name, self.settings(self.example()))
        try:
            return [fact.value for fact in connector.measures().told]
        finally:
            connector.close()

    def secrets(self, settings: Settings) -> dict[str, str]:
        """The secrets that are set, by the paths of their settings."""
        return {
            path: value.get_secret_value()
            for path, value in values(settings)
            if isinstance(value, SecretStr) and value.get_secret_value()
        }


def folder_of(kind: type[Connector[Any]]) -> Path:
    """The folder of a connector's package."""
    return Path(inspect.getfile(kind)).parent


def values(told: object, path: str = "") -> Iterator[tuple[str, object]]:
    """Every value within settings, however deep, with where it stands."""
    if isinstance(told, BaseModel):
        told = dict(told)
    if isinstance(told, Mapping):
        for key, value in told.items():
            yield from values(value, f"{path}.{key}" if path else str(key))
    elif isinstance(told, (list, tuple)):
        for number, value in enumerate(told):
            yield from values(value, f"{path}[{number}]")
    else:
        yield path, told


def with_wrong_secrets(given: object) -> Any:
    """What a simulator says of itself, with every secret in it replaced by a wrong one."""
    if isinstance(given, Mapping):
        return {key: with_wrong_secrets(value) for key, value in given.items()}
    if isinstance(given, list):
        return [with_wrong_secrets(value) for value in given]
    if isinstance(given, str) and given.startswith(SECRET):
        return f"{SECRET}wrong"
    return given
