"""What an operator says about one Intercom workspace."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Final, Literal, Self

from pydantic import Field

from connectors import address
from connectors.contract import Settings
from connectors.credentials import Secret

HOSTS: Final = {
    "us": ("https://api.intercom.io", "https://app.intercom.com"),
    "eu": ("https://api.eu.intercom.io", "https://app.eu.intercom.com"),
    "au": ("https://api.au.intercom.io", "https://app.au.intercom.com"),
}
"""By region, where programs ask and where people look."""

Address = Annotated[str, address.like(HOSTS["us"][0])]
Attribute = Annotated[str, Field(min_length=1, max_length=190)]


class IntercomSettings(Settings):
    """Which workspace is read, and which of its own attributes of conversations are.

    region: where the workspace is hosted. url: another address of its API; None: the region's.
    workspace: its id, for links to conversations.
    attributes: those that categories are made from. language_attribute: the one that holds a tag.
    """

    token: Secret = Field(description="the access token of an app of your own")
    region: Literal["us", "eu", "au"] = Field(
        default="us", description="where the workspace is hosted: us, eu or au"
    )
    workspace: str | None = Field(
        default=None,
        pattern=r"^[a-z0-9_]{1,60}$",
        description="its id, as in app.intercom.com/a/inbox/ID, for links",
    )
    url: Address | None = Field(default=None, description="another address of its API")
    page_size: int = Field(default=150, ge=2, le=150)
    attributes: tuple[Attribute, ...] = Field(
        default=(), description="conversation attributes that categories are made from"
    )
    language_attribute: Attribute | None = Field(
        default=None, description="the conversation attribute that holds de, pt-BR, ..."
    )

    def reading(self, fields: Collection[str]) -> Self:
        """These settings, with these attributes told too."""
        return self.model_copy(update={"attributes": tuple(sorted({*self.attributes, *fields}))})

    @property
    def base_url(self) -> str:
        """The address of the API, without a slash at its end."""
        return self.url or HOSTS[self.region][0]

    @property
    def address_key(self) -> str:
        """The setting that the address comes from."""
        return "url" if self.url else "region"

    @property
    def pages(self) -> str:
        """Where people look: the address that the API has where it is another one."""
        return self.url or HOSTS[self.region][1]
