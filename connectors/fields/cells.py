"""From cells of text to values, a column at a time; instants with pandas.

What cannot be read is a `Flaw` in the place of its value. It never holds the cell's content, which
may be anybody's data.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from math import isfinite
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

from connectors.fields.amounts import Mark, amount, share
from connectors.fields.settings import UNIX, Unit
from connectors.fields.words import LONGEST, NO, OWN_WORDS, SECONDS, SEPARATORS, Flaw

if TYPE_CHECKING:
    import pandas as pd

MISSING: Final = ("", "NULL", "null", "None", "NaN", "nan", "NaT", "\\N")
LISTED: Final = "\0"  # stands behind each item of a list, which may hold blanks and commas
OFFSET = re.compile(r"\d[T ]\d{2}.*(?:[Zz]|[+-]\d{2}(?::?\d{2})?)$")
WHOLE = re.compile(r"[0-9]{1,9}(?:\.0{1,2})?")
AMOUNT = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,9})?")
UNSET = ("0", "0.0")
UNDECODED = re.compile("[\ud800-\udfff]")

Texts = Sequence[str]
Values = list[Any]


class Meanings(Protocol):
    """What the words of facts mean."""

    def meaning(self, fact: str, word: str) -> object:
        """What a word means; None for an empty one, a `Flaw` where nobody knows."""

    def score(self, word: str) -> str:
        """The number that a word stands for, as text; other words as they are."""


@dataclass(frozen=True, slots=True)
class Form:
    """How times, numbers and missing values are written.

    zone: of times without an offset; None: there must be none of these.
    time_format: as of `strptime`, `unix` or `unix_ms`; None: ISO 8601.
    encoding: what text was decoded by. decimal: what begins a fraction; None: nobody said, and an
        amount of money that could be read in two ways is not read.
    """

    zone: str | None = "UTC"
    time_format: str | None = None
    missing: tuple[str, ...] = MISSING
    encoding: str = "utf-8"
    decimal: Mark | None = None
    waited_in: Unit = "seconds"


class Cells:
    """Turns columns of text into lists of values; a missing cell is None.

    read: how the cells of a fact are read; others are text.
    iso: the facts whose times are in ISO 8601 whatever the form says.
    """

    def __init__(
        self,
        form: Form,
        words: Meanings,
        read: Mapping[str, Read],
        iso: frozenset[str] = frozenset(),
    ) -> None:
        self._form = form
        self._words = words
        self._read = read
        self._iso = iso

    def values(self, fact: str, cells: Texts) -> Values:
        """The values of the column of one fact."""
        read = self._read.get(fact, Cells.text)
        undecoded = [UNDECODED.search(cell) is not None for cell in cells]
        missing = {"", *self._form.missing}
        told = ["" if bad else cell.strip() for cell, bad in zip(cells, undecoded, strict=True)]
        values = read(self, fact, ["" if cell in missing else cell for cell in told])
        if any(undecoded):
            encoding = self._form.encoding
            flaw = Flaw(f"cannot be decoded as {encoding}: set `encoding`, to latin-1 for example")
            return [flaw if bad else v for bad, v in zip(undecoded, values, strict=True)]
        return values

    def text(self, _fact: str, cells: Texts) -> Values:
        """Text, as it stands."""
        long = Flaw(f"holds more than {LONGEST} characters: is it the right column?")
        return [(long if len(cell) > LONGEST else cell) if cell else None for cell in cells]

    def flag(self, _fact: str, cells: Texts) -> Values:
        """Whether anything affirmative stands there."""
        return [cell.lower() not in NO for cell in cells]

    def tags(self, _fact: str, cells: Texts) -> Values:
        """Words, apart by blanks, commas, semicolons or bars; a list keeps its items."""
        return [_split(cell) for cell in cells]

    def word(self, fact: str, cells: Texts) -> Values:
        """What a word of a vocabulary means."""
        meanings = {word: self._words.meaning(fact, word) for word in set(cells)}
        return [meanings[cell] for cell in cells]

    def whole(self, _fact: str, cells: Texts) -> Values:
        """Whole numbers."""
        return self._numbers(cells, WHOLE, Flaw("holds no whole number"), 1)

    def score(self, fact: str, cells: Texts) -> Values:
        """Whole numbers, some of which may be given as words."""
        return self.whole(fact, [self._words.score(cell) for cell in cells])

    def stretch(self, _fact: str, cells: Texts) -> Values:
        """Stretches of time in whole seconds."""
        seconds = SECONDS[self._form.waited_in]
        return self._numbers(cells, AMOUNT, Flaw("holds no number"), seconds)

    def instant(self, fact: str, cells: Texts) -> Values:
        """Instants in UTC. 0 of Unix time is none."""
        form = None if fact in self._iso else self._form.time_format
        told = "the form 2024-03-31T08:00:00" if form is None else f"the form {form}"
        flaw = Flaw(f"holds no time of {told} (`time_format`)")
        given = [cell for cell in cells if cell and not (form in UNIX and cell in UNSET)]
        found = dict(zip(given, _instants(given, form, self._form.zone or "UTC"), strict=True))
        if self._form.zone is None and form not in UNIX:
            bare = [cell for cell, at in found.items() if at and not _has_offset(cell, form)]
            found |= dict.fromkeys(bare)
            flaw = Flaw("holds times without an offset: set `zone`") if bare else flaw
        return [(found[cell] or flaw) if cell in found else None for cell in cells]

    def money(self, _fact: str, cells: Texts) -> Values:
        """Amounts of money, which may be below 0: whoever counts them refuses these."""
        found = {cell: amount(cell, self._form.decimal) for cell in set(cells)}
        return [found[cell] for cell in cells]

    def share(self, _fact: str, cells: Texts) -> Values:
        """Shares in per cent, with or without the sign."""
        found = {cell: share(cell, self._form.decimal) for cell in set(cells)}
        return [found[cell] for cell in cells]

    def _numbers(self, cells: Texts, form: re.Pattern[str], flaw: Flaw, times: int) -> Values:
        comma = Flaw(f"{flaw.what}: it has a comma; set `decimal` if that begins a fraction")
        if self._form.decimal == ",":
            # A point is then the mark of thousands, and no number is made of a guess.
            cells = [cell.replace(".", "?").replace(",", ".") for cell in cells]
        return [
            int(float(cell) * times)
            if form.fullmatch(cell)
            else None
            if not cell
            else comma
            if "," in cell
            else flaw
            for cell in cells
        ]


Read = Callable[[Cells, str, Texts], Values]

OF_TICKETS: Final[Mapping[str, Read]] = {
    **dict.fromkeys(OWN_WORDS, Cells.word),
    **dict.fromkeys(("assigned", "offered"), Cells.flag),
    **dict.fromkeys(("reopens", "reassignments", "replies"), Cells.whole),
    **dict.fromkeys(("rating", "recommendation", "effort"), Cells.score),
    **dict.fromkeys(("waited", "waited_business"), Cells.stretch),
    **dict.fromkeys(("created", "changed", "first_response", "rating_at"), Cells.instant),
    **dict.fromkeys(("first_solved", "solved", "closed"), Cells.instant),
    "tags": Cells.tags,
}
OF_CUSTOMERS: Final[Mapping[str, Read]] = {
    **dict.fromkeys(("changed", "recommendation_at"), Cells.instant),
    "recommendation": Cells.score,
    "domain": Cells.tags,
}
OF_SUBSCRIPTIONS: Final[Mapping[str, Read]] = {
    **dict.fromkeys(("status", "currency", "interval", "reason"), Cells.word),
    **dict.fromkeys(("trial", "ending", "past_due"), Cells.flag),
    **dict.fromkeys(("started", "ended", "resumed", "priced", "changed"), Cells.instant),
    "amount": Cells.money,
    "discount": Cells.share,
}
"""How the cells of each fact are read."""


def _instants(cells: Texts, form: str | None, zone: str) -> list[datetime | None]:
    """Instants in UTC, None where there is none. A time that the clocks of a zone show twice is
    the first of the two; one that they skip is as much later as they jump."""
    told = [form in UNIX or _has_offset(cell, form) for cell in cells]
    aware = _utc([cell for cell, is_told in zip(cells, told, strict=True) if is_told], form)
    local = _placed([cell for cell, is_told in zip(cells, told, strict=True) if not is_told],
                    form, zone)  # fmt: skip
    return [next(aware if is_told else local) for is_told in told]


def _utc(cells: Texts, form: str | None) -> Iterator[datetime | None]:
    """Of times with an offset, or since 1970."""
    import pandas as pd

    if not cells:
        return iter(())
    if form in UNIX:
        numbers: pd.Series[float] = pd.to_numeric(pd.Series(cells), errors="coerce")
        unit: Literal["s", "ms"] = "s" if form == "unix" else "ms"
        return _plain(pd.to_datetime(numbers, unit=unit, utc=True, errors="coerce"))
    texts = pd.Series(cells, dtype=object)
    return _plain(pd.to_datetime(texts, format=form or "ISO8601", utc=True, errors="coerce"))


def _placed(cells: Texts, form: str | None, zone: str) -> Iterator[datetime | None]:
    """Of times by the clocks of a zone."""
    import pandas as pd

    if not cells:
        return iter(())
    texts = pd.Series(cells, dtype=object)
    local = pd.to_datetime(texts, format=form or "ISO8601", errors="coerce")
    twice = [True] * len(cells)
    placed = local.dt.tz_localize(zone, ambiguous=twice, nonexistent=pd.Timedelta(hours=1))  # type: ignore[arg-type]
    return _plain(placed.dt.tz_convert("UTC"))


def _plain(moments: pd.Series[pd.Timestamp]) -> Iterator[datetime | None]:
    """As Python has them: none before the year 1, which some write for no time at all."""
    known = moments.dt.year.between(1, 9999)
    found = iter(moments[known].dt.as_unit("us").dt.to_pydatetime())
    return (next(found) if good else None for good in known)


def _has_offset(cell: str, form: str | None) -> bool:
    return OFFSET.search(cell) is not None if form is None else "%z" in form


def text_of(value: object) -> str:
    """A typed value as a file of text would hold it; what is not there is empty."""
    if value is None or value != value:  # noqa: PLR0124 -- NaN and NaT are not themselves
        return ""
    writing = next((write for kind, write in WRITINGS if isinstance(value, kind)), str)
    return writing(value)


def _listed(items: Iterable[object]) -> str:
    return "".join(f"{text_of(item)}{LISTED}" for item in items)


def _number_of(value: float | Decimal) -> str:
    """A number in digits. With three of them behind the point, that could be a mark of thousands,
    a 0 follows."""
    if not isfinite(value):
        return str(value)
    if value == int(value):
        return f"{value:.0f}"
    text = f"{Decimal(str(value)):f}"
    return f"{text}0" if len(text.partition(".")[2]) == 3 else text


WRITINGS: Final[tuple[tuple[Any, Callable[[Any], str]], ...]] = (
    (str, str),
    (bool, lambda value: "yes" if value else "no"),
    (date, lambda value: value.isoformat()),
    (bytes, lambda value: value.decode(errors="surrogateescape")),
    ((list, tuple), _listed),
    ((float, Decimal), _number_of),
)


def _split(cell: str) -> tuple[str, ...]:
    items = cell.split(LISTED) if LISTED in cell else SEPARATORS.split(cell)
    return tuple(item.strip() for item in items if item.strip())
