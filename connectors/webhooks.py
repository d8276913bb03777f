"""How vendors sign their webhooks: one row each, read by one verifier.

A webhook never brings data, it only says that there is some: see docs/webhooks.md. So all that is
asked of it is who sent it, and when.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

MOST_SIGNATURES: Final = 8
"""So many of one delivery are looked at: vendors send one for each secret that is in use."""


class Unsigned(Exception):
    """The headers of a signature are missing, or nothing can be read in them."""


@dataclass(frozen=True, slots=True)
class Scheme:
    """How one vendor signs: HMAC over the time stamp and the body, or over the body alone.

    header: where the signature is, after `prefix`; with `pairs` among `name=value`, split by
        commas, and the time stamp beside it, under these two names.
    digest, encoding: of the HMAC.
    stamp: the header of the time stamp; "" where it is among the pairs, or there is none.
    written: how the time stamp is written: Unix seconds, ISO 8601, or there is none.
    between: what is signed between the time stamp and the body.
    """

    name: str
    header: str
    digest: Literal["sha256", "sha1"] = "sha256"
    encoding: Literal["hex", "base64"] = "hex"
    prefix: str = ""
    pairs: tuple[str, str] | None = None
    stamp: str = ""
    written: Literal["seconds", "iso8601", "nowhere"] = "seconds"
    between: bytes = b""

    @property
    def is_stamped(self) -> bool:
        """Whether a delivery says when it was sent."""
        return self.written != "nowhere"

    def claim(self, headers: Mapping[str, str]) -> Claim:
        """What a delivery says of itself. Raises `Unsigned`."""
        text = headers.get(self.header, "")
        stamp, signatures = headers.get(self.stamp, "") if self.stamp else "", [text]
        if self.pairs:
            stamp, signatures = _paired(text, *self.pairs)
        found = tuple(self._bare(one) for one in signatures[:MOST_SIGNATURES])
        if not any(found):
            raise Unsigned
        if not self.is_stamped:
            return Claim(self, b"", None, found)
        return Claim(self, _ascii(stamp) + self.between, _instant(stamp, self.written), found)

    def sign(self, secret: bytes, body: bytes, stamp: str = "") -> dict[str, str]:
        """The headers of a delivery, as this vendor sends them."""
        signing = hmac.new(secret, digestmod=self.digest)
        signing.update((stamp.encode() + self.between if self.is_stamped else b"") + body)
        signature = self.prefix + self.encoded(signing.digest()).decode()
        if self.pairs:
            return {self.header: f"{self.pairs[0]}={stamp},{self.pairs[1]}={signature}"}
        return {self.header: signature} | ({self.stamp: stamp} if self.stamp else {})

    def encoded(self, digest: bytes) -> bytes:
        """An HMAC as the vendor writes it."""
        return binascii.hexlify(digest) if self.encoding == "hex" else base64.b64encode(digest)

    def _bare(self, signature: str) -> bytes:
        begins = signature.startswith(self.prefix)
        return _ascii(signature.removeprefix(self.prefix)) if begins else b""


@dataclass(frozen=True, slots=True)
class Claim:
    """What one delivery says of itself. at: Unix seconds; None where the vendor does not say."""

    scheme: Scheme
    begin: bytes
    at: float | None
    signatures: tuple[bytes, ...]

    def verifier(self, secrets: Sequence[bytes]) -> Verifier:
        """What is fed the body, piece by piece. secrets: any of these may have signed it."""
        return Verifier(self, secrets)


class Verifier:
    """Hashes a body while it arrives, so that no part of it is kept."""

    def __init__(self, claim: Claim, secrets: Sequence[bytes]) -> None:
        self._claim = claim
        self._signing = [hmac.new(one, claim.begin, claim.scheme.digest) for one in secrets]

    def update(self, piece: bytes) -> None:
        """The next piece of the body."""
        for signing in self._signing:
            signing.update(piece)

    @property
    def is_genuine(self) -> bool:
        """Whether any of the secrets signed what arrived; takes as long whichever it was."""
        scheme, genuine = self._claim.scheme, False
        for signing in self._signing:
            expected = scheme.encoded(signing.digest())
            for signature in self._claim.signatures:
                genuine |= hmac.compare_digest(expected, signature)
        return genuine

    @property
    def mark(self) -> bytes:
        """What tells this delivery from every other one, whichever secret signed it."""
        return self._signing[0].digest()


def _paired(text: str, stamp: str, signature: str) -> tuple[str, list[str]]:
    pairs = [part.strip().partition("=") for part in text.split(",")]
    stamps = [value for name, _, value in pairs if name == stamp]
    return "".join(stamps[:1]), [value for name, _, value in pairs if name == signature]


def _ascii(text: str) -> bytes:
    try:
        return text.encode("ascii")
    except UnicodeEncodeError:
        raise Unsigned from None


def _instant(text: str, written: str) -> float:
    try:
        if written == "seconds" and text.isascii() and text.isdecimal():
            return float(int(text[:15]))
        if written == "iso8601" and (at := datetime.fromisoformat(text)).tzinfo:
            return at.timestamp()
    except (ValueError, OverflowError):
        pass
    raise Unsigned


GENERIC: Final = Scheme(
    "generic",
    "X-Deskpulse-Signature",
    prefix="sha256=",
    stamp="X-Deskpulse-Timestamp",
    between=b".",
)
"""Ours: for whatever can sign, and for vendors that sign otherwise or not at all."""

SCHEMES: Final[Mapping[str, Scheme]] = {
    scheme.name: scheme
    for scheme in (
        GENERIC,
        # developer.zendesk.com/documentation/webhooks/verifying
        Scheme(
            "zendesk",
            "X-Zendesk-Webhook-Signature",
            encoding="base64",
            stamp="X-Zendesk-Webhook-Signature-Timestamp",
            written="iso8601",
        ),
        # developers.intercom.com/docs/references/webhooks/webhook-models, "Signing notifications"
        Scheme("intercom", "X-Hub-Signature", digest="sha1", prefix="sha1=", written="nowhere"),
        # zammad/zammad, lib/user_agent.rb, `set_signature`
        Scheme("zammad", "X-Hub-Signature", digest="sha1", prefix="sha1=", written="nowhere"),
        # developer.atlassian.com/cloud/jira/platform/webhooks, "Secure admin webhooks"
        Scheme("jira", "X-Hub-Signature", prefix="sha256=", written="nowhere"),
        # docs.github.com/en/webhooks, "Validating webhook deliveries"
        Scheme("github", "X-Hub-Signature-256", prefix="sha256=", written="nowhere"),
        # chatwoot.help, "How to use webhooks"
        Scheme(
            "chatwoot",
            "X-Chatwoot-Signature",
            prefix="sha256=",
            stamp="X-Chatwoot-Timestamp",
            between=b".",
        ),
        # docs.stripe.com/webhooks, "Verify webhook signatures manually"
        Scheme("stripe", "Stripe-Signature", pairs=("t", "v1"), between=b"."),
    )
}
"""Every scheme by the name that a configuration uses."""
