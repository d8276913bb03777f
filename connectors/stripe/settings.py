"""What an operator says about one Stripe account."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from connectors.contract import Settings
from connectors.verdicts import is_loopback

ADDRESS: Final = "https://api.stripe.com"


class StripeSettings(Settings):
    """Who reads the account, and by what its customers are known elsewhere."""

    api_key: SecretStr = Field(min_length=1, description="a restricted key that may only read")
    customer_key: str | None = Field(
        default=None,
        min_length=1,
        max_length=40,
        description="the key of a customer's metadata with the id that a helpdesk knows it by",
        examples=["account_number"],
    )
    url: str = Field(default=ADDRESS, description="where Stripe's API is asked")
    page_size: int = Field(default=100, ge=1, le=100, description="records to a request")

    @field_validator("api_key")
    @classmethod
    def _is_a_secret(cls, key: SecretStr) -> SecretStr:
        text = key.get_secret_value()
        if not (text.isascii() and text.isprintable()) or " " in text:
            raise ValueError("it holds characters that no key has; copy it once more")
        if text.startswith("pk_"):
            raise ValueError(
                "this is a publishable key, which reads nothing; give a restricted one"
            )
        return key

    @field_validator("url")
    @classmethod
    def _is_safe(cls, url: str) -> str:
        try:
            parts = urlsplit(url)
        except ValueError:
            raise ValueError(f"this is no address; leave it out for {ADDRESS}") from None
        if parts.username or parts.query or not parts.hostname:
            raise ValueError(f"give an address like {ADDRESS}, without a user name")
        if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname)):
            raise ValueError("use https, or the key would travel in the clear")
        return url.rstrip("/")
