"""Rows out of files, whatever their format: the cells of the named columns as text, and no other.

Rows are split by the readers of each format and not by pandas, because pandas reads a row with too
many or too few fields as if nothing were wrong, and gives up a whole file for one broken line.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from difflib import get_close_matches
from itertools import chain, islice
from typing import IO, Any, NamedTuple

import msgspec

from connectors.contract import Reason
from connectors.fields.cells import text_of
from connectors.fields.rows import Row
from connectors.file.folder import File, NotReadable
from connectors.file.mapping import Sheet

MARK_AS_LATIN = "\ufeff".encode().decode("latin-1")  # before a text that is none of Unicode
LONGEST_CELL = 2**24  # characters; the body of a ticket may stand in a column that is not read
MOST_NAMED = 30
DELIMITERS = {";": '";"', "\t": "tab", "|": '"|"', ",": '","'}
NO_PARQUET = (
    "Parquet is read with pyarrow, which is not installed: pip install 'deskpulse[parquet]', or "
    "export as CSV"
)


class Table(NamedTuple):
    """The rows of one file, read as they are asked for.

    names: what the cells of each row are, in their order. rows: of CSV counted from the header,
    which is row 1; of JSON lines by line.
    iso: those whose cells are times in ISO 8601, whatever the file's own format of times.
    """

    names: tuple[str, ...]
    rows: Iterator[Row]
    iso: frozenset[str] = frozenset()


Wanted = Mapping[str, str]


def table(file: File, handle: IO[bytes], sheet: Sheet) -> Table:
    """The named columns of a file. Raises `NotReadable` for what is no such table."""
    return READERS[file.format(sheet)](file, handle, sheet, sheet.kind.columns)


def _csv(file: File, handle: IO[bytes], sheet: Sheet, wanted: Wanted) -> Table:
    csv.field_size_limit(LONGEST_CELL)
    delimiter = sheet.delimiter or ("\t" if file.plain_suffix == ".tsv" else ",")
    reader = csv.reader(_lines(handle, sheet), delimiter=delimiter, strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
    except csv.Error:
        header = []
    if not any(header) or any("\0" in name for name in header):
        raise NotReadable(f"{file.name}: its first row is no header. {_as_encoded(sheet)}")
    positions = _positions(file, header, wanted, delimiter)
    return Table(tuple(wanted), _csv_rows(file, reader, len(header), positions))


def _csv_rows(
    file: File, reader: Iterator[list[str]], width: int, positions: Sequence[int]
) -> Iterator[Row]:
    """Each row after the header; blank ones are counted and left out."""
    number = 1
    while True:
        number += 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            if "unexpected end" in str(error):
                raise NotReadable(
                    f"{file.name}, from row {number} on: a quote is opened and never closed. "
                    "Export it again.",
                    reason=Reason.MALFORMED,
                ) from None
            yield Row(number, (), "its quotes do not match, or a cell has no end")
            continue
        if cells is None:
            return
        if not any(cells):
            continue
        if len(cells) != width:
            yield Row(number, (), f"it has {len(cells)} fields where the header has {width}: a "
                      "delimiter that is not quoted, or a row cut short")  # fmt: skip
            continue
        yield Row(number, [cells[position] for position in positions])


def _positions(file: File, header: list[str], wanted: Wanted, delimiter: str) -> list[int]:
    counted = Counter(header)
    missing = [name for name in wanted.values() if name not in counted]
    if missing and len(header) == 1:
        for other, told in DELIMITERS.items():
            if other != delimiter and set(header[0].split(other)) & set(wanted.values()):
                raise NotReadable(f"{file.name}: its columns are separated by {told}. Set "
                                  f"`delimiter: {told}`.")  # fmt: skip
    if missing:
        raise NotReadable(_missing(file, missing, header, wanted))
    if twice := [name for name in wanted.values() if counted[name] > 1]:
        raise NotReadable(f"{file.name}: the column '{twice[0]}' stands twice in its header. Give "
                          "one of them another name, or leave it out of the export.")  # fmt: skip
    return [header.index(name) for name in wanted.values()]


def _missing(file: File, missing: list[str], header: Sequence[str], wanted: Wanted) -> str:
    """Without a header the first row is data, and nobody's data belongs into a message."""
    if not set(header) & set(wanted.values()):
        return (f"{file.name}: its first row has none of the columns that are named. Export it "
                "with a header, or mend `columns`, `delimiter` or `encoding`.")  # fmt: skip
    names = ", ".join(f"'{name}'" for name in header[:MOST_NAMED])
    near = get_close_matches(missing[0], header, 1)
    meant = f" Did you mean '{near[0]}'?" if near else ""
    return f"{file.name}: it has no column '{missing[0]}'.{meant} It has: {names}."


def _jsonl(file: File, handle: IO[bytes], sheet: Sheet, wanted: Wanted) -> Table:
    lines = enumerate(_lines(handle, sheet), 1)
    first = next(((number, line) for number, line in lines if line.strip()), None)
    if first is not None and not isinstance(_decoded(first[1]), dict):
        raise NotReadable(
            f"{file.name}: its first line is no JSON object. Write one object to a line (an array "
            f"is no such file), or set `format`. {_as_encoded(sheet)}",
            reason=Reason.MALFORMED,
        )
    return Table(tuple(wanted), _jsonl_rows(chain([first] if first else [], lines), wanted))


def _jsonl_rows(lines: Iterable[tuple[int, str]], wanted: Wanted) -> Iterator[Row]:
    for number, line in lines:
        if not line.strip():
            continue
        found = _decoded(line)
        if not isinstance(found, dict):
            yield Row(number, (), "it is no JSON object, or is cut short")
            continue
        yield Row(number, [text_of(found.get(name)) for name in wanted.values()])


def _decoded(line: str) -> object:
    try:
        return msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None


def _parquet(file: File, handle: IO[bytes], sheet: Sheet, wanted: Wanted) -> Table:
    try:
        from pyarrow import parquet  # type: ignore[import-untyped]
    except ImportError:
        raise NotReadable(f"{file.name}: {NO_PARQUET}.", reason=Reason.CONFIGURATION) from None
    try:
        content = parquet.ParquetFile(handle)
    except (ValueError, OSError):  # pyarrow's own errors are among these
        raise _no_parquet(file) from None
    schema = content.schema_arrow
    _positions(file, schema.names, wanted, "")
    timed = {fact for fact, name in wanted.items() if "timestamp" in str(schema.field(name).type)}
    batches = content.iter_batches(sheet.page_size, columns=[*dict.fromkeys(wanted.values())])
    return Table(tuple(wanted), _parquet_rows(file, batches, wanted), frozenset(timed))


def _parquet_rows(file: File, batches: Iterator[Any], wanted: Wanted) -> Iterator[Row]:
    number = 0
    while True:
        try:
            batch = next(batches, None)
        except (ValueError, OSError):
            raise _no_parquet(file) from None
        if batch is None:
            return
        columns = batch.to_pydict()
        for cells in zip(*(columns[name] for name in wanted.values()), strict=True):
            number += 1
            yield Row(number, [text_of(cell) for cell in cells])


def _no_parquet(file: File) -> NotReadable:
    return NotReadable(
        f"{file.name}: it is no Parquet file, or is cut. Export it again, or set `format`.",
        reason=Reason.MALFORMED,
    )


def chunks(rows: Iterator[Row], size: int) -> Iterator[list[Row]]:
    """Rows in lists of at most `size`."""
    while chunk := list(islice(rows, size)):
        yield chunk


def _lines(handle: IO[bytes], sheet: Sheet) -> Iterator[str]:
    """What cannot be decoded comes as lone surrogates: only rows that need it then suffer."""
    text = io.TextIOWrapper(handle, sheet.form.encoding, errors="surrogateescape", newline="")
    try:
        yield next(text, "").removeprefix("\ufeff").removeprefix(MARK_AS_LATIN)
        yield from text
    finally:
        with suppress(ValueError):  # whoever opened the file has closed it
            text.detach()


def _as_encoded(sheet: Sheet) -> str:
    return (
        f"It is read as {sheet.form.encoding}; set `encoding` if it is not, to utf-16 or latin-1 "
        "for example."
    )


READERS: dict[str, Callable[[File, IO[bytes], Sheet, Wanted], Table]] = {
    "csv": _csv,
    "jsonl": _jsonl,
    "parquet": _parquet,
}
