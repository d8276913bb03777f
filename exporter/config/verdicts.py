"""pydantic's errors in plain words. Of an error only its kind and the author's limits are used:
the value that failed is never looked at, because it may be a secret."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from pydantic_core import ErrorDetails

NUMBER_WORDS: Final = {
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "multiple_of": "must be a multiple of {multiple_of}",
}
SIZE_WORDS: Final = {
    "string_too_short": "is too short: give at least {min_length} characters",
    "string_too_long": "is too long: give at most {max_length} characters",
    "string_pattern_mismatch": "has not the form that is asked for: {pattern}",
    "too_short": "is too short: give at least {min_length}",
    "too_long": "is too long: give at most {max_length}",
}
CHOICE_WORDS: Final = {
    "literal_error": "must be one of {expected}",
    "enum": "must be one of {expected}",
}
WORDS: Final = {**NUMBER_WORDS, **SIZE_WORDS, **CHOICE_WORDS}

# By the beginning of the kind, first match: int_parsing and int_from_float are one mistake.
KINDS: Final = (
    ("int", "must be a whole number, such as 10"),
    ("float", "must be a number, such as 2.5"),
    ("decimal", "must be a number, such as 2.5"),
    ("finite_number", "must be a number, such as 2.5"),
    ("bool", "must be true or false"),
    ("string", "must be text: one value on this line"),
    ("bytes", "must be text: one value on this line"),
    ("list", "must be a list, such as [one, two]"),
    ("tuple", "must be a list, such as [one, two]"),
    ("set", "must be a list, such as [one, two]"),
    ("frozen_set", "must be a list, such as [one, two]"),
    ("iterable", "must be a list, such as [one, two]"),
    ("dict", "must be a group of keys, indented below it"),
    ("mapping", "must be a group of keys, indented below it"),
    ("model", "must be a group of keys, indented below it"),
    ("dataclass", "must be a group of keys, indented below it"),
    ("url", "must be an address, such as https://example.com"),
    ("time_delta", "must be a duration, such as 30s, 5m or 1h"),
    ("datetime", "must be a time, such as 2026-01-31T08:00:00Z"),
    ("timezone", "must be a time with its zone, such as 2026-01-31T08:00:00Z"),
    ("date", "must be a date, such as 2026-01-31"),
    ("time", "must be a time of day, such as 08:00"),
    ("uuid", "must be a UUID"),
    ("path", "must be the path of a file that exists"),
)
OTHERWISE: Final = "is not what is asked for here: see the README of the connector"
NEEDED: Final = "is missing: add it to this source"
EMPTY: Final = "is empty: give it a value, or take the line out"
OF_THE_AUTHOR: Final = {"value_error": "Value error, ", "assertion_error": "Assertion failed, "}


def verdict(error: ErrorDetails, secrets: Iterable[str]) -> str:
    """What is wrong, as words that go on from the key.

    secrets: texts that a validator of the connector may have put into its own message; a message
    with one of them in it is not shown.
    """
    kind = error["type"]
    if kind == "missing":
        return NEEDED
    if error["input"] is None:
        return EMPTY
    if prefix := OF_THE_AUTHOR.get(kind):
        return _harmless(error["msg"].removeprefix(prefix), secrets) or OTHERWISE
    if words := WORDS.get(kind):
        return words.format_map(error.get("ctx", {}))
    return next((words for begin, words in KINDS if kind.startswith(begin)), OTHERWISE)


def _harmless(message: str, secrets: Iterable[str]) -> str:
    shown = (form for secret in secrets for form in (secret, repr(secret)[1:-1]) if form)
    return "" if any(form in message for form in shown) else message
