"""What an operator may say about an org, and what is declared for it."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from connectors.contract import Fact
from connectors.salesforce.measures import measures
from connectors.salesforce.settings import SalesforceSettings


def settings(**changes: Any) -> SalesforceSettings:
    given = {"url": "https://acme.my.salesforce.com", "secret": "throw-away", **changes}
    return SalesforceSettings.model_validate(given)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://acme.my.salesforce.com/", "https://acme.my.salesforce.com"),
        ("https://acme.my.salesforce.com/lightning/page", "https://acme.my.salesforce.com"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
    ],
)
def test_the_address_is_that_of_the_org(url: str, expected: str) -> None:
    assert settings(url=url).url == expected


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"url": "http://acme.my.salesforce.com"}, "use https"),
        ({"url": "https://me:word@acme.my.salesforce.com"}, "without a user name"),
        ({"url": "https://acme.lightning.force.com"}, "My Domain"),
        ({"url": "https://login.salesforce.com"}, "My Domain"),
        ({"currency": "Euro"}, "ISO 4217"),
        ({"cases": False, "customers": False}, "leave one of them on"),
        ({"agreements": "Opportunity"}, "properties.revenue"),
        ({"agreements": "Quote"}, "Contract"),
        ({"fields": ["Name FROM User"]}, "pattern"),
        ({"properties": {"revenue": "MRR__c, Name"}}, "pattern"),
        ({"properties": {"mrr": "MRR__c"}}, "Extra inputs"),
        ({"page_size": 2001}, "2000"),
    ],
)
def test_what_cannot_be_meant_is_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        settings(**changes)


def test_a_category_of_what_is_no_field_is_refused() -> None:
    assert settings(fields=["Type"]).reading(["Reason"]).fields == ("Reason", "Type")
    with pytest.raises(ValueError, match="API name"):
        settings().reading(["Case reason"])


def test_every_fact_is_told_or_untold_with_the_reason() -> None:
    named = {"first_response": "F__c", "reopens": "R__c", "revenue": "M__c", "end": "E__c"}
    for given in (
        settings(),
        settings(properties=named),
        settings(cases=False),
        settings(customers=False),
    ):
        told = measures(given)
        assert told.lacking == told.untold.keys()
    assert {Fact.ENDING, Fact.REVENUE} <= measures(settings(properties=named)).told.keys()
    assert Fact.CUSTOMERS not in measures(settings(customers=False)).told
