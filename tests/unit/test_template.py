"""`deskpulse connector new`: whatever it makes is sound at once, and it makes all or nothing."""

from __future__ import annotations

import importlib
import itertools
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import connectors
from connectors.discovery import discover
from connectors.testing.seeded import SeededDesk
from exporter.certify.candidate import Candidate
from exporter.certify.line import differences, opened
from exporter.certify.quality import FILE, Quality
from exporter.certify.scale import Mark, Tier
from exporter.certify.suite import attempt, rules
from exporter.cli.connector.making import AUTHS, PAGINATIONS, new
from exporter.cli.wiring import Unusable
from exporter.scaffold import LONGEST_NAME, LONGEST_TITLE, Vendor, package, project

PRESENT = datetime(2026, 3, 20, 15, 0, tzinfo=UTC)
VARIANTS = tuple(itertools.product(AUTHS, PAGINATIONS))
FILES = {
    *("__init__.py", "settings.py", "wire.py", "mapping.py", "connector.py", "simulator.py"),
    *("README.md", "quality.yaml"),
}


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a package of every variant, which can be imported meanwhile."""
    folder = tmp_path_factory.mktemp("made")
    for auth, pagination in VARIANTS:
        vendor = Vendor(f"acme-{auth}-{pagination}", "", auth, pagination)
        importable = f"made_{auth}_{pagination}"
        write(folder / importable, package(vendor, importable))
    sys.path.insert(0, str(folder))
    yield folder
    sys.path.remove(str(folder))
    for name in [name for name in sys.modules if name.startswith("made_")]:
        del sys.modules[name]


def candidate(auth: str, pagination: str) -> Candidate:
    importable, prefix = f"made_{auth}_{pagination}", f"Acme{auth.title()}{pagination.title()}"
    connector = importlib.import_module(f"{importable}.connector")
    simulator = importlib.import_module(f"{importable}.simulator")
    return Candidate.made_of(
        getattr(connector, f"{prefix}Connector"), getattr(simulator, f"{prefix}Simulator")
    )


def program(name: str, *words: object) -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name(name), *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


# --- what it makes --------------------------------------------------------------------------------


@pytest.mark.parametrize(("auth", "pagination"), VARIANTS)
def test_every_variant_gives_the_truth_at_each_poll(
    made: Path, auth: str, pagination: str, tmp_path: Path
) -> None:
    desk = SeededDesk(3, present=PRESENT, weeks=2, rate=0.5, ancient=5)
    with opened(candidate(auth, pagination), desk, tmp_path, page_limit=40) as line:
        for days in (4, 4.01, 9):
            line.poll(PRESENT - timedelta(days=days))
        line.poll(PRESENT)
        assert differences(line.samples(), line.truth().as_samples()) == []
        assert sum(name == "support_tickets_created_total" for name, _ in line.samples()) > 3


@pytest.mark.parametrize("name", ["a", "zz9_top-of-the-world-abc"])
def test_every_variant_is_clean_under_any_name(name: str, root: Path, tmp_path: Path) -> None:
    for auth, pagination in VARIANTS:
        for title in ("", "T" * LONGEST_TITLE):
            vendor = Vendor(name, title, auth, pagination)
            place = tmp_path / f"{auth}_{pagination}_{len(title)}"
            here, elsewhere = f"connectors.{vendor.identifier}", f"deskpulse_{vendor.identifier}"
            write(place / "connectors" / vendor.identifier, package(vendor, here))
            write(place / "alone" / elsewhere, package(vendor, elsewhere))
            write(place / "alone", project(vendor, elsewhere))
            for file in place.rglob("*.py"):
                assert "{%" not in file.read_text()
                assert "{{" not in file.read_text()
    config = ("--no-cache", "--config", root / "pyproject.toml")
    program("ruff", "check", *config, "--ignore", "INP001", tmp_path)
    program("ruff", "format", "--check", *config, tmp_path)


def test_every_variant_has_strict_types(made: Path, root: Path) -> None:
    packages = sorted(made.glob("made_*"))
    assert len(packages) == 16
    program("mypy", "--config-file", root / "pyproject.toml", *packages)


def test_nothing_is_left_of_the_variants_that_were_not_chosen() -> None:
    others = {"cursor": "cursor", "page": "per_page", "offset": "offset", "link": "Link"}
    for pagination in PAGINATIONS:
        files = package(Vendor("acme", "", "none", pagination), "connectors.acme")
        code = "".join(files[name] for name in ("wire.py", "simulator.py"))
        code += files["connector.py"].partition("def _ask")[2]
        assert [name for name, word in others.items() if word in code] == [pagination]
        assert "secret" not in "".join(files.values()).lower()


def test_every_place_that_is_the_vendors_is_marked() -> None:
    files = package(Vendor("acme"), "connectors.acme")
    places = {name for name, text in files.items() if "your vendor:" in text}
    assert places == FILES - {"__init__.py", "quality.yaml"}


@pytest.mark.parametrize(
    ("auth", "pagination"),
    [
        ("bearer", "cursor"),
        ("none", "offset"),
        *(
            pytest.param(*variant, marks=pytest.mark.slow)
            for variant in VARIANTS
            if variant not in (("bearer", "cursor"), ("none", "offset"))
        ),
    ],
)
def test_every_variant_is_bronze_at_once(
    made: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, auth: str, pagination: str
) -> None:
    assert_tier(auth, pagination, Tier.BRONZE, monkeypatch, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("auth", "pagination"),
    [("bearer", "cursor"), ("header", "page"), ("none", "offset"), ("basic", "link")],
)
def test_every_way_of_paging_is_gold_at_once(
    made: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, auth: str, pagination: str
) -> None:
    assert_tier(auth, pagination, Tier.GOLD, monkeypatch, tmp_path)


def assert_tier(
    auth: str, pagination: str, tier: Tier, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    monkeypatch.chdir(folder)
    assert run("acme", "--auth", auth, "--as", "project").exit_code == 0
    exempt = Quality.read(folder / "deskpulse-acme" / "deskpulse_acme").exempt
    one = candidate(auth, pagination)
    results = [attempt(one, rule, exempt.get(rule.id)) for rule in rules(tier)]
    assert [(result.rule.id, result.reason) for result in results if result.mark is Mark.TODO] == []
    assert sum(result.mark is Mark.DONE for result in results) > 7


# --- where it makes it ----------------------------------------------------------------------------


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that looks like the checkout that deskpulse runs from, and that we are in."""
    write(
        tmp_path,
        {
            "pyproject.toml": '[project]\nname = "deskpulse"\n',
            "connectors/discovery.py": "",
            "connectors/http.py": "",
            "docs/readme.md": "",
        },
    )
    monkeypatch.chdir(tmp_path / "docs")
    places = [*connectors.__path__, str(tmp_path / "connectors")]
    monkeypatch.setattr(connectors, "__path__", places)
    yield tmp_path
    for name, module in tuple(sys.modules.items()):
        if (getattr(module, "__file__", None) or "").startswith(str(tmp_path)):
            del sys.modules[name]


def run(*words: str) -> Result:
    return CliRunner().invoke(new, words)


def refused(*words: str) -> str:
    result = run(*words)
    assert isinstance(result.exception, Unusable), result.output
    return str(result.exception)


def everything(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_in_a_checkout_it_makes_one_package_and_touches_nothing_else(checkout: Path) -> None:
    before = everything(checkout)
    result = run("acme", "--title", "Acme Desk")
    assert result.exit_code == 0, result.output
    assert everything(checkout) - before == {f"connectors/acme/{name}" for name in FILES}
    assert (
        'title: ClassVar[str] = "Acme Desk"'
        in (checkout / "connectors" / "acme" / "connector.py").read_text()
    )


def test_what_it_makes_in_a_checkout_is_a_vendor_at_once(checkout: Path, tmp_path: Path) -> None:
    run("zz-acme", "--auth", "basic", "--pagination", "link")
    assert discover().vendors["zz-acme"].__module__ == "connectors.zz_acme.connector"
    desk = SeededDesk(2, present=PRESENT, weeks=1, rate=0.5)
    with opened(Candidate.of("zz-acme"), desk, tmp_path) as line:
        line.poll(PRESENT)
        assert differences(line.samples(), line.truth().as_samples()) == []


def test_elsewhere_it_makes_a_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = run("acme-desk")
    assert result.exit_code == 0, result.output
    assert everything(tmp_path / "deskpulse-acme-desk") == {
        *("pyproject.toml", "README.md", ".gitignore", "tests/test_conformance.py"),
        *(f"deskpulse_acme_desk/{name}" for name in FILES),
    }


def test_a_project_can_be_made_within_a_checkout_too(checkout: Path) -> None:
    assert run("acme", "--as", "project").exit_code == 0
    assert (checkout / "docs" / "deskpulse-acme" / "pyproject.toml").exists()
    assert not (checkout / "connectors" / "acme").exists()


def test_in_a_checkout_that_is_not_the_one_that_runs_it_makes_a_project_and_says_so(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connectors, "__path__", connectors.__path__[:1])
    result = run("acme")
    assert f"does not run from {checkout}, and finds no connector" in result.stderr
    assert (checkout / "docs" / "deskpulse-acme" / "pyproject.toml").exists()
    assert not (checkout / "connectors" / "acme").exists()
    assert "does not run" not in run("beta", "--as", "project").output


def test_it_says_what_it_made_and_what_comes_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = run("acme").output
    order = (
        "deskpulse-acme/deskpulse_acme/wire.py",
        "python -m pip install --editable .",
        "deskpulse connector try acme",
        "deskpulse connector certify acme",
        "docs/connectors.md",
    )
    assert [said.find(words) for words in order] == sorted(said.find(words) for words in order)
    assert -1 not in [said.find(words) for words in order]


def test_nothing_is_proven_yet(checkout: Path) -> None:
    run("acme")
    run("beta", "--auth", "none")
    quality = checkout / "connectors" / "acme" / FILE
    assert set(Quality.read(quality.parent).rules.values()) == {"todo"}
    assert quality.read_text() == Quality().text()
    assert set(Quality.read(checkout / "connectors" / "beta").exempt) == {"check-tells-credentials"}


# --- what it refuses ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "verdict"),
    [
        (["Acme"], "is no name for a vendor: take small letters"),
        (["9lives"], "is no name for a vendor"),
        (["acme-"], "is no name for a vendor"),
        (["../acme"], "is no name for a vendor"),
        ([""], "is no name for a vendor"),
        (["a" * (LONGEST_NAME + 1)], f"take at most {LONGEST_NAME} characters"),
        (["import"], "is a word of Python itself: choose another name, such as import-desk"),
        (["zendesk"], "There is a vendor 'zendesk' already: choose another name"),
        (["acme", "--title", 'The "Desk"'], "This title cannot be used"),
        (["acme", "--title", "x" * (LONGEST_TITLE + 1)], "This title cannot be used"),
        (["acme", "--title", "a\nb"], "This title cannot be used"),
        (["http"], "http.py exists already: choose another name"),
    ],
)
def test_what_cannot_be_made_is_refused_in_words(
    words: list[str], verdict: str, checkout: Path
) -> None:
    before = everything(checkout)
    assert verdict in refused(*words)
    assert everything(checkout) == before


def test_here_is_refused_outside_of_a_checkout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    verdict = refused("acme", "--as", "here")
    assert "This folder is in no checkout of deskpulse" in verdict
    assert "--as project" in verdict


def test_here_is_refused_in_a_checkout_that_is_not_the_one_that_runs(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connectors, "__path__", connectors.__path__[:1])
    before = everything(checkout)
    verdict = refused("acme", "--as", "here")
    assert "run the deskpulse of that checkout" in verdict
    assert "--as project" in verdict
    assert everything(checkout) == before


def test_two_names_that_python_spells_alike_are_one(checkout: Path) -> None:
    assert run("zz-acme").exit_code == 0
    assert "There is a vendor 'zz-acme' already, which Python spells like 'zz_acme'" in refused(
        "zz_acme"
    )


def test_two_projects_that_python_spells_alike_are_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("acme-desk").exit_code == 0
    before = everything(tmp_path)
    assert "deskpulse-acme-desk exists already: choose another name" in refused("acme_desk")
    assert everything(tmp_path) == before


def test_nothing_that_exists_is_touched(checkout: Path) -> None:
    run("acme")
    (checkout / "connectors" / "acme" / "wire.py").write_text("mine")
    assert "already: choose another name" in refused("acme")
    (checkout / "connectors" / "acme" / "connector.py").unlink()  # a vendor no more
    assert "exists already: choose another name" in refused("acme")
    assert (checkout / "connectors" / "acme" / "wire.py").read_text() == "mine"


def test_a_disk_that_takes_only_a_part_is_left_as_it_was(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_text = Path.write_text

    def full(path: Path, text: str, encoding: str | None = None) -> int:
        if path.name == "connector.py":
            raise OSError(28, os.strerror(28))
        return write_text(path, text, encoding)

    before = everything(checkout)
    monkeypatch.setattr(Path, "write_text", full)
    verdict = refused("acme")
    assert "cannot be written: No space left on device. Nothing was made" in verdict
    assert everything(checkout) == before
    assert not [path for path in (checkout / "connectors").iterdir() if path.is_dir()]
