"""Who pays, who began and who left, and how much that is: the truth of customers.

One customer after the other is walked through its instants; what happens at the same instant
happens together. A customer is active while a subscription runs that costs something.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from connectors.contract import Fact, Measures
from connectors.testing.counts import NPS_RESPONSES
from connectors.testing.desk import Deal, Desk, Patron
from connectors.testing.holdings import Holding, holdings
from connectors.testing.numbers import Tally
from connectors.testing.opinions import RECOMMENDATION, statement

STARTED = "support_customers_started_total"
REACTIVATED = "support_customers_reactivated_total"
CHURNED = "support_customers_churned_total"
CUSTOMERS = "support_customers"
TRIALING = "support_customers_trialing"
MRR = "support_mrr"
MOVEMENT = "support_mrr_movement_total"


def patronize(tally: Tally, desk: Desk, polls: Sequence[datetime], measures: Measures) -> None:
    """Add every customer of the desk, as the polls have told of it."""
    for patron in desk.customers(polls[-1]):
        held = holdings(patron, polls, measures)
        _walk(tally, held, measures)
        _stand(tally, held, polls[-1], measures)
        if Fact.RECOMMENDATION in measures.told:
            _answers(tally, patron, polls[-1])


def _walk(tally: Tally, held: Sequence[Holding], measures: Measures) -> None:
    ever = active = False
    paid: dict[str, Decimal] = {}
    for at in sorted({at for holding in held for at in holding.instants()}):
        pays, pay = _active(held, at, measures), _revenue(held, at)
        if pays and not active:
            tally.count(REACTIVATED if ever else STARTED, frozenset())
        if active and not pays:
            tally.count(CHURNED, frozenset({("reason", _reason(held, at, measures))}))
        if Fact.REVENUE in measures.told:
            _move(tally, paid, pay, (ever, active, pays))
        ever, active, paid = ever or pays, pays, pay


def _move(
    tally: Tally, paid: dict[str, Decimal], pay: dict[str, Decimal], life: tuple[bool, bool, bool]
) -> None:
    """Count what is paid more or less. life: whether the customer was ever active before this
    instant, was so just before, and is so now.
    """
    ever, active, pays = life
    up = "expansion" if active else "reactivation" if ever else "new"
    down = "contraction" if pays else "churn"
    for currency in sorted({*paid, *pay}):
        more = pay.get(currency, Decimal()) - paid.get(currency, Decimal())
        if more:
            movement = up if more > 0 else down
            labels = frozenset({("movement", movement), ("currency", currency)})
            tally.pay(MOVEMENT, labels, abs(more))


def _stand(tally: Tally, held: Sequence[Holding], at: datetime, measures: Measures) -> None:
    """Add the customer to the gauges."""
    if _active(held, at, measures):
        tally.gauge(CUSTOMERS, frozenset({("state", _state(held, at, measures))}))
    elif Fact.TRIALS in measures.told and any(one.trying for one in held):
        tally.gauge(TRIALING, frozenset())
    if Fact.REVENUE in measures.told:
        for currency, amount in _revenue(held, at).items():
            tally.pay(MRR, frozenset({("currency", currency)}), amount)


def _state(held: Sequence[Holding], at: datetime, measures: Measures) -> str:
    if Fact.PAST_DUE in measures.told and any(one.late and one.running(at) for one in held):
        return "past_due"
    paying = [one for one in held if _pays(one, at, measures)]
    if Fact.ENDING in measures.told and all(one.announced for one in paying):
        return "ending"
    return "active"


def _answers(tally: Tally, patron: Patron, until: datetime) -> None:
    """Add whether the customer would recommend us. An answer belongs to no team."""
    surveyed = [one for one in patron.events if one.kind is Deal.SURVEYED and one.at <= until]
    for said in {statement(one.value, one.at) for one in surveyed}:
        if said.survey == RECOMMENDATION and said.in_scale:
            tally.count(NPS_RESPONSES, frozenset({("team", "none"), ("group", said.group)}))


def _active(held: Sequence[Holding], at: datetime, measures: Measures) -> bool:
    return any(_pays(one, at, measures) for one in held)


def _pays(one: Holding, at: datetime, measures: Measures) -> bool:
    """Whether it is paid for. Where no amounts are told, whatever runs is taken for paid."""
    return one.running(at) and (Fact.REVENUE not in measures.told or one.costs(at) is not None)


def _revenue(held: Sequence[Holding], at: datetime) -> dict[str, Decimal]:
    """What the customer pays a month, by currency."""
    sums: dict[str, Decimal] = {}
    for one in held:
        monthly = one.costs(at)
        if monthly is not None:
            sums[monthly.currency] = sums.get(monthly.currency, Decimal()) + monthly.amount
    return sums


def _reason(held: Sequence[Holding], at: datetime, measures: Measures) -> str:
    """Why the subscription ended that ended last, of several the one that began last.

    Who goes on without paying was not asked.
    """
    ended = [
        (one.ended, one.started, one.reason)
        for one in held
        if one.started is not None and one.ended is not None and one.ended <= at
    ]
    if Fact.CHURN_REASON not in measures.told or not ended:
        return "none"
    when, _, reason = max(ended)
    if when != at and any(one.running(at) for one in held):
        return "none"
    return measures.instead.get(reason, reason) or "none"
