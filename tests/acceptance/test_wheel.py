"""What is built is what is needed: the wheel, installed alone, works in an empty folder."""

from __future__ import annotations

import os
import site
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from alerts.build import built
from connectors.discovery import discover
from tests.peers import require

PACKAGES = ("alerts", "connectors", "dashboards", "exporter")
PIP = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")


@pytest.fixture(scope="module")
def wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from this checkout without any network."""
    place = tmp_path_factory.mktemp("wheel")
    done = subprocess.run(
        [*PIP, "wheel", "--no-index", "--no-deps", "--no-build-isolation", "-w", place, root],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (built,) = place.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def home(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with the wheel in it, and the packages it needs borrowed from ours.

    A path in a .pth file brings no .pth files of its own: an editable install of the checkout
    stays out.
    """
    home = tmp_path_factory.mktemp("home")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", home], check=True)
    python = home / "bin" / "python"
    subprocess.run(
        [*PIP, "--python", python, "install", "--no-index", "--no-deps", wheel], check=True
    )
    (packages,) = home.glob("lib/python*/site-packages")
    (packages / "borrowed.pth").write_text("\n".join(site.getsitepackages()) + "\n")
    return home


def run(home: Path, folder: Path, program: str, *words: str) -> str:
    """What the installed `program` prints in `folder`."""
    environ = {key: text for key, text in os.environ.items() if not key.startswith("PYTHON")}
    done = subprocess.run(
        [home / "bin" / program, *words],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_wheel_holds_every_file_of_the_packages_and_nothing_else(
    root: Path, wheel: Path
) -> None:
    ours = {
        str(file.relative_to(root))
        for package in PACKAGES
        for file in (root / package).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    held = set(zipfile.ZipFile(wheel).namelist())
    assert {name for name in held if ".dist-info/" not in name} == ours
    assert any(name.endswith("licenses/LICENSE") for name in held)


def test_the_code_that_runs_is_the_wheels(home: Path, tmp_path: Path) -> None:
    code = f"import {', '.join(PACKAGES)}; print(*(m.__file__ for m in ({', '.join(PACKAGES)})))"
    for place in run(home, tmp_path, "python", "-c", code).split():
        assert Path(place).is_relative_to(home)


def test_it_tells_its_version(home: Path, root: Path, tmp_path: Path) -> None:
    version = tomllib.loads((root / "pyproject.toml").read_text())["project"]["version"]
    assert version in run(home, tmp_path, "deskpulse", "--version")


def test_it_finds_its_vendors(home: Path, tmp_path: Path) -> None:
    listed = run(home, tmp_path, "deskpulse", "connector", "list")
    assert [vendor for vendor in discover().vendors if vendor not in listed] == []


def test_alerts_are_built_checked_and_proved(home: Path, tmp_path: Path) -> None:
    """The rules, the template and the proofs come out of the wheel."""
    require("promtool")
    written = run(home, tmp_path, "deskpulse", "alerts", "build").split()
    assert sorted(written) == sorted(f"alerting/{name}" for name in built())
    assert all((tmp_path / name).is_file() for name in written)
    assert run(home, tmp_path, "deskpulse", "alerts", "check") == ""
    assert "proven" in run(home, tmp_path, "deskpulse", "alerts", "test", "ExporterDown")


def test_the_demo_runs_and_ends_by_itself(home: Path, tmp_path: Path) -> None:
    run(home, tmp_path, "deskpulse", "demo", "--duration", "2")


def test_it_builds_its_dashboards_and_finds_them_right(home: Path, tmp_path: Path) -> None:
    written = run(home, tmp_path, "deskpulse", "dashboards", "build").splitlines()
    assert "grafana/json/overview.json" in written
    assert all((tmp_path / name).is_file() for name in written)
    run(home, tmp_path, "deskpulse", "dashboards", "check")
