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

KEPT: Final = "kept"  # what an operator calls a ticket that is not removed
NO: Final = frozenset({"", "no", "n", "false", "f", "0", "off", "unassigned"})
SEPARATORS: Final = re.compile(r"[,;|\s]+")  # between tags in one text
SECONDS: Final = {"seconds": 1, "minutes": 60, "hours": 3600}
MALFORMED: Final = "malformed"
LONGEST: Final = 200  # characters of an id or a name

STANDINGS: Final[Mapping[str, Status | Removal]] = {
    **{status.value: status for status in Status},
    **{removal.value: removal for removal in Removal},
}
REMOVALS: Final[Mapping[str, Removal | None]] = {
    **{removal.value: removal for removal in Removal},
    **dict.fromkeys(("true", "yes", "1"), Removal.DELETED),
    **dict.fromkeys((KEPT, *sorted(NO - {""}))),
}
"""What is not gone means None, whichever of its words is used."""
OWN_WORDS: Final[Mapping[str, Mapping[str, object]]] = {
    "status": STANDINGS,
    "removed": REMOVALS,
    "priority": {priority.value: priority for priority in Priority},
    "channel": {channel.value: channel for channel in Channel},
}


@dataclass(frozen=True, slots=True)
class Flaw:
    """Why a value could not be read, in words that go on from its field; and in one word."""

    what: str
    reason: str = MALFORMED


class Vocabulary:
    """What words mean: the operator's stand before our own, and capitals do not matter."""

    def __init__(self, told: Words) -> None:
        self._words = {fact: _known(fact, told) for fact in (*OWN_WORDS, "rating")}

    def meaning(self, fact: str, word: str) -> object:
        """What a word of `OWN_WORDS` means, None for an empty one, and for one that says that a
        ticket is not removed; a `Flaw` where nobody knows."""
        words = self._words[fact]
        if not word:
            return None
        key = word.casefold() if word.casefold() in words else "*"
        if key not in words:
            known = ", ".join(f"'{one}'" for one in words)
            return Flaw(f"holds a word that `values.{fact}` does not know: add it, or '*' for "
                        f"every other. It knows {known}")  # fmt: skip
        return words[key]

    def score(self, word: str) -> str:
        """The number that a word of ratings stands for, as text; other words as they are."""
        return str(self._words["rating"].get(word.casefold(), word))


def _known(fact: str, words: Words) -> Mapping[str, object]:
    """Every word by its meaning, in small letters."""
    told: Mapping[str, object] = getattr(words, fact)
    own = OWN_WORDS.get(fact, {})
    if fact in ("status", "removed"):
        told = {word: own[str(meaning)] for word, meaning in told.items()}
    given = {word.strip().casefold(): meaning for word, meaning in told.items()}
    return {**given, **{word: meaning for word, meaning in own.items() if word not in given}}
