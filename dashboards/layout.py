"""Where a panel stands and which number it has: the one place that hands out either.

The id of a panel is part of links to it, so it is written down and never counted out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from dashboards.panels import Panel
from dashboards.sdk import Builder, models

COLUMNS: Final = 24


@dataclass(frozen=True, slots=True)
class Slot:
    """A panel with its id, which no other panel has or had, and its width in columns."""

    id: int
    width: int
    panel: Panel


@dataclass(frozen=True, slots=True)
class Shelf:
    """Panels beside one another, all of the same height in rows of the grid."""

    height: int
    slots: tuple[Slot, ...]


def placed(shelves: Sequence[Shelf]) -> Iterator[Builder[models.Panel]]:
    """The panels of all shelves, from the top, each with its id and its place."""
    top = 0
    for shelf in shelves:
        left = 0
        for slot in shelf.slots:
            place = models.GridPos(h=shelf.height, w=slot.width, x=left, y=top)
            yield slot.panel.id(slot.id).grid_pos(place)
            left += slot.width
        if left != COLUMNS:
            message = f"a shelf has {COLUMNS} columns, these panels take {left}: change a width"
            raise ValueError(message)
        top += shelf.height
