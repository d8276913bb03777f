"""What stands in the configuration of a ServiceNow source, and what it may not be."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from connectors.contract import Fact
from connectors.measures import OF_CUSTOMERS
from connectors.servicenow.connector import ServiceNowConnector
from connectors.servicenow.settings import ServiceNowSettings

ACCOUNT = {"username": "deskpulse", "password": "throw-away-password"}


def settings(**fields: object) -> ServiceNowSettings:
    return ServiceNowSettings.model_validate({**ACCOUNT, **fields})


@pytest.mark.parametrize(
    ("fields", "address"),
    [
        ({"instance": "example"}, "https://example.service-now.com"),
        ({"url": "https://desk.example.org/"}, "https://desk.example.org"),
        ({"url": "http://127.0.0.1:8080"}, "http://127.0.0.1:8080"),
    ],
)
def test_an_instance_has_one_address(fields: dict[str, object], address: str) -> None:
    assert settings(**fields).address == address


@pytest.mark.parametrize(
    ("fields", "verdict"),
    [
        ({}, "either `instance` or `url`"),
        ({"instance": "a", "url": "https://a.service-now.com"}, "only one of them"),
        ({"url": "http://desk.example.org"}, "use https"),
        ({"url": "https://somebody@desk.example.org"}, "without a user name"),
        ({"instance": "a.service-now.com"}, "acme for acme.service-now.com"),
        ({"instance": "a", "page_size": 10_001}, "page_size"),
        ({"instance": "a", "table": "incident/../sys_user"}, "table"),
        ({"instance": "a", "pasword": "x"}, "pasword"),
        ({"instance": "a", "customer_column": "company,caller_id"}, "customer_column"),
        ({"instance": "a", "customer_column": "a.b.c.d.e"}, "customer_column"),
        ({"instance": "a", "domain_column": "Company.website"}, "domain_column"),
        ({"instance": "a", "domain_column": "number"}, "'number' is no column of a company"),
        ({"instance": "a", "customer_column": "company.website"}, "are the same column"),
    ],
)
def test_settings_that_cannot_be_right(fields: dict[str, object], verdict: str) -> None:
    with pytest.raises(ValidationError, match=verdict):
        settings(**fields)


def test_the_password_is_never_shown() -> None:
    assert ACCOUNT["password"] not in repr(settings(instance="a"))


def test_every_fact_is_told_or_has_a_reason() -> None:
    measures = ServiceNowConnector("it", settings(instance="a")).measures()
    assert set(measures.told) | set(measures.untold) == set(Fact) - OF_CUSTOMERS
    assert measures.lacking == set(measures.untold)
    assert set(measures.told) == {
        Fact.CREATED,
        Fact.FIRST_RESOLUTION,
        Fact.SOLVED,
        Fact.REOPENED,
        Fact.REASSIGNED,
        Fact.OPEN,
        Fact.UNASSIGNED,
        Fact.CUSTOMER,
    }
    assert not [reason for reason in measures.untold.values() if not 10 < len(reason) <= 100]


def test_an_instance_tells_who_asked_by_standard_columns() -> None:
    standard = settings(instance="a")
    assert (standard.customer_column, standard.domain_column) == ("company", "company.website")
    told = ServiceNowConnector("it", standard).measures().told
    assert told[Fact.CUSTOMER].note == "company and company.website"


def test_without_either_column_who_asked_is_declared_untold() -> None:
    off = {"customer_column": None, "domain_column": None}
    measures = ServiceNowConnector("it", settings(instance="a", **off)).measures()
    assert "`customer_column` and `domain_column`" in measures.untold[Fact.CUSTOMER]
    assert Fact.CUSTOMER not in measures.told
    by_domain = ServiceNowConnector("it", settings(instance="a", customer_column=None)).measures()
    assert by_domain.told[Fact.CUSTOMER].note == "company.website"
    assert Fact.CUSTOMER not in by_domain.untold


@pytest.mark.parametrize(
    ("fields", "url"),
    [
        (
            {"instance": "acme"},
            "https://acme.service-now.com/nav_to.do?uri=incident.do%3Fsys_id%3Da1",
        ),
        (
            {"url": "https://desk.example/", "table": "u_case"},
            "https://desk.example/nav_to.do?uri=u_case.do%3Fsys_id%3Da1",
        ),
    ],
)
def test_a_ticket_has_an_address(fields: dict[str, object], url: str) -> None:
    assert ServiceNowConnector("it", settings(**fields)).ticket_url("a1") == url
