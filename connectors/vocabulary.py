"""What an operator says that a vendor's words mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator

from connectors.money import CURRENCIES

Word = TypeVar("Word", bound=str)
Meaning = TypeVar("Meaning")


def _by_small_letters(told: Mapping[Word, Meaning]) -> dict[str, Meaning]:
    return {word.strip().lower(): meaning for word, meaning in told.items()}


def _is_a_currency(code: str) -> str:
    if code not in CURRENCIES:
        raise ValueError("give the three letters of ISO 4217, such as EUR")
    return code


Words = Annotated[dict[Word, Meaning], AfterValidator(_by_small_letters)]
"""By the vendor's words in small letters, what each means."""

Waiting = Literal["new", "open", "pending", "hold"]
"""What a status of work that is not done may mean."""

Currency = Annotated[str, AfterValidator(_is_a_currency)]
"""Of amounts that name none."""
