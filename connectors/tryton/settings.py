"""What an operator says about one Tryton database."""

from __future__ import annotations

from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from connectors.contract import Settings
from connectors.verdicts import is_loopback


class TrytonSettings(Settings):
    """Where the database is and who reads it.

    external_ids: which of a party's own names other systems know it by: `code`, `id`, or the type
        of an identifier such as `eu_vat`.
    """

    url: str = Field(
        description="the whole address of the server", examples=["https://tryton.acme.example"]
    )
    database: str = Field(pattern=r"^[A-Za-z0-9_.-]+$", description="the name of the database")
    key: SecretStr = Field(min_length=1, description="of a user application `rest`")
    external_ids: tuple[str, ...] = Field(
        default=("code",), description="by what other systems know a party"
    )
    page_size: int = Field(default=500, ge=1, le=5000, description="records to a request")

    @field_validator("url")
    @classmethod
    def _is_safe(cls, url: str) -> str:
        try:
            parts = urlsplit(url)
        except ValueError:
            raise ValueError("this is no address; give one like https://tryton.acme.example") from (
                None
            )
        if parts.username or parts.query or not parts.hostname:
            raise ValueError("give an address like https://tryton.acme.example, without a user")
        if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname)):
            raise ValueError("use https, or what is asked would travel in the clear")
        return url.rstrip("/")

    @field_validator("key")
    @classmethod
    def _is_whole(cls, key: SecretStr) -> SecretStr:
        text = key.get_secret_value()
        if not (text.isascii() and text.isprintable()) or " " in text:
            raise ValueError("it holds characters that no key has; copy it once more")
        return key
