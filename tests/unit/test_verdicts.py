"""What `check` finds out by a vendor's clock, and how errors become findings."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from connectors.contract import Finding, Reason, Retriable
from connectors.verdicts import IF_IT_STAYS_SO, Verdicts, clock, failed, is_loopback

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
    assert failed(error, "eu") == Finding("error", "/api fails. Nothing is lost.")
    assert failed(error, "us").message == str(error)


@pytest.mark.parametrize("reason", IF_IT_STAYS_SO)
def test_what_may_pass_is_true_of_a_check_too(reason: Reason) -> None:
    say = Verdicts("eu", "", 1.0, host="h:1", address_key="subdomain")
    message = str(say.retriable("/api", "fails", reason))
    assert "Nothing is lost; if it stays so, " in message
    assert "poll tries" not in message
    assert "{" not in message
