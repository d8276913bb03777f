"""What an operator says about one account of a Chatwoot."""

from __future__ import annotations

from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from connectors.contract import Settings
from connectors.verdicts import is_loopback

CLOUD = "https://app.chatwoot.com"


class ChatwootSettings(Settings):
    """Which account of which Chatwoot is read, and how much of it.

    events: whether each conversation that changed is asked for its reporting events, without which
        nobody knows when it was resolved. ratings: whether answers to surveys are read.
    customer_attribute: the custom attribute of a contact with the id by which other systems know
        the company that it belongs to.
    """

    url: str = Field(default=CLOUD, description="the address at which people open it")
    account_id: int = Field(ge=1, description="the number after /accounts/ in the address bar")
    api_access_token: SecretStr = Field(min_length=1, description="of deskpulse's own user")
    events: bool = Field(default=True, description="ask when conversations were resolved")
    ratings: bool = Field(default=True, description="read the answers to surveys")
    customer_attribute: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z][A-Za-z0-9_]*$",
        description="the custom attribute of a contact that names its company",
    )

    @field_validator("url")
    @classmethod
    def _is_safe(cls, url: str) -> str:
        try:
            parts = urlsplit(url)
        except ValueError:
            raise ValueError(f"this is no address; give one like {CLOUD}") from None
        if parts.username or parts.query or parts.fragment or not parts.hostname:
            raise ValueError(f"give an address like {CLOUD}, without a user name or a page")
        if parts.path.rstrip("/"):
            raise ValueError(f"give the address alone, like {CLOUD}; the account is `account_id`")
        if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname)):
            raise ValueError("use https, or the token would travel in the clear")
        return url.rstrip("/")

    @field_validator("api_access_token")
    @classmethod
    def _is_whole(cls, token: SecretStr) -> SecretStr:
        text = token.get_secret_value()
        if not (text.isascii() and text.isprintable()) or " " in text:
            raise ValueError("it holds characters that no token has; copy it once more")
        return token
