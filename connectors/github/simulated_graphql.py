"""A little of GraphQL: one query with variables, fields with arguments, fragments by type."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

TOKEN: Final = re.compile(r'\.\.\.|[{}()\[\]:!$]|"[^"]*"|[A-Za-z_][A-Za-z0-9_]*|-?\d+')

Arguments = Mapping[str, Any]
Resolver = Callable[[Arguments], Any]


class Refused(Exception):
    """A question that is none; the message is for whoever asked it."""


@dataclass(frozen=True, slots=True)
class Selected:
    """A field that is asked for, or (with `on`) what is asked of a type only."""

    name: str
    arguments: dict[str, Any] = field(default_factory=dict)
    fields: Sequence[Selected] = ()
    on: str = ""


class Query:
    """One query. Raises `Refused`."""

    def __init__(self, text: str, variables: Mapping[str, Any]) -> None:
        self._tokens = TOKEN.findall(text)
        self._place = 0
        self._given = variables
        self._take("query")
        self._declared = dict(self._declarations())
        missing = [
            name
            for name, needed in self._declared.items()
            if needed and variables.get(name) is None
        ]
        if missing or set(variables) - set(self._declared):
            raise Refused(f"Variable ${(missing or sorted(variables))[0]} was provided wrongly.")
        self.fields = self._selections()

    def answer(self, root: Mapping[str, Any]) -> dict[str, Any]:
        """What is asked for, out of what there is: values, and functions of arguments."""
        return _chosen(root, self.fields, "Query")

    def _declarations(self) -> Sequence[tuple[str, bool]]:
        """Names of variables, and whether each is needed."""
        found: list[tuple[str, bool]] = []
        self._take("(")
        while self._peek() != ")":
            self._take("$")
            name = self._next()
            self._take(":")
            self._next()
            needed = self._peek() == "!"
            if needed:
                self._next()
            found.append((name, needed))
        self._take(")")
        return found

    def _selections(self) -> list[Selected]:
        self._take("{")
        found: list[Selected] = []
        while self._peek() != "}":
            name = self._next()
            if name == "...":
                self._take("on")
                kind = self._next()
                found.append(Selected("", fields=self._selections(), on=kind))
                continue
            arguments = self._arguments("(", ")") if self._peek() == "(" else {}
            fields = self._selections() if self._peek() == "{" else []
            found.append(Selected(name, arguments, fields))
        self._take("}")
        return found

    def _arguments(self, begin: str, end: str) -> dict[str, Any]:
        self._take(begin)
        found: dict[str, Any] = {}
        while self._peek() != end:
            name = self._next()
            self._take(":")
            found[name] = self._value()
        self._take(end)
        return found

    def _value(self) -> Any:
        if self._peek() == "{":
            return self._arguments("{", "}")
        word = self._next()
        if word == "$":
            name = self._next()
            if name not in self._declared:
                raise Refused(f"Variable ${name} is used and not declared.")
            return self._given.get(name)
        if word == "[":
            values = []
            while self._peek() != "]":
                values.append(self._value())
            self._take("]")
            return values
        if word in ("true", "false"):
            return word == "true"
        return int(word) if word.lstrip("-").isdigit() else word.strip('"')

    def _peek(self) -> str:
        return self._tokens[self._place] if self._place < len(self._tokens) else ""

    def _next(self) -> str:
        token = self._peek()
        self._place += 1
        return token

    def _take(self, expected: str) -> None:
        found = self._next()
        if found != expected:
            raise Refused(f"Expected {expected}, and there is {found or 'nothing more'}.")


def _chosen(told: Mapping[str, Any], fields: Sequence[Selected], kind: str) -> dict[str, Any]:
    kind = told.get("__typename", kind)
    found: dict[str, Any] = {}
    for one in fields:
        if one.on:
            if one.on == kind:
                found.update(_chosen(told, one.fields, kind))
            continue
        if one.name not in told:
            raise Refused(f"Field '{one.name}' doesn't exist on type '{kind}'")
        value = told[one.name]
        found[one.name] = _shown(value(one.arguments) if callable(value) else value, one)
    return found


def _shown(value: Any, one: Selected) -> Any:
    if isinstance(value, list):
        return [_shown(each, one) for each in value]
    if isinstance(value, Mapping):
        if not one.fields:
            raise Refused(f"Field '{one.name}' must have a selection of subfields.")
        return _chosen(value, one.fields, one.name)
    return value
