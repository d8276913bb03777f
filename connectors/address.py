"""The address of an account, as an operator writes it."""

from __future__ import annotations

import re
from typing import Final, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator

from connectors.contract import Settings
from connectors.verdicts import is_loopback

PART: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.IGNORECASE)

SettingsT = TypeVar("SettingsT", bound=Settings)


def checked(text: str, example: str) -> str:
    """The address without a slash at its end. Raises ValueError, in words for the operator, for
    one that is none, holds a user, or would send a credential in the clear.

    example: a good one, named in the words.
    """
    try:
        parts = urlsplit(text)
    except ValueError:
        raise ValueError(f"this is no address; give one like {example}") from None
    is_more = parts.username or parts.query or parts.fragment
    if is_more or not parts.hostname or parts.scheme not in {"http", "https"}:
        raise ValueError(f"give an address like {example}, without a user name or a page")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise ValueError("use https, or the credential would travel in the clear")
    return text.rstrip("/")


def like(example: str) -> AfterValidator:
    """Of a setting: it is an address such as this one."""
    return AfterValidator(lambda text: checked(text, example))


def part_of(host: str) -> AfterValidator:
    """Of a setting: it is what stands before the vendor's own host."""

    def is_part(text: str) -> str:
        if not PART.fullmatch(text):
            raise ValueError(f"give the first part of the address only: acme for acme.{host}")
        return text

    return AfterValidator(is_part)


def one_of(settings: SettingsT, part: str) -> SettingsT:
    """These settings, which say by this part or by `url` where the account is. Raises ValueError
    where both do, or none."""
    if (getattr(settings, part) is None) == (getattr(settings, "url", None) is None):
        raise ValueError(f"give either `{part}` or `url`, and only one of them")
    return settings
