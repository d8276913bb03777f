"""From cells of text to values, a column at a time, with pandas.

What cannot be read is a `Flaw` in the place of its value. It never holds the cell's content, which
may be anybody's data.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from connectors.fields.settings import UNIX
from connectors.fields.words import (
    LONGEST,
    NO,
    OWN_WORDS,
    SECONDS,
    SEPARATORS,
    Flaw,
    Vocabulary,
)
from connectors.file.settings import FileSettings
from connectors.file.table import LISTED

if TYPE_CHECKING:
    import pandas as pd

OFFSET = r"\d[T ]\d{2}.*(?:[Zz]|[+-]\d{2}(?::?\d{2})?)$"
WHOLE = r"\d{1,9}(?:\.0{1,2})?"
AMOUNT = r"\d{1,12}(?:\.\d{1,9})?"
UNSET = ("0", "0.0")
UNDECODED = "[\ud800-\udfff]"

Values = list[Any]


class Cells:
    """Turns columns of text into lists of values; a missing cell is None.

    iso: the facts whose times are in ISO 8601 whatever the settings say.
    """

    def __init__(self, settings: FileSettings, iso: frozenset[str]) -> None:
        self._settings = settings
        self._iso = iso
        self._words = Vocabulary(settings.values)

    def values(self, fact: str, cells: pd.Series[str]) -> Values:
        """The values of the column of one fact."""
        undecoded = cells.str.contains(UNDECODED)
        cells = cells.str.strip()
        missing = cells.isin(self._settings.missing) | (cells == "")
        read = READ.get(fact, Cells.text)
        values = read(self, fact, cells.mask(missing | undecoded, ""))
        if undecoded.any():
            encoding = self._settings.encoding
            flaw = Flaw(f"cannot be decoded as {encoding}: set `encoding`, to latin-1 for example")
            return [flaw if bad else v for bad, v in zip(undecoded, values, strict=True)]
        return values

    def text(self, _fact: str, cells: pd.Series[str]) -> Values:
        """Text, as it stands."""
        long = Flaw(f"holds more than {LONGEST} characters: is it the right column?")
        return [(long if len(cell) > LONGEST else cell) if cell else None for cell in cells]

    def flag(self, _fact: str, cells: pd.Series[str]) -> Values:
        """Whether anything affirmative stands there."""
        return (~cells.str.lower().isin(NO)).tolist()

    def tags(self, _fact: str, cells: pd.Series[str]) -> Values:
        """Words, apart by blanks, commas, semicolons or bars; a list keeps its items."""
        return [_split(cell) for cell in cells]

    def word(self, fact: str, cells: pd.Series[str]) -> Values:
        """What a word of a vocabulary means."""
        meanings = {word: self._words.meaning(fact, word) for word in cells.unique()}
        return [meanings[cell] for cell in cells]

    def whole(self, _fact: str, cells: pd.Series[str]) -> Values:
        """Whole numbers."""
        return self._numbers(cells, WHOLE, Flaw("holds no whole number"), 1)

    def score(self, fact: str, cells: pd.Series[str]) -> Values:
        """Whole numbers, some of which may be given as words."""
        return self.whole(fact, cells.map(self._words.score))

    def amount(self, _fact: str, cells: pd.Series[str]) -> Values:
        """Stretches of time in whole seconds."""
        seconds = SECONDS[self._settings.waited_in]
        return self._numbers(cells, AMOUNT, Flaw("holds no number"), seconds)

    def instant(self, fact: str, cells: pd.Series[str]) -> Values:
        """Instants in UTC. 0 of Unix time is none."""
        form = None if fact in self._iso else self._settings.time_format
        told = "the form 2024-03-31T08:00:00" if form is None else f"the form {form}"
        flaw = Flaw(f"holds no time of {told} (`time_format`)")
        if form in UNIX:
            cells = cells.where(~cells.isin(UNSET), "")
        moments = _instants(cells, form, self._settings.zone).dt.as_unit("us")
        known = moments.notna()
        found = iter(moments[known].dt.to_pydatetime())
        return [
            next(found) if good else flaw if cell else None
            for good, cell in zip(known, cells, strict=True)
        ]

    def _numbers(self, cells: pd.Series[str], form: str, flaw: Flaw, times: int) -> Values:
        import pandas as pd

        if self._settings.decimal == ",":
            # A point is then the mark of thousands, and no number is made of a guess.
            cells = cells.str.replace(".", "?", regex=False).str.replace(",", ".", regex=False)
        good = cells.str.fullmatch(form)
        numbers = iter((pd.to_numeric(cells[good]) * times).astype("int64").tolist())
        comma = Flaw(f"{flaw.what}: it has a comma; set `decimal` if that begins a fraction")
        return [
            next(numbers) if fine else None if not cell else comma if "," in cell else flaw
            for fine, cell in zip(good, cells, strict=True)
        ]


READ: Mapping[str, Callable[[Cells, str, pd.Series[str]], Values]] = {
    **dict.fromkeys(OWN_WORDS, Cells.word),
    **dict.fromkeys(("assigned", "offered"), Cells.flag),
    **dict.fromkeys(("reopens", "reassignments", "replies"), Cells.whole),
    **dict.fromkeys(("rating", "recommendation", "effort"), Cells.score),
    **dict.fromkeys(("waited", "waited_business"), Cells.amount),
    **dict.fromkeys(("created", "changed", "first_response", "rating_at"), Cells.instant),
    **dict.fromkeys(("first_solved", "solved", "closed"), Cells.instant),
    "tags": Cells.tags,
}


def _instants(cells: pd.Series[str], form: str | None, zone: str) -> pd.Series[pd.Timestamp]:
    """Instants in UTC, NaT where there is none. A time that the clocks of a zone show twice is
    the first of the two; one that they skip is as much later as they jump."""
    import pandas as pd

    if form in UNIX:
        numbers: pd.Series[float] = pd.to_numeric(cells, errors="coerce")
        if form == "unix":
            return pd.to_datetime(numbers, unit="s", utc=True, errors="coerce")
        return pd.to_datetime(numbers, unit="ms", utc=True, errors="coerce")
    told = cells.str.contains(OFFSET) if form is None else pd.Series("%z" in form, cells.index)
    form = form or "ISO8601"
    aware = pd.to_datetime(cells.where(told, ""), format=form, utc=True, errors="coerce")
    local = pd.to_datetime(cells.mask(told, ""), format=form, errors="coerce")
    twice = [True] * len(cells)
    placed = local.dt.tz_localize(zone, ambiguous=twice, nonexistent=pd.Timedelta(hours=1))  # type: ignore[arg-type]
    return aware.fillna(placed.dt.tz_convert("UTC"))


def _split(cell: str) -> tuple[str, ...]:
    items = cell.split(LISTED) if LISTED in cell else SEPARATORS.split(cell)
    return tuple(item.strip() for item in items if item.strip())
