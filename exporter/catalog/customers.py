"""The metrics of customers and money, a row each. Money is stored as thousandths."""

from __future__ import annotations

from collections.abc import Iterator

from connectors import Fact
from exporter.customers.account import Movement, Situation
from exporter.customers.churn import CUSTOMERS, REVENUE, TRIALING
from exporter.knowledge import Extra
from exporter.metric import About, Metric, Needs, Type

_MONEY = 1000

SITUATIONS = tuple(Situation)
MOVEMENTS = tuple(Movement)

# name, fact, labels, scale, help
_GAUGES: tuple[tuple[str, Fact, tuple[str, ...], int, str], ...] = (
    (
        CUSTOMERS,
        Fact.CUSTOMERS,
        ("state",),
        1,
        "Customers that pay now; ending: their end is announced, past_due: a payment is late.",
    ),
    (TRIALING, Fact.TRIALS, (), 1, "Those who try and do not pay yet; they are no customers."),
    (REVENUE, Fact.REVENUE, ("currency",), _MONEY, "Monthly recurring revenue now."),
)
# name, fact, labels, observation, help
_COUNTED: tuple[tuple[str, Fact, tuple[str, ...], Extra, str], ...] = (
    (
        "support_customers_started",
        Fact.CUSTOMERS,
        (),
        Extra.CUSTOMER_STARTED,
        "Customers that paid for the first time.",
    ),
    (
        "support_customers_reactivated",
        Fact.CUSTOMERS,
        (),
        Extra.CUSTOMER_RETURNED,
        "Customers that had left and pay again.",
    ),
    (
        "support_customers_churned",
        Fact.CUSTOMERS,
        ("reason",),
        Extra.CUSTOMER_CHURNED,
        "Customers that stopped paying, by the reason that the vendor tells.",
    ),
    (
        "deskpulse_subscriptions_withdrawn",
        Fact.CUSTOMERS,
        (),
        Extra.CUSTOMER_CORRECTED,
        "Subscriptions deleted after they were counted; what was counted stays counted.",
    ),
)
_DECIDED = (
    # name, labels, what the operator must have said, help
    (
        "support_acquisition_cost",
        ("currency",),
        Needs.ACQUISITION_COST,
        "What it costs to win a customer, as the operator says.",
    ),
    (
        "support_gross_margin_ratio",
        (),
        Needs.MARGIN,
        "The share of revenue that remains after what serving it costs, as the operator says.",
    ),
    (
        "support_exchange_rate",
        ("currency", "into"),
        Needs.EXCHANGE,
        "What one unit of a currency is worth in another, by the operator's fixed table.",
    ),
)

DECIDED = tuple(name for name, *_ in _DECIDED)
"""The gauges that say what the operator says."""


def rows() -> Iterator[Metric]:
    """Every metric of customers."""
    business = About.BUSINESS
    for name, fact, labels, scale, text in _GAUGES:
        yield Metric(name, Type.GAUGE, business, text, labels, fact, scale=scale)
    for name, fact, labels, kind, text in _COUNTED:
        yield Metric(name, Type.COUNTER, business, text, labels, fact, fed_by=(kind,))
    yield Metric(
        "support_mrr_movement",
        Type.COUNTER,
        business,
        "What monthly recurring revenue grew and shrank by; every movement counts upwards.",
        ("movement", "currency"),
        Fact.REVENUE,
        fed_by=(Extra.REVENUE_MOVED,),
        scale=_MONEY,
        sums=True,
    )
    yield from _by_experience()
    for name, labels, needs, text in _DECIDED:
        yield Metric(
            name, Type.GAUGE, business, text, labels, Fact.CUSTOMERS, needs, scale=1_000_000
        )


def _by_experience() -> Iterator[Metric]:
    business, of, needs = About.BUSINESS, Fact.CUSTOMERS, Needs.HELPDESKS
    yield Metric(
        "support_customers_by_experience",
        Type.GAUGE,
        business,
        "Customers that pay now, by the support that they had in the last 90 days.",
        ("experience",),
        of,
        needs,
    )
    yield Metric(
        "support_customers_churned_by_experience",
        Type.COUNTER,
        business,
        "Customers that stopped paying, by the support that they had had in the 90 days before.",
        ("experience",),
        of,
        needs,
        (Extra.CUSTOMER_CHURNED_AFTER,),
    )
    yield Metric(
        "support_tickets_joined",
        Type.GAUGE,
        business,
        "Tickets of the last 90 days by what told whose they are; none: no customer was found.",
        ("joined_by",),
        of,
        needs,
    )
