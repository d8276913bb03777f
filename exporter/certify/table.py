"""The table of vendors in README.md, made of what each one's quality.yaml says.

`python -m exporter.certify.table README.md` writes it anew between its two marks.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from connectors import Fact, Measures, Told
from connectors.discovery import discover
from exporter.certify.candidate import folder_of
from exporter.certify.quality import Proof, Quality

BEGIN: Final = "<!-- vendors: written by `make docs` -->"
END: Final = "<!-- /vendors -->"
REQUESTS: Final = "requests per 1,000 changes"
HEAD: Final = (
    f"| vendor | tier | measures | {REQUESTS} | proven against |",
    "|---|---|---|---|---|",
)
PROOFS: Final = {
    Proof.SIMULATOR: "its simulator alone",
    Proof.DOCUMENTATION: "documentation only",
    Proof.OPENAPI: "the vendor's OpenAPI",
    Proof.SAMPLES: "the vendor's samples",
    Proof.RECORDING: "recorded answers",
    Proof.DATA: "real data",
    Proof.SERVER: "a real server",
}


def table() -> str:
    """One row for each vendor of this repository, by name."""
    return "\n".join((*HEAD, *_rows()))


def renewed(page: str) -> str:
    """A page with the table in it as it is now. Raises ValueError where the marks are missing."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"the marks {BEGIN} and {END} are not both there, in this order")
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


def measured(tells: Sequence[str]) -> str:
    """What is told in few words: the facts, or those that are missing where they are fewer."""
    if not tells:
        return "not certified yet"
    told = Measures({Fact(one): Told() for one in tells})
    if Fact.CREATED not in told.told:
        return _words(tells)
    lacking = [fact.value for fact in Fact if fact in told.lacking]
    if not lacking:
        return "everything"
    return f"all but {_words(lacking)}" if len(lacking) < len(tells) else _words(tells)


def proofs(proven_against: Sequence[str]) -> str:
    """What it was held against, in words; the simulator, which all have, where it is alone."""
    parts = [one.partition(" (") for one in proven_against if one != Proof.SIMULATOR]
    beside = [f"{PROOFS[Proof(word)]}{begin}{which}" for word, begin, which in parts]
    return ", ".join(beside) or PROOFS[Proof.SIMULATOR]


def _rows() -> Iterator[str]:
    for name, kind in discover().vendors.items():
        folder = folder_of(kind)
        if not kind.__module__.startswith("connectors."):
            continue
        quality = Quality.read(folder)
        cells = (
            f"[{kind.title}](connectors/{name}/README.md)",
            _tier(quality),
            measured(quality.tells),
            _requests(quality),
            proofs(quality.proven_against),
        )
        yield f"| {' | '.join(cells)} |"


def _tier(quality: Quality) -> str:
    exempt = f", {len(quality.exempt)} exempt" if quality.exempt else ""
    return "none" if quality.tier is None else f"{quality.tier}{exempt}"


def _requests(quality: Quality) -> str:
    found = quality.figures.get(REQUESTS)
    return "–" if found is None else f"{found:g}"


def _words(facts: Sequence[str]) -> str:
    return ", ".join(fact.replace("_", " ") for fact in facts)


if __name__ == "__main__":
    (path,) = map(Path, sys.argv[1:])
    path.write_text(renewed(path.read_text(encoding="utf-8")), encoding="utf-8")
