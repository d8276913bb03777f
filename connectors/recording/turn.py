"""One request of a connector and its answer, as they went over the wire."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

NO_JSON: Any = object()
"""What a body is that is no JSON."""


@dataclass(slots=True)
class Turn:
    """url: whole, with its query. sent, body: decoded bytes. headers: of the answer, all of them;
    names in small letters. at: when the answer began."""

    method: str
    url: str
    status: int
    sent: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | bytearray = b""
    at: datetime = field(default_factory=lambda: datetime.now(UTC))


def read_json(body: bytes | bytearray) -> Any:
    """The JSON of a body, which may be compressed once more; `NO_JSON` for anything else."""
    try:
        told = gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body
        return json.loads(told)
    except (ValueError, OSError, EOFError, RecursionError, zlib.error):
        return NO_JSON
