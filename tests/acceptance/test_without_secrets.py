"""What asks nobody needs no secret."""

from __future__ import annotations

from pathlib import Path

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
