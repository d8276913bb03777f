"""Vendors are found where they are, and a broken one hurts nobody else."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

import connectors
from connectors import discovery
from connectors.discovery import BrokenConnector, Vendors, discover, simulator

CONNECTOR = """
from connectors import Connector, Measures, Settings, Usage

class {name}(Connector[Settings]):
    vendor = "{vendor}"
    title = "{name}"
    settings_type = Settings
    def measures(self): return Measures(told={{}})
    def check(self): return []
    def changes(self, cursor): return iter(())
    def usage(self): return Usage()
"""
CONFIGURATION = """
sources:
  desk:
    vendor: zendesk
    subdomain: acme
    email: pulse@example.org
    api_token: ${TOKEN}
"""
SIMULATOR = """
from connectors.testing.server import Simulator

class Simulated(Simulator):
    vendor = "here"
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that is the only one where vendor packages are looked for."""
    import_module("connectors.testing.server")  # what a simulator needs, before it is hidden
    monkeypatch.setattr(connectors, "__path__", [str(tmp_path)])
    monkeypatch.setattr(discovery, "entry_points", lambda group: [])
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if name.startswith("connectors."):
            del sys.modules[name]


def package(place: Path, name: str, **modules: str) -> None:
    (place / name).mkdir()
    for module, text in {"__init__": "", **modules}.items():
        (place / name / f"{module}.py").write_text(text)


def test_a_folder_with_a_connector_is_a_vendor(place: Path) -> None:
    package(place, "zz_here", connector=CONNECTOR.format(name="Here", vendor="here"))
    package(place, "zz_helper", other="")
    package(place, "testing2", connector=CONNECTOR.format(name="B", vendor="b2"))
    package(place, "template", connector="raise RuntimeError('never imported')")
    found = discover()
    assert list(found.vendors) == ["b2", "here"]
    assert found.vendors["here"].title == "Here"
    assert found.broken == {}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("raise RuntimeError('gone')", "RuntimeError: gone"),
        ("import no_such_package_at_all", "ModuleNotFoundError"),
        ("def broken(:", "SyntaxError"),
        ("", "must define exactly one Connector; found: none"),
        (
            CONNECTOR.format(name="A", vendor="a") + CONNECTOR.format(name="B", vendor="b"),
            "exactly one Connector; found: A, B",
        ),
        (CONNECTOR.format(name="A", vendor="Not a name"), "must be a short name in small letters"),
    ],
)
def test_a_broken_package_is_told_and_the_rest_works(place: Path, text: str, words: str) -> None:
    package(place, "zz_bad", connector=text)
    package(place, "zz_good", connector=CONNECTOR.format(name="Good", vendor="good"))
    found = discover()
    assert list(found.vendors) == ["good"]
    assert words in found.broken["connectors.zz_bad"]


def test_two_packages_of_one_vendor_are_told(place: Path) -> None:
    for name in ("zz_one", "zz_two"):
        package(place, name, connector=CONNECTOR.format(name="One", vendor="one"))
    found = discover()
    assert found.vendors["one"].__module__ == "connectors.zz_one.connector"
    assert found.broken == {"connectors.zz_two": "connectors.zz_one.connector already gives 'one'"}


def test_an_outside_package_is_found_by_class_or_by_module(
    place: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    for at, vendor in enumerate(("byclass", "bymodule")):
        (outside / f"zz_outside{at}.py").write_text(CONNECTOR.format(name="Out", vendor=vendor))
    monkeypatch.syspath_prepend(str(outside))
    entries = [
        EntryPoint("byclass", "zz_outside0:Out", discovery.GROUP),
        EntryPoint("bymodule", "zz_outside1", discovery.GROUP),
        EntryPoint("gone", "zz_outside2", discovery.GROUP),
        EntryPoint("wrong", "json:dumps", discovery.GROUP),
    ]
    monkeypatch.setattr(discovery, "entry_points", lambda group: entries)
    found = discover()
    assert list(found.vendors) == ["byclass", "bymodule"]
    assert "ModuleNotFoundError" in found.broken["gone (zz_outside2)"]
    assert "no subclass" in found.broken["wrong (json:dumps)"]


def test_a_simulator_lies_beside_its_connector(place: Path) -> None:
    text = CONNECTOR.format(name="Here", vendor="here")
    package(place, "zz_here", connector=text, simulator=SIMULATOR)
    package(place, "zz_bare", connector=CONNECTOR.format(name="Bare", vendor="bare"))
    assert simulator("here").__name__ == "Simulated"
    with pytest.raises(BrokenConnector, match=r"no vendor 'nobody'; known: bare, here"):
        simulator("nobody")
    with pytest.raises(BrokenConnector, match="brings no simulator"):
        simulator("bare")


def test_looking_for_vendors_imports_no_simulator_and_nothing_heavy(root: Path) -> None:
    code = (
        "import sys, connectors.discovery as d; d.discover(); "
        "heavy = [n for n in sys.modules if n.endswith('.simulator') or n == 'pandas']; "
        "print(heavy)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


def test_whoever_asks_for_one_vendor_imports_no_other(root: Path) -> None:
    code = (
        "import sys; from connectors.discovery import Vendors; "
        "assert 'zendesk' in Vendors(); "
        "print([name for name in sys.modules if name.endswith('.connector')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    )
    assert done.stdout == "['connectors.zendesk.connector']\n"


def test_whoever_checks_a_configuration_imports_no_database(root: Path, tmp_path: Path) -> None:
    (tmp_path / "deskpulse.yaml").write_text(CONFIGURATION)
    code = (
        "import sys, pathlib, exporter.cli.check, exporter.config as config; "
        "assert config.load(pathlib.Path(sys.argv[1]), {'TOKEN': 'throw-away-token'}).sources; "
        "print([n for n in ('sqlalchemy', 'prometheus_client', 'starlette') if n in sys.modules])"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "deskpulse.yaml")]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_vendor_is_the_same_whether_asked_for_alone_or_with_all() -> None:
    assert dict(discover().vendors) == {name: Vendors()[name] for name in Vendors()}
    assert "nobody" not in Vendors()
    assert "testing" not in Vendors()


def test_a_vendor_that_is_not_called_like_its_package_is_found_too(place: Path) -> None:
    package(place, "zz_other", connector=CONNECTOR.format(name="Here", vendor="here"))
    package(place, "zz_bad", connector="raise RuntimeError('gone')")
    vendors = Vendors()
    assert vendors["here"].title == "Here"
    assert "zz_bad" not in vendors
    assert "RuntimeError: gone" in vendors.broken["connectors.zz_bad"]


def test_every_vendor_of_this_repository_can_be_used() -> None:
    assert discover().broken == {}
