"""The part of RT's query language that the simulator knows: comparisons, AND, OR, parentheses."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from operator import eq, ge, gt, le, lt, ne
from typing import Any, Final

OPERATORS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "=": eq,
    "!=": ne,
    ">=": ge,
    "<=": le,
    ">": gt,
    "<": lt,
}
TOKEN: Final = re.compile(
    r"\s*(?:(?P<mark>[()])|(?P<op>>=|<=|!=|=|>|<)|(?P<text>'(?:\\.|[^'\\])*')"
    r"|(?P<number>\d+)|(?P<word>[A-Za-z_]+))"
)

Value = str | int
Getter = Callable[[str], Value]


class Wrong(Exception):
    """A query that RT would refuse."""


@dataclass(frozen=True, slots=True)
class Term:
    """One comparison."""

    field: str
    operator: str
    value: Value

    def holds(self, get: Getter) -> bool:
        """Whether it does, where `get` gives a field's value."""
        return OPERATORS[self.operator](get(self.field), self.value)


@dataclass(frozen=True, slots=True)
class Both:
    """All of these."""

    parts: tuple[Node, ...]

    def holds(self, get: Getter) -> bool:
        """Whether all hold."""
        return all(part.holds(get) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Either:
    """One of these."""

    parts: tuple[Node, ...]

    def holds(self, get: Getter) -> bool:
        """Whether one holds."""
        return any(part.holds(get) for part in self.parts)


Node = Term | Both | Either
Understood = Callable[[Term], Node]
"""A comparison as the database makes it."""


def parse(query: str, understood: Understood) -> Node:
    """A query as the database gets it. Raises `Wrong`."""
    tokens = list(_tokens(query))
    node, rest = _either(tokens, understood)
    if rest:
        raise Wrong(f"Wrong query, no operator before '{rest[0][1]}'")
    return node


def conditions(node: Node) -> tuple[Node, ...]:
    """What must hold all together."""
    return node.parts if isinstance(node, Both) else (node,)


def chosen(node: Node, field: str) -> list[Value] | None:
    """The values of which a field must have one; None: that is not all that is asked for."""
    terms = node.parts if isinstance(node, Either) else (node,)
    values = []
    for one in terms:
        if not isinstance(one, Term) or (one.field, one.operator) != (field, "="):
            return None
        values.append(one.value)
    return values


Token = tuple[str, str]
Tokens = list[Token]


def _tokens(query: str) -> Iterator[Token]:
    at = 0
    while query[at:].strip():
        found = TOKEN.match(query, at)
        if found is None or found.lastgroup is None:
            raise Wrong(f"Wrong query, expecting a OPERATOR in '{query[:at]}>{query[at:]}<--here'")
        yield found.lastgroup, found[found.lastgroup]
        at = found.end()


def _either(tokens: Tokens, understood: Understood) -> tuple[Node, Tokens]:
    parts, rest = _several(tokens, understood, "OR", _both)
    return (parts[0] if len(parts) == 1 else Either(parts)), rest


def _both(tokens: Tokens, understood: Understood) -> tuple[Node, Tokens]:
    parts, rest = _several(tokens, understood, "AND", _one)
    return (parts[0] if len(parts) == 1 else Both(parts)), rest


def _several(
    tokens: Tokens,
    understood: Understood,
    word: str,
    part: Callable[[Tokens, Understood], tuple[Node, Tokens]],
) -> tuple[tuple[Node, ...], Tokens]:
    node, rest = part(tokens, understood)
    parts = [node]
    while rest and rest[0] == ("word", word):
        node, rest = part(rest[1:], understood)
        parts.append(node)
    return tuple(parts), rest


def _one(tokens: Tokens, understood: Understood) -> tuple[Node, Tokens]:
    if tokens and tokens[0] == ("mark", "("):
        node, rest = _either(tokens[1:], understood)
        if not rest or rest[0] != ("mark", ")"):
            raise Wrong("Wrong query, a parenthesis is open")
        return node, rest[1:]
    kinds = [kind for kind, _ in tokens[:3]]
    if kinds not in (["word", "op", "text"], ["word", "op", "number"]):
        raise Wrong("Wrong query, expecting a OPERATOR")
    (_, field), (_, operator), (kind, told) = tokens[:3]
    value: Value = int(told) if kind == "number" else re.sub(r"\\(.)", r"\1", told[1:-1])
    return understood(Term(field, operator, value)), tokens[3:]
