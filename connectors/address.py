"""The address of an account, as an operator writes it."""

from __future__ import annotations

from urllib.parse import urlsplit

from connectors.verdicts import is_loopback


def checked(text: str, example: str) -> str:
    """The address without a slash at its end. Raises ValueError, in words for the operator, for
    one that is none, holds a user, or would send a credential in the clear.

    example: a good one, named in the words.
    """
    try:
        parts = urlsplit(text)
    except ValueError:
        raise ValueError(f"this is no address; give one like {example}") from None
    if not parts.hostname or parts.scheme not in {"http", "https"} or parts.username or parts.query:
        raise ValueError(f"give an address like {example}, without a user")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise ValueError("use https, or the credential would travel in the clear")
    return text.rstrip("/")
