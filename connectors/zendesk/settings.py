"""What an operator says about one Zendesk account."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from connectors.contract import Settings
from connectors.verdicts import is_loopback

SUBDOMAIN = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.IGNORECASE)


FieldId = Annotated[int, Field(ge=1, description="the id of a custom ticket field")]


class ZendeskSettings(Settings):
    """How to reach one Zendesk account: its subdomain (or its whole address), a user, a token; and
    which of its streams and custom ticket fields to read."""

    subdomain: str | None = Field(
        default=None,
        description="acme for acme.zendesk.com",
        json_schema_extra={"either": "address"},
    )
    url: str | None = Field(
        default=None,
        description="the whole address of the account",
        examples=["https://help.acme.example"],
        json_schema_extra={"either": "address"},
    )
    email: str = Field(
        min_length=3,
        description="of the admin whose API token it is",
        examples=["pulse@acme.example"],
    )
    api_token: SecretStr
    page_size: int = Field(default=1000, ge=1, le=1000)
    metric_events: bool = Field(
        default=True, description="whether to read what next responses are measured by"
    )
    metric_events_days: int = Field(
        default=90, ge=1, le=3650, description="how far back the first import reads them"
    )
    satisfaction_ratings: bool = Field(
        default=True, description="whether to read what customers answered"
    )
    fields: tuple[FieldId, ...] = Field(
        default=(), description="ids of the custom ticket fields that categories are made from"
    )
    language_field: FieldId | None = None
    recommendation_field: FieldId | None = None
    effort_field: FieldId | None = None
    effort_best: Literal[5, 7] = Field(
        default=7, description="the best answer of the effort survey's scale"
    )

    @field_validator("effort_best", mode="before")
    @classmethod
    def _a_number(cls, value: object) -> object:
        """A configuration file tells it as text, which no literal number equals."""
        return int(value) if isinstance(value, str) and value.isdecimal() else value

    @field_validator("subdomain")
    @classmethod
    def _a_subdomain(cls, text: str | None) -> str | None:
        if text is not None and not SUBDOMAIN.fullmatch(text):
            raise ValueError("give the first part of the address only: acme for acme.zendesk.com")
        return text

    @field_validator("url")
    @classmethod
    def _a_safe_address(cls, text: str | None) -> str | None:
        if text is None:
            return None
        try:
            parts = urlsplit(text)
            local = is_loopback(parts.hostname)
        except ValueError:
            raise ValueError("this is no address; give one like https://help.example.org") from None
        if not parts.hostname or parts.scheme not in {"http", "https"} or parts.username:
            raise ValueError("give an address like https://help.example.org, without a user")
        if parts.scheme == "http" and not local:
            raise ValueError("use https, or the token would travel in the clear")
        return text.rstrip("/")

    @field_validator("email")
    @classmethod
    def _an_address(cls, text: str) -> str:
        if "@" not in text or ":" in text or text.endswith("/token"):
            raise ValueError("give the agent's e-mail address alone; /token is added by itself")
        return text

    @field_validator("api_token")
    @classmethod
    def _a_token(cls, token: SecretStr) -> SecretStr:
        if not token.get_secret_value().strip():
            raise ValueError("the token is empty; put the API token here")
        return token

    @model_validator(mode="after")
    def _one_address(self) -> Self:
        if (self.subdomain is None) == (self.url is None):
            raise ValueError("give either `subdomain` or `url`, and only one of them")
        return self

    @model_validator(mode="after")
    def _one_survey_each(self) -> Self:
        if self.effort_field is not None and self.effort_field == self.recommendation_field:
            raise ValueError(
                "`recommendation_field` and `effort_field` are the same field; give each survey "
                "the field that its answers are written into"
            )
        return self

    def reading(self, fields: Collection[str]) -> Self:
        """These settings, with these custom ticket fields told too."""
        for name in fields:
            if not name.isascii() or not name.isdecimal():
                raise ValueError(f"name a ticket field by its number, not as '{name}'")
        return self.model_copy(update={"fields": tuple(sorted({*self.fields, *map(int, fields)}))})

    @property
    def base_url(self) -> str:
        """The address of the account, without a slash at its end."""
        return self.url or f"https://{self.subdomain}.zendesk.com"

    @property
    def address_key(self) -> str:
        """The setting that the address comes from."""
        return "url" if self.url else "subdomain"
