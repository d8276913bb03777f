"""Samples as the body of a remote write 0.1 request: protobuf, compressed by snappy. Pure."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence

import cramjam

from exporter.history.track import Labels

HEADERS = {
    "Content-Encoding": "snappy",
    "Content-Type": "application/x-protobuf",
    "X-Prometheus-Remote-Write-Version": "0.1.0",
}

# Tags of fields: the number of the field, then how its value is written.
_FIRST_BYTES, _SECOND_BYTES = 1 << 3 | 2, 2 << 3 | 2
_DOUBLE, _INTEGER = 1 << 3 | 1, 2 << 3 | 0
_SAMPLE = struct.Struct("<Bd")


def series(name: str, labels: Labels, instants: Sequence[int], values: Sequence[float]) -> bytes:
    """One TimeSeries of a WriteRequest, with its tag and length. Instants in milliseconds."""
    pairs = sorted((("__name__", name), *labels))
    body = bytearray()
    for pair in pairs:
        first, second = (text.encode() for text in pair)
        body += _bytes(_FIRST_BYTES, _bytes(_FIRST_BYTES, first) + _bytes(_SECOND_BYTES, second))
    for instant, value in zip(instants, values, strict=True):
        sample = _SAMPLE.pack(_DOUBLE, value) + bytes((_INTEGER,)) + _varint(instant)
        body += _bytes(_SECOND_BYTES, sample)
    return _bytes(_FIRST_BYTES, bytes(body))


def request(some: Iterable[bytes]) -> bytes:
    """The body of a request with these series."""
    return bytes(cramjam.snappy.compress_raw(b"".join(some)))


def _bytes(tag: int, content: bytes) -> bytes:
    return bytes((tag,)) + _varint(len(content)) + content


def _varint(number: int) -> bytes:
    written = bytearray()
    while number > 0x7F:
        written.append(number & 0x7F | 0x80)
        number >>= 7
    written.append(number)
    return bytes(written)
