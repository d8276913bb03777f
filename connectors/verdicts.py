"""What an HTTP failure means, in the words of the contract, and what `check` finds out by it.

ConfigurationError       401, unknown host, a foreign redirect, a page instead of data
├── Missing              404: nothing is there; what is asked for by its id may be gone by now
└── Forbidden            403: this stream is refused; a connector may go on without it
Retriable                429 (some say 403), 5xx, time-outs, broken connections, cut answers, after
                         retries
Fatal                    an answer without an end
└── Refused              any other 4xx: the vendor does not take this request
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

import msgspec

from connectors.contract import (
    ConfigurationError,
    ConnectorError,
    Fatal,
    Finding,
    Reason,
    Retriable,
)

SKEW: Final = timedelta(minutes=5)
# So that an instant of theirs can be reckoned with: a wait added, a lag taken off.
YEARS: Final = range(1970, 2300)
LONGEST_ASKED = timedelta(days=366).total_seconds()
UNSAID: Final = 60.0
"""Seconds to leave a vendor alone that asks for it and says no more."""

LEFT: Final = "X-RateLimit-Remaining"
UNIX: Final = re.compile(r"[0-9]{10}", re.ASCII)
MISSING = "Object missing required field `"

# True of a poll, which is repeated, and of a check, which is not.
IF_IT_STAYS_SO: Final = {
    Reason.NETWORK: "check {address} and this machine's connection",
    Reason.TIMEOUT: "check {address}, and whether the vendor has an outage",
    Reason.THROTTLED: "ask less often (`poll`), or see who else spends this account's quota",
    Reason.SERVER: "check whether the vendor has an outage",
    Reason.MALFORMED: "its API may have changed: look for a newer version of the connector",
}


class Forbidden(ConfigurationError):
    """The credentials are good but may not read this stream (403)."""


class Missing(ConfigurationError):
    """Nothing is there (404): the address is wrong, or what was asked for is gone."""


class Refused(Fatal):
    """The vendor does not take this request: a 4xx that no retry and no setting explains."""

    def __init__(self, message: str, *, status: int) -> None:
        super().__init__(message)
        self.status = status


class Again(Exception):
    """A failure that may pass: the verdict if it does not, and the seconds the vendor asks for."""

    def __init__(self, verdict: ConnectorError, wait: float | None = None) -> None:
        super().__init__()
        self.verdict = verdict
        self.wait = wait


class Verdicts:
    """Words the failures of one source: its name, the path without its query, and a remedy.

    host: where it is asked, as `host:port`; address_key: the setting that says so, "" if unknown.
    """

    def __init__(
        self,
        source: str,
        credentials_remedy: str,
        longest_wait: float,
        *,
        host: str = "",
        address_key: str = "",
    ) -> None:
        self._source = source
        self._remedy = credentials_remedy or "Check the credentials in the configuration."
        self._longest_wait = longest_wait
        self._host = host
        self._address = f"`{address_key}`" if address_key else "the address"

    def named(self, path: str) -> str:
        """The beginning of nearly every message."""
        return f"{about(self._source)}{urlsplit(path).path}"

    def wrong_address(
        self, path: str, what: str, kind: type[ConfigurationError] = ConfigurationError
    ) -> ConfigurationError:
        """Nothing of the vendor's API is there."""
        return kind(
            f"{self.named(path)} {what}. Check {self._address} of this source in the "
            "configuration.",
            reason=Reason.ADDRESS,
        )

    def unknown_host(self) -> ConfigurationError:
        """The name of the host leads nowhere."""
        return ConfigurationError(
            f"{about(self._source)}the host {self._host.rpartition(':')[0]} is unknown: check "
            f"{self._address} (or this machine's connection).",
            reason=Reason.ADDRESS,
        )

    def unreachable(self, path: str, why: str) -> Again:
        """No connection came about; `why` may speak of {host} with its port and of its {name}."""
        name = self._host.rpartition(":")[0]
        what = f"could not be reached: {why.format(host=self._host, name=name)}"
        return self.again(path, what, Reason.NETWORK)

    def retriable(self, path: str, what: str, reason: Reason, wait: float = 0.0) -> Retriable:
        """Failed for now, and not worth another attempt at once, nor within `wait` seconds."""
        remedy = IF_IT_STAYS_SO[reason].format(address=self._address)
        return Retriable(
            f"{self.named(path)} {what}. Nothing is lost; if it stays so, {remedy}.",
            reason=reason,
            wait=wait,
        )

    def secondary(self, path: str) -> Retriable:
        """Too much was asked, and nobody says until when."""
        return self.retriable(path, "allows no more requests for now", Reason.THROTTLED, UNSAID)

    def again(self, path: str, what: str, reason: Reason, wait: float | None = None) -> Again:
        """Failed for now, and worth another attempt."""
        return Again(self.retriable(path, what, reason), wait)

    def of_status(
        self, path: str, status: int, headers: Mapping[str, str], at: datetime
    ) -> Exception | None:
        """What to raise for an answer with this status; None for a good one."""
        if 200 <= status < 300:
            return None
        if status >= 500 or _is_throttled(status, headers):
            return self._passing(path, status, headers, at)
        if status in (401, 403):
            return self._unauthorized(path, status)
        if status == 404:
            return self.wrong_address(path, "does not exist there (status 404)", Missing)
        return Refused(
            f"{self.named(path)} does not take our request (status {status}). Check the settings "
            "of this source; if they are right, its API has changed.",
            status=status,
        )

    def _passing(
        self, path: str, status: int, headers: Mapping[str, str], at: datetime
    ) -> Exception:
        wait = _wait(headers, at)
        if wait is not None and wait > self._longest_wait:
            until = at + timedelta(seconds=wait)
            verdict = f"asks us to wait until {until:%F %T} UTC"
            return self.retriable(path, verdict, Reason.THROTTLED, wait)
        if status < 500:
            return self.again(path, "allows no more requests for now", Reason.THROTTLED, wait)
        return self.again(path, f"fails with status {status}", Reason.SERVER, wait)

    def _unauthorized(self, path: str, status: int) -> ConfigurationError:
        kind = Forbidden if status == 403 else ConfigurationError
        what = "may not be read with these credentials" if status == 403 else "was refused"
        return kind(
            f"{self.named(path)} {what} (status {status}). {self._remedy}",
            reason=Reason.CREDENTIALS,
        )


def about(source: str) -> str:
    """How a message begins that goes to a log, where sources stand side by side."""
    return f"source '{source}': "


def failed(error: ConnectorError, source: str) -> Finding:
    """An error as `check` tells it: below the heading of its source, without its name again."""
    return Finding("error", str(error).removeprefix(about(source)), error.reason)


def found(looking: Callable[[], Iterable[Finding]], source: str) -> list[Finding]:
    """What is found out in turn; an error that ends it is a finding too."""
    findings: list[Finding] = []
    try:
        for finding in looking():
            findings.append(finding)  # noqa: PERF402 -- what came before an error stays
    except ConnectorError as error:
        findings.append(failed(error, source))
    return findings


def clock(theirs: datetime, url: str) -> Finding:
    """Whether the vendor's clock, told in an answer from `url`, and this machine's agree."""
    skew = abs(datetime.now(UTC) - theirs)
    seconds = f"{skew.total_seconds():.0f} s"
    if skew <= SKEW:
        return Finding("ok", "its clock and ours agree")
    if is_loopback(urlsplit(url).hostname):
        return Finding(
            "ok",
            f"its clock and ours differ by {seconds}: at an address on this machine that is a "
            "simulator's clock, and deskpulse goes by it",
        )
    return Finding(
        "warning",
        f"its clock and ours differ by {seconds}. Set this machine's clock; deskpulse itself goes "
        "by the vendor's.",
    )


def is_loopback(host: str | None) -> bool:
    """Whether a host is this machine, so that nothing travels over a network."""
    try:
        return host == "localhost" or ip_address(host or "").is_loopback
    except ValueError:
        return False


def field_of(error: msgspec.ValidationError) -> str:
    """Where in the JSON an error is (`$.tickets[3].id`), without any value of it."""
    text = str(error)
    _, found, path = text.rpartition(" - at `")
    where = path.rstrip("`") if found else "$"
    if text.startswith(MISSING):
        return f"{where}.{text.removeprefix(MISSING).partition('`')[0]}"
    return where


def date_of(header: str | None) -> datetime:
    """A `Date` header, aware UTC; the wall clock where there is no good one."""
    return _date(header or "") or datetime.now(UTC)


def _is_throttled(status: int, headers: Mapping[str, str]) -> bool:
    """Whether too much was asked. Some vendors say so with 403, and when one may ask again."""
    told = "Retry-After" in headers or headers.get(LEFT) == "0"
    return status == 429 or (status == 403 and told)


def _wait(headers: Mapping[str, str], at: datetime) -> float | None:
    """Seconds of `Retry-After`, else until a quota that is used up begins anew."""
    wait = wait_asked(headers.get("Retry-After"), at)
    if wait is None and headers.get(LEFT) == "0":
        return until_reset(headers, at)
    return wait


def until_reset(headers: Mapping[str, str], at: datetime) -> float | None:
    """Seconds to the instant in `X-RateLimit-Reset`, which some vendors give in Unix time; None
    where it is none."""
    told = headers.get("X-RateLimit-Reset", "")
    if not UNIX.fullmatch(told):
        return None
    return min(max(int(told) - at.timestamp(), 0.0), LONGEST_ASKED)


def wait_asked(header: str | None, at: datetime) -> float | None:
    """Seconds of a `Retry-After`, given in seconds or as a date; None without a usable one."""
    if header is None:
        return None
    try:
        wait = float(header)
    except ValueError:
        until = _date(header)
        if until is None:
            return None
        wait = (until - at).total_seconds()
    return min(max(wait, 0.0), LONGEST_ASKED) if math.isfinite(wait) else None


def _date(header: str) -> datetime | None:
    """A date as HTTP writes it, aware UTC; None for one that is none or of no year of ours."""
    try:
        at = parsedate_to_datetime(header)
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return at if at.year in YEARS else None
