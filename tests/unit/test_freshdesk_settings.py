"""What an operator may write about a Freshdesk source."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from connectors.freshdesk.settings import FreshdeskSettings
from connectors.records import Status

GOOD = {"domain": "acme", "api_key": "throw-away-key"}


def test_a_domain_makes_the_address_and_an_address_stands_for_itself() -> None:
    assert FreshdeskSettings.model_validate(GOOD).base_url == "https://acme.freshdesk.com"
    given = {**GOOD, "domain": None, "url": "https://help.acme.example/"}
    assert FreshdeskSettings.model_validate(given).base_url == "https://help.acme.example"


def test_statuses_are_explained_by_their_numbers_as_yaml_has_them() -> None:
    told = FreshdeskSettings.model_validate({**GOOD, "statuses": {"8": "hold", 9: "closed"}})
    assert told.meanings == {8: Status.HOLD, 9: Status.CLOSED}


def test_fields_of_categories_are_read_too_and_the_type_is_anyway() -> None:
    told = FreshdeskSettings.model_validate({**GOOD, "fields": ["cf_product"]})
    assert told.reading({"cf_area", "type"}).fields == ("cf_area", "cf_product")
    with pytest.raises(ValueError, match="name a ticket field as the API does"):
        told.reading({"Product"})


@pytest.mark.parametrize(
    ("change", "remedy"),
    [
        ({"domain": "acme.freshdesk.com"}, "first part of the address"),
        ({"domain": None}, "either `domain` or `url`"),
        ({"url": "https://help.acme.example"}, "only one of them"),
        ({"domain": None, "url": "http://help.acme.example"}, "use https"),
        ({"domain": None, "url": "help.acme.example"}, "an address like https"),
        ({"domain": None, "url": "https://me:pw@help.acme.example"}, "without a user"),
        ({"domain": None, "url": "https://[bad"}, "this is no address"),
        ({"api_key": " "}, "copy it once more"),
        ({"api_key": "throw-away-key:X"}, "holds a colon"),
        ({"page_size": 101}, "less than or equal to 100"),
        ({"statuses": {"8": "parked"}}, "'new', 'open', 'pending', 'hold', 'solved' or 'closed'"),
        ({"statuses": {"parts": "hold"}}, "valid integer"),
        ({"fields": ["product"]}, "should match pattern"),
        ({"effort_best": 6}, "5 or 7"),
        ({"effort_field": "cf_a", "recommendation_field": "cf_a"}, "the same field"),
        ({"domian": "acme"}, "Extra inputs"),
    ],
)
def test_a_mistake_is_told_with_its_remedy(change: dict[str, object], remedy: str) -> None:
    with pytest.raises(ValidationError) as caught:
        FreshdeskSettings.model_validate({**GOOD, **change})
    assert remedy in str(caught.value)
    assert "throw-away-key" not in str([error["msg"] for error in caught.value.errors()])
