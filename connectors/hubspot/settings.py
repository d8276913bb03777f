"""What an operator says about one HubSpot account."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from connectors import address
from connectors.contract import Settings
from connectors.credentials import Secret
from connectors.customers import Ending
from connectors.records import Status
from connectors.vocabulary import Currency, Waiting, Words

ADDRESS: Final = "https://api.hubapi.com"

Address = Annotated[str, address.like(ADDRESS)]
Property = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=120)]


class Named(BaseModel):
    """Which properties of the account's records say what, by their internal names.

    team: of a ticket, the team that holds it. external_id: of a company, by which id other systems
        know it.
    revenue, start, end, reason, plan: of a deal, the amount that recurs, since and until when it is
        paid, why no longer, and for what.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    team: Property = "hubspot_team_id"
    external_id: Property | None = None
    revenue: Property = "hs_mrr"
    start: Property = "closedate"
    end: Property = "churn_date"
    reason: Property | None = "churn_reason"
    plan: Property | None = None


class HubSpotSettings(Settings):
    """Which account, what of it is read, and which of its own properties say what.

    url: the address of the API; every account has the same. portal: the account's number, for links
        to tickets.
    tickets, customers: what is read; at least one. deletions: whether the bin is read.
    stages: what an open stage of a ticket pipeline means, by its id or its label.
    fields: further properties of a ticket. properties: those that say what is told.
    revenue_per: for how long a deal's amount is paid. currency: of a deal that names none; None:
        the account's own.
    reasons: the values of why somebody left, in our words. trial_stages: stages of deals that are
        tried.
    """

    token: Secret = Field(description="the access token of a private app")
    url: Address = Field(default=ADDRESS, description="the address of the API")
    portal: int | None = Field(default=None, ge=1, description="the account's number (Hub ID)")
    page_size: int = Field(default=200, ge=2, le=200)
    tickets: bool = True
    customers: bool = True
    deletions: bool = True
    stages: Words[str, Waiting] = Field(default_factory=dict)
    fields: tuple[Property, ...] = ()
    properties: Named = Named()
    revenue_per: Literal["month", "year"] = "month"
    currency: Currency | None = None
    reasons: Words[str, Ending] = Field(default_factory=dict)
    trial_stages: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _reads_something(self) -> Self:
        if not (self.tickets or self.customers):
            raise ValueError("`tickets` and `customers` are both off: leave one of them on")
        return self

    def reading(self, fields: Collection[str]) -> Self:
        """These settings, with these properties of tickets told too."""
        for name in fields:
            if not (name.isascii() and name.isidentifier() and name == name.lower()):
                raise ValueError(f"name a property of tickets by its internal name, not '{name}'")
        return self.model_copy(update={"fields": tuple(sorted({*self.fields, *fields}))})

    def meaning(self, stage: str, label: str) -> Status | None:
        """What the operator says of an open stage; None: nothing."""
        found = self.stages.get(stage.lower()) or self.stages.get(label.strip().lower())
        return None if found is None else Status(found)
