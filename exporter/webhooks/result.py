"""What may come of one delivery: the values of a label, and what the sender is told. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Result(StrEnum):
    """What came of a delivery: the values of the label `result`."""

    ACCEPTED = "accepted"
    REPEATED = "repeated"
    UNSIGNED = "unsigned"
    FORGED = "forged"
    STALE = "stale"
    BROKEN = "broken"
    UNMEASURED = "unmeasured"
    TOO_LARGE = "too_large"
    TOO_SLOW = "too_slow"
    TOO_MANY = "too_many"


ANSWERS: Final[dict[Result, tuple[int, str]]] = {
    Result.ACCEPTED: (200, "accepted: the source will be polled"),
    Result.REPEATED: (200, "known already: nothing was done"),
    Result.UNSIGNED: (401, "not signed: the headers of a signature are missing or malformed"),
    Result.FORGED: (403, "refused: the signature does not fit"),
    Result.STALE: (403, "refused: the time stamp is too far from now"),
    Result.BROKEN: (400, "broken off: the body did not arrive whole"),
    Result.UNMEASURED: (411, "refused: say with Content-Length how long the body is"),
    Result.TOO_LARGE: (413, "refused: the body is too large"),
    Result.TOO_SLOW: (408, "given up: the body did not arrive in time"),
    Result.TOO_MANY: (429, "too many at once: send it again in a moment"),
}
"""HTTP status and text. A text never tells what was expected."""
