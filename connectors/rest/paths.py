"""Paths into JSON: `group.name` is `name` within `group`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

DEEPEST: Final = 4


class _Missing:
    """What is at the end of a path that leads nowhere."""

    def __bool__(self) -> bool:
        return False


MISSING: Final = _Missing()


def found(value: object, path: str) -> Any:
    """What stands at the end of a path, `MISSING` where a key on the way does not exist.

    A key with a dot in it is found as well. A null on the way is a null at the end. In a list a
    number is a place; any other step is taken in each of its items, which gives a list.
    """
    if value is None or not path:
        return value
    if isinstance(value, dict):
        if path in value:
            return value[path]
        step, _, rest = path.partition(".")
        return found(value[step], rest) if step in value and rest else MISSING
    if isinstance(value, list):
        step, _, rest = path.partition(".")
        if step.isdecimal():
            return found(value[int(step)], rest) if int(step) < len(value) else None
        inner = [one for item in value if (one := found(item, path)) is not MISSING]
        return inner if inner or not value else MISSING
    return MISSING


def places(value: object, path: str = "", depth: int = DEEPEST) -> Iterator[tuple[str, object]]:
    """Every value within an object, by its path; what lies within lists is left out."""
    if not isinstance(value, dict) or not depth:
        return
    for key, inner in value.items():
        here = f"{path}.{key}" if path else str(key)
        yield here, inner
        yield from places(inner, here, depth - 1)
