"""The `deskpulse` command: one module for each command or group of commands."""

from exporter.cli.main import command, main

__all__ = ["command", "main"]
