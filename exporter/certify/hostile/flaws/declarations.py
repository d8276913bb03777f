"""Flaws of what a connector says of itself, of its labels, and of whom it asks."""

from __future__ import annotations

import contextlib
import dataclasses
import socket
from abc import abstractmethod
from collections.abc import Iterator
from datetime import UTC, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from pydantic import ConfigDict, SecretStr

from connectors import Fact, Finding, Measures, Page, Record, Ticket, Told
from exporter.certify.hostile.connector import TOLD, UNTOLD, HostileConnector
from exporter.certify.hostile.flaws.flaw import Flaw
from exporter.certify.hostile.settings import HostileSettings
from exporter.certify.hostile.ticket import Row

# --- settings-documented --------------------------------------------------------------------------


class _Lenient(HostileSettings):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Secretive(HostileSettings):
    brand: str = ""


class _Bare(HostileSettings):
    token: str = ""  # type: ignore[assignment] # it is the flaw that it is no SecretStr


class _Defaulted(HostileSettings):
    token: SecretStr = SecretStr("the-one-of-my-own-account")


class _TakesAnyKey(HostileConnector):
    settings_type = _Lenient


class _HasASettingThatNobodyKnows(HostileConnector):
    settings_type = _Secretive


class _KeepsItsTokenAsText(HostileConnector):
    settings_type = _Bare


class _BringsItsOwnToken(HostileConnector):
    settings_type = _Defaulted


# --- facts-declared, semantics-documented ---------------------------------------------------------


class _ForgetsAFact(HostileConnector):
    def measures(self) -> Measures:
        untold: dict[Fact, str] = {
            fact: why for fact, why in UNTOLD.items() if fact is not Fact.EFFORT
        }
        return Measures(told=TOLD, untold=untold)


class _GivesNoReason(HostileConnector):
    def measures(self) -> Measures:
        return Measures(told=TOLD, untold={**UNTOLD, Fact.EFFORT: " "})


class _SaysBoth(HostileConnector):
    def measures(self) -> Measures:
        return Measures(told={**TOLD, Fact.EFFORT: Told()}, untold=UNTOLD)


class _CountsNothing(HostileConnector):
    def measures(self) -> Measures:
        told: dict[Fact, Told] = {
            fact: how for fact, how in TOLD.items() if fact is not Fact.CREATED
        }
        return Measures(told=told, untold={**UNTOLD, Fact.CREATED: "it is not asked for"})


class _LagsBackwards(HostileConnector):
    def measures(self) -> Measures:
        return Measures(told=TOLD, untold=UNTOLD, lag=timedelta(minutes=-1))


class _IsTooExact(HostileConnector):
    def measures(self) -> Measures:
        return Measures(told={**TOLD, Fact.SOLVED: Told(0)}, untold=UNTOLD)


# --- labels ---------------------------------------------------------------------------------------


class _Altered(HostileConnector):
    """Tells its tickets with some of their values changed."""

    def record(self, row: Row) -> Record:
        told = super().record(row)
        return dataclasses.replace(told, **self.altered(row)) if isinstance(told, Ticket) else told

    @abstractmethod
    def altered(self, row: Row) -> dict[str, Any]:
        """The values that are others."""


class _ForgetsTheZone(_Altered):
    def altered(self, row: Row) -> dict[str, Any]:
        return {"created_at": row.created_at.replace(tzinfo=None)}


class _StaysInBerlin(_Altered):
    def altered(self, row: Row) -> dict[str, Any]:
        return {"created_at": row.created_at.astimezone(ZoneInfo("Europe/Berlin"))}


class _GoesByThisMachine(_Altered):
    def altered(self, row: Row) -> dict[str, Any]:
        naive = row.created_at.replace(tzinfo=None)
        return {"created_at": naive.astimezone(UTC)}


class _WatchesInBerlin(HostileConnector):
    def changes(self, cursor: str | None) -> Iterator[Page]:
        for page in super().changes(cursor):
            at = page.complete_to and page.complete_to.astimezone(ZoneInfo("Europe/Berlin"))
            yield dataclasses.replace(page, complete_to=at)


class _UsesItsOwnWords(_Altered):
    def altered(self, row: Row) -> dict[str, Any]:
        return {"status": row.status}


class _NamesTeamsByTicket(_Altered):
    def altered(self, row: Row) -> dict[str, Any]:
        return {"team": f"{row.group} #{row.id}"}


class _NamesTeamsByAddress(_Altered):
    def altered(self, row: Row) -> dict[str, Any]:
        return {"team": row.group and f"{row.group}@desk.example"}


class _TellsNoTickets(HostileConnector):
    def changes(self, cursor: str | None) -> Iterator[Page]:
        for page in super().changes(cursor):
            yield dataclasses.replace(page, records=())


# --- offline --------------------------------------------------------------------------------------


class _AsksForNews(HostileConnector):
    def check(self) -> list[Finding]:
        with contextlib.suppress(OSError):
            socket.getaddrinfo("news.hostile.invalid", 443)
        return super().check()


class _CountsItsUsers(HostileConnector):
    def changes(self, cursor: str | None) -> Iterator[Page]:
        with contextlib.suppress(OSError), socket.socket(socket.AF_INET) as connection:
            connection.settimeout(0.1)
            connection.connect(("192.0.2.1", 443))  # an address that is nobody's
        yield from super().changes(cursor)


def _without(text: str, *words: str) -> str:
    for word in words:
        text = text.replace(word, "…")
    return text


FLAWS: Final = (
    Flaw("settings-documented", "takes keys", "any key is taken", _TakesAnyKey),
    Flaw("settings-documented", "brand", "a setting is not told of", _HasASettingThatNobodyKnows),
    Flaw("settings-documented", "SecretStr", "a token is kept as text", _KeepsItsTokenAsText),
    Flaw("settings-documented", "default", "a token is part of the code", _BringsItsOwnToken),
    Flaw("facts-declared", "neither told", "a fact is forgotten", _ForgetsAFact),
    Flaw("facts-declared", "neither told", "a fact is left out without a reason", _GivesNoReason),
    Flaw("facts-declared", "both told", "a fact is told and untold", _SaysBoth),
    Flaw("facts-declared", "created", "creations are not told", _CountsNothing),
    Flaw("facts-declared", "lag", "a lag has the wrong sign", _LagsBackwards),
    Flaw("facts-declared", "precision", "a fact is told more finely than time", _IsTooExact),
    Flaw("aware-utc", "no zone", "a zone is cut off", _ForgetsTheZone),
    Flaw("aware-utc", "Europe/Berlin", "an instant is told in local time", _StaysInBerlin),
    Flaw("aware-utc", "complete_to", "the watermark is told in local time", _WatchesInBerlin),
    Flaw("aware-utc", "this machine", "an instant is read as local time", _GoesByThisMachine),
    Flaw("bounded-labels", "is no Status", "a status is the vendor's word", _UsesItsOwnWords),
    Flaw("bounded-labels", "teams come out", "a team is named by its ticket", _NamesTeamsByTicket),
    Flaw("bounded-labels", "no name", "a team is named by its address", _NamesTeamsByAddress),
    Flaw("exposition", "no ticket", "no ticket is told", _TellsNoTickets),
    Flaw("offline", "news.hostile.invalid", "somebody else is looked up", _AsksForNews),
    Flaw("offline", "192.0.2.1", "somebody else is told", _CountsItsUsers),
    Flaw(
        "semantics-documented",
        "effort",
        "a fact is not described",
        page=lambda text: _without(text, "effort"),
    ),
    Flaw(
        "semantics-documented",
        "What it measures",
        "nothing is said of what is measured",
        page=lambda text: _without(text, "What it measures"),
    ),
)
