"""Takes out of answers what must not be known. By allow-list: what no rule keeps goes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, Final

from connectors.recording.addresses import Addresses
from connectors.recording.instants import Instants, is_called, is_instant, is_written, leaves
from connectors.recording.known import Known
from connectors.recording.standins import StandIns
from connectors.recording.words import (
    CALLED_STEMS,
    CURSORS,
    DAY,
    DIGITS,
    EMAIL,
    HEX,
    ID,
    IDS,
    INSTANT,
    LANGUAGE,
    LINKS,
    LONGEST_NUMBER,
    MEASURED,
    NAMES,
    ORIGIN,
    PERSONAL,
    SHORT,
    SMALL,
    TEAMS,
    URL,
    VOCABULARY,
    WORD,
    is_recorded,
    is_secret,
    tokens,
)

MOST_WORDS: Final = 20
TIMES: Final = 3
HARMLESS: Final = 10**6
MOST_DIGITS: Final = 6
DEEPEST: Final = 100

Words = tuple[str, ...]


class Scrubber:
    """Scrubs what one connector was told. Everything is shown to `learn` before it is scrubbed.

    recorded: keys whose numbers and short values are kept, by the word of the connector.
    base: the path of the account's address.
    given: what a replay has in the place of what stands in the settings.
    made: what was put in the place of what was told; a later request may send it back.
    kept: the ids that stayed as they are somewhere.
    """

    def __init__(self, known: Known, recorded: Iterable[str] = (), base: str = "") -> None:
        self.known = known
        self.standins = StandIns()
        self.recorded = frozenset(recorded)
        self.given: dict[str, str] = {}
        self.made: dict[str, str] = {}
        self.kept: set[str] = set()
        self.instants = Instants()
        self.addresses = Addresses(self, base)
        self._seen: dict[str, Counter[str]] = {}
        self._words: dict[str, frozenset[str]] = {}

    def learn(self, told: object) -> None:
        """Count the words of fields that may be vocabularies, and find those of instants."""
        self.instants.learn(told)
        for key, value in leaves(told):
            if not isinstance(value, str):
                continue
            if WORD.fullmatch(value) and set(tokens(key)[-1:]) & VOCABULARY:
                self._seen.setdefault(key, Counter())[value] += 1
        self._words = {
            key: frozenset(word for word, times in counted.items() if times >= TIMES)
            for key, counted in self._seen.items()
            if len(counted) <= MOST_WORDS
        }

    def meet(self, told: object) -> None:
        """Find the ids that stay, so that they stay wherever they are asked by or linked to."""
        self.json(told)
        self.made.clear()

    def json(self, told: Any, key: str = "", above: Words = (), depth: int = 0) -> Any:
        """The same without what must not be known. key: under which it stands; above: the words of
        the key above that."""
        if depth > DEEPEST:
            return None
        if isinstance(told, dict):
            words = tokens(key)
            return {
                self.key(name): self.json(value, name, words, depth + 1)
                for name, value in told.items()
            }
        if isinstance(told, list):
            return [self.json(value, key, above, depth + 1) for value in told]
        if isinstance(told, str):
            return self.value(key, told, above)
        if told is None or isinstance(told, bool):
            return told
        return self.number(key, told, above)

    @property
    def vocabulary(self) -> frozenset[str]:
        """The words that are kept because they come again and again."""
        return frozenset().union(*self._words.values())

    def key(self, key: str) -> str:
        """A key of JSON: of the form of the answer, or data."""
        is_long = key.isdecimal() and len(key) > MOST_DIGITS
        return self.standins.key(key) if is_long or not self.known.is_key(key) else key

    def number(self, key: str, value: float, above: Words = ()) -> float:
        """A number, unless a person could be known or called by it, or it opens something."""
        if self._keeps_number(key, value, above):
            self._remember(str(value))
            return value
        made = self.standins.number(value)
        if ID.fullmatch(str(value)):
            self.made[str(value)] = str(made)
        return made

    def value(self, key: str, value: str, above: Words = ()) -> str:
        """A text under this key."""
        if not value or self.keeps(key, value, above) or self.is_named_instant(key, value):
            self._remember(value)
            return value
        made = self.given.get(value) or self._standin(tokens(key), value, above)
        self.made[value] = made
        return made

    def id(self, value: str) -> str:
        """What stands for an id that is asked by: the same as wherever it was told."""
        if value in self.kept or value in self.known.values:
            return value
        return self.made.get(value) or self.standins.word(value)

    def keeps(self, key: str, value: str, above: Words = ()) -> bool:
        """Whether a text may stay as it is. above: the words of the key above its own."""
        words = set(tokens(key))
        recorded = is_recorded(key, self.recorded)
        if is_private(key, above):
            return False
        if DAY.fullmatch(value) and not recorded:  # of a birth, if of nothing that is measured
            return bool(words & MEASURED)
        if INSTANT.fullmatch(value) or SMALL.fullmatch(value) or value in self.known.values:
            return True
        if DIGITS.fullmatch(value) or HEX.fullmatch(value):
            return recorded or (self.known.is_key(key) and _is_counted(key, value))
        if LANGUAGE.fullmatch(value) or value in self._words.get(key, ()):
            return True
        return recorded and SHORT.fullmatch(value) is not None

    def is_named_instant(self, key: str, value: str) -> bool:
        """Whether a text is an instant in a field, or a parameter, that an operator named."""
        if key not in self.known.named or is_called(key):
            return False
        if is_instant(value) and self.instants.hold(key):
            return True
        return is_written(value, self.known.forms)

    def _keeps_number(self, key: str, value: float, above: Words) -> bool:
        if is_private(key, above):
            return False
        if abs(value) < HARMLESS or key in self.recorded:
            return True
        if not self.known.is_key(key):
            return False
        measured = set(tokens(key)) & MEASURED
        return bool(is_id(key, value) or measured or self._is_held_instant(key, value))

    def _is_held_instant(self, key: str, value: float) -> bool:
        return is_instant(value) and self.instants.hold(key)

    def _remember(self, value: str) -> None:
        if ID.fullmatch(value):
            self.kept.add(value)

    def _standin(self, name: Words, value: str, above: Words) -> str:
        made = self.standins
        rows: tuple[tuple[object, Callable[[str], str]], ...] = (
            (is_secret(name), made.word),
            (URL.fullmatch(value), lambda url: self._link(name, url)),
            (EMAIL.fullmatch(value), made.person),
            (_is_team(name, above), made.team),
        )
        return next((make(value) for fits, make in rows if fits), made.text(value))

    def _link(self, name: Words, value: str) -> str:
        if set(name) & LINKS:
            return self.addresses.link(value)
        return f"{ORIGIN}/{self.standins.word(value)}"


def is_id(key: str, value: object = "") -> bool:
    """Whether a key holds the id of something; a long `number` is rather somebody's."""
    last = tokens(key)[-1:]
    if last == ("number",):
        return len(str(value)) <= LONGEST_NUMBER
    return bool(set(last) & IDS)


def _is_counted(key: str, value: str) -> bool:
    """Whether digits are those of an id, an instant, a count or a place among pages."""
    measured = bool(set(tokens(key)) & (MEASURED | CURSORS))
    return is_id(key, value) or (measured and DIGITS.fullmatch(value) is not None)


def is_private(key: str, above: Words = ()) -> bool:
    """Whether what stands under a key tells of a person, or is a secret."""
    name = tokens(key)
    if set(name) & PERSONAL or CALLED_STEMS.search(key.lower()) or is_secret(name):
        return True
    return bool(set(above) & PERSONAL) or is_secret(above)


def _is_team(name: Words, above: Words) -> bool:
    """Whether the name of a team stands here: `group_name`, `team`, or `name` within `groups`."""
    words = set(name)
    if words & TEAMS:
        return True
    return bool(set(name[-1:]) & NAMES) and bool(set(above) & TEAMS)
