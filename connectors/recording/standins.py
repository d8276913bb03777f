"""What stands in the place of what must not be known: the same for the same, under a key that is
thrown away with the recorder."""

from __future__ import annotations

import re
import secrets
from hashlib import blake2b
from math import isfinite
from typing import Final

from connectors.recording.words import HOST

DIGITS: Final = 10
MOST_DIGITS: Final = 6
MADE: Final = re.compile(r"(?:text|key|person)[0-9][0-9a-f]{9}(?![0-9a-f])", re.ASCII)
"""How a stand-in begins, wherever it stands. Nothing else in the world looks like it."""

_LENGTHS: Final = ((400, 320), (100, 90), (40, 40))
_FILLER: Final = " text"


class StandIns:
    """Stand-ins of one recording."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._teams: dict[str, str] = {}

    def text(self, value: str) -> str:
        """For any text: of about its length, where that matters for the size of an answer.

        What has no spaces may be a mark that the connector sends back, and stays short.
        """
        made = self.word(value)
        if not any(sign.isspace() for sign in value):
            return made
        for least, length in _LENGTHS:
            if len(value) >= least:
                return (made + _FILLER * length)[:length].rstrip()
        return made

    def word(self, value: str) -> str:
        """For a short text, in a form that may stand in an address or a setting."""
        return f"text{self._digest(value)}"

    def key(self, value: str) -> str:
        """For a key of JSON that is data."""
        return f"key{self._digest(value)}"

    def person(self, value: str) -> str:
        """For an e-mail address."""
        return f"person{self._digest(value.lower())}@{HOST}"

    def team(self, value: str) -> str:
        """For the name of a team: `Team 1` is the first that was seen."""
        return self._teams.setdefault(value, f"Team {len(self._teams) + 1}")

    def number(self, value: float) -> int:
        """For a number, of as many digits, but of no more than tell of anybody."""
        if not isfinite(value):
            return 0
        digits = min(len(str(abs(int(value)))), MOST_DIGITS)
        least = int("1" + "0" * (digits - 1))
        return least + int.from_bytes(self._hash(repr(value)), "big") % (9 * least)

    def _digest(self, value: str) -> str:
        drawn = self._hash(value)
        # begins with a digit, so that no stand-in ends in a word
        return f"{drawn[0] % 10}{drawn.hex()[2 : DIGITS + 1]}"

    def _hash(self, value: str) -> bytes:
        return blake2b(
            value.encode("utf-8", "surrogatepass"), key=self._key, digest_size=16
        ).digest()
