"""`deskpulse run`: poll every source and serve what is known."""

from __future__ import annotations

import logging
from pathlib import Path

import rich_click as click

from exporter.cli.serving import serve
from exporter.cli.wiring import (
    Address,
    Unusable,
    config_option,
    ending_on_signals,
    opened_store,
    pollers,
    read_config,
)
from exporter.config import HostPort
from exporter.serving.server import ServerError, listen


@click.command()
@config_option
@click.option(
    "--listen", "address", type=Address(), help="Where to serve; the configuration's otherwise."
)
def run(path: Path, address: HostPort | None) -> None:
    """Poll every source and serve /metrics until interrupted."""
    config = read_config(path)
    address = address or config.listen
    try:
        opened = listen(address.host, address.port)
    except ServerError as error:
        raise Unusable(str(error)) from error
    at = HostPort(address.host, opened.getsockname()[1])
    with (
        ending_on_signals() as ended,
        opened,
        opened_store(config) as store,
        pollers(config, store) as polled,
    ):
        click.echo(f"Serving http://{at}/metrics and a page at http://{at}/", err=True)
        logging.getLogger("exporter").setLevel(logging.INFO)
        serve(config, store, polled, opened, ended.is_set)
