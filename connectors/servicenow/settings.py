"""What an operator says about one ServiceNow instance."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, SecretStr, field_validator, model_validator

from connectors import address
from connectors.contract import Settings
from connectors.servicenow.wire import Incident, fields_of

Address = Annotated[str, address.like("https://acme.service-now.com")]
Instance = Annotated[str, address.part_of("service-now.com")]
Column = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*){0,3}$", max_length=120)]


class ServiceNowSettings(Settings):
    """Where the instance is and who reads it. Exactly one of `instance` and `url` is given.

    instance: the first part of INSTANCE.service-now.com; url: the whole address.
    page_size: rows to a request; fewer where the instance gives up in the middle of an answer.
    table: `incident`, or a table that extends it.
    customer_column, domain_column: the columns of the table, or by a reference of another one, that
        tell by which id other systems know the company that asked, and its web address; None: not
        read.
    """

    instance: Instance | None = Field(
        default=None,
        description="acme for acme.service-now.com",
        json_schema_extra={"either": "address"},
    )
    url: Address | None = Field(
        default=None,
        description="the whole address of the instance",
        examples=["https://servicenow.acme.example"],
        json_schema_extra={"either": "address"},
    )
    username: str = Field(min_length=1, description="of deskpulse's own account")
    password: SecretStr = Field(min_length=1)
    page_size: int = Field(default=1000, ge=2, le=10_000)
    table: str = Field(default="incident", pattern=r"^[a-z][a-z0-9_]*$")
    customer_column: Column | None = Field(
        default="company", description="the id by which other systems know the company that asked"
    )
    domain_column: Column | None = Field(
        default="company.website", description="the web address of that company"
    )

    @field_validator("customer_column", "domain_column")
    @classmethod
    def _is_of_the_company(cls, column: str | None) -> str | None:
        if column in fields_of(Incident).split(","):
            raise ValueError(
                f"'{column}' is no column of a company; name one like company.u_customer_number"
            )
        return column

    @model_validator(mode="after")
    def _has_two_columns(self) -> Self:
        if self.customer_column is not None and self.customer_column == self.domain_column:
            raise ValueError(
                "`customer_column` and `domain_column` are the same column; set the one that is "
                "not told to null"
            )
        return self

    @model_validator(mode="after")
    def _has_one_address(self) -> Self:
        return address.one_of(self, "instance")

    @property
    def address(self) -> str:
        """The instance's base URL."""
        return self.url or f"https://{self.instance}.service-now.com"

    @property
    def address_key(self) -> str:
        """The setting that the address comes from."""
        return "url" if self.url else "instance"
