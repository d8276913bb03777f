"""The simulator and the wire types against the sample resources that Stripe publishes."""

from __future__ import annotations

import json
import lzma
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from connectors.stripe import wire
from connectors.stripe.simulator import StripeSimulator
from connectors.testing.clock import StandingClock
from connectors.testing.seeded import SeededDesk
from connectors.testing.server import SimRequest
from tests.peers import shared_data

NOON = datetime(2026, 4, 9, 12, tzinfo=UTC)
HEADERS = {"authorization": "Bearer throw-away-stripe"}

# Of forms before the last ones, which the samples have: what a discount told of its coupon.
OLDER = {"discount": {"coupon"}}


@pytest.fixture(scope="module")
def samples() -> dict[str, Any]:
    packed = shared_data("specs/stripe_fixtures3.json.xz").read_bytes()
    found: dict[str, Any] = json.loads(lzma.decompress(packed))["resources"]
    return found


@pytest.fixture(scope="module")
def simulator() -> StripeSimulator:
    desk = SeededDesk(3, present=NOON, weeks=1, rate=0, customers=60)
    return StripeSimulator(desk, StandingClock(NOON + timedelta(minutes=1)))


def objects(told: Any) -> list[dict[str, Any]]:
    """Every object of Stripe's within an answer."""
    if isinstance(told, list):
        return [one for part in told for one in objects(part)]
    if not isinstance(told, dict):
        return []
    here = [told] if isinstance(told.get("object"), str) and told["object"] != "list" else []
    return here + [one for part in told.values() for one in objects(part)]


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/v1/events", {}),
        ("/v1/customers", {}),
        ("/v1/prices", {}),
        (
            "/v1/subscriptions",
            {"status": "all", "expand[0]": "data.customer", "expand[1]": "data.discounts"},
        ),
    ],
)
def test_what_is_simulated_has_the_fields_of_the_samples(
    path: str, query: dict[str, str], samples: dict[str, Any], simulator: StripeSimulator
) -> None:
    asked = SimRequest("GET", path, {**query, "limit": "100"}, HEADERS)
    found = objects(json.loads(simulator.answer(asked).body))
    assert len(found) > 50
    for one in found:
        known = samples[one["object"]].keys() | OLDER.get(one["object"], set())
        assert one.keys() <= known | {"previous_attributes"}, one["object"]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("subscription", wire.Subscription),
        ("subscription_item", wire.Item),
        ("price", wire.Price),
        ("customer", wire.Customer),
        ("discount", wire.Discount),
        ("coupon", wire.Coupon),
        ("event", wire.Event),
    ],
)
def test_the_samples_can_be_read(name: str, kind: type[Any], samples: dict[str, Any]) -> None:
    read = msgspec.json.decode(json.dumps(samples[name]).encode(), type=kind)
    fields = {field.encode_name for field in msgspec.structs.fields(kind)}
    told_of_older_or_more = {"coupon", "discount", "applies_to", "tiers", "currency_options"}
    assert fields - samples[name].keys() <= told_of_older_or_more | {"deleted"}
    assert isinstance(read, kind)
