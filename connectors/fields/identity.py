"""By what a company is known to other systems, out of fields that an operator names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from connectors.fields.words import SEPARATORS
from connectors.records import Identity

WAY: Final = re.compile(r"^[a-z][a-z0-9+.-]*://")
BEHIND: Final = re.compile(r"[/:?#].*$", re.DOTALL)


def domains(told: object) -> tuple[str, ...]:
    """The domains of mail and web addresses, or domains as they stand, in one text or a list; of
    an address nothing else is kept."""
    texts = told if isinstance(told, tuple) else SEPARATORS.split(str(told or ""))
    found = (_domain(text) for text in texts)
    return tuple(dict.fromkeys(one for one in found if one))


def asker(told: Mapping[str, Any]) -> Identity | None:
    """Who asked, by the facts `customer` and `domain` of a ticket; None: nobody known."""
    customer = told.get("customer") or ()
    ids = customer if isinstance(customer, tuple) else (str(customer),)
    found = Identity(ids[:1], domains(told.get("domain"))[:1])
    return found if found != Identity() else None


def _domain(text: str) -> str:
    behind = text.strip().casefold().rpartition("@")[2]
    host = BEHIND.sub("", WAY.sub("", behind)).strip("<>.")
    return host.removeprefix("www.") if "." in host else ""
