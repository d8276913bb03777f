"""What Stripe tells of customers, and how that is meant."""

from __future__ import annotations

from typing import Final

from connectors.contract import Fact, Measures, Told

TOLD: Final = {
    Fact.CUSTOMERS: Told(note="start_date, or trial_end; ended_at"),
    Fact.CHURN_REASON: Told(note="cancellation_details: feedback, else reason"),
    Fact.REVENUE: Told(note="prices of items, after discounts that last"),
    Fact.TRIALS: Told(note="status trialing"),
    Fact.ENDING: Told(note="cancel_at_period_end or cancel_at"),
    Fact.PAST_DUE: Told(note="status past_due or unpaid"),
}
NOTES: Final = (
    "A subscription is paid for once its trial is over; one that was never paid first is none.",
    "It ends at ended_at; canceled_at, when somebody asked for that, is only the announcement.",
    "Unpaid subscriptions are past due until they end; on Stripe's own screen they have left.",
    "A coupon for one invoice does not count, and one that lasts does, for months or for ever.",
    "What is paid by use is not told; who pays by use alone is a customer without an amount.",
    "A price includes its tax where Stripe's does.",
)


def measures() -> Measures:
    """All that is told of customers. A list tells present prices only, and events are kept for a
    month and name discounts without telling them: so of prices the present one is told."""
    return Measures(told=TOLD, prices="state", instead={"closed": "other"}, notes=NOTES)
