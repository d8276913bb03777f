"""What an operator says about one Zammad."""

from __future__ import annotations

from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from connectors.contract import Settings
from connectors.verdicts import is_loopback

EXAMPLE = "https://support.example.org"


class ZammadSettings(Settings):
    """Where the Zammad is, who reads it, and how much of it is read.

    histories: whether each ticket that changed is asked for its history, one request each.
    intake: the group in which tickets wait for a team: there they count as without one.
    customers: whether the organizations of tickets are read, by whom they are known elsewhere.
    customer_field: the attribute of an organization with the id that other systems know it by.
    """

    url: str = Field(description="the address at which people open it", examples=[EXAMPLE])
    token: SecretStr = Field(min_length=1, description="an access token of deskpulse's own user")
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

    @field_validator("url")
    @classmethod
    def _is_safe(cls, url: str) -> str:
        try:
            parts = urlsplit(url)
        except ValueError:
            raise ValueError(f"this is no address; give one like {EXAMPLE}") from None
        if parts.username or parts.query or parts.fragment or not parts.hostname:
            raise ValueError(f"give an address like {EXAMPLE}, without a user name or a page")
        if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname)):
            raise ValueError("use https, or the token would travel in the clear")
        return url.rstrip("/").removesuffix("/api/v1")

    @field_validator("token")
    @classmethod
    def _is_whole(cls, token: SecretStr) -> SecretStr:
        text = token.get_secret_value()
        if not (text.isascii() and text.isprintable()) or " " in text:
            raise ValueError("it holds characters that no token has; copy it once more")
        return token
