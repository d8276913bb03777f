"""The settings of an account as a replay has them: without secrets, addresses and people."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from pydantic import BaseModel, SecretStr
from pydantic_core import to_jsonable_python

from connectors.contract import Settings
from connectors.recording.known import without_ids
from connectors.recording.scrubber import Scrubber
from connectors.recording.words import (
    DIGITS,
    EMAIL,
    HOST,
    ID,
    ID_WITHIN,
    INSTANT,
    LANGUAGE,
    ORIGIN,
    SMALL,
)

THROW_AWAY: Final = "throw-away-recorded"
SHORTEST: Final = 4
_NAME: Final = re.compile(r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+", re.ASCII)
_HTTP: Final = re.compile(r"https?://\S+")
_HELD_PLACE: Final = re.compile(r"\{\w+\}|[^/?&=#{}]+")
_SHORT: Final = 3


def replayable(settings: Settings, scrubber: Scrubber) -> dict[str, Any]:
    """Settings with stand-ins; what stands for what is told to the scrubber."""
    return _set(settings, scrubber)


def secrets(settings: object) -> Iterator[str]:
    """Every secret that is set, however deep."""
    if isinstance(settings, SecretStr):
        if settings.get_secret_value():
            yield settings.get_secret_value()
    elif isinstance(settings, BaseModel):
        for _, value in settings:
            yield from secrets(value)
    elif isinstance(settings, Mapping):
        for value in settings.values():
            yield from secrets(value)
    elif isinstance(settings, (list, tuple, set, frozenset)):
        for value in settings:
            yield from secrets(value)


def address(settings: Settings) -> str:
    """The first whole address among the settings that is asked, for one with a place for an id is
    for people; empty where there is none."""
    texts = (getattr(settings, name) for name in sorted(settings.model_fields_set))
    whole = (one for one in texts if isinstance(one, str) and _HTTP.fullmatch(one))
    return next((one for one in whole if "{" not in one), "")


def _set(model: BaseModel, scrubber: Scrubber) -> dict[str, Any]:
    """What was set, by the names under which it is given."""
    fields = type(model).model_fields
    return {
        fields[name].alias or name: _stands(getattr(model, name), scrubber, name)
        for name in sorted(model.model_fields_set)
    }


def _stands(value: Any, scrubber: Scrubber, key: str) -> Any:
    """What stands for the value of a setting, or for those within it."""
    if isinstance(value, BaseModel):
        return _set(value, scrubber)
    if isinstance(value, Mapping):
        return {str(name): _stands(one, scrubber, str(name)) for name, one in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_stands(one, scrubber, key) for one in value]
    if isinstance(value, SecretStr):
        secret = value.get_secret_value()
        return _given(secret, THROW_AWAY, scrubber) if secret else ""
    told = to_jsonable_python(value)
    if isinstance(told, int):
        scrubber.kept.add(str(told))
    if not isinstance(told, str) or not told or told in scrubber.kept:
        return told
    return scrubber.value(key, told) if ID.fullmatch(told) else _text(told, scrubber)


def _text(value: str, scrubber: Scrubber) -> str:
    known = scrubber.known
    if all(word in known.values for word in without_ids(value)):
        return ID_WITHIN.sub(lambda found: scrubber.id(found[0]), value)
    if known.is_part(value) or _is_plain(value):
        return value
    if _HTTP.fullmatch(value):
        host = urlsplit(value).hostname or ""
        _given(host, HOST, scrubber)
        return f"{ORIGIN}{_page(value, scrubber)}" if "{" in value else ORIGIN
    if EMAIL.fullmatch(value):
        return _given(value, scrubber.standins.person(value), scrubber)
    if _NAME.fullmatch(value):
        return _given(value, HOST, scrubber)
    return _given(value, scrubber.standins.word(value), scrubber)


def _page(url: str, scrubber: Scrubber) -> str:
    """What follows the host in the address of a ticket's page; words that nothing allows may name
    the account, and go."""

    def kept(found: re.Match[str]) -> str:
        word = found[0]
        short = len(word) <= _SHORT and word.isascii()
        known = short or word[0] == "{" or scrubber.known.is_part(word)
        return word if known else scrubber.standins.word(word)

    parts = urlsplit(url)
    return _HELD_PLACE.sub(kept, url.partition(parts.netloc)[2])


def _is_plain(value: str) -> bool:
    forms = (INSTANT, SMALL, DIGITS, LANGUAGE)
    return any(form.fullmatch(value) for form in forms)


def _given(value: str, replayed: str, scrubber: Scrubber) -> str:
    if len(value) >= SHORTEST:
        scrubber.given[value] = replayed
    return replayed
