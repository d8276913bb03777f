"""What an operator says about one Zendesk account."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator

from connectors import address
from connectors.contract import Settings
from connectors.credentials import Secret
from connectors.customfields import apart
from connectors.fields.settings import EffortBest

Address = Annotated[str, address.like("https://help.acme.example")]
Subdomain = Annotated[str, address.part_of("zendesk.com")]
FieldId = Annotated[int, Field(ge=1, description="the id of a custom ticket field")]


class ZendeskSettings(Settings):
    """How to reach one Zendesk account: its subdomain (or its whole address), a user, a token; and
    which of its streams and custom ticket fields to read."""

    subdomain: Subdomain | None = Field(
        default=None,
        description="acme for acme.zendesk.com",
        json_schema_extra={"either": "address"},
    )
    url: Address | None = Field(
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
    api_token: Secret
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
    effort_best: EffortBest = Field(
        default=7, description="the best answer of the effort survey's scale"
    )

    @field_validator("email")
    @classmethod
    def _an_address(cls, text: str) -> str:
        if "@" not in text or ":" in text or text.endswith("/token"):
            raise ValueError("give the agent's e-mail address alone; /token is added by itself")
        return text

    @model_validator(mode="after")
    def _one_address(self) -> Self:
        return address.one_of(self, "subdomain")

    @model_validator(mode="after")
    def _one_survey_each(self) -> Self:
        apart(self.recommendation_field, self.effort_field)
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
