"""What an operator says about files of tickets: where they lie, and what their columns mean."""

from __future__ import annotations

import codecs
import hashlib
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from connectors.contract import Settings
from connectors.records import Channel, Priority

Format = Literal["csv", "jsonl", "parquet"]
StatusWord = Literal[
    "new", "open", "pending", "hold", "solved", "closed", "deleted", "merged", "spam"
]

MISSING = ("", "NULL", "null", "None", "NaN", "nan", "NaT", "\\N")
UNIX = ("unix", "unix_ms")
NOT_OF_THE_MEANING = {"path", "complete_to", "page_size", "ticket_url"}


class Columns(BaseModel):
    """The file's column for each fact; a fact without one is not told.

    team: the group that holds the ticket. assigned: whoever does, of which only whether it is set
    is kept. waited, waited_business: how long the customer waited up to the solve, in `waited_in`.
    offered: whether the customer was asked for a rating.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = "id"
    created: str = "created"
    changed: str | None = None
    status: str | None = None
    priority: str | None = None
    channel: str | None = None
    team: str | None = None
    assigned: str | None = None
    first_response: str | None = None
    first_solved: str | None = None
    solved: str | None = None
    closed: str | None = None
    reopens: str | None = None
    reassignments: str | None = None
    replies: str | None = None
    waited: str | None = None
    waited_business: str | None = None
    offered: str | None = None
    rating: str | None = None
    rating_at: str | None = None
    recommendation: str | None = None
    effort: str | None = None
    language: str | None = None
    tags: str | None = None

    @property
    def named(self) -> dict[str, str]:
        """The columns that are named, by their facts."""
        return {fact: column for fact, column in self if column is not None}


class Words(BaseModel):
    """What the file's words mean; `"*"` is every other word. deskpulse's own words are known."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    status: dict[str, StatusWord] = {}
    priority: dict[str, Priority] = {}
    channel: dict[str, Channel] = {}
    rating: dict[str, int] = {}


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
    zone: str = "UTC"
    time_format: str | None = None
    complete_to: Literal["newest", "modified"] | datetime = "newest"
    missing: tuple[str, ...] = MISSING
    encoding: str = "utf-8-sig"
    delimiter: str | None = None
    decimal: Literal[".", ","] = "."
    waited_in: Literal["seconds", "minutes", "hours"] = "seconds"
    rating_best: Literal[1, 5] = 5
    effort_best: Literal[5, 7] = 7
    ticket_url: str | None = Field(default=None, examples=["https://desk.acme.example/t/{id}"])
    page_size: int = Field(default=10_000, ge=1, le=100_000)

    def reading(self, fields: Collection[str]) -> Self:
        """These settings, with these columns told too."""
        return self.model_copy(
            update={"fields": tuple(dict.fromkeys((*self.fields, *sorted(fields))))}
        )

    @field_validator("rating_best", "effort_best", mode="before")
    @classmethod
    def _as_a_number(cls, value: object) -> object:
        return int(value) if isinstance(value, str) and value.isdecimal() else value

    @field_validator("path")
    @classmethod
    def _from_the_folder_of_the_configuration(cls, path: str, info: ValidationInfo) -> str:
        """Whoever reads a configuration may say, as the context `folder`, where it lies."""
        folder = (info.context or {}).get("folder", "")
        return str(Path(folder) / Path(path).expanduser())

    @field_validator("zone")
    @classmethod
    def _is_a_zone(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (KeyError, OSError, ValueError):
            raise ValueError("is no time zone; give one such as Europe/Berlin, or UTC") from None
        return zone

    @field_validator("time_format")
    @classmethod
    def _is_a_format(cls, text: str | None) -> str | None:
        if text is None or text in UNIX or "%" in text:
            return text
        raise ValueError('give a format such as "%d/%m/%Y %H:%M", or unix or unix_ms')

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

    @field_validator("ticket_url")
    @classmethod
    def _holds_the_id(cls, url: str | None) -> str | None:
        if url is None:
            return None
        if urlsplit(url).scheme in ("http", "https") and url.count("{id}") == 1:
            return url
        raise ValueError("must be an address with {id} in it: https://desk.acme.example/t/{id}")

    @model_validator(mode="after")
    def _updates_have_a_time(self) -> Self:
        if self.rows == "updates" and self.columns.changed is None:
            raise ValueError("`rows: updates` needs `columns.changed`, the time of each update")
        return self

    @property
    def meaning(self) -> str:
        """A fingerprint of everything that decides how rows are read."""
        told = self.model_dump_json(exclude=NOT_OF_THE_MEANING)
        return hashlib.blake2b(told.encode(), digest_size=8).hexdigest()
