"""What an operator says about one site of Jira Service Management."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Annotated, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from connectors.address import checked
from connectors.contract import Settings
from connectors.records import Priority, Status

SITE: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.IGNORECASE)
GATEWAY: Final = "api.atlassian.com"
"""Where tokens with scopes are taken; people look at their site, and not there."""

TOLD_ANYWAY: Final = ("project", "issuetype", "components", "request type")
"""What categories may be made from without naming it under `fields`."""

Key = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{1,254}$")]
Name = Annotated[str, Field(min_length=1, max_length=255)]


class JiraSettings(Settings):
    """Which site, who reads it, which projects, and which of the site's own words mean what.

    projects: keys; without any, all service projects that the account sees.
    first_response, team, fields: of fields the name or the id, such as `customfield_10050`; null:
        not read. statuses, priorities: what a name means that is not one of Jira's own.
    organization: by what of an organization other systems know it.
    """

    site: str | None = Field(
        default=None,
        description="acme for acme.atlassian.net",
        json_schema_extra={"either": "address"},
    )
    url: str | None = Field(
        default=None,
        description="the whole address of the site, or of the gateway for tokens with scopes",
        examples=["https://acme.atlassian.net"],
        json_schema_extra={"either": "address"},
    )
    email: str = Field(
        min_length=3,
        description="of the account whose API token it is",
        examples=["pulse@acme.example"],
    )
    api_token: SecretStr
    projects: tuple[Key, ...] = ()
    page_size: int = Field(default=100, ge=1, le=100, description="issues to a request")
    first_response: Name | None = "Time to first response"
    team: Name | None = "Team"
    organization: Literal["id", "name"] = "id"
    fields: tuple[Name, ...] = ()
    statuses: dict[str, Status] = Field(default_factory=dict)
    priorities: dict[str, Priority] = Field(default_factory=dict)

    @field_validator("site")
    @classmethod
    def _a_site(cls, text: str | None) -> str | None:
        if text is not None and not SITE.fullmatch(text):
            raise ValueError("give the first part of the address only: acme for acme.atlassian.net")
        return text

    @field_validator("url")
    @classmethod
    def _is_safe(cls, text: str | None) -> str | None:
        return None if text is None else checked(text, "https://acme.atlassian.net")

    @field_validator("email")
    @classmethod
    def _an_address(cls, text: str) -> str:
        if "@" not in text or ":" in text:
            raise ValueError("give the e-mail address of the account")
        return text

    @field_validator("api_token")
    @classmethod
    def _is_whole(cls, token: SecretStr) -> SecretStr:
        text = token.get_secret_value()
        if not text or not (text.isascii() and text.isprintable()) or " " in text:
            raise ValueError("it holds characters that no API token has; copy it once more")
        return token

    @field_validator("statuses", "priorities")
    @classmethod
    def _by_small_letters(cls, told: dict[str, Status]) -> dict[str, Status]:
        return {word.strip().lower(): meaning for word, meaning in told.items()}

    @model_validator(mode="after")
    def _one_address(self) -> Self:
        if (self.site is None) == (self.url is None):
            raise ValueError("give either `site` or `url`, and only one of them")
        return self

    def reading(self, fields: Collection[str]) -> Self:
        """These settings, with these fields of issues told too."""
        more = {*self.fields, *fields} - {*TOLD_ANYWAY}
        return self.model_copy(update={"fields": tuple(sorted(more))})

    @property
    def address(self) -> str:
        """Where the API is, without a slash at its end."""
        return self.url or f"https://{self.site}.atlassian.net"

    @property
    def address_key(self) -> str:
        """The setting that the address comes from."""
        return "url" if self.url else "site"

    @property
    def pages(self) -> str | None:
        """Where people look at issues; None where that is not known."""
        return None if urlsplit(self.address).hostname == GATEWAY else self.address
