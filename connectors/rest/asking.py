"""How an API wants to be asked, as an operator says it: credential, changes, pages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, ClassVar, Final, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    field_validator,
    model_validator,
)

SECRET_NAME: Final = re.compile(
    r"(?:^|[-_.])(?:api[-_]?)?(?:key|token|secret|password|passwd|pwd|auth|authorization|sig"
    r"|signature|credentials?)$",
    re.IGNORECASE,
)
CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
HEADER: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
LENGTH: Final = re.compile(r"(\d{1,6})(s|m|h|d)")
UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def secret_like(name: str) -> bool:
    """Whether a parameter of this name carries a secret, as far as names tell."""
    return SECRET_NAME.search(CAMEL.sub("_", name)) is not None


def _path(path: str) -> str:
    bad = "://" in path or any(mark in path for mark in "?#\\ ") or ".." in path.split("/")
    if bad or not path.startswith("/") or not path.isprintable():
        raise ValueError(
            "is no path: give what comes after `url`, such as /tickets; what follows a '?' goes "
            "into `params`"
        )
    return path


def _text(told: object) -> object:
    """A parameter as it is sent: a number or a truth may stand there as such."""
    if isinstance(told, bool):
        return "true" if told else "false"
    return str(told) if isinstance(told, int | float) else told


def _steps(path: str) -> str:
    if not all(step.strip() for step in path.split(".")):
        raise ValueError("is no path into an answer: write it as in meta.next")
    return path


def _duration(told: object) -> object:
    if not isinstance(told, str):
        return told
    match = LENGTH.fullmatch(told.strip())
    if match is None:
        raise ValueError("must be a duration, such as 30s, 5m or 1h")
    return timedelta(**{UNITS[match[2]]: int(match[1])})


def _sendable(secret: SecretStr) -> SecretStr:
    text = secret.get_secret_value()
    if not text.strip():
        raise ValueError("is empty: put the secret here, as ${NAME}")
    if not (text.isascii() and text.isprintable()):
        raise ValueError("holds what no request can carry: a line break, or letters beyond ASCII")
    return secret


UrlPath = Annotated[str, AfterValidator(_path)]
Steps = Annotated[str, AfterValidator(_steps)]
Text = Annotated[str, BeforeValidator(_text)]
Duration = Annotated[timedelta, BeforeValidator(_duration)]
Secret = Annotated[SecretStr, AfterValidator(_sendable)]
Name = Annotated[str, Field(min_length=1, description="the name of a parameter")]


class Part(BaseModel):
    """A group of keys: unknown ones are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class OneOf(Part):
    """A group of which exactly one key is given.

    ways: what it chooses from, in words. forms: how each key is written with what belongs to it.
    """

    ways: ClassVar[str]
    forms: ClassVar[Mapping[str, str]]

    @model_validator(mode="before")
    @classmethod
    def _is_known(cls, told: object) -> object:
        known = [field.alias or name for name, field in cls.model_fields.items()]
        if isinstance(told, dict) and len(told) == 1 and told.keys() <= set(known):
            return told
        if isinstance(told, cls):
            return told
        alone = cls.forms.get(told) if isinstance(told, str) else None
        form = f"; the word alone is too little, write `{told}: {alone}`" if alone else ""
        raise ValueError(f"says {cls.ways}: give exactly one of {', '.join(known)}, or none{form}")

    @model_validator(mode="after")
    def _is_given(self) -> Self:
        if all(value is None for _, value in self):
            raise ValueError(f"says {self.ways}: what is chosen is empty; say more, or write none")
        return self

    @property
    def chosen(self) -> str:
        """The key that is given."""
        return next(name for name, value in self if value is not None)


class Basic(Part):
    """A name and a password."""

    username: str = Field(min_length=1, description="who signs in")
    password: SecretStr = Field(description="may be empty where the name is the secret's place")

    @field_validator("username")
    @classmethod
    def _has_no_colon(cls, name: str) -> str:
        if ":" in name or not name.isprintable():
            raise ValueError("has a colon or a line break in it, which no user name can have")
        return name


class Header(Part):
    """A credential in a header of its own."""

    name: str = Field(description="such as X-Api-Key")
    value: Secret = Field(description="the credential")

    @field_validator("name")
    @classmethod
    def _is_a_header(cls, name: str) -> str:
        if not HEADER.fullmatch(name):
            raise ValueError("is no name of a header; give one such as X-Api-Key")
        return name


class Query(Part):
    """A credential in a parameter of every request."""

    name: Name = Field(description="such as api_key")
    value: Secret = Field(description="the credential")


class Auth(OneOf):
    """The credential."""

    ways: ClassVar[str] = "how to sign in"
    forms: ClassVar[Mapping[str, str]] = {
        "bearer": '"${TOKEN}"',
        "basic": '{username: pulse, password: "${PASSWORD}"}',
        "header": '{name: X-Api-Key, value: "${KEY}"}',
        "query": '{name: api_key, value: "${KEY}"}',
    }

    bearer: Secret | None = Field(default=None, description="Authorization: Bearer ...")
    basic: Basic | None = Field(default=None, description="username and password")
    header: Header | None = Field(default=None, description="name and value of a header")
    query: Query | None = Field(default=None, description="name and value of a parameter")


def _since_format(text: str) -> str:
    if text in ("iso", "unix", "unix_ms") or "%" in text:
        return text
    raise ValueError('give iso, unix, unix_ms, or a format such as "%Y-%m-%d %H:%M:%S"')


class Since(Part):
    """How to ask for what changed since an instant."""

    param: Name = Field(description="the parameter, such as updated_since")
    format: Annotated[str, AfterValidator(_since_format)] = Field(
        default="iso", description='iso, unix, unix_ms or "%Y-%m-%d %H:%M:%S"'
    )
    overlap: Duration = Field(
        default=timedelta(seconds=60),
        description="how much before the newest change known to begin, for what comes late",
    )
    begin: datetime | None = Field(
        default=None, description="what the first import asks for; left out, nothing"
    )

    @field_validator("overlap")
    @classmethod
    def _is_a_second_at_least(cls, overlap: timedelta) -> timedelta:
        if not timedelta(seconds=1) <= overlap <= timedelta(days=31):
            raise ValueError("must be from 1s, for changes within one second, to 31d")
        return overlap

    @field_validator("begin")
    @classmethod
    def _has_a_zone(cls, begin: datetime | None) -> datetime | None:
        if begin is not None and begin.tzinfo is None:
            raise ValueError("must be a time with its zone, such as 2026-01-31T08:00:00Z")
        return begin


class ByCursor(Part):
    """An answer tells where the next one begins, to be said in a parameter."""

    param: Name = Field(description="the parameter, such as after")
    source: Steps = Field(alias="from", description="where an answer tells it, such as meta.next")


class ByPage(Part):
    """Pages are numbered."""

    param: Name = Field(default="page", description="the parameter")
    first: int = Field(default=1, ge=0, le=1, description="the number of the first page")
    more: Steps | None = Field(default=None, description="where an answer tells whether more come")
    last: Steps | None = Field(default=None, description="where it tells how many pages there are")


class ByOffset(Part):
    """Records are numbered."""

    param: Name = Field(default="offset", description="the parameter")
    more: Steps | None = Field(default=None, description="where an answer tells whether more come")
    total: Steps | None = Field(default=None, description="where it tells how many records exist")


class Pagination(OneOf):
    """How one answer leads to the next."""

    ways: ClassVar[str] = "how to get from one page to the next"
    forms: ClassVar[Mapping[str, str]] = {
        "cursor": "{param: after, from: meta.next}",
        "page": "{param: page}",
        "offset": "{param: offset}",
        "link": "header",
        "next": "links.next",
    }

    cursor: ByCursor | None = Field(default=None, description="a token out of the answer")
    page: ByPage | None = Field(default=None, description="numbered pages")
    offset: ByOffset | None = Field(default=None, description="numbered records")
    link: Literal["header"] | None = Field(default=None, description="the Link header")
    next: Steps | None = Field(
        default=None, description="where an answer tells the address of the next one"
    )
