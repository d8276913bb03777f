"""What an operator says about one account of a Chatwoot."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from connectors import address
from connectors.contract import Settings
from connectors.credentials import Secret

CLOUD = "https://app.chatwoot.com"


def _alone(url: str) -> str:
    if urlsplit(url).path:
        raise ValueError(f"give the address alone, like {CLOUD}; the account is `account_id`")
    return url


Address = Annotated[str, address.like(CLOUD), AfterValidator(_alone)]


class ChatwootSettings(Settings):
    """Which account of which Chatwoot is read, and how much of it.

    events: whether each conversation that changed is asked for its reporting events, without which
        nobody knows when it was resolved. ratings: whether answers to surveys are read.
    customer_attribute: the custom attribute of a contact with the id by which other systems know
        the company that it belongs to.
    """

    url: Address = Field(default=CLOUD, description="the address at which people open it")
    account_id: int = Field(ge=1, description="the number after /accounts/ in the address bar")
    api_access_token: Secret = Field(description="of deskpulse's own user")
    events: bool = Field(default=True, description="ask when conversations were resolved")
    ratings: bool = Field(default=True, description="read the answers to surveys")
    customer_attribute: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z][A-Za-z0-9_]*$",
        description="the custom attribute of a contact that names its company",
    )
