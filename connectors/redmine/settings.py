"""What an operator says about one Redmine."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Annotated, Final, Literal, Self

from pydantic import Field

from connectors import address
from connectors.contract import Settings
from connectors.credentials import Secret
from connectors.records import Priority, Status

STATUSES: Final[Mapping[str, Status]] = {
    "new": Status.NEW,
    "in progress": Status.OPEN,
    "feedback": Status.PENDING,
    "resolved": Status.SOLVED,
    "closed": Status.CLOSED,
    "rejected": Status.CLOSED,
}
"""The statuses of Redmine's default configuration; it calls only the last two closed."""

PRIORITIES: Final[Mapping[str, Priority]] = {
    "low": Priority.LOW,
    "normal": Priority.NORMAL,
    "high": Priority.HIGH,
    "urgent": Priority.URGENT,
    "immediate": Priority.URGENT,
}

EXAMPLE: Final = "https://redmine.acme.example"

Address = Annotated[str, address.like(EXAMPLE)]
Name = Annotated[str, Field(min_length=1, max_length=200)]


class RedmineSettings(Settings):
    """Where Redmine is, who reads it, and what its words mean.

    project: only its issues and those of its subprojects. team: what is a team, the category of an
    issue or its project. agent_roles: the roles of a project whose members answer; none: of all its
    members. bots: the ids of users who write by themselves. statuses, priorities: what those of
    your own mean. channel_field, customer_field: custom fields with the way an issue came in, in
    our words, and with the id by which other systems know the company that asked.
    """

    url: Address = Field(description="the whole address of Redmine", examples=[EXAMPLE])
    api_key: Secret = Field(description="the API access key of deskpulse's user")
    project: Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,100}$")] | None = Field(
        default=None, description="the identifier of the one project that is read"
    )
    team: Literal["category", "project"] = Field(default="category", description="what is a team")
    agent_roles: tuple[Name, ...] = Field(
        default=(), description="the roles whose members answer; none: every member"
    )
    bots: tuple[int, ...] = Field(default=(), description="ids of users that are programs")
    statuses: Mapping[Name, Status] = Field(default={}, description="what your statuses mean")
    priorities: Mapping[Name, Priority] = Field(default={}, description="what your priorities mean")
    channel_field: Name | None = Field(
        default=None, description="a custom field with the way an issue came in"
    )
    customer_field: Name | None = Field(
        default=None, description="a custom field with the id by which others know the customer"
    )
    page_size: int = Field(default=100, ge=1, le=100, description="issues to a request of the list")

    def reading(self, fields: Collection[str]) -> Self:
        """These settings: the custom fields of an issue come with it anyway."""
        del fields
        return self

    def status(self, name: str, *, is_closed: bool) -> Status:
        """What a status means; one that nobody named is open, or closed where Redmine says so."""
        told = {own.lower(): Status(one) for own, one in self.statuses.items()}
        unnamed = Status.CLOSED if is_closed else Status.OPEN
        return told.get(name.lower()) or STATUSES.get(name.lower(), unnamed)

    def priority(self, name: str) -> Priority:
        """What a priority means; one that nobody named is normal."""
        told = {own.lower(): Priority(one) for own, one in self.priorities.items()}
        return told.get(name.lower()) or PRIORITIES.get(name.lower(), Priority.NORMAL)
