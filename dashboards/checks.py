"""What a renderer would only show to the eye: is the JSON of a dashboard sound in itself?"""

from __future__ import annotations

import itertools
import json
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, Final

from dashboards.building import SCHEMA_VERSION
from dashboards.layout import COLUMNS
from dashboards.meaning import VALID_UID

DATASOURCE: Final = {"type": "prometheus", "uid": "${datasource}"}
VARIABLE: Final = re.compile(r"\$\{?([a-zA-Z_]\w*)")
LINK: Final = re.compile(r'/d/([^/?#"\\]+)')

Content = Mapping[str, Any]


def defects(board: Content, uids: Collection[str]) -> list[str]:
    """What is wrong with a dashboard, in plain words; nothing where it is sound.

    uids: of the dashboards that its links may lead to.
    """
    try:
        found = [defect for check in CHECKS for defect in check(board)]
        return found + [f"a link leads to {uid}, which is not built" for uid in _lost(board, uids)]
    except (AttributeError, KeyError, TypeError) as error:
        return [f"it has not the form of a dashboard ({type(error).__name__}: {error})"]


def _head(board: Content) -> Iterator[str]:
    if not VALID_UID.fullmatch(board["uid"]):
        yield f"its uid {board['uid']!r} is none: letters, digits, - and _, at most 40"
    if board["schemaVersion"] > SCHEMA_VERSION:
        yield f"schemaVersion {board['schemaVersion']} is newer than Grafana 11's {SCHEMA_VERSION}"


def _ids(board: Content) -> Iterator[str]:
    for number, times in Counter(panel["id"] for panel in board["panels"]).items():
        if times > 1:
            yield f"{times} panels have the id {number}"
        if not isinstance(number, int) or number < 1:
            yield f"a panel has the id {number}, which is no number from 1"


def _grid(board: Content) -> Iterator[str]:
    taken: dict[tuple[int, int], str] = {}
    for panel in board["panels"]:
        place, title = panel["gridPos"], panel["title"]
        columns = range(place["x"], place["x"] + place["w"])
        rows = range(place["y"], place["y"] + place["h"])
        cells = set(itertools.product(columns, rows))
        if not cells or columns.start < 0 or columns.stop > COLUMNS:
            yield f"'{title}' does not stand within the {COLUMNS} columns"
        for other in sorted({taken[cell] for cell in cells & taken.keys()}):
            yield f"'{title}' overlaps '{other}'"
        taken |= dict.fromkeys(cells, title)
    deepest = max((row for _, row in taken), default=-1) + 1
    if len(taken) < COLUMNS * deepest:
        yield "there is a hole between its panels"


def _variables(board: Content) -> Iterator[str]:
    declared = {one["name"] for one in board["templating"]["list"]}
    used = {name for name in VARIABLE.findall(json.dumps(board)) if not name.startswith("__")}
    for name in sorted(used - declared):
        yield f"the variable ${name} is used and not declared"


def _data_sources(board: Content) -> Iterator[str]:
    for value in _every(board, "datasource"):
        if value != DATASOURCE:
            yield f"it asks {json.dumps(value)} and not the data source that is chosen at its top"


def _lost(board: Content, uids: Collection[str]) -> list[str]:
    return sorted(set(LINK.findall(json.dumps(board))) - set(uids))


def _every(found: object, key: str) -> Iterator[object]:
    """Each value of a key in a JSON document, however deep."""
    if isinstance(found, Mapping):
        for name, inner in found.items():
            if name == key:
                yield inner
            yield from _every(inner, key)
    elif isinstance(found, list):
        for inner in found:
            yield from _every(inner, key)


CHECKS: Final[tuple[Callable[[Content], Iterator[str]], ...]] = (
    _head,
    _ids,
    _grid,
    _variables,
    _data_sources,
)
