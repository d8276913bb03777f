"""What is wrong with a configuration, said so that a person can mend it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path


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


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The known word nearest to `word` as a sentence to append, or all of them."""
    words = sorted(known)
    if near := get_close_matches(word.lower(), words, n=1, cutoff=0.6):
        return f"did you mean '{near[0]}'?"
    return f"known here: {', '.join(words)}" if words else "nothing is known here"
