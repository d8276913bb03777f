"""Flaws of what happens when something fails, and of what is kept to oneself."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
from collections.abc import Iterator
from datetime import datetime
from typing import Any, ClassVar, Final

import msgspec
import requests

from connectors import (
    ConfigurationError,
    ConnectorError,
    Fatal,
    Finding,
    Page,
    Reason,
    Record,
    Rejection,
    Retriable,
    Ticket,
)
from connectors.walking import Answer
from exporter.certify.hostile.connector import HostileConnector
from exporter.certify.hostile.flaws.flaw import Flaw
from exporter.certify.hostile.ticket import Row

log = logging.getLogger(__name__)

# --- failures -------------------------------------------------------------------------------------


class _AsksOnce(HostileConnector):
    """A request that fails is not made again."""

    attempts: ClassVar[int] = 1


class _AsksForEver(HostileConnector):
    """A request that fails is made again until it succeeds."""

    attempts: ClassVar[int] = 1_000_000


class _TakesFailuresForTheEnd(HostileConnector):
    """Whatever goes wrong, what there is so far is all there is."""

    troubles: ClassVar[tuple[type[ConnectorError], ...]] = (ConnectorError,)

    def ask(self, since: datetime, after: str | None) -> Answer[Row, str]:
        try:
            return super().ask(since, after)
        except self.troubles:
            return Answer((), None, since)


class _AsksOnceOrEnds(_TakesFailuresForTheEnd):
    """The same, and nothing is asked twice."""

    attempts: ClassVar[int] = 1


class _TakesThrottlingForTheEnd(_TakesFailuresForTheEnd):
    troubles = (Retriable,)


class _TakesExpiryForTheEnd(_TakesFailuresForTheEnd):
    """A first request that is refused is an error, a later one is the end."""

    troubles = (ConfigurationError,)

    def ask(self, since: datetime, after: str | None) -> Answer[Row, str]:
        if after is None:
            return HostileConnector.ask(self, since, after)
        return super().ask(since, after)


class _RaisesWhatItLikes(HostileConnector):
    def ask(self, since: datetime, after: str | None) -> Answer[Row, str]:
        try:
            return super().ask(since, after)
        except ConnectorError as error:
            raise RuntimeError("the request failed") from error


class _GivesUpForGood(HostileConnector):
    def ask(self, since: datetime, after: str | None) -> Answer[Row, str]:
        try:
            return super().ask(since, after)
        except Retriable as error:
            raise Fatal(str(error)) from error


class _CallsEverythingTheNetwork(HostileConnector):
    def ask(self, since: datetime, after: str | None) -> Answer[Row, str]:
        try:
            return super().ask(since, after)
        except Retriable as error:
            raise Retriable(str(error), reason=Reason.NETWORK) from error


class _ReadsAllOrNothing(HostileConnector):
    def ask(self, since: datetime, after: str | None) -> Answer[Row, str]:
        answer = super().ask(since, after)
        if answer.rejected:
            raise Retriable("the answer is malformed", reason=Reason.MALFORMED)
        return answer


class _DropsWhatItCannotRead(HostileConnector):
    def ask(self, since: datetime, after: str | None) -> Answer[Row, str]:
        return dataclasses.replace(super().ask(since, after), rejected=())


class _RejectsInSentences(HostileConnector):
    def ask(self, since: datetime, after: str | None) -> Answer[Row, str]:
        answer = super().ask(since, after)
        rejected = [Rejection(one.subject, one.message, one.message) for one in answer.rejected]
        return dataclasses.replace(answer, rejected=rejected)


class _RejectsWhatIsSound(HostileConnector):
    def ask(self, since: datetime, after: str | None) -> Answer[Row, str]:
        answer = super().ask(since, after)
        sound = [row for row in answer.rows if row.assignee_id is None]
        others = [
            Rejection(str(row.id), "malformed", "assignee_id")
            for row in answer.rows
            if row not in sound
        ]
        return dataclasses.replace(answer, rows=sound, rejected=(*answer.rejected, *others))


class _DropsThePage(HostileConnector):
    def ask(self, since: datetime, after: str | None) -> Answer[Row, str]:
        answer = super().ask(since, after)
        return dataclasses.replace(answer, rows=()) if answer.rejected else answer


# --- secrets --------------------------------------------------------------------------------------


class _LogsItsHeaders(HostileConnector):
    def ask(self, since: datetime, after: str | None) -> Answer[Row, str]:
        log.debug("asking as %s", self.settings.token.get_secret_value())
        return super().ask(since, after)


class _ShowsItsToken(HostileConnector):
    def check(self) -> list[Finding]:
        token = self.settings.token.get_secret_value()
        return [
            dataclasses.replace(
                one, message=f"{one.message} as {token}" if one.level == "ok" else one.message
            )
            for one in super().check()
        ]


class _RepeatsAWrongToken(HostileConnector):
    def check(self) -> list[Finding]:
        found = super().check()
        token = self.settings.token.get_secret_value()
        if any(one.level == "error" for one in found):
            return [Finding("error", f"the token {token} was refused", Reason.CREDENTIALS)]
        return found


class _RaisesItsToken(HostileConnector):
    def ask(self, since: datetime, after: str | None) -> Answer[Row, str]:
        try:
            return super().ask(since, after)
        except ConfigurationError as error:
            raise ConfigurationError(f"{error} {self.settings.token.get_secret_value()}") from None


class _StoresItsToken(HostileConnector):
    def changes(self, cursor: str | None) -> Iterator[Page]:
        place = None if cursor is None else msgspec.json.decode(cursor, type=dict[str, str])["at"]
        for page in super().changes(place):
            told: dict[str, Any] = {"at": page.cursor, "as": self.settings.token.get_secret_value()}
            yield dataclasses.replace(page, cursor=msgspec.json.encode(told).decode())


class _FollowsRedirects(HostileConnector):
    def check(self) -> list[Finding]:
        token = self.settings.token.get_secret_value()
        with contextlib.suppress(requests.RequestException):
            requests.get(f"{self.settings.url}/me", headers={"X-Token": token}, timeout=5)
        return super().check()


class _TellsOfPeople(HostileConnector):
    def ask(self, since: datetime, after: str | None) -> Answer[Row, str]:
        answer = super().ask(since, after)
        told = [
            dataclasses.replace(one, message=f"customer-{one.subject}@desk.example: malformed")
            for one in answer.rejected
        ]
        return dataclasses.replace(answer, rejected=told)


class _StoresPeople(HostileConnector):
    def record(self, row: Row) -> Record:
        told = super().record(row)
        if not isinstance(told, Ticket):
            return told
        return dataclasses.replace(told, id=f"customer-{row.id}@desk.example")


FLAWS: Final = (
    Flaw("faults-pass", "should succeed", "nothing is asked twice", _AsksOnce),
    Flaw("faults-pass", "changed numbers", "a failure is the end", _AsksOnceOrEnds),
    Flaw("faults-last", "goes unnoticed", "failures are the end", _TakesFailuresForTheEnd),
    Flaw("faults-last", "429", "throttling is the end", _TakesThrottlingForTheEnd),
    Flaw("faults-last", "no ConnectorError", "errors are of no kind", _RaisesWhatItLikes),
    Flaw("faults-last", "Fatal", "what passes is told as final", _GivesUpForGood),
    Flaw("faults-last", "reason network", "all is the network's fault", _CallsEverythingTheNetwork),
    Flaw("faults-last", "was asked", "failures are asked again without end", _AsksForEver),
    Flaw("expired-token", "went unnoticed", "a refusal is the end", _TakesExpiryForTheEnd),
    Flaw("malformed-record", "stops the poll", "one record spoils all", _ReadsAllOrNothing),
    Flaw("malformed-record", "not rejected", "it is dropped in silence", _DropsWhatItCannotRead),
    Flaw("malformed-record", "one short word", "a reason is a sentence", _RejectsInSentences),
    Flaw(
        "malformed-record", "vendor that is well", "what is sound is rejected", _RejectsWhatIsSound
    ),
    Flaw("malformed-record", "are missing", "the page is dropped with it", _DropsThePage),
    Flaw("secrets", "`token`", "a token is logged", _LogsItsHeaders),
    Flaw("secrets", "`token`", "a finding shows a token", _ShowsItsToken),
    Flaw("secrets", "wrong secret", "a wrong token is repeated", _RepeatsAWrongToken),
    Flaw("secrets", "`token`", "an error shows a token", _RaisesItsToken),
    Flaw("secrets", "`token`", "a cursor holds a token", _StoresItsToken),
    Flaw("secrets", "redirects", "a token follows redirects", _FollowsRedirects),
    Flaw("secrets", "somebody's", "a rejection names a person", _TellsOfPeople),
    Flaw("secrets", "address", "an id is a person's address", _StoresPeople),
)
