"""What an operator says about one Chargebee site."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Final, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from connectors.chargebee.wire import Customer
from connectors.contract import Settings
from connectors.customers import Ending
from connectors.verdicts import is_loopback

SITE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*")
API: Final = "/api/v2"

Name = Annotated[str, Field(pattern=r"^(id|cf_\w+)$", max_length=80)]


class ChargebeeSettings(Settings):
    """Which site is read and by whom, and what its own words mean. Exactly one of `site` and `url`
    is given.
    """

    site: str | None = Field(
        default=None,
        description="acme for acme.chargebee.com, acme-test for its test site",
        json_schema_extra={"either": "address"},
    )
    url: str | None = Field(
        default=None,
        description="the whole address of the site",
        examples=["https://acme.chargebee.com"],
        json_schema_extra={"either": "address"},
    )
    api_key: SecretStr = Field(min_length=1, description="a read-only key")
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

    @field_validator("site")
    @classmethod
    def _is_a_name(cls, site: str | None) -> str | None:
        if site is not None and not SITE.fullmatch(site):
            raise ValueError("give the first part only: acme for acme.chargebee.com")
        return site

    @field_validator("url")
    @classmethod
    def _is_safe(cls, url: str | None) -> str | None:
        if url is None:
            return None
        try:
            parts = urlsplit(url)
        except ValueError:
            raise ValueError("this is no address; give https://SITE.chargebee.com") from None
        loops = parts.scheme == "http" and is_loopback(parts.hostname)
        if not parts.hostname or parts.username or parts.query or parts.fragment:
            raise ValueError("must be https://SITE.chargebee.com, without a user name in it")
        if parts.scheme != "https" and not loops:
            raise ValueError("use https, or the key would travel in the clear")
        return url.rstrip("/").removesuffix(API)

    @field_validator("api_key")
    @classmethod
    def _is_a_secret(cls, key: SecretStr) -> SecretStr:
        text = key.get_secret_value()
        if not (text.isascii() and text.isprintable()) or {" ", ":"} & {*text}:
            raise ValueError("it holds characters that no key has; copy it once more")
        return key

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
        if (self.url is None) == (self.site is None):
            raise ValueError("give either `site` or `url`, and only one of them")
        return self

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
