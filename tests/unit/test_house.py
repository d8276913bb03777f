"""The house rules that no other tool checks."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grimp
import pytest

from connectors.discovery import discover

PACKAGES = ("alerts", "connectors", "dashboards", "exporter")
ASKED_FOR = {"prometheus-client", "grafana-api", "pandas", "click", "requests"}
LONGEST_MODULE = 300
LONGEST_FUNCTION = 40
PINNED = re.compile(r"^([a-z0-9.-]+)==(\S+)", re.MULTILINE)


@pytest.fixture(scope="module")
def project(root: Path) -> dict[str, Any]:
    return tomllib.loads((root / "pyproject.toml").read_text())


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[^A-Za-z0-9_.-]", line)[0].lower() for line in requirements}


def pins(lock: Path) -> set[tuple[str, ...]]:
    return set(PINNED.findall(lock.read_text()))


def modules(root: Path) -> Iterator[tuple[str, str]]:
    for package in PACKAGES:
        for file in sorted((root / package).rglob("*.py")):
            yield str(file.relative_to(root)), file.read_text()


def test_what_was_asked_for_is_declared(project: dict[str, Any]) -> None:
    assert names(project["project"]["dependencies"]) >= ASKED_FOR
    assert "pytest" in names(project["dependency-groups"]["test"])


def test_the_locks_hold_all_that_is_declared(root: Path, project: dict[str, Any]) -> None:
    groups = project["dependency-groups"]
    runtime = names([*project["project"]["dependencies"], *groups["build"]])
    locked = {name for name, _ in pins(root / "requirements.lock")}
    locked_for_tests = {name for name, _ in pins(root / "requirements-test.lock")}
    assert runtime <= locked
    assert runtime | names(groups["test"]) <= locked_for_tests


def test_tests_run_with_what_users_get(root: Path) -> None:
    assert pins(root / "requirements.lock") <= pins(root / "requirements-test.lock")


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-test.lock"])
def test_a_lock_has_hashes_and_no_address(root: Path, name: str) -> None:
    text = (root / name).read_text()
    entries = re.split(r"\n(?=\S)", text.strip())
    assert entries
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []
    assert not re.search(r"://|--(extra-)?index-url|--find-links|--trusted-host", text)


def test_a_vendor_imports_nothing_of_another_vendor() -> None:
    found = {kind.__module__.rpartition(".")[0] for kind in discover().vendors.values()}
    ours = {name for name in found if name.startswith("connectors.")}
    graph = grimp.build_graph("connectors", cache_dir=None)
    assert graph.find_illegal_dependencies_for_layers(layers=[ours]) == set()
    one, other = sorted(ours)[:2]
    graph.add_import(importer=f"{one}.connector", imported=f"{other}.mapping")
    (seen,) = graph.find_illegal_dependencies_for_layers(layers=[ours])
    assert (seen.importer, seen.imported) == (one, other)


def test_vendors_are_protected_without_being_named(project: dict[str, Any]) -> None:
    contracts = project["tool"]["importlinter"]["contracts"]
    assert any("connectors.*.*" in one.get("protected_modules", ()) for one in contracts)
    named = [name for name in discover().vendors if f"connectors.{name}" in str(contracts)]
    assert named == []


def test_the_wheel_has_exactly_the_four_packages(project: dict[str, Any]) -> None:
    assert sorted(project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]) == [*PACKAGES]


def test_modules_and_functions_are_short(root: Path) -> None:
    long: list[str] = []
    for name, text in modules(root):
        if (lines := text.count("\n")) > LONGEST_MODULE:
            long.append(f"{name}: {lines} lines")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > LONGEST_FUNCTION:
                    long.append(f"{name}:{node.lineno}: {node.name} has {length} lines")
    assert long == []


def test_what_needs_a_peer_skips_on_a_desk_and_fails_in_ci(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from tests import peers

    monkeypatch.setattr(peers, "SHARED", tmp_path / "shared")
    monkeypatch.setenv("CI", "")
    with pytest.raises(pytest.skip.Exception, match="no-such-program is not installed"):
        peers.require("no-such-program")
    with pytest.raises(pytest.skip.Exception, match="there is no"):
        peers.shared_data("gone.csv")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="no-such-program"):
        peers.require("no-such-program")
    with pytest.raises(pytest.skip.Exception, match="there is no"):
        peers.shared_data("gone.csv")
    (tmp_path / "shared" / "data").mkdir(parents=True)
    with pytest.raises(pytest.fail.Exception, match="there is no"):
        peers.shared_data("gone.csv")
    (tmp_path / "shared" / "data" / "here.csv").touch()
    assert peers.shared_data("here.csv").name == "here.csv"
