"""What an operator says about one Tryton database."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from connectors import address
from connectors.contract import Settings
from connectors.credentials import Secret

EXAMPLE = "https://tryton.acme.example"

Address = Annotated[str, address.like(EXAMPLE)]


class TrytonSettings(Settings):
    """Where the database is and who reads it.

    external_ids: which of a party's own names other systems know it by: `code`, `id`, or the type
        of an identifier such as `eu_vat`.
    """

    url: Address = Field(description="the whole address of the server", examples=[EXAMPLE])
    database: str = Field(pattern=r"^[A-Za-z0-9_.-]+$", description="the name of the database")
    key: Secret = Field(description="of a user application `rest`")
    external_ids: tuple[str, ...] = Field(
        default=("code",), description="by what other systems know a party"
    )
    page_size: int = Field(default=500, ge=1, le=5000, description="records to a request")
