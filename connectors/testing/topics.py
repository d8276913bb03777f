"""What the tickets of the seeded desk are about, and in which language."""

from __future__ import annotations

from itertools import accumulate
from random import Random

TAGS = {
    "Billing": ("invoice", "refund", "payment", "tax"),
    "Technical": ("outage", "login", "crash", "setup"),
    "Orders": ("delivery", "returns", "damaged", "refund"),
}
NOISE = ("vip", "mobile_app", "spring_campaign", "imported")
UNTAGGED = 0.12
NOISY = 0.25
HOW_MANY = (1, 1, 1, 2)

LANGUAGES = {"de": 0.42, "en": 0.30, "fr": 0.12, "es": 0.08, "": 0.08}

_NAMES = tuple(LANGUAGES)
_SHARES = tuple(accumulate(LANGUAGES.values()))


def tags(rng: Random, team: str) -> tuple[str, ...]:
    """The tags of a ticket that `team` gets first: none, a few, some of no use to anybody."""
    if rng.random() < UNTAGGED:
        return ()
    found = rng.sample(TAGS[team], rng.choice(HOW_MANY))
    if rng.random() < NOISY:
        found.append(rng.choice(NOISE))
    return tuple(found)


def language(rng: Random) -> str:
    """The language that the customer writes, "" where nobody knows."""
    return rng.choices(_NAMES, cum_weights=_SHARES)[0]
