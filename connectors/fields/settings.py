"""What an operator says of fields, wherever they lie: their names, their words, their times."""

from __future__ import annotations

from typing import Annotated, Final, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from connectors.records import Channel, Priority

UNIX: Final = ("unix", "unix_ms")

StatusWord = Literal[
    "new", "open", "pending", "hold", "solved", "closed", "deleted", "merged", "spam"
]
RemovalWord = Literal["deleted", "merged", "spam", "kept"]

LATER: Final = ("removed", "customer", "domain")
"""Names that came after the first fingerprints of settings: unset, they are left out of these."""


class Names(BaseModel):
    """The name of the field that holds each fact; a fact without one is not told."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(default="id", description="the ticket's id")
    created: str = Field(default="created", description="when it was opened")
    changed: str | None = Field(default=None, description="when it last changed: its version")
    status: str | None = Field(default=None, description="where it stands, or why it is gone")
    removed: str | None = Field(
        default=None,
        description="why it is gone, beside `status` and stronger; empty or false: not",
    )
    priority: str | None = Field(default=None, description="how urgent it is")
    channel: str | None = Field(default=None, description="the way it came in")
    team: str | None = Field(default=None, description="the group that holds it")
    assigned: str | None = Field(
        default=None, description="whoever holds it; only whether it is set is kept"
    )
    first_response: str | None = Field(
        default=None, description="the first public reply of an agent"
    )
    first_solved: str | None = Field(default=None, description="the first solve")
    solved: str | None = Field(default=None, description="the last solve")
    closed: str | None = Field(
        default=None, description="the closing, which counts where there was no solve"
    )
    reopens: str | None = Field(default=None, description="how often it came back")
    reassignments: str | None = Field(
        default=None, description="how often it went from one group to another"
    )
    replies: str | None = Field(default=None, description="public replies up to the solve")
    waited: str | None = Field(
        default=None, description="how long the customer waited up to the solve, in `waited_in`"
    )
    waited_business: str | None = Field(
        default=None, description="the same by the business hours of the source"
    )
    offered: str | None = Field(
        default=None, description="whether the customer was asked for a rating"
    )
    rating: str | None = Field(default=None, description="the customer's satisfaction")
    rating_at: str | None = Field(default=None, description="when it was given")
    recommendation: str | None = Field(default=None, description="0 to 10")
    effort: str | None = Field(default=None, description="1 to `effort_best`")
    language: str | None = Field(default=None, description="a tag such as de")
    customer: str | None = Field(
        default=None, description="the company that asked, by the id that other systems know it by"
    )
    domain: str | None = Field(
        default=None, description="its domain; of an address only what stands behind the @ is kept"
    )
    tags: str | None = Field(default=None, description="words that categories are made from")

    @property
    def named(self) -> dict[str, str]:
        """The fields that are named, by their facts."""
        return {fact: name for fact, name in self if name is not None}


class Words(BaseModel):
    """What the source's words mean; `"*"` is every other word. deskpulse's own words are known."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    status: dict[str, StatusWord] = Field(default={}, description="words of `status`")
    removed: dict[str, RemovalWord] = Field(
        default={}, description="words of `removed`; `kept`: it is there"
    )
    priority: dict[str, Priority] = Field(default={}, description="words of `priority`")
    channel: dict[str, Channel] = Field(default={}, description="words of `channel`")
    rating: dict[str, int] = Field(default={}, description="words of `rating`, as scores")


def unset(told: Names | Words) -> set[str]:
    """What a fingerprint leaves out, so that it stays what it was before there were such names."""
    return {name for name in LATER if not getattr(told, name, None)}


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        raise ValueError("is no time zone; give one such as Europe/Berlin, or UTC") from None
    return name


def _time_format(text: str) -> str:
    if text in UNIX or "%" in text:
        return text
    raise ValueError('give a format such as "%d/%m/%Y %H:%M", or unix or unix_ms')


def _ticket_url(url: str) -> str:
    if urlsplit(url).scheme in ("http", "https") and url.count("{id}") == 1:
        return url
    raise ValueError("must be an address with {id} in it: https://desk.acme.example/t/{id}")


def _number(value: object) -> object:
    """A configuration file tells it as text, which no literal number equals."""
    return int(value) if isinstance(value, str) and value.isdecimal() else value


Zone = Annotated[str, AfterValidator(_zone)]
TimeFormat = Annotated[str, AfterValidator(_time_format)]
TicketUrl = Annotated[str, AfterValidator(_ticket_url)]
RatingBest = Annotated[Literal[1, 5], BeforeValidator(_number)]
EffortBest = Annotated[Literal[5, 7], BeforeValidator(_number)]
Unit = Literal["seconds", "minutes", "hours"]
