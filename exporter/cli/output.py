"""Where a command's answer goes: into a file, or to standard output."""

from __future__ import annotations

import sys
from pathlib import Path

import rich_click as click

from exporter.cli.wiring import Unusable


def write(body: bytes, output: Path | None) -> None:
    """Write an answer into the file that was named, else to standard output. Raises `Unusable`."""
    if output is None:
        sys.stdout.buffer.write(body)
        return
    try:
        output.write_bytes(body)
    except OSError as error:
        raise Unusable(f"{output} cannot be written: {error.strerror}.") from error
    click.echo(f"Written: {output}", err=True)
