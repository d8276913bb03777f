"""What an operator may say about a Chargebee site."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from connectors.chargebee.settings import ChargebeeSettings

KEY = "throw-away-key"


def settings(**fields: object) -> ChargebeeSettings:
    return ChargebeeSettings.model_validate({"site": "acme", "api_key": KEY, **fields})


def test_a_site_is_named_or_its_address_is_given() -> None:
    assert settings().address == "https://acme.chargebee.com"
    own = settings(site=None, url="https://billing.acme.example/api/v2/")
    assert (own.address, own.address_key) == ("https://billing.acme.example", "url")
    assert settings().address_key == "site"


@pytest.mark.parametrize(
    ("fields", "remedy"),
    [
        ({"site": "acme.chargebee.com"}, "give the first part of the address only"),
        ({"url": "https://acme.chargebee.com"}, "only one of them"),
        ({"site": None}, "give either `site` or `url`"),
        ({"site": None, "url": "http://acme.chargebee.com"}, "use https"),
        ({"site": None, "url": "https://me@acme.chargebee.com"}, "without a user name"),
        ({"site": None, "url": "https://[acme"}, "this is no address"),
        ({"api_key": "live key"}, "copy it once more"),
        ({"api_key": "live:"}, "holds a colon"),
        ({"external_ids": ["company"]}, "external_ids"),
        ({"reasons": {"Price": "cheap"}}, "reasons"),
        ({"reasons": {"Price": "price", "price": "other"}}, "stands here twice"),
        ({"page_size": 101}, "less than or equal to 100"),
        ({"token": "x"}, "Extra inputs"),
    ],
)
def test_what_is_wrong_is_said_with_its_remedy_and_without_the_key(
    fields: dict[str, object], remedy: str
) -> None:
    with pytest.raises(ValidationError) as raised:
        settings(**fields)
    (error,) = raised.value.errors()
    assert remedy in f"{error['loc']}: {error['msg']}"
    assert "live" not in error["msg"]


def test_customers_are_known_by_their_own_id_unless_fields_are_named() -> None:
    assert settings().external_ids == ("id",)
    named = settings(external_ids=["cf_number", "id", "cf_number"])
    assert named.external_ids == ("cf_number", "id")
