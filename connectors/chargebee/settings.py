"""What an operator says about one Chargebee site."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Self

from pydantic import AfterValidator, Field, field_validator, model_validator

from connectors import address
from connectors.chargebee.wire import Customer
from connectors.contract import Settings
from connectors.credentials import UserKey
from connectors.customers import Ending

API: Final = "/api/v2"

Address = Annotated[
    str,
    address.like("https://acme.chargebee.com"),
    AfterValidator(lambda url: url.removesuffix(API)),
]
Site = Annotated[str, address.part_of("chargebee.com")]
Name = Annotated[str, Field(pattern=r"^(id|cf_\w+)$", max_length=80)]


class ChargebeeSettings(Settings):
    """Which site is read and by whom, and what its own words mean. Exactly one of `site` and `url`
    is given.
    """

    site: Site | None = Field(
        default=None,
        description="acme for acme.chargebee.com, acme-test for its test site",
        json_schema_extra={"either": "address"},
    )
    url: Address | None = Field(
        default=None,
        description="the whole address of the site",
        examples=["https://acme.chargebee.com"],
        json_schema_extra={"either": "address"},
    )
    api_key: UserKey = Field(description="a read-only key")
    external_ids: tuple[Name, ...] = Field(
        default=("id",),
        max_length=5,
        description="the fields of a customer with the ids that a helpdesk knows it by",
        examples=[["cf_account_number"]],
    )
    reasons: Mapping[str, Ending] = Field(
        default={},
        description="what your reason codes for a cancellation mean",
        examples=[{"Too expensive": "price"}],
    )
    page_size: int = Field(default=100, ge=1, le=100, description="records to a request")

    @field_validator("external_ids")
    @classmethod
    def _is_no_attribute(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        taken = {*Customer.__struct_fields__, *dir(Customer)} - {"id"}
        if taken.intersection(names):
            raise ValueError("name a custom field, such as cf_account_number, or id")
        return tuple(dict.fromkeys(names))

    @field_validator("reasons")
    @classmethod
    def _is_said_once(cls, reasons: Mapping[str, Ending]) -> Mapping[str, Ending]:
        if len({code_of(code) for code in reasons}) != len(reasons):
            raise ValueError("the same reason code stands here twice, but for capital letters")
        return reasons

    @model_validator(mode="after")
    def _has_one_address(self) -> Self:
        return address.one_of(self, "site")

    @property
    def address(self) -> str:
        """The site's base URL."""
        return self.url or f"https://{self.site}.chargebee.com"

    @property
    def address_key(self) -> str:
        """The setting that the address comes from."""
        return "url" if self.url else "site"


def code_of(text: str) -> str:
    """A reason code without its capital letters and spare spaces."""
    return " ".join(text.casefold().split())
