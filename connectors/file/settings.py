"""What an operator says about files of tickets: where they lie, and what their columns mean."""

from __future__ import annotations

import codecs
import hashlib
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from connectors.contract import Settings
from connectors.fields.settings import (
    EffortBest,
    Names,
    RatingBest,
    TicketUrl,
    TimeFormat,
    Unit,
    Words,
    Zone,
    unset,
)

Format = Literal["csv", "jsonl", "parquet"]
MISSING = ("", "NULL", "null", "None", "NaN", "nan", "NaT", "\\N")
NOT_OF_THE_MEANING = {"path", "complete_to", "page_size", "ticket_url"}


class Columns(Names):
    """The file's column for each fact; a fact without one is not told."""


class FileSettings(Settings):
    """One set of files with tickets in them.

    path: a file, a folder or a pattern; a relative one is taken from the folder of the
        configuration.
    rows: `tickets` are rows that say what stands when the file is written; `updates` are rows that
        say what stood at their own `changed`, however much of the future they hold.
    complete_to: up to when the files tell everything: the `newest` instant in them, the instant at
        which they were `modified`, or a fixed one.
    """

    path: str = Field(
        min_length=1,
        description="a file, a folder or a pattern",
        examples=["tickets.csv", "exports/*.csv"],
    )
    columns: Columns = Field(default_factory=Columns)
    format: Format | None = None
    values: Words = Field(default_factory=Words)
    fields: tuple[str, ...] = ()
    rows: Literal["tickets", "updates"] = "tickets"
    zone: Zone = "UTC"
    time_format: TimeFormat | None = None
    complete_to: Literal["newest", "modified"] | datetime = "newest"
    missing: tuple[str, ...] = MISSING
    encoding: str = "utf-8-sig"
    delimiter: str | None = None
    decimal: Literal[".", ","] = "."
    waited_in: Unit = "seconds"
    rating_best: RatingBest = 5
    effort_best: EffortBest = 7
    ticket_url: TicketUrl | None = Field(
        default=None, examples=["https://desk.acme.example/t/{id}"]
    )
    page_size: int = Field(default=10_000, ge=1, le=100_000)

    def reading(self, fields: Collection[str]) -> Self:
        """These settings, with these columns told too."""
        return self.model_copy(
            update={"fields": tuple(dict.fromkeys((*self.fields, *sorted(fields))))}
        )

    @field_validator("path")
    @classmethod
    def _from_the_folder_of_the_configuration(cls, path: str, info: ValidationInfo) -> str:
        """Whoever reads a configuration may say, as the context `folder`, where it lies."""
        folder = (info.context or {}).get("folder", "")
        return str(Path(folder) / Path(path).expanduser())

    @field_validator("complete_to")
    @classmethod
    def _in_utc(cls, told: str | datetime) -> str | datetime:
        if not isinstance(told, datetime):
            return told
        return (told if told.tzinfo else told.replace(tzinfo=UTC)).astimezone(UTC)

    @field_validator("encoding")
    @classmethod
    def _is_an_encoding(cls, name: str) -> str:
        try:
            codecs.lookup(name)
        except LookupError:
            raise ValueError("is no encoding; give one such as utf-8-sig or latin-1") from None
        return name

    @field_validator("delimiter")
    @classmethod
    def _is_one_character(cls, text: str | None) -> str | None:
        text = "\t" if text in ("tab", "\\t") else text
        if text is not None and (len(text) != 1 or text in '"\r\n'):
            raise ValueError('is one character, such as ";", or tab')
        return text

    @model_validator(mode="after")
    def _updates_have_a_time(self) -> Self:
        if self.rows == "updates" and self.columns.changed is None:
            raise ValueError("`rows: updates` needs `columns.changed`, the time of each update")
        return self

    @property
    def meaning(self) -> str:
        """A fingerprint of everything that decides how rows are read."""
        told = self.model_dump_json(
            exclude={
                **dict.fromkeys(NOT_OF_THE_MEANING, True),
                "columns": unset(self.columns),
                "values": unset(self.values),
            }
        )
        return hashlib.blake2b(told.encode(), digest_size=8).hexdigest()
