"""What an operator says about one Freshdesk account."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from connectors import address
from connectors.contract import Settings
from connectors.credentials import UserKey
from connectors.customfields import apart
from connectors.fields.settings import EffortBest
from connectors.records import Status

FIELD = re.compile(r"cf_[a-z0-9_]{1,120}")

Address = Annotated[str, address.like("https://acme.freshdesk.com")]
Domain = Annotated[str, address.part_of("freshdesk.com")]
CustomField = Annotated[str, Field(pattern=FIELD.pattern, description="of tickets: cf_...")]
Meaning = Literal["new", "open", "pending", "hold", "solved", "closed"]


class FreshdeskSettings(Settings):
    """How to reach one Freshdesk account: its domain (or its whole address) and an API key; what of
    it is read, and what its own statuses and fields mean.

    statuses: by the numbers of statuses that the account made itself. external_id: the field of a
    company that says by which id other systems know it.
    """

    domain: Domain | None = Field(
        default=None,
        description="acme for acme.freshdesk.com",
        json_schema_extra={"either": "address"},
    )
    url: Address | None = Field(
        default=None,
        description="the whole address of the account",
        examples=["https://help.acme.example"],
        json_schema_extra={"either": "address"},
    )
    api_key: UserKey = Field(description="of an agent who sees all tickets")
    page_size: int = Field(default=100, ge=1, le=100)
    statuses: dict[Annotated[int, Field(ge=2)], Meaning] = Field(
        default={}, description="what further statuses mean, by their numbers"
    )
    companies: bool = Field(default=True, description="whether to read who asked, as a company")
    external_id: CustomField | None = Field(
        default=None, description="the field of companies that other systems know them by"
    )
    satisfaction_ratings: bool = Field(
        default=True, description="whether to read what customers answered"
    )
    fields: tuple[CustomField, ...] = Field(
        default=(), description="ticket fields that categories are made from"
    )
    language_field: CustomField | None = None
    recommendation_field: CustomField | None = None
    effort_field: CustomField | None = None
    effort_best: EffortBest = Field(
        default=7, description="the best answer of the effort survey's scale"
    )

    @model_validator(mode="after")
    def _one_address(self) -> Self:
        return address.one_of(self, "domain")

    @model_validator(mode="after")
    def _one_survey_each(self) -> Self:
        apart(self.recommendation_field, self.effort_field)
        return self

    def reading(self, fields: Collection[str]) -> Self:
        """These settings, with these ticket fields told too; `type` is told anyway."""
        wanted = {*fields} - {"type"}
        for name in wanted:
            if not FIELD.fullmatch(name):
                raise ValueError(f"name a ticket field as the API does, cf_... or type: '{name}'")
        return self.model_copy(update={"fields": tuple(sorted({*self.fields, *wanted}))})

    @property
    def base_url(self) -> str:
        """The address of the account, without a slash at its end."""
        return self.url or f"https://{self.domain}.freshdesk.com"

    @property
    def address_key(self) -> str:
        """The setting that the address comes from."""
        return "url" if self.url else "domain"

    @property
    def meanings(self) -> Mapping[int, Status]:
        """What the account's own statuses mean."""
        return {number: Status(word) for number, word in self.statuses.items()}
