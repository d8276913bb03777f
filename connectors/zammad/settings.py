"""What an operator says about one Zammad."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from connectors import address
from connectors.contract import Settings
from connectors.credentials import Secret

EXAMPLE = "https://support.example.org"

Address = Annotated[
    str, address.like(EXAMPLE), AfterValidator(lambda url: url.removesuffix("/api/v1"))
]


class ZammadSettings(Settings):
    """Where the Zammad is, who reads it, and how much of it is read.

    histories: whether each ticket that changed is asked for its history, one request each.
    intake: the group in which tickets wait for a team: there they count as without one.
    customers: whether the organizations of tickets are read, by whom they are known elsewhere.
    customer_field: the attribute of an organization with the id that other systems know it by.
    """

    url: Address = Field(description="the address at which people open it", examples=[EXAMPLE])
    token: Secret = Field(description="an access token of deskpulse's own user")
    page_size: int = Field(default=200, ge=2, le=200, description="tickets to a request")
    histories: bool = Field(default=True, description="ask each changed ticket for its history")
    intake: str | None = Field(
        default=None, min_length=1, description="the group in which tickets wait for a team"
    )
    customers: bool = Field(default=True, description="read the organizations of tickets")
    customer_field: str | None = Field(
        default=None,
        pattern=r"^[a-z][a-z0-9_]*$",
        description="the attribute of an organization that other systems know it by",
    )
