"""What asks nobody needs no secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from exporter.cli.wiring import Unusable, read_config
from tests.programs import configure, deskpulse


def test_metrics_and_status_need_no_secret_but_sync_does(tmp_path: Path) -> None:
    zendesk = {"vendor": "zendesk", "subdomain": "acme", "email": "pulse@acme.example"}
    folder = configure(tmp_path, {"desk": {**zendesk, "api_token": "${NOT_SET_ANYWHERE}"}})
    for command in ("metrics", "status"):
        done = deskpulse(folder, command)
        assert done.code == 2
        assert "`deskpulse sync` makes it" in done.said
    done = deskpulse(folder, "sync")
    assert done.code == 2
    assert "NOT_SET_ANYWHERE" in done.said


@pytest.mark.parametrize(
    "settings",
    [
        {"subdomain": "acme", "email": "${ONE}", "api_token": "${TWO}"},
        {"subdomain": "${ONE}", "email": "${TWO}", "api_token": "${THREE}"},
        {"url": "${ONE}", "email": "${TWO}", "api_token": "${THREE}"},
        {"subdomain": "acme", "email": "${ONE}", "api_token": "${ONE}"},
    ],
)
def test_whatever_stands_in_for_a_variable_pleases_the_vendor(
    tmp_path: Path, settings: dict[str, str]
) -> None:
    folder = configure(tmp_path, {"desk": {"vendor": "zendesk", **settings}})
    (source,) = read_config(folder / "deskpulse.yaml", secrets=False).sources
    assert source.name == "desk"
    with pytest.raises(Unusable, match="needs the environment variable ONE"):
        read_config(folder / "deskpulse.yaml")


def test_what_no_stand_in_can_be_is_asked_for_by_its_name(tmp_path: Path) -> None:
    settings = {"vendor": "zendesk", "subdomain": "acme", "email": "${ONE}", "api_token": "x"}
    folder = configure(tmp_path, {"desk": {**settings, "page_size": "${SIZE}"}})
    with pytest.raises(Unusable, match="needs the environment variable SIZE"):
        read_config(folder / "deskpulse.yaml", secrets=False)
