"""What HubSpot's words come to: stages, sources, reasons, amounts."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, cast

import pytest
from pydantic import ValidationError

from connectors.customers import Ending, Money, Subscription, Withdrawn
from connectors.hubspot import mapping, sales
from connectors.hubspot.portal import Portal, Stage
from connectors.hubspot.settings import HubSpotSettings
from connectors.hubspot.wire import Malformed, Row
from connectors.records import Channel, Identity, Priority, Status, Ticket

AT = datetime(2026, 3, 6, 12, tzinfo=UTC)
STAGES = {
    "1": Stage("1", "New", is_closed=False),
    "2": Stage("2", "Waiting on contact", is_closed=False),
    "4": Stage("4", "Closed", is_closed=True),
    "77": Stage("77", "Parts", is_closed=False),
    "78": Stage("78", "Waiting on us", is_closed=True),
}


class Account:
    """A portal of which only the currency is asked."""

    currency = "CHF"


def settings(**changes: object) -> HubSpotSettings:
    return HubSpotSettings.model_validate({"token": "throw-away", **changes})


def row(**told: str | None) -> Row:
    properties = {
        "hs_lastmodifieddate": "2026-03-06T12:00:00.250Z",
        "createdate": "2026-03-01T08:00:00Z",
        **told,
    }
    return Row("4711", properties)


def ticket(given: HubSpotSettings | None = None, **told: str | None) -> Ticket:
    return mapping.ticket(row(**told), STAGES, {"9": "Billing"}, None, given or settings())


def deal(given: HubSpotSettings | None = None, **told: str | None) -> Subscription | Withdrawn:
    won: dict[str, str | None] = {
        "hs_is_closed_won": "true",
        "closedate": "2026-01-10T09:00:00Z",
        "hs_mrr": "49.90",
        "deal_currency_code": "EUR",
        "hs_primary_associated_company": "800",
    }
    found = sales.deal(row(**{**won, **told}), cast("Portal", Account()), given or settings())
    assert isinstance(found, (Subscription, Withdrawn))
    return found


def subscription(given: HubSpotSettings | None = None, **told: str | None) -> Subscription:
    found = deal(given, **told)
    assert isinstance(found, Subscription)
    return found


@pytest.mark.parametrize(
    ("stage", "stages", "expected"),
    [
        ("1", {}, Status.NEW),
        ("2", {}, Status.PENDING),
        ("2", {"waiting on contact": "open"}, Status.OPEN),
        ("77", {}, Status.OPEN),
        ("77", {"PARTS": "hold"}, Status.HOLD),
        ("77", {"77": "hold", "Parts": "new"}, Status.HOLD),
        ("78", {"78": "open"}, Status.CLOSED),
        ("4", {}, Status.CLOSED),
        ("unheard-of", {}, Status.OPEN),
        ("", {}, Status.OPEN),
    ],
)
def test_what_is_closed_is_said_by_hubspot_and_what_is_open_by_the_operator(
    stage: str, stages: dict[str, str], expected: Status
) -> None:
    told = ticket(settings(stages=stages), hs_pipeline_stage=stage)
    assert told.status is expected


@pytest.mark.parametrize(
    ("source", "made_by", "expected"),
    [
        ("EMAIL", None, Channel.EMAIL),
        ("FORM", "FORM", Channel.WEB),
        ("WHATSAPP", None, Channel.SOCIAL),
        ("CHAT", "INTEGRATION", Channel.CHAT),
        (None, "INTEGRATION", Channel.API),
        (None, "CRM_UI", Channel.OTHER),
        ("PIGEON", None, Channel.OTHER),
    ],
)
def test_the_way_in_is_the_source_and_else_the_program_that_made_the_ticket(
    source: str | None, made_by: str | None, expected: Channel
) -> None:
    assert ticket(source_type=source, hs_object_source=made_by).channel is expected


def test_a_ticket_tells_its_last_closing_and_its_first_only_if_it_never_came_back() -> None:
    closed, again = "2026-03-03T10:00:00.900Z", "2026-03-04T10:00:00Z"
    at = datetime(2026, 3, 3, 10, 0, 0, 900_000, tzinfo=UTC)
    once = ticket(hs_last_closed_date=closed, closed_date=closed)
    assert (once.first_solved_at, [one.at for one in once.solves]) == (at, [at])
    twice = ticket(hs_last_closed_date=closed, closed_date=None, hs_ticket_reopened_at=again)
    assert (twice.first_solved_at, [one.at for one in twice.solves]) == (None, [at])
    assert ticket(closed_date=closed).first_solved_at == at
    assert ticket().solves == ()


def test_a_reply_in_any_channel_is_the_first_response() -> None:
    by_chat, by_mail = "2026-03-01T08:05:00Z", "2026-03-02T08:00:00Z"
    told = ticket(hs_first_agent_message_sent_at=by_chat, first_agent_reply_date=by_mail)
    assert told.first_response_at == datetime(2026, 3, 1, 8, 5, tzinfo=UTC)
    older = ticket(first_agent_reply_date=by_mail)
    assert older.first_response_at == datetime(2026, 3, 2, 8, tzinfo=UTC)


def test_teams_have_names_and_several_values_of_a_property_are_several() -> None:
    given = settings(properties={"team": "hs_assigned_team_ids"}, fields=("area",))
    told = ticket(
        given,
        hs_assigned_team_ids="9;10",
        hubspot_owner_id="",
        hs_ticket_category="BILLING_ISSUE;OTHER",
        area="North",
        hs_ticket_priority="URGENT",
    )
    assert (told.team, told.assigned, told.priority) == ("Billing", False, Priority.URGENT)
    assert told.chosen("hs_ticket_category") == ("BILLING_ISSUE", "OTHER")
    assert told.chosen("area") == ("North",)
    assert ticket(hubspot_team_id="10").team == "10"
    assert (ticket().team, ticket().priority) == (None, Priority.NORMAL)


def test_whose_a_ticket_is_is_the_number_of_its_company_else_hubspots_own() -> None:
    named = Row(
        "800", {"domain": "Acme.example", "number": "A-1", "hs_additional_domains": "b.test"}
    )
    nameless = Row("801", {})
    assert mapping.of_ticket(named, "number") == Identity(("A-1",), ("acme.example",))
    assert mapping.of_ticket(nameless, "number") == Identity(("801",), ())
    assert mapping.identity(named, "number") == Identity(("A-1", "800"), ("acme.example", "b.test"))


@pytest.mark.parametrize("name", ["createdate", "hs_last_closed_date"])
def test_a_property_that_is_no_date_is_named(name: str) -> None:
    with pytest.raises(Malformed, match=name):
        ticket(None, **{name: "yesterday"})


def test_a_ticket_without_a_creation_is_refused() -> None:
    with pytest.raises(Malformed, match="createdate is empty"):
        ticket(createdate="")


def test_a_deal_that_was_won_and_recurs_is_a_subscription() -> None:
    told = subscription(churn_date="2026-02-28", churn_reason="Too expensive")
    assert (told.customer, told.started_at) == ("800", datetime(2026, 1, 10, 9, tzinfo=UTC))
    assert told.ended_at == datetime(2026, 2, 28, tzinfo=UTC)
    assert [one.monthly for one in told.terms] == [Money(Decimal("49.90"), "EUR")]
    assert told.reason is Ending.PRICE


def test_a_deal_that_is_lost_open_or_paid_once_is_none() -> None:
    assert isinstance(deal(hs_is_closed_won="false"), Withdrawn)
    assert isinstance(deal(hs_is_closed_won=None), Withdrawn)
    assert isinstance(deal(hs_mrr=None), Withdrawn)


def test_a_deal_in_a_stage_of_trials_is_tried() -> None:
    given = settings(trial_stages=["55"])
    told = subscription(given, hs_is_closed_won="false", dealstage="55", churn_date="2026-09-01")
    assert (told.trial, told.started_at, told.ended_at) == (True, None, None)
    assert isinstance(deal(given, hs_is_closed_won="false", dealstage="56"), Withdrawn)


def test_whoever_left_on_the_day_of_winning_did_not_leave_before() -> None:
    told = subscription(churn_date="2026-01-10")
    assert told.ended_at == told.started_at


def test_amounts_a_year_and_deals_without_a_currency_are_understood() -> None:
    given = settings(properties={"revenue": "arr"}, revenue_per="year")
    told = subscription(given, arr="1000.00", deal_currency_code=None)
    assert told.terms[0].monthly == Money(Decimal("83.33"), "CHF")


@pytest.mark.parametrize(
    ("told", "what"),
    [
        ({"hs_mrr": "a lot"}, "hs_mrr is no number"),
        ({"hs_mrr": "NaN"}, "finite"),
        ({"hs_mrr": "-5"}, "0 or more"),
        ({"deal_currency_code": "EURO"}, "no currency"),
        ({"closedate": None}, "closedate is empty although the deal is won"),
    ],
)
def test_a_deal_that_makes_no_sense_is_refused_by_name(told: dict[str, Any], what: str) -> None:
    with pytest.raises(Malformed, match=what):
        deal(**told)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("", None),
        ("price", Ending.PRICE),
        ("Out of business", Ending.CLOSED),
        ("missing-features", Ending.PRODUCT),
        ("Never took off", Ending.UNUSED),
        ("aliens", Ending.OTHER),
    ],
)
def test_reasons_are_read_in_the_accounts_own_words(word: str, expected: Ending | None) -> None:
    given = settings(reasons={"NEVER took off": "unused"})
    assert sales.ending(word, given) is expected


@pytest.mark.parametrize(
    ("given", "what"),
    [
        ({"url": "http://api.example"}, "https"),
        ({"url": "https://me@api.example"}, "user name"),
        ({"currency": "euro"}, "ISO 4217"),
        ({"tickets": False, "customers": False}, "both off"),
        ({"stages": {"4": "closed"}}, "stages"),
        ({"reasons": {"x": "boredom"}}, "reasons"),
        ({"page_size": 500}, "200"),
        ({"properties": {"end": "Churn Date"}}, "properties.end"),
        ({"nonsense": 1}, "nonsense"),
    ],
)
def test_settings_that_cannot_be_are_refused_with_what_to_do(
    given: dict[str, object], what: str
) -> None:
    with pytest.raises(ValidationError, match=what):
        settings(**given)


def test_categories_may_ask_for_properties_by_their_internal_names() -> None:
    assert settings(fields=("b",)).reading(["a"]).fields == ("a", "b")
    with pytest.raises(ValueError, match="internal name"):
        settings().reading(["Product Area"])
