"""What an operator says about one Request Tracker."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Annotated, Final, Self

from pydantic import AfterValidator, Field, field_validator

from connectors import address
from connectors.contract import Settings
from connectors.credentials import Secret
from connectors.records import Priority, Status

DELIVERED: Final[Mapping[str, Status]] = {
    "new": Status.NEW,
    "open": Status.OPEN,
    "stalled": Status.PENDING,
    "resolved": Status.SOLVED,
    "rejected": Status.CLOSED,
}
"""The statuses of the lifecycle that RT is delivered with."""

DELETED: Final = "deleted"

EXAMPLE: Final = "https://rt.acme.example"

Address = Annotated[
    str, address.like(EXAMPLE), AfterValidator(lambda url: url.removesuffix("/REST/2.0"))
]
Name = Annotated[str, Field(min_length=1, max_length=200)]


class RtSettings(Settings):
    """Where RT is, who reads it, and what its words mean.

    statuses: what further statuses of own lifecycles mean, or those of the delivered one.
    priorities: from which number on a ticket has which priority.
    inboxes: queues out of which tickets are handed out: one in them is no team's yet.
    bots: names of users who write by themselves.
    channel_field, customer_field: custom fields with the way a ticket came in, in our words, and
        with the id by which other systems know the company that asked.
    fields: custom fields to tell; those of categories are anyway.
    """

    url: Address = Field(description="the whole address of RT", examples=[EXAMPLE])
    token: Secret = Field(description="an authentication token of deskpulse's user")
    statuses: Mapping[Name, Status] = Field(
        default={}, description="what statuses of your own lifecycles mean"
    )
    priorities: Mapping[Priority, int] = Field(
        default={Priority.LOW: 0, Priority.NORMAL: 50, Priority.HIGH: 100},
        description="from which number on a ticket has which priority",
    )
    inboxes: tuple[Name, ...] = Field(
        default=(), description="queues out of which tickets are handed out to teams"
    )
    bots: tuple[Name, ...] = Field(default=(), description="names of users that are programs")
    channel_field: Name | None = Field(
        default=None, description="a custom field with the way a ticket came in"
    )
    customer_field: Name | None = Field(
        default=None, description="a custom field with the id by which others know the customer"
    )
    fields: tuple[Name, ...] = Field(default=(), description="custom fields to tell")

    def reading(self, fields: Collection[str]) -> Self:
        """These settings, with these custom fields told too."""
        return self.model_copy(update={"fields": tuple(sorted({*self.fields, *fields}))})

    @property
    def meanings(self) -> Mapping[str, Status]:
        """What each status that we know of means, by its name in lower case."""
        return {**DELIVERED, **{name.lower(): Status(one) for name, one in self.statuses.items()}}

    @property
    def custom_fields(self) -> frozenset[str]:
        """The custom fields that are read."""
        named = (self.channel_field, self.customer_field, *self.fields)
        return frozenset(name for name in named if name is not None)

    @field_validator("statuses")
    @classmethod
    def _leaves_deleted_alone(cls, statuses: Mapping[str, Status]) -> Mapping[str, Status]:
        if DELETED in (name.lower() for name in statuses):
            raise ValueError("'deleted' means that a ticket is gone, whatever the lifecycle")
        return statuses

    @field_validator("priorities")
    @classmethod
    def _begins_somewhere(cls, priorities: Mapping[Priority, int]) -> Mapping[Priority, int]:
        if len(set(priorities.values())) != len(priorities) or not priorities:
            raise ValueError("give each priority a number of its own: {low: 0, high: 100}")
        return priorities
