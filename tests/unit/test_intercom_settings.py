"""What an operator may write about an Intercom source."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from connectors.intercom.settings import IntercomSettings

GOOD = {"token": "throw-away-token"}


@pytest.mark.parametrize(
    ("given", "api", "pages"),
    [
        ({}, "https://api.intercom.io", "https://app.intercom.com"),
        ({"region": "eu"}, "https://api.eu.intercom.io", "https://app.eu.intercom.com"),
        ({"url": "https://proxy.example/"}, "https://proxy.example", "https://proxy.example"),
    ],
)
def test_a_region_makes_the_addresses(given: dict[str, object], api: str, pages: str) -> None:
    told = IntercomSettings.model_validate({**GOOD, **given})
    assert (told.base_url, told.pages) == (api, pages)


def test_attributes_of_categories_are_read_too() -> None:
    told = IntercomSettings.model_validate({**GOOD, "attributes": ["Topic"]})
    assert told.reading({"Product area"}).attributes == ("Product area", "Topic")


@pytest.mark.parametrize(
    ("change", "remedy"),
    [
        ({"region": "asia"}, "'us', 'eu' or 'au'"),
        ({"url": "http://proxy.example"}, "use https"),
        ({"url": "https://me:pw@proxy.example"}, "without a user"),
        ({"token": "throw away"}, "characters that no such secret has"),
        ({"token": ""}, "at least 1 item"),
        ({"workspace": "app.intercom.com/a/inbox/x"}, "should match pattern"),
        ({"page_size": 151}, "less than or equal to 150"),
        ({"attribute": ["Topic"]}, "Extra inputs"),
    ],
)
def test_a_mistake_is_told_with_its_remedy(change: dict[str, object], remedy: str) -> None:
    with pytest.raises(ValidationError) as caught:
        IntercomSettings.model_validate({**GOOD, **change})
    assert remedy in str(caught.value)
    assert "throw-away-token" not in str([error["msg"] for error in caught.value.errors()])
