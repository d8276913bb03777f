"""From the records of an answer to tickets: what each says, and why one says nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from connectors.contract import Rejection
from connectors.fields.flaws import fault, latest, sentence
from connectors.fields.ticket import FURTHER, Scales, doubts, record
from connectors.fields.words import LONGEST
from connectors.records import Removed, Ticket
from connectors.rest.paths import MISSING, found
from connectors.rest.reading import Values
from connectors.rest.settings import RestSettings

MALFORMED: Final = "malformed"


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of some records, in their order. doubts: ratings beyond their scale, in words."""

    records: tuple[Ticket | Removed, ...]
    rejected: tuple[Rejection, ...]
    doubts: tuple[str, ...] = ()


class Reader:
    """Reads records by the settings of one source."""

    def __init__(self, settings: RestSettings) -> None:
        self._values = Values(settings)
        self._scales = Scales(settings.rating_best, settings.effort_best)
        self._further = settings.further
        self.paths: Mapping[str, str] = {
            **settings.fields.named,
            **{f"{FURTHER}{path}": path for path in settings.further},
        }

    def read(self, told: Iterable[object], modified: datetime) -> Reading:
        """The tickets of these records. modified: the version of those that tell none."""
        records: list[Ticket | Removed] = []
        rejected: list[Rejection] = []
        doubtful: list[str] = []
        until = latest(modified)
        for number, one in enumerate(told, 1):
            values = self._facts(one)
            if why := self._flaw(one, values, until):
                rejected.append(self._rejection(values, number, why))
                continue
            made = record(values, modified, self._scales, self._further)
            records.append(made)
            doubtful += [f"ticket {made.id}: {what}" for what in doubts(made)]
        return Reading(tuple(records), tuple(rejected), tuple(doubtful))

    def absent(self, told: list[object]) -> list[str]:
        """The facts whose path exists in none of these records."""
        return [
            fact
            for fact, path in self.paths.items()
            if all(found(one, path) is MISSING for one in told)
        ]

    def _facts(self, one: object) -> dict[str, Any]:
        if not isinstance(one, dict):
            return {}
        told = {fact: found(one, path) for fact, path in self.paths.items()}
        return {
            fact: self._values.value(fact, None if value is MISSING else value)
            for fact, value in told.items()
        }

    def _flaw(self, one: object, values: Mapping[str, Any], until: datetime) -> str:
        """The first thing that is wrong with a record; "" where nothing is."""
        if not isinstance(one, dict):
            return "it is no object with fields"
        found = fault(values, until, "is missing or empty")
        return f"field '{self.paths[found.fact]}' {found.what}" if found else ""

    def _rejection(self, values: Mapping[str, Any], number: int, what: str) -> Rejection:
        told = values.get("id")
        name = told[:LONGEST] if isinstance(told, str) else f"number {number} of its answer"
        return Rejection(name, MALFORMED, f"record {name}: {sentence(what)}")
