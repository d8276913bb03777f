"""What an operator says about files: where they lie, and what their columns mean."""

from __future__ import annotations

import codecs
import hashlib
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from connectors.contract import Settings
from connectors.fields.amounts import Mark
from connectors.fields.cells import MISSING
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
from connectors.fields.subscriptions import Charged, CustomerNames

Format = Literal["csv", "jsonl", "parquet"]
NOT_OF_THE_MEANING = {"path", "complete_to", "page_size", "ticket_url"}


def _located(path: str, info: ValidationInfo) -> str:
    """Whoever reads a configuration may say, as the context `folder`, where it lies."""
    folder = (info.context or {}).get("folder", "")
    return str(Path(folder) / Path(path).expanduser())


def _encoding(name: str) -> str:
    try:
        codecs.lookup(name)
    except LookupError:
        raise ValueError("is no encoding; give one such as utf-8-sig or latin-1") from None
    return name


def _delimiter(text: str) -> str:
    text = "\t" if text in ("tab", "\\t") else text
    if len(text) != 1 or text in '"\r\n':
        raise ValueError('is one character, such as ";", or tab')
    return text


Location = Annotated[str, Field(min_length=1), AfterValidator(_located)]
Encoding = Annotated[str, AfterValidator(_encoding)]
Delimiter = Annotated[str, AfterValidator(_delimiter)]


class Columns(Names):
    """The file's column for each fact; a fact without one is not told."""


class SheetSettings(BaseModel):
    """Further files of a source. What is not said here of how they are written is as the source
    says it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: Location = Field(description="a file, a folder or a pattern", examples=["customers.csv"])
    format: Format | None = Field(default=None, description="csv, jsonl or parquet")
    zone: Zone | None = Field(default=None, description="of times that have no offset")
    time_format: TimeFormat | None = Field(default=None, description="of all times")
    missing: tuple[str, ...] | None = Field(default=None, description="cells that mean nothing")
    encoding: Encoding | None = Field(default=None, description="of text")
    delimiter: Delimiter | None = Field(default=None, description="one character, or tab")
    decimal: Mark | None = Field(default=None, description="what begins a fraction")


class CustomerSheet(SheetSettings):
    """Files of customers."""

    columns: CustomerNames = Field(
        default_factory=CustomerNames, description="the column of each fact"
    )


class SubscriptionSheet(SheetSettings, Charged):
    """Files of subscriptions.

    rows: `subscriptions` are rows that say what stands when the file is written; `updates` are rows
        that say what stood at their own `changed`: a history.
    """

    rows: Literal["subscriptions", "updates"] = Field(
        default="subscriptions", description="`updates`: a row is a change, dated by `changed`"
    )

    @model_validator(mode="after")
    def _updates_have_a_time(self) -> Self:
        if self.rows == "updates" and self.columns.changed is None:
            raise ValueError("`rows: updates` needs `columns.changed`, the time of each update")
        return self


class FileSettings(Settings):
    """One set of files with tickets, customers and subscriptions in them, or some of these.

    path: of tickets: a file, a folder or a pattern; a relative one is taken from the folder of the
        configuration. What stands beside it is said of tickets, and of the other files as far as
        they say nothing else.
    rows: `tickets` are rows that say what stands when the file is written; `updates` are rows that
        say what stood at their own `changed`, however much of the future they hold.
    complete_to: up to when the files tell everything: the `newest` instant in them, the instant at
        which they were `modified`, or a fixed one.
    """

    path: Location | None = Field(
        default=None,
        description="files of tickets: a file, a folder or a pattern",
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
    encoding: Encoding = "utf-8-sig"
    delimiter: Delimiter | None = None
    decimal: Mark = "."
    waited_in: Unit = "seconds"
    rating_best: RatingBest = 5
    effort_best: EffortBest = 7
    ticket_url: TicketUrl | None = Field(
        default=None, examples=["https://desk.acme.example/t/{id}"]
    )
    page_size: int = Field(default=10_000, ge=1, le=100_000)
    customers: CustomerSheet | None = Field(default=None, description="files of customers")
    subscriptions: SubscriptionSheet | None = Field(
        default=None, description="files of what customers pay for"
    )

    def reading(self, fields: Collection[str]) -> Self:
        """These settings, with these columns told too."""
        return self.model_copy(
            update={"fields": tuple(dict.fromkeys((*self.fields, *sorted(fields))))}
        )

    @field_validator("complete_to")
    @classmethod
    def _in_utc(cls, told: str | datetime) -> str | datetime:
        if not isinstance(told, datetime):
            return told
        return (told if told.tzinfo else told.replace(tzinfo=UTC)).astimezone(UTC)

    @model_validator(mode="after")
    def _there_is_something_to_read(self) -> Self:
        if not (self.path or self.subscriptions):
            raise ValueError(
                "names nothing to count: give `path` for tickets, `subscriptions` for customers"
            )
        if self.customers and not self.subscriptions:
            raise ValueError(
                "`customers` says who they are, and nothing what they pay for: add `subscriptions`"
            )
        return self

    @model_validator(mode="after")
    def _updates_have_a_time(self) -> Self:
        if self.rows == "updates" and self.columns.changed is None:
            raise ValueError("`rows: updates` needs `columns.changed`, the time of each update")
        return self

    @property
    def said_of_fractions(self) -> Mark | None:
        """What begins a fraction, where the operator says so."""
        return self.decimal if "decimal" in self.model_fields_set else None

    @property
    def meaning(self) -> str:
        """A fingerprint of everything that decides how rows are read."""
        told = self.model_dump_json(
            exclude={
                **dict.fromkeys(NOT_OF_THE_MEANING, True),
                "columns": unset(self.columns),
                "values": unset(self.values),
                "customers": {"path"} if self.customers else True,
                "subscriptions": {"path"} if self.subscriptions else True,
            }
        )
        if self.subscriptions:
            told += f" {self.said_of_fractions}"
        return hashlib.blake2b(told.encode(), digest_size=8).hexdigest()
