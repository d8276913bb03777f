"""What a record can tell: what its named fields tell, and which field is missing for the rest."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

from connectors.contract import Measures
from connectors.fields.measures import Manner
from connectors.fields.measures import measures as told_by
from connectors.records import Removal
from connectors.rest.settings import RestSettings

MANNER: Final = Manner("field", "fields", "a record", "the API")
NOTES: Final = (
    "Only the last solve is told; a ticket that is closed without one tells its closing.",
    "Replies and waits are counted as the vendor counts them.",
    "Whatever happened and was undone between two polls is unseen.",
)
GONE: Final = (
    "A ticket that is no longer told stays as it was; only a status or a `fields.removed` that "
    "means deleted, merged or spam removes it."
)
UNDATED: Final = "No field is named for the last change: the latest poll is the newest version."


def measures(settings: RestSettings) -> Measures:
    """What can be told from the fields that are named."""
    dated = () if settings.fields.changed else (UNDATED,)
    notes = (*NOTES, GONE, *dated)
    told = told_by(settings.fields.named, settings.time_format, MANNER, notes)
    removals = told.removals and _tells_removals(settings)
    return replace(told, lag=settings.lag or timedelta(0), removals=removals)


def _tells_removals(settings: RestSettings) -> bool:
    """Whether any word says that a ticket is gone; where none is given a meaning, ours may come."""
    words = settings.values.status.values()
    return bool(settings.fields.removed or not words or set(Removal) & set(words))
