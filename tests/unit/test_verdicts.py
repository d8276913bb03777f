"""What `check` finds out by a vendor's clock, and how errors become findings."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from connectors.contract import Finding, Reason, Retriable
from connectors.verdicts import (
    IF_IT_STAYS_SO,
    Verdicts,
    clock,
    date_of,
    failed,
    is_loopback,
    wait_asked,
)

FAR = timedelta(hours=2)
OWN = "https://acme.zendesk.com"


@pytest.mark.parametrize(
    ("skew", "url", "level", "words"),
    [
        (timedelta(0), OWN, "ok", "agree"),
        (FAR, OWN, "warning", "differ by 7200 s. Set this machine's clock"),
        (-FAR, OWN, "warning", "differ by 7200 s. Set this machine's clock"),
        (FAR, "http://127.0.0.1:8080", "ok", "differ by 7200 s: at an address on this machine"),
        (FAR, "http://[::1]:8080", "ok", "a simulator's clock"),
    ],
)
def test_a_clock_is_compared(skew: timedelta, url: str, level: str, words: str) -> None:
    found = clock(datetime.now(UTC) + skew, url)
    assert (found.level, words in found.message.replace("7199", "7200")) == (level, True), found


@pytest.mark.parametrize(
    ("host", "is_one"),
    [
        ("localhost", True),
        ("127.8.0.1", True),
        ("::1", True),
        ("acme.example", False),
        (None, False),
    ],
)
def test_only_this_machine_is_loopback(host: str | None, is_one: bool) -> None:
    assert is_loopback(host) is is_one


def test_an_error_loses_the_name_that_stands_above_it() -> None:
    error = Retriable("source 'eu': /api fails. Nothing is lost.")
    told = Finding("error", "/api fails. Nothing is lost.", Reason.NETWORK)
    assert failed(error, "eu") == told
    assert failed(error, "us").message == str(error)


@pytest.mark.parametrize("reason", IF_IT_STAYS_SO)
def test_what_may_pass_is_true_of_a_check_too(reason: Reason) -> None:
    say = Verdicts("eu", "", 1.0, host="h:1", address_key="subdomain")
    message = str(say.retriable("/api", "fails", reason))
    assert "Nothing is lost; if it stays so, " in message
    assert "poll tries" not in message
    assert "{" not in message


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "yesterday",
        "Fri, 31 Dec 9999 23:59:59 GMT",
        "Fri, 31 Dec 9999 23:59:59 -1000",
        "Mon, 01 Jan 0100 00:00:00 +1400",
        "Mon, 01 Jan 99999999999999 00:00:00 GMT",
    ],
)
def test_a_date_that_cannot_be_reckoned_with_is_the_wall_clock(header: str | None) -> None:
    before = datetime.now(UTC)
    assert before <= date_of(header) <= datetime.now(UTC)
    assert header is None or wait_asked(header, before) is None


def test_a_date_is_in_utc_even_where_it_tells_no_zone() -> None:
    at = datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert date_of("Mon, 02 Mar 2026 09:00:00 GMT") == at
    assert date_of("Mon, 02 Mar 2026 09:00:00 -0000") == at
    assert date_of("Mon, 02 Mar 2026 10:00:00 +0100") == at
    assert wait_asked("Mon, 02 Mar 2026 09:00:30 GMT", at) == 30
