"""The forms of vendors' answers, learned by msgspec one at a time.

msgspec learns a class when it first decodes one. Two threads that learn the same class at the same
time end the whole process, so that two sources of one vendor could take each other down at a start.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Final, TypeVar

import msgspec

T = TypeVar("T")

_LEARNING: Final = threading.Lock()


def decoder(kind: type[T]) -> msgspec.json.Decoder[T]:
    """What decodes this form; may be made in any thread."""
    with _LEARNING:
        return msgspec.json.Decoder(kind)


def learn(package: str) -> None:
    """Learn every form that a vendor's package has, before threads ask for it by themselves."""
    for kind in _below(msgspec.Struct):
        if kind.__module__.startswith(f"{package}."):
            decoder(kind)


def _below(kind: type[msgspec.Struct]) -> Iterator[type[msgspec.Struct]]:
    for one in kind.__subclasses__():
        yield one
        yield from _below(one)
