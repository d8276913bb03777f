"""The key of an installation: made once, for its user alone, and kept."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from pathlib import Path

import pytest

from exporter.config.key import InstallationKey
from exporter.config.problems import ConfigError
from exporter.labels import Labeller

CONFIGURATION = "deskpulse.yaml"
FILE = "deskpulse.key"


def key(folder: Path) -> bytes:
    """As a process reads it that has just started."""
    return InstallationKey(folder / CONFIGURATION)()


def test_nothing_is_made_before_it_is_needed(tmp_path: Path) -> None:
    made = InstallationKey(tmp_path / CONFIGURATION)
    Labeller(made).label("Tier 2")
    assert list(tmp_path.iterdir()) == []
    Labeller(made).label("anna@example.com")
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_a_key_is_made_once_and_kept(tmp_path: Path) -> None:
    first = key(tmp_path)
    content = (tmp_path / FILE).read_bytes()
    assert len(first) == 32
    assert key(tmp_path) == first
    assert (tmp_path / FILE).read_bytes() == content


def test_each_installation_has_a_key_of_its_own(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir()
    assert len({key(folder) for folder in folders}) == 2


def test_a_key_is_for_its_user_alone_whatever_others_may_by_default(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        key(tmp_path)
    finally:
        os.umask(before)
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600
    assert len(list(tmp_path.iterdir())) == 1, "nothing is left beside it"


def test_a_key_lies_beside_its_configuration_wherever_the_process_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "conf").mkdir()
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    made = InstallationKey(Path("conf") / CONFIGURATION)
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert made() == key(tmp_path / "conf")
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_key_that_was_moved_here_is_used(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("ab" * 32 + "\n", "ascii")
    assert key(tmp_path) == b"\xab" * 32


def test_another_process_hides_alike(tmp_path: Path) -> None:
    path = tmp_path / CONFIGURATION
    script = (
        "from pathlib import Path; from exporter.config.key import InstallationKey; "
        "from exporter.labels import Labeller; "
        f"print(Labeller(InstallationKey(Path({str(path)!r}))).label('anna@example.com'))"
    )
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    assert run.stdout.strip() == Labeller(InstallationKey(path)).label("anna@example.com")


def test_many_processes_may_make_one_key_at_once(tmp_path: Path) -> None:
    path = tmp_path / CONFIGURATION
    script = (
        "from pathlib import Path; from exporter.config.key import InstallationKey; "
        f"print(InstallationKey(Path({str(path)!r}))().hex())"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
        for _ in range(5)
    ]
    told = {process.communicate(timeout=60)[0].strip() for process in started}
    assert [process.returncode for process in started] == [0] * 5
    assert told == {key(tmp_path).hex()}
    assert [one.name for one in tmp_path.iterdir()] == [FILE], "nothing is left beside it"


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nowhere"):
        InstallationKey(tmp_path / "nowhere" / CONFIGURATION)()


def test_a_key_that_another_process_made_first_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = "cd" * 32

    def opened(path: str, *args: int) -> int:
        (tmp_path / FILE).write_text(f"{other}\n", "ascii")
        return real(path, *args)

    real = os.open
    monkeypatch.setattr(os, "open", opened)
    assert InstallationKey(tmp_path / CONFIGURATION)() == bytes.fromhex(other)


def test_whoever_comes_while_the_key_is_made_gets_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    meanwhile: list[bytes] = []
    real = secrets.token_hex

    def slowly(number: int) -> str:
        if number == 32 and not meanwhile:
            meanwhile.append(b"")
            meanwhile[0] = key(tmp_path)
        return real(number)

    monkeypatch.setattr(secrets, "token_hex", slowly)
    assert [key(tmp_path)] == meanwhile
    assert meanwhile == [key(tmp_path)]


@pytest.mark.parametrize("left", ["", "\n", "ab", "ab" * 31, "ab" * 33, "xy" * 32])
def test_a_key_that_is_not_whole_is_refused(tmp_path: Path, left: str) -> None:
    """With an empty key anybody could guess whom a stand-in hides."""
    (tmp_path / FILE).write_text(left, "ascii")
    with pytest.raises(ConfigError, match="whole key"):
        key(tmp_path)
    assert (tmp_path / FILE).read_text("ascii") == left, "it is not made anew by itself"
