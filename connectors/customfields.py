"""What an operator's own fields tell, in whatever form a vendor has them: values, languages and
answers to surveys."""

from __future__ import annotations

import re
from collections.abc import Iterable

from connectors.records import Channel, Identity

# Options of drop-downs are often tags, which are unique in an account: hence their prefixes.
LANGUAGE = re.compile(r"(?:lang_|language_|locale_)?([a-z]{2,3}(?:[-_][a-z0-9]{2,8})*)", re.ASCII)
# As IETF tags are written: regions in capitals, scripts with one.
SUBTAG = {2: str.upper, 4: str.title}
SCORE = re.compile(r"(?:.*_)?([0-9]{1,4})(?:\.0+)?", re.ASCII | re.DOTALL)


def chosen(value: object) -> str | tuple[str, ...]:
    """The value of a field in words; of a multiple choice each value."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return tuple(map(str, value)) if isinstance(value, list) else str(value)


def alone(value: str | tuple[str, ...] | None) -> str | None:
    """The value of a field that holds one alone; None of any other."""
    if isinstance(value, tuple):
        return value[0] if len(value) == 1 else None
    return value


def language(value: str | None) -> str | None:
    """An IETF tag out of a field's value (`de`, `pt-BR`, `lang_pt_br`); None: it is none."""
    if value is None:
        return None
    found = LANGUAGE.fullmatch(value.strip().lower())
    if found is None:
        return None
    first, *others = re.split("[-_]", found[1])
    return "-".join([first, *(SUBTAG.get(len(other), str)(other) for other in others)])


def score(value: str | tuple[str, ...]) -> int | None:
    """The number that an answer is or ends in (`9`, `9.0`, `nps_9`); None: there is none."""
    found = SCORE.fullmatch(alone(value) or "")
    return None if found is None else int(found[1])


def channel(values: Iterable[str]) -> Channel:
    """The way a ticket came in, where a field tells it in our words; else any other."""
    named = (one.strip().lower() for one in values)
    return next((Channel(one) for one in named if one in set(Channel)), Channel.OTHER)


def customer(values: Iterable[str]) -> Identity | None:
    """By which ids other systems know who asked; None: no field tells any."""
    told = tuple(one.strip() for one in values if one.strip())
    return Identity(told) if told else None
