"""What an operator would say about one hostile account."""

from __future__ import annotations

from pydantic import Field, SecretStr

from connectors import Settings


class HostileSettings(Settings):
    """Where the account is, and who reads it; how much is asked for at once."""

    url: str = Field(description="the whole address of its API")
    token: SecretStr = Field(min_length=1, description="of deskpulse's own account")
    page_size: int = Field(default=100, ge=1, le=100, description="tickets to a request")
