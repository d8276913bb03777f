"""What an operator says about issues on GitHub."""

from __future__ import annotations

from typing import Annotated, Final, Literal, Self

from pydantic import Field, field_validator, model_validator

from connectors.address import checked
from connectors.contract import Settings
from connectors.credentials import Secret
from connectors.records import Priority
from connectors.vocabulary import Words

CLOUD: Final = "https://api.github.com"

Repository = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,39}/[A-Za-z0-9._-]{1,100}$")]
Association = Literal["OWNER", "MEMBER", "COLLABORATOR", "CONTRIBUTOR"]
Label = Annotated[str, Field(min_length=1, max_length=100)]


class GitHubSettings(Settings):
    """Which repositories, who answers in them, and what their labels mean.

    staff: whose comments are replies, by how they are associated with the repository.
    priority_labels, team_labels: what a label says; of several the first that is named here.
    """

    token: Secret = Field(description="a fine-grained token that may read issues")
    repositories: tuple[Repository, ...] = Field(
        min_length=1, description="owner/name of each repository", examples=["acme/widgets"]
    )
    url: str = Field(default=CLOUD, description="the address of the API")
    page_size: int = Field(default=50, ge=1, le=100, description="issues to a request")
    staff: tuple[Association, ...] = ("OWNER", "MEMBER", "COLLABORATOR")
    priority_labels: Words[Label, Priority] = Field(default_factory=dict)
    team_labels: Words[Label, str] = Field(default_factory=dict)

    @field_validator("url")
    @classmethod
    def _is_safe(cls, url: str) -> str:
        whole = checked(url, "https://github.acme.example/api")
        return whole.removesuffix("/graphql").removesuffix("/v3")

    @field_validator("repositories", mode="before")
    @classmethod
    def _one_or_several(cls, told: object) -> object:
        """A text names one, or several with commas between them."""
        return [one.strip() for one in told.split(",")] if isinstance(told, str) else told

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        names = [name.lower() for name in self.repositories]
        if len(set(names)) < len(names):
            raise ValueError("`repositories` names one twice; name each once")
        return self

    @property
    def pages(self) -> str:
        """Where people look at repositories: a server of one's own has its API below that."""
        server = self.url.removesuffix("/api")
        return server if server != self.url else server.replace("://api.", "://", 1)
