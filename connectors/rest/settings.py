"""What an operator says about a REST API: where the tickets are, how to ask, what fields mean."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import timedelta
from typing import Annotated, Final, Self
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, field_validator, model_validator

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
from connectors.rest.asking import (
    Auth,
    Duration,
    Pagination,
    Part,
    Since,
    Steps,
    Text,
    UrlPath,
    secret_like,
)
from connectors.verdicts import is_loopback

# A change of anything else means other records, which have to be read from the beginning.
NOT_OF_THE_MEANING: Final = {"auth", "check", "lag", "ticket_url"}
IN_THE_CLEAR: Final = (
    "use https, or the credential would travel in the clear; plain http is for this machine only"
)


class FieldPaths(Names):
    """Where each fact stands in a record: `group.name` is `name` within `group`."""

    created: str = Field(default="created_at", description="when it was opened")

    @field_validator("*")
    @classmethod
    def _leads_somewhere(cls, path: str | None) -> str | None:
        if path is not None and not all(step.strip() for step in path.split(".")):
            raise ValueError("is no path into a record: write it as in group.name")
        return path


class Tickets(Part):
    """The list of all tickets."""

    path: UrlPath = Field(description="below `url`", examples=["/tickets"])
    params: dict[str, Text] = Field(
        default={}, description="what every request asks for, such as {per_page: 100}"
    )
    records: Steps | None = Field(
        default=None,
        description="where the list is in an answer, such as data.tickets; left out, the answer "
        "is the list",
    )
    since: Since | None = Field(
        default=None, description="how to ask for changes only; left out, every poll reads all"
    )
    pagination: Pagination | None = Field(
        default=None, description="how an answer is followed by the next one; left out, by none"
    )
    oldest_first: bool = Field(
        default=False,
        description="whether the list is sorted by `changed`, the oldest first; each request then "
        "begins at the newest change of the one before",
    )

    @field_validator("params")
    @classmethod
    def _hold_no_secret(cls, params: dict[str, str]) -> dict[str, str]:
        if found := next((name for name in params if secret_like(name)), None):
            raise ValueError(
                f"`{found}` looks like a secret, and what stands here is no secret to deskpulse: "
                f"give it as auth: {{query: {{name: {found}, value: ...}}}}"
            )
        return params

    @field_validator("pagination", mode="before")
    @classmethod
    def _may_be_none(cls, told: object) -> object:
        return None if told == "none" else told

    @model_validator(mode="after")
    def _is_sorted_by_something_asked_for(self) -> Self:
        if self.oldest_first and self.since is None:
            raise ValueError("`oldest_first` is of use with `since` only: add that")
        return self


def _a_path_alone(told: object) -> object:
    """`tickets: /tickets` is a list in one answer."""
    return {"path": told} if isinstance(told, str) else told


class RestSettings(Settings):
    """One API with a list of tickets."""

    url: str = Field(
        description="where the API begins", examples=["https://api.quickdesk.example/v2"]
    )
    auth: Auth | None = Field(
        default=None, description="one of bearer, basic, header, query; left out, no credential"
    )
    tickets: Annotated[Tickets, BeforeValidator(_a_path_alone)] = Field(
        description="the path of the list of tickets, or a group with more about it",
        examples=["/tickets"],
    )
    fields: FieldPaths = Field(
        default_factory=FieldPaths, description="where each fact stands in a record"
    )
    further: tuple[str, ...] = Field(
        default=(), description="paths of other fields; those that categories name are read anyway"
    )
    values: Words = Field(
        default_factory=Words,
        description="what words of status, removed, priority, channel and rating mean",
    )
    zone: Zone = Field(default="UTC", description="of times that have no offset")
    time_format: TimeFormat | None = Field(
        default=None, description='of all times, such as "%d/%m/%Y %H:%M", unix or unix_ms'
    )
    waited_in: Unit = Field(default="seconds", description="the unit of `fields.waited`")
    rating_best: RatingBest = Field(default=5, description="the best satisfaction: 5, or 1")
    effort_best: EffortBest = Field(default=7, description="the best effort score: 5 or 7")
    lag: Duration | None = Field(
        default=None, description="how far behind its own clock its answers are complete"
    )
    ticket_url: TicketUrl | None = Field(
        default=None,
        description="a ticket's page",
        examples=["https://desk.acme.example/t/{id}"],
    )
    check: UrlPath | None = Field(
        default=None, description="a path that answers 200 to a good credential", examples=["/me"]
    )

    def reading(self, fields: Collection[str]) -> Self:
        """These settings, with these paths told too."""
        further = tuple(dict.fromkeys((*self.further, *sorted(fields))))
        return self.model_copy(update={"further": further})

    @field_validator("url")
    @classmethod
    def _is_safe(cls, url: str) -> str:
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            parts, port = urlsplit(""), None
        if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
            raise ValueError("must be an address such as https://api.quickdesk.example/v2")
        if parts.username is not None or parts.query or parts.fragment:
            raise ValueError(
                "is the address alone: a credential goes into `auth`, parameters into "
                "`tickets.params`"
            )
        if parts.scheme == "http" and not is_loopback(parts.hostname):
            raise ValueError(IN_THE_CLEAR)
        return url.rstrip("/")

    @field_validator("auth", mode="before")
    @classmethod
    def _may_be_none(cls, told: object) -> object:
        return None if told == "none" else told

    @field_validator("lag")
    @classmethod
    def _is_less_than_a_day(cls, lag: timedelta | None) -> timedelta | None:
        if lag is not None and not timedelta(0) <= lag <= timedelta(days=1):
            raise ValueError("is a day at most")
        return lag

    @model_validator(mode="after")
    def _changes_have_a_time(self) -> Self:
        if self.tickets.since is not None and self.fields.changed is None:
            raise ValueError(
                "`tickets.since` needs `fields.changed`, the time of a ticket's last change: name "
                "that field, or leave `since` out and read everything at every poll"
            )
        return self

    @property
    def meaning(self) -> str:
        """A fingerprint of everything that decides which records there are and what they say."""
        told = self.model_dump_json(
            exclude={
                **dict.fromkeys(NOT_OF_THE_MEANING, True),
                "fields": unset(self.fields),
                "values": unset(self.values),
            }
        )
        return hashlib.blake2b(told.encode(), digest_size=8).hexdigest()
