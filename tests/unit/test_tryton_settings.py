"""What an operator may say about a Tryton database."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from connectors.tryton.settings import TrytonSettings

GIVEN = {"url": "https://tryton.acme.example/", "database": "acme", "key": "throw-away"}


def test_the_least_that_is_said_is_enough() -> None:
    settings = TrytonSettings.model_validate(GIVEN)
    assert settings.url == "https://tryton.acme.example"
    assert (settings.external_ids, settings.page_size) == (("code",), 500)
    assert "throw-away" not in repr(settings)


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({"url": "http://tryton.acme.example"}, "use https"),
        ({"url": "https://ann@tryton.acme.example"}, "without a user"),
        ({"url": "tryton.acme.example"}, "give an address like"),
        ({"url": "https://[tryton"}, "this is no address"),
        ({"database": "acme/rest"}, "database"),
        ({"key": "two words"}, "copy it once more"),
        ({"key": "ключ"}, "copy it once more"),
        ({"key": ""}, "key"),
        ({"page_size": 0}, "page_size"),
        ({"page_size": 5001}, "page_size"),
        ({"login": "ann"}, "login"),
    ],
)
def test_what_cannot_work_is_refused_in_words(changes: dict[str, object], verdict: str) -> None:
    with pytest.raises(ValidationError, match=verdict):
        TrytonSettings.model_validate({**GIVEN, **changes})


def test_a_server_on_this_machine_may_do_without_encryption() -> None:
    assert TrytonSettings.model_validate({**GIVEN, "url": "http://127.0.0.1:8000"}).url
