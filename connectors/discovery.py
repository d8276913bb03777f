"""Which vendors there are: packages here, entry points elsewhere; never a central list."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import pkgutil
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final, TypeVar

import connectors
from connectors import forms
from connectors.contract import Connector

if TYPE_CHECKING:
    from connectors.testing.server import Simulator

GROUP: Final = "deskpulse.connectors"
NOT_VENDORS: Final = frozenset({"fields", "recording", "template", "testing"})
VENDOR_NAME: Final = re.compile(r"[a-z][a-z0-9_-]*")

ClassT = TypeVar("ClassT")


class BrokenConnector(Exception):
    """A package that should give a connector and does not, with the reason in plain words."""


@dataclass(frozen=True, slots=True)
class Discovery:
    """What was found.

    vendors: connector classes by the name that a configuration uses, sorted.
    broken: packages that could not be used, each with the reason; the others do not suffer.
    """

    vendors: Mapping[str, type[Connector[Any]]]
    broken: Mapping[str, str]


def discover() -> Discovery:
    """Every vendor that can be used now. Imports connectors, no simulator, and asks no network."""
    vendors: dict[str, type[Connector[Any]]] = {}
    broken: dict[str, str] = {}
    for place, load in _candidates():
        try:
            found = _connector(load)
            if (other := vendors.get(found.vendor)) not in (None, found):
                raise BrokenConnector(f"{other.__module__} already gives '{found.vendor}'")
        except BrokenConnector as verdict:
            broken[place] = str(verdict)
        else:
            vendors[found.vendor] = found
    return Discovery(dict(sorted(vendors.items())), dict(sorted(broken.items())))


class Vendors(Mapping[str, type[Connector[Any]]]):
    """Every vendor that can be used, by name. Whoever asks for one imports no other, where its
    package has its name: a start need not wait for dozens.
    """

    def __getitem__(self, name: str) -> type[Connector[Any]]:
        """The connector of a vendor."""
        return _named(name) or self._all.vendors[name]

    def __iter__(self) -> Iterator[str]:
        """All names. Imports all connectors."""
        return iter(self._all.vendors)

    def __len__(self) -> int:
        """How many there are. Imports all connectors."""
        return len(self._all.vendors)

    @property
    def broken(self) -> Mapping[str, str]:
        """As of `Discovery`. Imports all connectors."""
        return self._all.broken

    @cached_property
    def _all(self) -> Discovery:
        return discover()


def _named(name: str) -> type[Connector[Any]] | None:
    """The vendor of this name, from the package here that is called like it."""
    package = f"connectors.{name.replace('-', '_')}"
    is_vendor = VENDOR_NAME.fullmatch(name) and name not in NOT_VENDORS
    if not is_vendor or importlib.util.find_spec(package) is None or not _has_connector(package):
        return None
    try:
        found = _connector(_Here(package))
    except BrokenConnector:
        return None
    return found if found.vendor == name else None


def simulator(vendor: str) -> type[Simulator]:
    """The simulator of `vendor`, from the module `simulator` beside its connector.

    Raises `BrokenConnector` where the vendor is unknown or brings none.
    """
    from connectors.testing.server import Simulator

    vendors = Vendors()
    if vendor not in vendors:
        known = ", ".join(vendors) or "none"
        raise BrokenConnector(f"there is no vendor '{vendor}'; known: {known}")
    package = vendors[vendor].__module__.rpartition(".")[0]
    name = f"{package}.simulator"
    if importlib.util.find_spec(name) is None:
        raise BrokenConnector(f"'{vendor}' brings no simulator: {name} does not exist")
    return _only_class(_imported(name), Simulator)  # type: ignore[type-abstract]


class _Here:
    """A vendor package of this repository, imported when it is asked for."""

    def __init__(self, package: str) -> None:
        self.module = f"{package}.connector"

    def load(self) -> object:
        return importlib.import_module(self.module)


def _candidates() -> Iterator[tuple[str, _Here | EntryPoint]]:
    for module in pkgutil.iter_modules(connectors.__path__, "connectors."):
        is_vendor = module.ispkg and module.name.rpartition(".")[2] not in NOT_VENDORS
        if is_vendor and _has_connector(module.name):
            yield module.name, _Here(module.name)
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: (entry.name, entry.value)):
        yield f"{entry.name} ({entry.value})", entry


def _has_connector(package: str) -> bool:
    spec = importlib.util.find_spec(package)
    places = spec.submodule_search_locations if spec else None
    return any(module.name == "connector" for module in pkgutil.iter_modules(places))


def _connector(candidate: _Here | EntryPoint) -> type[Connector[Any]]:
    try:
        loaded = candidate.load()
    except Exception as error:
        raise BrokenConnector(f"its import fails with {_in_words(error)}") from error
    found: object = loaded
    if isinstance(loaded, ModuleType):
        found = _only_class(loaded, Connector)  # type: ignore[type-abstract]
    if not (isinstance(found, type) and issubclass(found, Connector)):
        raise BrokenConnector("it names something that is no subclass of connectors.Connector")
    name = getattr(found, "vendor", None)
    if not (isinstance(name, str) and VENDOR_NAME.fullmatch(name)):
        raise BrokenConnector(
            f"{found.__name__}.vendor must be a short name in small letters, such as 'zendesk'"
        )
    forms.learn(found.__module__.rpartition(".")[0])
    return found


def _imported(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except Exception as error:
        raise BrokenConnector(f"the import of {name} fails with {_in_words(error)}") from error


def _only_class(module: ModuleType, base: type[ClassT]) -> type[ClassT]:
    own = [
        found
        for _, found in inspect.getmembers(module, inspect.isclass)
        if issubclass(found, base) and found is not base and found.__module__ == module.__name__
    ]
    if len(own) != 1:
        names = ", ".join(found.__name__ for found in own) or "none"
        raise BrokenConnector(
            f"{module.__name__} must define exactly one {base.__name__}; found: {names}"
        )
    return own[0]


def _in_words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
