"""What Stripe's words mean in deskpulse's."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from pydantic import ValidationError

from connectors.customers import Ending, Subscription
from connectors.records import Identity
from connectors.stripe import mapping, wire
from connectors.stripe.mapping import Version
from connectors.stripe.settings import StripeSettings

START, TRIAL_END, NOW = 1_700_000_000, 1_701_000_000, 1_702_000_000


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def told(**fields: Any) -> Subscription | None:
    recurring = {"interval": "month"}
    price = {"id": "p", "created": 1, "currency": "eur", "recurring": recurring, "nickname": "Team"}
    plain = {
        "id": "sub_1",
        "created": START,
        "customer": "cus_1",
        "status": "active",
        "currency": "eur",
        "start_date": START,
        "items": {"data": [{"id": "si_1", "created": START, "price": price}]},
    }
    row = msgspec.convert({**plain, **fields}, wire.Subscription)
    return mapping.subscription(row, Version(NOW, 3), None)


def said(**fields: Any) -> Subscription:
    found = told(**fields)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("status", "started", "trial", "past_due"),
    [
        ("trialing", None, True, False),
        ("active", START, False, False),
        ("past_due", START, False, True),
        ("unpaid", START, False, True),
        ("paused", None, False, False),
    ],
)
def test_a_status_says_whether_it_is_paid_for(
    status: str, started: int | None, trial: bool, past_due: bool
) -> None:
    found = said(status=status)
    assert found.started_at == (None if started is None else at(started))
    assert (found.trial, found.past_due, found.ended_at) == (trial, past_due, None)


@pytest.mark.parametrize("status", ["incomplete", "incomplete_expired"])
def test_a_first_payment_that_never_came_makes_no_subscription(status: str) -> None:
    assert told(status=status, ended_at=NOW) is None


def test_a_clock_of_a_test_makes_no_subscription() -> None:
    assert told(test_clock="clock_1") is None


def test_it_is_paid_for_from_the_end_of_its_trial_on() -> None:
    assert said(trial_end=TRIAL_END).started_at == at(TRIAL_END)
    ended = said(status="canceled", trial_end=TRIAL_END, ended_at=NOW)
    assert (ended.started_at, ended.ended_at) == (at(TRIAL_END), at(NOW))


@pytest.mark.parametrize("ended_at", [TRIAL_END - 1, TRIAL_END])
def test_what_ends_with_its_trial_never_was_paid_for(ended_at: int) -> None:
    found = said(status="canceled", trial_end=TRIAL_END, ended_at=ended_at)
    assert (found.started_at, found.trial) == (None, False)


def test_asking_for_the_end_is_not_the_end() -> None:
    asked = {"canceled_at": START + 5}
    by_period = said(cancel_at_period_end=True, **asked)
    by_date = said(cancel_at=NOW + 9, **asked)
    for found in (by_period, by_date):
        assert (found.ending, found.ended_at) == (True, None)
    ended = said(status="canceled", cancel_at=NOW, ended_at=NOW, **asked)
    assert (ended.ending, ended.ended_at) == (False, at(NOW))


@pytest.mark.parametrize(
    ("feedback", "reason", "ending"),
    [
        ("too_expensive", "cancellation_requested", Ending.PRICE),
        ("customer_service", "cancellation_requested", Ending.SERVICE),
        ("low_quality", "cancellation_requested", Ending.PRODUCT),
        ("missing_features", "cancellation_requested", Ending.PRODUCT),
        ("too_complex", "cancellation_requested", Ending.PRODUCT),
        ("switched_service", "cancellation_requested", Ending.COMPETITOR),
        ("unused", "cancellation_requested", Ending.UNUSED),
        ("other", "cancellation_requested", Ending.OTHER),
        ("a_word_of_tomorrow", "cancellation_requested", Ending.OTHER),
        (None, "payment_failed", Ending.PAYMENT),
        (None, "payment_disputed", Ending.PAYMENT),
        ("unused", "payment_failed", Ending.UNUSED),
        (None, "cancellation_requested", None),
        (None, None, None),
    ],
)
def test_why_it_ended(feedback: str | None, reason: str | None, ending: Ending | None) -> None:
    details = {"feedback": feedback, "reason": reason}
    ended = said(status="canceled", ended_at=NOW, cancellation_details=details)
    assert ended.reason is ending
    assert said(cancellation_details=details).reason is None


def test_what_was_bought_is_the_first_price() -> None:
    assert said().plan == "Team"
    assert said(items={"data": []}).plan is None


def test_the_version_is_the_last_event() -> None:
    assert (said().changed_at, said().revision) == (at(NOW), 3)


@pytest.mark.parametrize(
    ("email", "domain"),
    [
        ("Jane.Doe@Mail.ACME.example", "mail.acme.example"),
        ('"odd@name"@acme.example', "acme.example"),
        (" jane@acme.example ", "acme.example"),
        ("jane@localhost", ""),
        ("jane@acme.example, joe@x y", ""),
        ("acme.example", ""),
        ("", ""),
    ],
)
def test_of_an_address_only_the_domain_is_kept(email: str, domain: str) -> None:
    assert mapping.domain_of(email) == domain


def test_a_customer_is_known_by_the_key_of_its_metadata() -> None:
    row = wire.Customer("cus_1", email="jane@acme.example", metadata={"number": " 4711 "})
    known = mapping.customer(row, Version(NOW), "number")
    assert known is not None
    assert known.identity == Identity(("4711",), ("acme.example",))
    for key in (None, "other"):
        unknown = mapping.customer(row, Version(NOW), key)
        assert unknown is not None
        assert unknown.identity.external_ids == ()


def test_a_customer_who_was_deleted_says_nothing_any_more() -> None:
    assert mapping.customer(wire.Customer("cus_1", deleted=True), Version(NOW), None) is None


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"api_key": "pk_live_1"}, "publishable key"),
        ({"api_key": "rk live"}, "copy it once more"),
        ({"api_key": ""}, "at least 1"),
        ({"url": "http://stripe.example"}, "use https"),
        ({"url": "https://me@stripe.example"}, "without a user name"),
        ({"url": "https://[stripe.example"}, "no address"),
        ({"page_size": 101}, "100"),
        ({"customer_key": ""}, "at least 1 character"),
        ({"colour": "red"}, "not permitted"),
    ],
)
def test_settings_that_cannot_work_are_refused(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        StripeSettings.model_validate({"api_key": "rk_live_1", **changes})


def test_the_key_is_not_shown() -> None:
    assert "rk_live_1" not in repr(StripeSettings.model_validate({"api_key": "rk_live_1"}))
