"""Flaws of what `check` finds out."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from typing import Final

from connectors import ConnectorError, Finding, Reason
from connectors.testing.server import SimRequest, SimResponse
from connectors.verdicts import SKEW, failed
from exporter.certify.hostile.connector import ME, HostileConnector
from exporter.certify.hostile.flaws.flaw import Flaw
from exporter.certify.hostile.simulator import HostileSimulator
from exporter.certify.hostile.ticket import Me


class _SaysNothing(HostileConnector):
    def check(self) -> list[Finding]:
        return [one for one in super().check() if one.level == "error"]


class _TrustsItsOwnClock(HostileConnector):
    def check(self) -> list[Finding]:
        at = self.api.get(ME, decode=Me).at
        if abs(datetime.now(UTC) - at) > SKEW:
            return [Finding("error", "the clock of the vendor is wrong: it is to be set right")]
        return super().check()


class _ChecksWithoutAsking(HostileConnector):
    def check(self) -> list[Finding]:
        return [Finding("ok", "the settings are complete, and everything looks well")]


class _Raises(HostileConnector):
    def check(self) -> list[Finding]:
        self.api.get(ME, decode=Me)
        return super().check()


class _TellsNoReason(HostileConnector):
    def check(self) -> list[Finding]:
        try:
            self.api.get(ME, decode=Me)
        except ConnectorError as error:
            return [Finding("error", str(error))]
        return super().check()


class _CallsEverythingTheNetwork(HostileConnector):
    def check(self) -> list[Finding]:
        found = super().check()
        return [dataclasses.replace(one, reason=Reason.NETWORK) for one in found]


class _CallsEverythingTheToken(HostileConnector):
    def check(self) -> list[Finding]:
        found = super().check()
        return [dataclasses.replace(one, reason=Reason.CREDENTIALS) for one in found]


class _IsCurt(HostileConnector):
    def check(self) -> list[Finding]:
        try:
            self.api.get(ME, decode=Me)
        except ConnectorError as error:
            return [dataclasses.replace(failed(error, self.source), message="request failed")]
        return super().check()


class _AsksWhoAlone(HostileConnector):
    def check(self) -> list[Finding]:
        try:
            self.api.get(ME, decode=Me)
        except ConnectorError as error:
            return [failed(error, self.source)]
        return [Finding("ok", "signed in")]


class _LetsAnybodyIn(HostileSimulator):
    def answer(self, request: SimRequest) -> SimResponse:
        headers = {**request.headers, "authorization": "Bearer throw-away-token"}
        return super().answer(dataclasses.replace(request, headers=headers))


class _NamesNoSecret(HostileSimulator):
    def settings(self, url: str) -> dict[str, object]:
        return {**super().settings(url), "token": "one-that-nobody-can-look-for"}


FLAWS: Final = (
    Flaw("check-welcomes", "of nothing", "only errors are told", _SaysNothing),
    Flaw("check-welcomes", "clock", "another clock is an error", _TrustsItsOwnClock),
    Flaw("check-tells-credentials", "no error", "nobody is asked", _ChecksWithoutAsking),
    Flaw("check-tells-credentials", "raises", "an error is let through", _Raises),
    Flaw("check-tells-credentials", "reason None", "an error has no reason", _TellsNoReason),
    Flaw(
        "check-tells-credentials",
        "network",
        "all is the network's fault",
        _CallsEverythingTheNetwork,
    ),
    Flaw("check-tells-credentials", "forbidden", "only the sign-in is tried", _AsksWhoAlone),
    Flaw("check-tells-credentials", "only", "an error says nothing", _IsCurt),
    Flaw("check-tells-credentials", "no error", "any token is good", simulator=_LetsAnybodyIn),
    Flaw(
        "check-tells-credentials",
        "hold no secret",
        "secrets of the simulator cannot be told from words",
        simulator=_NamesNoSecret,
    ),
    Flaw("check-tells-network", "no error", "nobody is asked", _ChecksWithoutAsking),
    Flaw(
        "check-tells-network", "credentials", "all is the token's fault", _CallsEverythingTheToken
    ),
    Flaw("check-tells-network", "raises Retriable", "an error is let through", _Raises),
    Flaw("check-tells-configuration", "no error", "nobody is asked", _ChecksWithoutAsking),
    Flaw(
        "check-tells-configuration",
        "network",
        "all is the network's fault",
        _CallsEverythingTheNetwork,
    ),
)
