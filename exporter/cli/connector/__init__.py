"""`deskpulse connector`: the vendors that deskpulse can talk to, and the kit for adding one."""

from __future__ import annotations

import rich_click as click

from exporter.cli.connector.certifying import certify
from exporter.cli.connector.listing import list_
from exporter.cli.connector.making import new
from exporter.cli.connector.recording import record
from exporter.cli.connector.serving import serve
from exporter.cli.connector.trying import try_


@click.group()
def connector() -> None:
    """The vendors that deskpulse can talk to, and the kit for adding one."""


for command in (list_, new, try_, record, certify, serve):
    connector.add_command(command)
