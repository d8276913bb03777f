"""What is wrong with a configuration, said so that a person can mend it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Final

OF_KEYS: Final = 0.6
OF_VENDORS: Final = 0.7  # products are called alike: freshdesk is not a misspelt zendesk


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing to mend: where it stands, and what to do. Never holds a value, only names.

    line: counted from 1; 0 where the problem is the file itself.
    key: dotted from the top, such as `sources.zendesk-eu.poll`; "" where there is none.
    """

    file: Path
    line: int
    key: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else str(self.file)
        return ": ".join(part for part in (place, self.key, self.message) if part)


class ConfigError(Exception):
    """A configuration that cannot be used, with everything that is wrong, sorted by line."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(sorted(set(problems)))
        super().__init__("\n".join(str(problem) for problem in self.problems))


def nearest(word: str, known: Iterable[str], likeness: float = OF_KEYS) -> str | None:
    """The known word that `word` was most likely meant to be, None where none is alike."""
    return next(iter(get_close_matches(word.lower(), sorted(known), n=1, cutoff=likeness)), None)


def did_you_mean(word: str, known: Iterable[str], likeness: float = OF_KEYS) -> str:
    """The known word nearest to `word` as a sentence to append, or all of them."""
    words = sorted(known)
    if near := nearest(word, words, likeness):
        return f"did you mean '{near}'?"
    return f"known here: {', '.join(words)}" if words else "nothing is known here"
