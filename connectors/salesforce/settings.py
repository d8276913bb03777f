"""What an operator says about one Salesforce org."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Annotated, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from connectors import address
from connectors.contract import Settings
from connectors.customers import Ending
from connectors.records import Channel, Priority
from connectors.vocabulary import Currency, Waiting, Words

EXAMPLE: Final = "https://acme.my.salesforce.com"
NAME: Final = r"[A-Za-z][A-Za-z0-9_]*"
PATH: Final = re.compile(rf"{NAME}(\.{NAME}){{0,4}}")

SHARED: Final = frozenset({"login.salesforce.com", "test.salesforce.com"})
"""Where every org is signed in to, and none is asked."""

Address = Annotated[str, address.like(EXAMPLE)]
FieldName = Annotated[str, Field(pattern=f"^{NAME}$", max_length=80)]
FieldPath = Annotated[str, Field(pattern=f"^{PATH.pattern}$", max_length=240)]


class Named(BaseModel):
    """Which fields of the org's records say what, by their API names.

    closed: of a case, when it was last closed. team: who holds it; None: the queue that owns it.
    first_response: when it was first answered. reopens: how often it came back.
    external_id: of an account, the id by which other systems know it.
    revenue, start, end, reason, plan: of a contract or an opportunity, the amount that recurs,
        since and until when it is paid, why no longer, and for what. start, end: None: those that
        Salesforce has itself.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    closed: FieldName = "ClosedDate"
    team: FieldName | None = None
    first_response: FieldName | None = None
    reopens: FieldName | None = None
    external_id: FieldName | None = None
    revenue: FieldName | None = None
    start: FieldName | None = None
    end: FieldName | None = None
    reason: FieldName | None = None
    plan: FieldName | None = None


class SalesforceSettings(Settings):
    """Which org, what of it is read, and which of its own fields say what.

    url: the org's own address (My Domain). client_id: of an external client app; None: `secret` is
        a session token.
    page_size: records to a query. cases, customers: what is read; at least one.
    agreements: the object whose records are subscriptions.
    statuses: what an open status of a case means. priorities, origins: the org's words, in ours.
    fields: further fields of a case. properties: those that say what is told.
    revenue_per: for how long an amount is paid. currency: that of an org that has only one.
    reasons: the values of why somebody left, in our words.
    """

    url: Address = Field(
        description="the org's own address (Setup > My Domain)", examples=[EXAMPLE]
    )
    client_id: str | None = Field(
        default=None, min_length=1, description="the consumer key of an external client app"
    )
    secret: SecretStr = Field(min_length=1, description="its consumer secret")
    page_size: int = Field(default=2000, ge=2, le=2000)
    cases: bool = True
    customers: bool = True
    agreements: Literal["Contract", "Opportunity"] = "Contract"
    statuses: Words[str, Waiting] = Field(default_factory=dict)
    priorities: Words[str, Priority] = Field(default_factory=dict)
    origins: Words[str, Channel] = Field(default_factory=dict)
    fields: tuple[FieldPath, ...] = ()
    properties: Named = Named()
    revenue_per: Literal["month", "year"] = "month"
    currency: Currency | None = None
    reasons: Words[str, Ending] = Field(default_factory=dict)

    @field_validator("url")
    @classmethod
    def _is_of_the_org(cls, url: str) -> str:
        parts = urlsplit(url)
        host = parts.hostname or ""
        if host.endswith(".lightning.force.com") or host in SHARED:
            raise ValueError(
                f"'{host}' is where people sign in: give the address under Setup > My Domain, such "
                f"as {EXAMPLE}"
            )
        return f"{parts.scheme}://{parts.netloc}"

    @model_validator(mode="after")
    def _reads_something(self) -> Self:
        if not (self.cases or self.customers):
            raise ValueError("`cases` and `customers` are both off: leave one of them on")
        return self

    @model_validator(mode="after")
    def _knows_what_recurs(self) -> Self:
        if self.customers and self.agreements == "Opportunity":
            for name in ("revenue", "end"):
                if getattr(self.properties, name) is None:
                    raise ValueError(
                        "an opportunity tells neither what recurs nor until when: name the fields "
                        "that do, in `properties.revenue` and `properties.end`"
                    )
        return self

    def reading(self, fields: Collection[str]) -> Self:
        """These settings, with these fields of cases told too."""
        for name in fields:
            if not PATH.fullmatch(name):
                raise ValueError(f"name a field of cases by its API name, not '{name}'")
        return self.model_copy(update={"fields": tuple(sorted({*self.fields, *fields}))})
