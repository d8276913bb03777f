"""What an operator says about a database: how it is reached, what is asked, what columns mean."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
    model_validator,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from connectors.contract import Settings
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

NOT_OF_THE_MEANING: Final = ("url", "clock", "lag", "timeout", "page_size", "ticket_url")
BEGINNING: Final = "1970-01-01 00:00:00"

PARAMETER: Final = re.compile(r"(?<![:\w\\]):([A-Za-z_]\w*)(?!:)")
QUOTED: Final = re.compile(r"'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/", re.DOTALL)
READS: Final = re.compile(r"\s*(?:select|with)\b", re.IGNORECASE)
AFTER_ALONE: Final = re.compile(r">\s*:cursor\b|:cursor\s*<(?![=>])")
LENGTH: Final = re.compile(r"(\d{1,6})\s*(s|m|h)", re.ASCII)
UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours"}


def bare(query: str) -> str:
    """A query without what it quotes and without its comments."""
    return QUOTED.sub("''", query)


def _query(text: str) -> str:
    text = text.strip().removesuffix(";")
    plain = bare(text)
    if not READS.match(plain.lstrip("(")):
        raise ValueError("must read and do nothing else: begin it with SELECT or WITH")
    if ";" in plain:
        raise ValueError("must be one query: leave out what stands behind the semicolon")
    unknown = {name for name in PARAMETER.findall(plain) if name != "cursor"}
    if unknown:
        raise ValueError(f"names :{min(unknown)}; the only parameter is :cursor")
    if AFTER_ALONE.search(plain):
        raise ValueError(
            "loses rows that changed at the same instant as the last one that was read: write "
            ">= :cursor; what comes twice is counted once"
        )
    return text


def _duration(told: object) -> object:
    if not isinstance(told, str):
        return told
    match = LENGTH.fullmatch(told.strip())
    if match is None:
        raise ValueError("must be a duration, such as 30s, 5m or 1h")
    return timedelta(**{UNITS[match[2]]: int(match[1])})


def _query_alone(told: object) -> object:
    """`tickets: SELECT ...` is a query whose columns have our names."""
    return {"query": told} if isinstance(told, str) else told


Query = Annotated[str, AfterValidator(_query)]
Duration = Annotated[timedelta, BeforeValidator(_duration)]


class Asked(BaseModel):
    """A query, and how what is new is told from what is known.

    cursor: the column that grows with every change. Its last value is the parameter `:cursor` of
        the next poll. Without it everything is read at every poll.
    begins: what `:cursor` is at first: less than any value of that column.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    query: Query = Field(description="what is asked; `:cursor` is what was read last")
    cursor: str | None = Field(default=None, description="the column that grows with every change")
    begins: int | str = Field(default=BEGINNING, description="what `:cursor` is at first")

    @model_validator(mode="after")
    def _cursor_and_parameter_go_together(self) -> Self:
        has_parameter = bool(PARAMETER.search(bare(self.query)))
        if self.cursor and not has_parameter:
            raise ValueError(
                f"has a `cursor` and a query without it: add WHERE {self.cursor} >= :cursor"
            )
        if has_parameter and not self.cursor:
            raise ValueError(
                "names :cursor: say in `cursor` which column of the result its values are from"
            )
        return self


class AskedTickets(Asked):
    """A query of tickets."""

    columns: Names = Field(default_factory=Names, description="the column of each fact")
    values: Words = Field(default_factory=Words, description="what its words mean")
    fields: tuple[str, ...] = Field(
        default=(), description="further columns, to make categories from"
    )


class AskedCustomers(Asked):
    """A query of customers."""

    columns: CustomerNames = Field(
        default_factory=CustomerNames, description="the column of each fact"
    )


class AskedSubscriptions(Asked, Charged):
    """A query of subscriptions."""


class SqlSettings(Settings):
    """One database with tickets, customers and subscriptions in it, or some of these.

    url: as SQLAlchemy writes it, with the password; a relative SQLite file is taken from the folder
        of the configuration.
    clock: a query for the instant up to which the tables are complete; without one, the database's
        own clock.
    lag: how long after its time stamp a row may come into sight: the longest transaction. So much
        is read again at every poll.
    """

    url: SecretStr = Field(
        description="as SQLAlchemy writes it",
        examples=["postgresql://deskpulse:secret@db.acme.example/crm"],
    )
    tickets: Annotated[AskedTickets, BeforeValidator(_query_alone)] | None = Field(
        default=None,
        description="a query, or a group with more about it",
        examples=["SELECT * FROM tickets"],
    )
    customers: Annotated[AskedCustomers, BeforeValidator(_query_alone)] | None = Field(
        default=None, description="the same of customers"
    )
    subscriptions: AskedSubscriptions | None = Field(
        default=None, description="the same of what customers pay for"
    )
    zone: Zone | None = Field(default=None, description="of times that have no offset")
    time_format: TimeFormat | None = Field(
        default=None, description="of times that are text or numbers"
    )
    missing: tuple[str, ...] = Field(default=MISSING, description="texts that mean nothing")
    clock: Query | None = Field(
        default=None,
        description="up to when the tables are complete",
        examples=["SELECT max(loaded_at) FROM loads"],
    )
    lag: Duration = Field(
        default=timedelta(seconds=60), description="how late a row may come into sight"
    )
    timeout: Duration = Field(
        default=timedelta(seconds=300), description="how long an answer may take"
    )
    page_size: int = Field(default=10_000, ge=1, le=100_000, description="rows read together")
    waited_in: Unit = Field(default="seconds", description="the unit of `waited`")
    rating_best: RatingBest = Field(default=5, description="the best satisfaction: 5, or 1")
    effort_best: EffortBest = Field(default=7, description="the best effort score: 5 or 7")
    ticket_url: TicketUrl | None = Field(
        default=None,
        description="a ticket's page",
        examples=["https://desk.acme.example/t/{id}"],
    )

    def reading(self, fields: Collection[str]) -> Self:
        """These settings, with these columns of tickets told too."""
        if self.tickets is None or not fields:
            return self
        told = tuple(dict.fromkeys((*self.tickets.fields, *sorted(fields))))
        return self.model_copy(update={"tickets": self.tickets.model_copy(update={"fields": told})})

    @field_validator("url")
    @classmethod
    def _from_the_folder_of_the_configuration(
        cls, url: SecretStr, info: ValidationInfo
    ) -> SecretStr:
        """What is no address is told when it is used: most commands use none."""
        try:
            made = make_url(url.get_secret_value())
        except (ArgumentError, ValueError):
            return url
        folder = (info.context or {}).get("folder", "")
        is_file = made.get_backend_name() == "sqlite" and made.database not in (
            None,
            "",
            ":memory:",
        )
        if not is_file:
            return url
        database = str(Path(folder) / Path(str(made.database)).expanduser())
        return SecretStr(made.set(database=database).render_as_string(hide_password=False))

    @field_validator("lag", "timeout")
    @classmethod
    def _is_less_than_a_day(cls, length: timedelta) -> timedelta:
        if not timedelta(0) <= length <= timedelta(days=1):
            raise ValueError("is a day at most")
        return length

    @field_validator("clock")
    @classmethod
    def _has_no_parameter(cls, query: str | None) -> str | None:
        if query and PARAMETER.search(bare(query)):
            raise ValueError("asks for an instant, and has no :cursor to go by")
        return query

    @model_validator(mode="after")
    def _there_is_something_to_ask(self) -> Self:
        if not (self.tickets or self.subscriptions):
            raise ValueError(
                "asks for nothing to count: give `tickets`, or `subscriptions` for customers"
            )
        if self.customers and not self.subscriptions:
            raise ValueError(
                "`customers` says who they are, and nothing what they pay for: add `subscriptions`"
            )
        return self

    @property
    def meaning(self) -> str:
        """A fingerprint of everything that decides which records there are and what they say."""
        of_tickets = self.tickets and {
            "columns": unset(self.tickets.columns),
            "values": unset(self.tickets.values),
        }
        told = self.model_dump_json(
            exclude={**dict.fromkeys(NOT_OF_THE_MEANING, True), "tickets": of_tickets or {}}
        )
        return hashlib.blake2b(told.encode(), digest_size=8).hexdigest()
