"""How the simulated Tryton finds records: domains and orders, and fields by their paths."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from operator import eq, ge, gt, le, lt, ne
from typing import Any, Final

Record = dict[str, Any]

OPERATORS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "=": eq,
    "!=": ne,
    ">": gt,
    ">=": ge,
    "<": lt,
    "<=": le,
    "in": lambda value, wanted: value in wanted,
    "not in": lambda value, wanted: value not in wanted,
}
COMPARING: Final = frozenset({">", ">=", "<", "<="})

# What leads from a model to another; everything else is a value.
LEADS: Final = {
    ("sale.subscription", "company"): "company.company",
    ("sale.subscription", "currency"): "currency.currency",
    ("sale.subscription", "lines"): "sale.subscription.line",
    ("sale.subscription.line", "service"): "sale.subscription.service",
    ("sale.subscription.line", "consumption_recurrence"): "sale.subscription.recurrence.rule.set",
    ("sale.subscription.recurrence.rule.set", "rules"): "sale.subscription.recurrence.rule",
    ("party.party", "contact_mechanisms"): "party.contact_mechanism",
    ("party.party", "identifiers"): "party.identifier",
}
COMMON: Final = frozenset({"id", "__name__", "create_date", "write_date", "rec_name"})
LISTS: Final = "byweekday bymonthday byyearday byweekno bymonth bysetpos"
FIELDS: Final = {
    "sale.subscription": "number reference state party start_date end_date next_invoice_date",
    "sale.subscription.line": "quantity unit_price start_date end_date",
    "sale.subscription.service": "",
    "sale.subscription.recurrence.rule.set": "name",
    "sale.subscription.recurrence.rule": f"freq interval exclusive {LISTS}",
    "party.party": "name code active",
    "party.contact_mechanism": "type value",
    "party.identifier": "type code",
    "company.company": "timezone",
    "currency.currency": "code name",
    "ir.model.log": "resource event target user",
    "ir.module": "name state",
}


class Unknown(Exception):
    """A model or a field that the database does not have."""


def decoded(text: str) -> Any:
    """A domain or an order, out of a parameter of a request."""
    return json.loads(base64.urlsafe_b64decode(text), object_hook=_valued)


def written(value: object) -> object:
    """A value as its JSON has it."""
    if isinstance(value, datetime):
        value = value.astimezone(UTC)
        units = ("year", "month", "day", "hour", "minute", "second", "microsecond")
        return {"__class__": "datetime", **{unit: getattr(value, unit) for unit in units}}
    if isinstance(value, date):
        day = {"year": value.year, "month": value.month, "day": value.day}
        return {"__class__": "date", **day}
    if isinstance(value, Decimal):
        return {"__class__": "Decimal", "decimal": str(value)}
    return value


def verify(model: str, path: str) -> None:
    """Whether a path of fields leads somewhere. Raises `Unknown`."""
    name, _, rest = path.partition(".")
    if model not in FIELDS:
        raise Unknown(model)
    leads = LEADS.get((model, name))
    if leads is None and name not in COMMON and name not in FIELDS[model].split():
        raise Unknown(name)
    if rest:
        if leads is None:
            raise Unknown(name)
        verify(leads, rest)


def shown(record: Record, paths: Iterable[str]) -> Record:
    """The fields that were asked for, with the id and the model of everything on the way."""
    told: Record = {"id": record["id"], "__name__": record["__name__"]}
    nested: dict[str, list[str]] = {}
    for path in paths:
        name, _, rest = path.partition(".")
        if rest:
            nested.setdefault(name, []).append(rest)
        else:
            told[name] = written(_alone(record.get(name)))
    for name, rests in nested.items():
        value = record.get(name)
        if isinstance(value, list):
            told[name] = [shown(one, rests) for one in value]
        else:
            told[name] = shown(value, rests) if value else None
    return told


def names_in(domain: Any) -> Iterator[str]:
    """The fields that a domain names."""
    if _is_leaf(domain):
        yield domain[0]
    elif isinstance(domain, list):
        for one in domain:
            yield from names_in(one)


def holds(domain: Any, record: Record) -> bool:
    """Whether a record is meant."""
    if _is_leaf(domain):
        return _compares(record.get(domain[0]), domain[1], domain[2])
    if domain and domain[0] == "OR":
        return any(holds(one, record) for one in domain[1:])
    return all(holds(one, record) for one in (domain[1:] if domain[:1] == ["AND"] else domain))


def least(domain: Any, field: str) -> datetime | None:
    """An instant before which no record's `field` may be, where the domain says so."""
    for one in domain:
        if _is_leaf(one) and one[0] == field and one[1] in (">", ">="):
            found: datetime = one[2]
            return found
        if one[0] == "OR" and _is_leaf(one[1]) and one[1][:2] == [field, ">"]:
            either: datetime = one[1][2]
            return either
    return None


def ordered(records: Iterable[Record], order: Any) -> list[Record]:
    """The records in an order; nothing comes before everything, as in SQLite."""
    found = list(records)
    for field, way in reversed(order):
        key = _Key(field)
        found.sort(key=key, reverse=way.upper().startswith("DESC"))
    return found


class _Key:
    def __init__(self, field: str) -> None:
        self._field = field

    def __call__(self, record: Record) -> tuple[bool, Any]:
        value = record.get(self._field)
        return (value is not None, value or 0)


def _compares(value: Any, operator: str, wanted: Any) -> bool:
    if operator in COMPARING and (value is None or wanted is None):
        return False
    return OPERATORS[operator](value, wanted)


def _is_leaf(domain: Any) -> bool:
    return (
        isinstance(domain, list)
        and len(domain) == 3
        and isinstance(domain[0], str)
        and domain[0] not in ("AND", "OR")
    )


def _alone(value: object) -> object:
    """A record that is led to, without a path into it: its id."""
    if isinstance(value, list):
        return [one["id"] for one in value]
    return value["id"] if isinstance(value, dict) else value


def _valued(told: dict[str, Any]) -> Any:
    kind = told.pop("__class__", None)
    if kind == "datetime":
        return datetime(**told, tzinfo=UTC)
    if kind == "date":
        return date(**told)
    if kind == "Decimal":
        return Decimal(told["decimal"])
    return told
