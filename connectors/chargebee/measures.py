"""What Chargebee tells of customers, and how that is meant."""

from __future__ import annotations

from typing import Final

from connectors.contract import Fact, Measures, Told

TOLD: Final = {
    Fact.CUSTOMERS: Told(note="started_at, or trial_end; cancelled_at"),
    Fact.CHURN_REASON: Told(note="cancel_reason, else cancel_reason_code"),
    Fact.REVENUE: Told(note="plan and addons, after coupons and discounts that last; else mrr"),
    Fact.TRIALS: Told(note="status in_trial"),
    Fact.ENDING: Told(note="status non_renewing"),
    Fact.PAST_DUE: Told(note="due_invoices_count, after due_since and net_term_days"),
}
NOTES: Final = (
    "A subscription is paid for once it is active; one that was cancelled in its trial never was.",
    "While it is paused nothing is paid, so that whoever has no other is no customer until then.",
    "It ends at cancelled_at; while it is non_renewing that is only the announcement.",
    "A reactivation counts at activated_at; one that no poll saw cancelled leaves no trace.",
    "What is paid by use is not told; who pays by use alone has Chargebee's own mrr, or no amount.",
    "A discount for one invoice does not count, and one that lasts does, for months or for ever.",
    "A price includes its tax where Chargebee's does.",
)


def measures() -> Measures:
    """All that is told of customers. A subscription tells its present price only."""
    return Measures(told=TOLD, prices="state", notes=NOTES)
