"""`deskpulse connector list`: every vendor with what is known of it."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from connectors.discovery import discover
from exporter.cli.connector.listing import COLUMNS, list_


@pytest.mark.parametrize("columns", ["80", "20"])
def test_what_is_piped_has_one_line_for_each_vendor(columns: str) -> None:
    found = CliRunner().invoke(list_, env={"COLUMNS": columns})
    assert found.exit_code == 0, found.output
    titles, *lines = found.stdout.splitlines()
    assert tuple(titles.split()) == COLUMNS
    assert [line.split()[0] for line in lines] == list(discover().vendors)
    places = [kind.__module__.rpartition(".")[0] for kind in discover().vendors.values()]
    assert [line.split()[-1] for line in lines] == places
