"""What a source has: absent, not zero, and its vocabularies at 0 from the start."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from connectors import Channel, Ending, Fact, Measures, Priority, Told
from exporter.catalog import CATALOG
from exporter.clocks import Schedule
from exporter.customers.account import Experience
from exporter.definition import Category, ClockName, Definition, Economics, Promise, Target
from exporter.labels import Labeller
from exporter.metric import Type
from exporter.source import Source
from tests.unit.test_observe import NEW

HOUR = 3_600_000
ALWAYS = Schedule("always", "UTC", (((0, 1440),),) * 7)
MONEY = Category("money", frozenset({"invoice"}))


OF_SOURCE = ("teams", "poll", "max_teams", "money", "helpdesks", "webhooks")


def source(facts: set[Fact] | frozenset[Fact] = frozenset(Fact), **decided: Any) -> Source:
    """A source that tells these facts; `decided` is of `Source` or of `Definition`."""
    own = {name: decided.pop(name) for name in OF_SOURCE if name in decided}
    measures = Measures({fact: Told() for fact in facts})
    return Source("desk", "desk", measures, definition=Definition(**decided), **own)


def promises(*targets: Target) -> tuple[Promise, ...]:
    return tuple(Promise(target, ClockName.CALENDAR, HOUR) for target in targets)


COUNTING: dict[str, Any] = {
    "schedule": ALWAYS,
    "promises": promises(*Target),
    "categories": (MONEY,),
}
"""What decides how facts are counted."""
MARGIN, COST = Economics(margin=800_000), Economics({"EUR": 500_000_000})
EXCHANGE = Economics(into="EUR", rates={"USD": 920_000})
EVERYTHING: dict[str, Any] = {
    **COUNTING,
    "money": Economics(COST.acquisition_cost, MARGIN.margin, EXCHANGE.into, EXCHANGE.rates),
    "helpdesks": ("desk",),
    "webhooks": True,
}
BUSINESS = frozenset(name for name in CATALOG if "_business_" in name)
BY_CATEGORY = frozenset(name for name in CATALOG if name.endswith("_by_category"))
SLA = frozenset({"support_sla_outcomes", "support_sla_open"})
ECONOMICS = frozenset(
    {"support_acquisition_cost", "support_gross_margin_ratio", "support_exchange_rate"}
)
EXPERIENCE = frozenset(
    {
        "support_customers_by_experience",
        "support_customers_churned_by_experience",
        "support_tickets_joined",
    }
)
WEBHOOKS = frozenset(
    {"deskpulse_webhook_deliveries", "deskpulse_webhook_accepted_timestamp_seconds"}
)


# --- which metrics there are ----------------------------------------------------------------------


def test_with_everything_told_and_decided_there_is_every_metric() -> None:
    assert source(**EVERYTHING).metrics == CATALOG.keys()


def test_without_a_decision_there_is_no_metric_of_it() -> None:
    assert len(BUSINESS) == 7
    assert len(BY_CATEGORY) == 3
    undecided = BUSINESS | BY_CATEGORY | SLA | ECONOMICS | EXPERIENCE | WEBHOOKS
    assert source().metrics == CATALOG.keys() - undecided


@pytest.mark.parametrize(
    ("decided", "brings"),
    [
        ({"schedule": ALWAYS}, BUSINESS),
        ({"team_schedules": {"Billing": ALWAYS}}, BUSINESS),
        ({"promises": promises(Target.NEXT_RESPONSE)}, SLA),
        ({"categories": (MONEY,)}, BY_CATEGORY),
        ({"category_field": "product"}, BY_CATEGORY),
        ({"at_risk": 5}, frozenset[str]()),
        ({"money": COST}, {"support_acquisition_cost"}),
        ({"money": MARGIN}, {"support_gross_margin_ratio"}),
        ({"money": EXCHANGE}, {"support_exchange_rate"}),
        ({"helpdesks": ("desk",)}, EXPERIENCE),
        ({"webhooks": True}, WEBHOOKS),
    ],
)
def test_each_decision_brings_its_metrics(
    decided: dict[str, Any], brings: set[str] | frozenset[str]
) -> None:
    assert source(**decided).metrics - source().metrics == brings


OF_FACT = {
    Fact.CREATED: {
        "support_tickets_created",
        "deskpulse_corrections",
        "support_arrivals",
        *(f"support_arrivals_{word}" for word in ("expected", "lower", "upper")),
        *(f"support_arrivals_{word}" for word in ("score", "judged")),
    },
    Fact.FIRST_RESPONSE: {
        "support_first_response_seconds",
        "support_first_response_business_seconds",
        "support_first_response_quantile_seconds",
        "support_first_response_business_quantile_seconds",
    },
    Fact.NEXT_RESPONSE: {
        "support_next_response_seconds",
        "support_next_response_business_seconds",
    },
    Fact.FIRST_RESOLUTION: {
        "support_first_resolution_seconds",
        "support_first_resolution_business_seconds",
    },
    Fact.SOLVED: {
        "support_tickets_solved",
        "support_resolution_seconds",
        "support_resolution_business_seconds",
        "support_resolution_quantile_seconds",
        "support_resolution_business_quantile_seconds",
    },
    Fact.REQUESTER_WAIT: {
        "support_requester_wait_seconds",
        "support_requester_wait_business_seconds",
    },
    Fact.REPLIES: {"support_replies_per_ticket"},
    Fact.REOPENED: {"support_tickets_reopened"},
    Fact.REASSIGNED: {"support_tickets_reassigned"},
    Fact.OPEN: {
        "support_tickets_open",
        "support_tickets_open_by_age",
        "support_oldest_open_created_timestamp_seconds",
    },
    Fact.UNASSIGNED: {"support_tickets_unassigned"},
    Fact.AWAITING_FIRST_RESPONSE: {
        "support_tickets_awaiting_first_response",
        "support_tickets_awaiting_first_response_by_age",
        "support_oldest_unanswered_created_timestamp_seconds",
    },
    Fact.AWAITING_REPLY: {"support_tickets_awaiting_reply"},
    Fact.OFFERED: {"support_ratings_offered"},
    Fact.SATISFACTION: {
        "support_ratings",
        "support_ratings_changed",
        "support_ratings_latest",
    },
    Fact.RECOMMENDATION: {"support_nps_responses"},
    Fact.EFFORT: {"support_effort_score"},
    Fact.LANGUAGE: {
        "support_tickets_created_by_language",
        "support_tickets_solved_by_language",
        "support_tickets_open_by_language",
    },
    Fact.CUSTOMER: set(),
    Fact.CUSTOMERS: {
        "support_customers",
        "support_customers_started",
        "support_customers_reactivated",
        "support_customers_churned",
        "deskpulse_subscriptions_withdrawn",
        *ECONOMICS,
        *EXPERIENCE,
    },
    Fact.CHURN_REASON: set(),
    Fact.REVENUE: {"support_mrr", "support_mrr_movement"},
    Fact.TRIALS: {"support_customers_trialing"},
    Fact.ENDING: set(),
    Fact.PAST_DUE: set(),
}
"""What each fact feeds. Where a vendor does not tell a customer's reason, its announced end or its
late payment, its number is all the same, with one value of the label less."""


@pytest.mark.parametrize("fact", Fact)
def test_what_a_vendor_does_not_tell_has_no_metric(fact: Fact) -> None:
    without = source(set(Fact) - {fact}, **EVERYTHING)
    assert CATALOG.keys() - without.metrics == OF_FACT[fact]


@pytest.mark.parametrize(
    ("target", "fact"),
    [
        (Target.FIRST_RESPONSE, Fact.FIRST_RESPONSE),
        (Target.NEXT_RESPONSE, Fact.NEXT_RESPONSE),
        (Target.RESOLUTION, Fact.FIRST_RESOLUTION),
    ],
)
def test_a_promise_of_which_nobody_tells_whether_it_was_kept_has_no_metric(
    target: Target, fact: Fact
) -> None:
    assert target.fact is fact
    assert SLA.isdisjoint(source(set(Fact) - {fact}, promises=promises(target)).metrics)
    assert source({fact}, promises=promises(target)).metrics >= SLA
    assert source(set(Fact) - {fact}, promises=promises(*Target)).metrics >= SLA


def test_a_source_tells_exactly_its_metrics() -> None:
    some = source({Fact.CREATED})
    assert {name for name, metric in CATALOG.items() if some.tells(metric)} == some.metrics


# --- which series there are from the start --------------------------------------------------------


def started(some: Source) -> Counter[str]:
    """How many series of each metric of the business."""
    cells = list(some.business_from_the_start())
    assert len(cells) == len(set(cells))
    for name, labels in cells:
        assert len(labels) == len(CATALOG[name].labels)
        assert CATALOG[name].type is not Type.GAUGE
    return Counter(name for name, _ in cells)


def test_counters_over_known_vocabularies_exist_from_the_start() -> None:
    assert started(source()) == {
        "support_tickets_created": len(Channel),
        "deskpulse_corrections": 1,
        "support_customers_started": 1,
        "support_customers_reactivated": 1,
        "support_customers_churned": len(Ending) + 1,
        "deskpulse_subscriptions_withdrawn": 1,
    }


def test_who_left_is_told_by_every_experience_from_the_start() -> None:
    found = started(source(helpdesks=("desk",)))
    assert found["support_customers_churned_by_experience"] == len(Experience)


def test_teams_that_the_operator_named_have_their_series_from_the_start() -> None:
    some = source({Fact.CREATED, Fact.SOLVED, Fact.SATISFACTION}, teams=("A", "B"))
    teams, priorities, channels = ("A", "B", "none"), tuple(Priority), tuple(Channel)
    expected: dict[str, set[tuple[str, ...]]] = {
        "support_tickets_created": set(product(channels)),
        "support_tickets_solved": set(product(teams, priorities, channels)),
        "support_resolution_seconds": set(product(teams, priorities)),
        "support_ratings": set(product(("good", "bad"), teams)),
        "support_ratings_changed": set(product(teams)),
        "deskpulse_corrections": {()},
    }
    cells = set(some.business_from_the_start())
    assert cells == {(name, labels) for name, wanted in expected.items() for labels in wanted}


def test_outcomes_exist_of_what_was_promised_and_is_told() -> None:
    promised = promises(Target.RESOLUTION, Target.FIRST_RESPONSE)
    decided: dict[str, Any] = {"promises": promised, "teams": ("A",)}

    def targets(facts: set[Fact]) -> set[str]:
        cells = source(facts, **decided).business_from_the_start()
        return {labels[0] for name, labels in cells if name == "support_sla_outcomes"}

    assert targets(set(Fact)) == {"resolution", "first_response"}
    assert targets({Fact.FIRST_RESOLUTION}) == {"resolution"}
    assert targets({Fact.CREATED}) == set()
    number = started(source(**decided))["support_sla_outcomes"]
    assert number == 2 * 2 * 2 * len(Priority)  # targets, outcomes, teams, priorities


def test_categories_that_the_operator_named_have_their_series_from_the_start() -> None:
    again = Category("money", frozenset({"refund"}))
    some = source(categories=(MONEY, again), teams=("A",))
    assert some.named("category") == ("money",)
    found = started(some)
    assert found["support_tickets_created_by_category"] == 2 * len(Channel)
    assert found["support_tickets_solved_by_category"] == 2 * 2


def test_values_of_a_field_are_not_known_before_they_are_seen() -> None:
    found = started(source(categories=(MONEY,), category_field="product", teams=("A",)))
    assert not BY_CATEGORY & found.keys()


def test_business_twins_exist_from_the_start_like_their_calendar_ones() -> None:
    found = started(source(schedule=ALWAYS, teams=("A",)))
    for name in ("first_response", "next_response", "first_resolution", "resolution"):
        twin = found[f"support_{name}_business_seconds"]
        assert twin == found[f"support_{name}_seconds"] == 2 * len(Priority)


def test_a_group_of_answers_is_a_vocabulary_and_a_scale_is_none() -> None:
    found = started(source(teams=("A",)))
    assert found["support_nps_responses"] == 3 * 2
    assert found["support_ratings"] == 2 * 2
    assert "support_effort_score" not in found
    assert "support_tickets_created_by_language" not in found


def test_a_sources_health_is_counted_from_the_start() -> None:
    cells = set(source(set()).health_from_the_start())
    assert ("deskpulse_source_records", ()) in cells
    reasons = {labels[0] for name, labels in cells if name == "deskpulse_source_facts_doubted"}
    assert reasons == {"future", "negative_duration", "out_of_scale", "customer_changed"}
    assert {labels for name, labels in cells if name == "deskpulse_labels_capped"} == {
        ("team",),
        ("category",),
        ("language",),
    }
    assert not any(name.startswith("support_") for name, _ in cells)
    assert not any(name == "deskpulse_source_requests" for name, _ in cells), "no vocabulary"


# --- what the operator says of money --------------------------------------------------------------


def test_what_the_operator_says_of_money_is_told_in_millionths() -> None:
    assert source(**EVERYTHING).economics() == {
        ("support_acquisition_cost", ("EUR",)): 500_000_000,
        ("support_gross_margin_ratio", ()): 800_000,
        ("support_exchange_rate", ("EUR", "EUR")): 1_000_000,
        ("support_exchange_rate", ("USD", "EUR")): 920_000,
    }


def test_nothing_is_said_of_money_where_nothing_was_decided_or_no_customer_is_told() -> None:
    assert source().economics() == {}
    assert source(set(Fact) - {Fact.CUSTOMERS}, **EVERYTHING).economics() == {}


# --- caps, names, patience ------------------------------------------------------------------------


def test_each_capped_label_has_a_cap_and_the_names_that_the_operator_gave() -> None:
    some = Source(
        "desk", "desk", Measures({}), ("A",), max_teams=3, max_categories=4,
        definition=Definition(categories=(MONEY,)),
    )  # fmt: skip
    assert [some.cap(label) for label in ("team", "category", "language")] == [3, 4, 50]
    assert [some.named(label) for label in ("team", "category", "language")] == [
        ("A",),
        ("money",),
        (),
    ]


@pytest.mark.parametrize(
    ("poll", "patience"),
    [(timedelta(seconds=1), 5), (timedelta(seconds=60), 5), (timedelta(minutes=2), 6)],
)
def test_an_outage_is_three_polls_and_no_less_than_five_minutes(
    poll: timedelta, patience: int
) -> None:
    assert source(poll=poll).patience == patience * 60_000


@pytest.mark.parametrize("decided", [{name: value} for name, value in COUNTING.items()])
def test_the_fingerprint_changes_with_a_decision_and_with_nothing_else(
    decided: dict[str, Any],
) -> None:
    assert source(**decided).fingerprint != source().fingerprint
    assert source(**decided).fingerprint == source(**decided).fingerprint
    beside: dict[str, Any] = {name: EVERYTHING[name] for name in ("money", "helpdesks")}
    assert source({Fact.CREATED}, teams=("A",), **beside).fingerprint == source().fingerprint
    assert len(source().fingerprint) == 12


def test_what_gauges_are_made_of_changes_with_what_is_told_or_decided() -> None:
    assert source().telling == source(teams=("A",)).telling
    assert source(set(Fact) - {Fact.OPEN}).telling != source().telling
    assert source(at_risk=5).telling != source().telling
    assert len(source().telling) == 12


def test_the_observer_reads_as_the_source_was_defined() -> None:
    labeller = Labeller(lambda: b"k")
    some = Source("desk", "desk", Measures({Fact.CREATED: Told()}), labeller=labeller)
    (created,) = some.observer.observe(None, NEW).observations
    assert created.kind is Fact.CREATED
    assert some.observer.labeller is labeller
    assert some.observer.definition is some.definition
