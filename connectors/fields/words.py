"""The vocabularies of fields: deskpulse's own words, those that an operator explains, and flaws.

A flaw stands in the place of a value that could not be read. It never holds the value itself,
which may be anybody's data.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from connectors.fields.settings import Words
from connectors.records import Channel, Priority, Removal, Status

NO: Final = frozenset({"", "no", "n", "false", "f", "0", "off", "unassigned"})
SEPARATORS: Final = re.compile(r"[,;|\s]+")  # between tags in one text
SECONDS: Final = {"seconds": 1, "minutes": 60, "hours": 3600}
LONGEST: Final = 200  # characters of an id or a name

STANDINGS: Final[Mapping[str, Status | Removal]] = {
    **{status.value: status for status in Status},
    **{removal.value: removal for removal in Removal},
}
REMOVALS: Final[Mapping[str, Removal]] = {
    **{removal.value: removal for removal in Removal},
    **dict.fromkeys(("true", "yes", "1"), Removal.DELETED),
}
OWN_WORDS: Final[Mapping[str, Mapping[str, object]]] = {
    "status": STANDINGS,
    "removed": REMOVALS,
    "priority": {priority.value: priority for priority in Priority},
    "channel": {channel.value: channel for channel in Channel},
}


@dataclass(frozen=True, slots=True)
class Flaw:
    """Why a value could not be read, in words that go on from its field."""

    what: str


class Vocabulary:
    """What words mean: the operator's stand before our own, and capitals do not matter."""

    def __init__(self, told: Words) -> None:
        self._words = {fact: _known(fact, told) for fact in (*OWN_WORDS, "rating")}

    def meaning(self, fact: str, word: str) -> object:
        """What a word of `OWN_WORDS` means, None for an empty one, and for a no where it is about
        a removal; a `Flaw` where nobody knows."""
        words = self._words[fact]
        if not word or (fact == "removed" and _denies(word.casefold(), words)):
            return None
        found = words.get(word.casefold(), words.get("*"))
        if found is None:
            known = ", ".join(f"'{one}'" for one in words)
            return Flaw(f"holds a word that `values.{fact}` does not know: add it, or '*' for "
                        f"every other. It knows {known}")  # fmt: skip
        return found

    def score(self, word: str) -> str:
        """The number that a word of ratings stands for, as text; other words as they are."""
        return str(self._words["rating"].get(word.casefold(), word))


def _denies(word: str, words: Mapping[str, object]) -> bool:
    """Whether a word says no, and the operator has not said that it means something else."""
    return word in NO and word not in words


def _known(fact: str, words: Words) -> Mapping[str, object]:
    """Every word by its meaning, in small letters."""
    told: Mapping[str, object] = getattr(words, fact)
    if fact in ("status", "removed"):
        told = {word: STANDINGS[str(meaning)] for word, meaning in told.items()}
    own = OWN_WORDS.get(fact, {})
    given = {word.strip().casefold(): meaning for word, meaning in told.items()}
    return {**given, **{word: meaning for word, meaning in own.items() if word not in given}}
