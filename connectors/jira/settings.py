"""What an operator says about one site of Jira Service Management."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from connectors import address
from connectors.contract import Settings
from connectors.credentials import Secret
from connectors.records import Priority, Status
from connectors.vocabulary import Words

GATEWAY: Final = "api.atlassian.com"
"""Where tokens with scopes are taken; people look at their site, and not there."""

TOLD_ANYWAY: Final = ("project", "issuetype", "components", "request type")
"""What categories may be made from without naming it under `fields`."""

Address = Annotated[str, address.like("https://acme.atlassian.net")]
Site = Annotated[str, address.part_of("atlassian.net")]
Key = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{1,254}$")]
Name = Annotated[str, Field(min_length=1, max_length=255)]


class JiraSettings(Settings):
    """Which site, who reads it, which projects, and which of the site's own words mean what.

    projects: keys; without any, all service projects that the account sees.
    first_response, team, fields: of fields the name or the id, such as `customfield_10050`; null:
        not read. statuses, priorities: what a name means that is not one of Jira's own.
    organization: by what of an organization other systems know it.
    """

    site: Site | None = Field(
        default=None,
        description="acme for acme.atlassian.net",
        json_schema_extra={"either": "address"},
    )
    url: Address | None = Field(
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
    api_token: Secret
    projects: tuple[Key, ...] = ()
    page_size: int = Field(default=100, ge=1, le=100, description="issues to a request")
    first_response: Name | None = "Time to first response"
    team: Name | None = "Team"
    organization: Literal["id", "name"] = "id"
    fields: tuple[Name, ...] = ()
    statuses: Words[str, Status] = Field(default_factory=dict)
    priorities: Words[str, Priority] = Field(default_factory=dict)

    @field_validator("email")
    @classmethod
    def _an_address(cls, text: str) -> str:
        if "@" not in text or ":" in text:
            raise ValueError("give the e-mail address of the account")
        return text

    @model_validator(mode="after")
    def _one_address(self) -> Self:
        return address.one_of(self, "site")

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
