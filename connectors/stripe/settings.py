"""What an operator says about one Stripe account."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import AfterValidator, Field, SecretStr

from connectors import address
from connectors.contract import Settings
from connectors.credentials import Secret

ADDRESS: Final = "https://api.stripe.com"


def _reads(key: SecretStr) -> SecretStr:
    if key.get_secret_value().startswith("pk_"):
        raise ValueError("this is a publishable key, which reads nothing; give a restricted one")
    return key


Address = Annotated[str, address.like(ADDRESS)]
Key = Annotated[Secret, AfterValidator(_reads)]


class StripeSettings(Settings):
    """Who reads the account, and by what its customers are known elsewhere."""

    api_key: Key = Field(description="a restricted key that may only read")
    customer_key: str | None = Field(
        default=None,
        min_length=1,
        max_length=40,
        description="the key of a customer's metadata with the id that a helpdesk knows it by",
        examples=["account_number"],
    )
    url: Address = Field(default=ADDRESS, description="where Stripe's API is asked")
    page_size: int = Field(default=100, ge=1, le=100, description="records to a request")
