"""Who sent a webhook: each vendor's way of signing, and that nothing else gets through."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.webhooks import SCHEMES, Scheme, Unsigned
from exporter.webhooks.receiver import Receiver, Seen
from exporter.webhooks.result import Result

NOW: Final = datetime(2026, 3, 20, 15, 0, tzinfo=UTC)
SECRET, OLD = b"throw-away-secret-of-a-test", b"throw-away-secret-before-it"
# What Zendesk signs with before a webhook is saved, by its own page on verifying.
ZENDESK_TEST_SECRET: Final = b"dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ=="
SCHEME = pytest.mark.parametrize("scheme", SCHEMES.values(), ids=SCHEMES)
ANY_SCHEME = st.sampled_from(list(SCHEMES.values()))


def stamp(scheme: Scheme, at: datetime = NOW) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}" if scheme.written == "iso8601" else str(int(at.timestamp()))


def signed(
    scheme: Scheme, body: bytes, at: datetime = NOW, secret: bytes = SECRET
) -> dict[str, str]:
    return scheme.sign(secret, body, stamp(scheme, at))


def receiver(scheme: Scheme, *secrets: bytes) -> Receiver:
    return Receiver(scheme, secrets or (SECRET,), lambda: None, clock=NOW.timestamp)


def result(to: Receiver, headers: dict[str, str], *pieces: bytes) -> Result:
    try:
        claim = to.claim(headers)
    except Unsigned:
        return Result.UNSIGNED
    verifier = to.verifier(claim)
    for piece in pieces:
        verifier.update(piece)
    return to.judged(claim, verifier)


# --- facts: signatures that others made ----------------------------------------------------------


@pytest.mark.parametrize(
    ("scheme", "secret", "at", "body", "header", "signature"),
    [
        # made by `openssl dgst -sha256 -hmac … -binary | base64` over the time stamp and the body
        ("zendesk", ZENDESK_TEST_SECRET, "2026-07-22T10:00:00Z", b'{"ticket":"7"}',
         "X-Zendesk-Webhook-Signature", "IJ/EYXJn1GITIH+Gumc4l029kox1TmjAyavMuwV6/G4="),
        # RFC 2202, test case 2 of HMAC-SHA-1, as Intercom sends it
        ("intercom", b"Jefe", "", b"what do ya want for nothing?",
         "X-Hub-Signature", "sha1=effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
        # the example of developer.atlassian.com/cloud/jira/platform/webhooks
        ("jira", b"It's a Secret to Everybody", "", b"Hello World!", "X-Hub-Signature",
         "sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9"),
        # the example of docs.github.com/en/webhooks, "Validating webhook deliveries"
        ("github", b"It's a Secret to Everybody", "", b"Hello, World!", "X-Hub-Signature-256",
         "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"),
        # made by `WebhookSignature.generate_signature_header` of Stripe's own library 16.1.0
        ("stripe", b"whsec_0123456789abcdef0123456789abcdef", "1700000000",
         b'{"id":"evt_1","object":"event"}', "Stripe-Signature",
         "t=1700000000,v1=6749a4bc24a6e7f49718b4f9f4c20521c97784231bafdc2dffd21d898055fbbc"),
    ],
)  # fmt: skip
def test_signatures_that_others_made_are_ours(
    scheme: str, secret: bytes, at: str, body: bytes, header: str, signature: str
) -> None:
    headers = SCHEMES[scheme].sign(secret, body, at)
    assert headers[header] == signature
    verifier = SCHEMES[scheme].claim(headers).verifier([secret])
    verifier.update(body)
    assert verifier.is_genuine


def test_of_stripes_documented_header_the_live_signature_is_read() -> None:
    """The example of docs.stripe.com/webhooks, whose secret is not told."""
    live = "5257a869e7ecebeda32affa62cdca3fa51cad7e77a0e56ff536d0ce8e108d8bd"
    test = "6ffbb59b2300aae63f272406069a9788598b792a944a07aba816edb039989a39"
    claim = SCHEMES["stripe"].claim({"Stripe-Signature": f"t=1492774577,v1={live},v0={test}"})
    assert (claim.at, claim.signatures) == (1492774577, (live.encode(),))
    with pytest.raises(Unsigned):
        SCHEMES["stripe"].claim({"Stripe-Signature": f"t=1492774577,v0={test}"})


# --- what is accepted ----------------------------------------------------------------------------


@given(ANY_SCHEME, st.binary(max_size=200), st.lists(st.integers(0, 200), max_size=5))
def test_however_a_body_arrives_it_is_the_same(
    scheme: Scheme, body: bytes, cuts: list[int]
) -> None:
    places = [0, *sorted(min(cut, len(body)) for cut in cuts), len(body)]
    pieces = [body[begin:end] for begin, end in pairwise(places)]
    assert result(receiver(scheme), signed(scheme, body), *pieces) is Result.ACCEPTED


@SCHEME
def test_two_secrets_are_accepted_while_one_takes_the_place_of_the_other(scheme: Scheme) -> None:
    both = receiver(scheme, SECRET, OLD)
    assert result(both, signed(scheme, b"{}", secret=OLD), b"{}") is Result.ACCEPTED
    assert result(both, signed(scheme, b"{}", secret=SECRET), b"{}") is Result.REPEATED
    assert result(both, signed(scheme, b"{1}", secret=SECRET), b"{1}") is Result.ACCEPTED
    assert result(both, signed(scheme, b"{2}", secret=b"a third"), b"{2}") is Result.FORGED


def test_while_stripe_rolls_its_secret_any_of_its_signatures_is_enough() -> None:
    stripe = SCHEMES["stripe"]
    one, other = (signed(stripe, b"{}", secret=s)["Stripe-Signature"] for s in (OLD, SECRET))
    both = {"Stripe-Signature": f"{one},{other.partition(',')[2]}, v0=abc"}
    assert result(receiver(stripe), both, b"{}") is Result.ACCEPTED
    assert result(receiver(stripe, b"another"), both, b"{}") is Result.FORGED


@SCHEME
def test_what_is_not_too_old_is_accepted(scheme: Scheme) -> None:
    for seconds, expected in ((-300, True), (300, True), (-301, False), (301, False)):
        headers = signed(scheme, b"{}", NOW + timedelta(seconds=seconds))
        found = result(receiver(scheme), headers, b"{}")
        assert (found is Result.ACCEPTED) == (expected or not scheme.is_stamped)
        assert found in {Result.ACCEPTED, Result.STALE}


# --- what is refused -----------------------------------------------------------------------------


def changes(headers: dict[str, str], body: bytes, at: int, to: int) -> Iterator[tuple[str, bytes]]:
    """The header that is changed, and the bytes of it or of the body ("")."""
    for name, text in [("", body.decode("latin-1")), *headers.items()]:
        if text:
            place = at % len(text)
            other = chr((ord(text[place]) + 1 + to) % 128)
            yield name, (text[:place] + other + text[place + 1 :]).encode("latin-1")


@given(ANY_SCHEME, st.binary(min_size=1, max_size=80), st.integers(0, 10_000), st.integers(0, 126))
def test_one_changed_byte_anywhere_is_refused(
    scheme: Scheme, body: bytes, at: int, to: int
) -> None:
    headers = signed(scheme, body)
    for name, changed in changes(headers, body, at, to):
        sent = headers if not name else headers | {name: changed.decode("latin-1")}
        # A time stamp may be written in two ways, and Stripe may send what we do not read.
        if name and _says_the_same(scheme, headers, sent):
            continue
        found = result(receiver(scheme), sent, changed if not name else body)
        assert found in {Result.FORGED, Result.UNSIGNED, Result.STALE}, (name, changed)
        if not name:
            assert found is Result.FORGED


def _says_the_same(scheme: Scheme, one: dict[str, str], other: dict[str, str]) -> bool:
    try:
        return scheme.claim(one) == scheme.claim(other)
    except Unsigned:
        return False


@given(ANY_SCHEME, st.binary(max_size=80), st.integers(0, 120))
def test_a_header_that_is_cut_off_is_refused(scheme: Scheme, body: bytes, kept: int) -> None:
    headers = signed(scheme, body)
    for name, text in headers.items():
        if kept < len(text):
            cut = headers | {name: text[:kept]}
            found = result(receiver(scheme), cut, body)
            assert found in {Result.FORGED, Result.UNSIGNED}


@given(ANY_SCHEME, st.text(max_size=90), st.text(max_size=40))
def test_no_header_however_odd_is_an_error_of_ours(scheme: Scheme, text: str, at: str) -> None:
    for begin in ("", scheme.prefix, "t=1,v1=", "t=,v1", "v1=1,t=99999999999999999999"):
        headers = {scheme.header: begin + text} | ({scheme.stamp: at} if scheme.stamp else {})
        assert result(receiver(scheme), headers, b"{}") in {Result.FORGED, Result.UNSIGNED}


@SCHEME
@pytest.mark.parametrize("wrong", ["===", "ZZZZ", "%", "é", "0" * 64, "A" * 43 + "=", " "])
def test_what_is_no_base64_and_no_number_is_refused(scheme: Scheme, wrong: str) -> None:
    headers = signed(scheme, b"{}")
    name = scheme.header
    sent = f"t={stamp(scheme)},v1={wrong}" if scheme.pairs else scheme.prefix + wrong
    found = result(receiver(scheme), headers | {name: sent}, b"{}")
    assert found in {Result.FORGED, Result.UNSIGNED}


@SCHEME
def test_a_signature_of_another_scheme_is_none_of_this_one(scheme: Scheme) -> None:
    for other in SCHEMES.values():
        if (other.header, other.prefix) != (scheme.header, scheme.prefix):
            found = result(receiver(scheme), signed(other, b"{}"), b"{}")
            assert found is Result.UNSIGNED


@SCHEME
def test_what_comes_again_is_known(scheme: Scheme) -> None:
    to = receiver(scheme)
    assert result(to, signed(scheme, b"{}"), b"{}") is Result.ACCEPTED
    assert result(to, signed(scheme, b"{}"), b"{}") is Result.REPEATED
    assert result(to, signed(scheme, b"{ }"), b"{ }") is Result.ACCEPTED


def test_what_was_seen_is_forgotten_in_time_and_never_too_much_is_known() -> None:
    seen = Seen(most=3)
    assert seen.is_new(b"a", 0, 10)
    assert not seen.is_new(b"a", 10, 20)
    assert seen.is_new(b"a", 11, 20)
    assert all(seen.is_new(bytes([n]), 12, 30) for n in range(100))
    assert len(seen) == 3
    assert not seen.is_new(bytes([99]), 30, 40)


# --- what is counted -----------------------------------------------------------------------------


def test_what_came_is_counted_once_and_only_what_is_accepted_wakes() -> None:
    woken: list[int] = []
    to = Receiver(SCHEMES["stripe"], (SECRET,), lambda: woken.append(1), clock=NOW.timestamp)
    assert to.received() is None
    for one in (*Result, Result.FORGED):
        to.conclude(one)
    assert len(woken) == 1
    received = to.received()
    assert received is not None
    assert received.results == {one: 1 + (one is Result.FORGED) for one in Result}
    assert received.accepted_at == NOW.timestamp() * 1000
    assert to.received() is None
    to.give_back(received)
    assert to.received() == received
