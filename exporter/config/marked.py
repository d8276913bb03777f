"""YAML with line marks: what stands in a file, and on which line each value stands.

Plain scalars stay the text that was typed. Whoever wants a number reads one from it, so that a
token of digits keeps its leading zeros and a team called `No` stays a team.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

from exporter.config.problems import ConfigError, Problem

Value = str | None | list["Value"] | dict[str, "Value"]
Keys = tuple[str | int, ...]

LARGEST: Final = 1_000_000  # characters in a file
MOST_VALUES: Final = 50_000  # aliases included, so that a few lines cannot unfold into gigabytes
STANDARD_TAG: Final = "tag:yaml.org,2002:"
MERGE_TAG: Final = STANDARD_TAG + "merge"
NULL_TAG: Final = STANDARD_TAG + "null"

# What the parser says, whether the mark to show is where it began (or where it noticed), our words.
SYNTAX: Final = (
    (r"'\t'", False, "a tab stands here: YAML is indented with spaces only"),
    ("mapping values are not allowed", False,
     "a ': ' too many here or a ':' missing above: quote the value, or mend the indentation"),
    ("expected <block end>", False,
     "this line does not line up with the ones above: indent the keys of one group alike"),
    ("could not find expected ':'", False, "a key without its colon: write 'key: value'"),
    ("undefined alias", False, "this alias (*name) has no anchor (&name) above it"),
    ("duplicate anchor", False, "this anchor (&name) stands twice: rename one of them"),
    ("a single document", False, "a second document begins here: take the line '---' out"),
    ("escape character", False, "a backslash in double quotes: use single quotes instead"),
    ("quoted scalar", True, "a quote is opened here and not closed: close it, or take it out"),
    ("expected ',' or", True, "a bracket is opened here and not closed: close it, or quote it"),
    ("cannot start any token", False, "a value cannot begin like this: put it in quotes"),
)  # fmt: skip
SYNTAX_OTHERWISE: Final = (
    "this is no valid YAML: look at indentation, colons and quotes here and on the line above"
)

# A key that its value follows without a blank is one word to YAML; the slashes are an address's.
NO_BLANK: Final = re.compile(r"\s*[A-Za-z_][\w-]*:(?!//)\S", re.ASCII)
WITHOUT_A_BLANK: Final = "a key and its value stand together: write a blank after the colon"
A_WORD_ALONE: Final = ("mapping values are not allowed", "could not find expected ':'")

TAGGED: Final = (
    "has a tag such as !secret, which means nothing here: write ${NAME} for an environment "
    "variable, or {file: /path} for a file"
)


@dataclass(frozen=True, slots=True)
class Document:
    """A file's values as plain dictionaries, lists and text, and the line of each by its path.

    unusable: why a value could not be read, by its path; it is None in `value`.
    """

    file: Path
    value: Value
    lines: dict[Keys, int]
    unusable: dict[Keys, str]

    def line(self, path: Keys) -> int:
        """Where `path` stands, or the nearest thing around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def problem(self, path: Keys, message: str) -> Problem:
        """A problem with what stands at `path`."""
        return Problem(self.file, self.line(path), dotted(path), message)


def dotted(path: Keys) -> str:
    """A path as a person writes it: `sources.zendesk-eu.teams[0]`."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")


def read(file: Path, problems: list[Problem]) -> Document:
    """The document in `file`; what can be read around is added to `problems` (a key that stands
    twice), and a file that cannot be read at all raises `ConfigError`."""
    node = _composed(file, _text(file))
    reader = _Reader(file, problems)
    value = None if node is None else reader.value(node, ())
    return Document(file, value, reader.lines, reader.unusable)


def _text(file: Path) -> str:
    remedy = ""
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        remedy = "there is no such file: `deskpulse init` writes one"
    except IsADirectoryError:
        remedy = "this is a folder: name the file in it"
    except PermissionError:
        remedy = "this file may not be read: give the user that runs deskpulse the right to"
    except UnicodeDecodeError:
        remedy = "this file is not UTF-8 text: save it as UTF-8"
    except OSError as error:
        remedy = f"this file cannot be read: {error.strerror}"
    else:
        if len(text) > LARGEST:
            remedy = "this file is too large for a configuration: is it the right one?"
    if remedy:
        raise ConfigError([Problem(file, 0, "", remedy)])
    return text


def _composed(file: Path, text: str) -> yaml.Node | None:
    line, verdict = 0, ""
    try:
        node: yaml.Node | None = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line, verdict = _without_a_blank(error, text) or _verdict(error)
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, int(error.position)) + 1
        verdict = "a character stands here that YAML does not allow: take it out"
    except RecursionError:
        line, verdict = 1, "this file is nested too deeply: is it the right one?"
    if verdict:  # raised out here, so that no cause with a piece of the file hangs on to it
        raise ConfigError([Problem(file, line, "", verdict)])
    return node


def _verdict(error: yaml.MarkedYAMLError) -> tuple[int, str]:
    said = f"{error.problem} {error.context}"
    known = (row[1:] for row in SYNTAX if row[0] in said)
    at_begin, verdict = next(known, (False, SYNTAX_OTHERWISE))
    mark = (error.context_mark if at_begin else None) or error.problem_mark
    return (mark.line + 1 if mark else 1), verdict


def _without_a_blank(error: yaml.MarkedYAMLError, text: str) -> tuple[int, str] | None:
    """The first of the lines like `email:x` that the parser stumbled over, mostly one later."""
    if error.problem_mark is None or not str(error.problem).startswith(A_WORD_ALONE):
        return None
    lines = text.splitlines()[: error.problem_mark.line]
    above = len(lines)
    while above and not lines[above - 1].partition("#")[0].strip():
        above -= 1
    first = above
    while first and NO_BLANK.match(lines[first - 1]):
        first -= 1
    return None if first == above else (first + 1, WITHOUT_A_BLANK)


class _Reader:
    """Turns nodes into values and notes their lines."""

    def __init__(self, file: Path, problems: list[Problem]) -> None:
        self.lines: dict[Keys, int] = {}
        self.unusable: dict[Keys, str] = {}
        self._file = file
        self._problems = problems
        self._around: list[yaml.Node] = []
        self._count = 0

    def value(self, node: yaml.Node, path: Keys) -> Value:
        """The value of `node`, which stands at `path`."""
        self.lines.setdefault(path, node.start_mark.line + 1)
        self._count += 1
        if self._count > MOST_VALUES or any(node is outer for outer in self._around):
            raise ConfigError([self._problem(node, path, "aliases unfold without end here")])
        if not node.tag.startswith(STANDARD_TAG):
            self.unusable[path] = TAGGED
            return None
        self._around.append(node)
        value = self._by_kind(node, path)
        self._around.pop()
        return value

    def _by_kind(self, node: yaml.Node, path: Keys) -> Value:
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*path, at)) for at, item in enumerate(node.value)]
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        return None if node.tag == NULL_TAG else str(node.value)

    def _mapping(self, node: yaml.MappingNode, path: Keys) -> dict[str, Value]:
        own: dict[str, Value] = {}
        merged: list[yaml.MappingNode] = []
        for key, child in node.value:
            if key.tag == MERGE_TAG:
                merged += self._merged(child, path)
                continue
            if not isinstance(key, yaml.ScalarNode):
                self._note(key, path, "a key must be a plain word")
                continue
            inner = (*path, str(key.value))
            if key.value in own:
                first = self.lines[inner]
                self._note(key, inner, f"stands twice, first on line {first}: take one out")
                continue
            self.lines[inner] = key.start_mark.line + 1
            own[key.value] = self.value(child, inner)
        for other in merged:
            for name, inherited in self._mapping(other, path).items():
                own.setdefault(name, inherited)
        return own

    def _merged(self, node: yaml.Node, path: Keys) -> Iterator[yaml.MappingNode]:
        for part in node.value if isinstance(node, yaml.SequenceNode) else [node]:
            if isinstance(part, yaml.MappingNode):
                yield part
            else:
                self._note(part, path, "<< takes in a group of keys: name an anchor of one")

    def _note(self, node: yaml.Node, path: Keys, message: str) -> None:
        self._problems.append(self._problem(node, path, message))

    def _problem(self, node: yaml.Node, path: Keys, message: str) -> Problem:
        return Problem(self._file, node.start_mark.line + 1, dotted(path), message)
