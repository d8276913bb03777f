"""The credential of an account, as an operator copies it."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr


def _whole(secret: SecretStr) -> SecretStr:
    text = secret.get_secret_value()
    if not (text.isascii() and text.isprintable()) or " " in text:
        raise ValueError("it holds characters that no such secret has; copy it once more")
    return secret


def _without_colon(secret: SecretStr) -> SecretStr:
    if ":" in secret.get_secret_value():
        raise ValueError("no such secret holds a colon; copy it alone, once more")
    return secret


Secret = Annotated[SecretStr, Field(min_length=1), AfterValidator(_whole)]
"""A token or a key that a vendor made."""

UserKey = Annotated[Secret, AfterValidator(_without_colon)]
"""A key that is sent as the name of a user, which a colon would end."""
