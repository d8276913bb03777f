"""Files that are built: written whole or not at all, and compared with what would be built now."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path


def put(path: Path, text: str) -> None:
    """Write a text in UTF-8: whoever reads meanwhile sees all of it or what was there before.

    Makes the folder where it is missing. Raises `OSError`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.{secrets.token_hex(4)}.new")
    try:
        beside.write_text(text, "utf-8")
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def outdated(folder: Path, made: Mapping[str, str]) -> list[str]:
    """The files below `folder` that are missing or differ from what is built. Raises `OSError`."""
    return [
        name
        for name, text in made.items()
        if not (path := folder / name).is_file() or path.read_bytes() != text.encode()
    ]
