"""The series that dashboards show, each with the variables that may filter it.

A series is filtered by the labels that it has and by no other: a filter on a label that is not
there would silently empty the panel.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from alerts import economics
from alerts.recording import SOURCE, named

_S: Final = ("source",)
_ST: Final = (*_S, "team")
_SC: Final = (*_S, "channel")
_TP: Final = (*_ST, "priority")
_TPC: Final = (*_TP, "channel")


@dataclass(frozen=True, slots=True)
class Series:
    """The series of one metric. `variables`: the dashboard's variables that may filter them."""

    name: str
    variables: tuple[str, ...] = ()

    def now(self, *matchers: str, offset: str = "", window: str = "") -> str:
        """The selector: further `matchers`, a `window` back, all of it `offset` ago."""
        inside = ", ".join((*matchers, *(f'{name}=~"${name}"' for name in self.variables)))
        span = f"[{window}]" if window else ""
        return f"{self.name}{{{inside}}}{span}" + (f" offset {offset}" if offset else "")

    def narrowed(self, *variables: str) -> Series:
        """The same, filtered by these variables only."""
        return Series(self.name, variables)

    def part(self, ending: str) -> Series:
        """A part of a histogram: `bucket` or `count`."""
        return Series(f"{self.name}_{ending}", self.variables)


# --- tickets --------------------------------------------------------------------------------------

OPEN: Final = Series("support_tickets_open", _TPC)
OPEN_BY_AGE: Final = Series("support_tickets_open_by_age", _TP)
UNASSIGNED: Final = Series("support_tickets_unassigned", _TP)
AWAITING: Final = Series("support_tickets_awaiting_first_response", _TP)
AWAITING_REPLY: Final = Series("support_tickets_awaiting_reply", _TP)
OLDEST_UNANSWERED: Final = Series("support_oldest_unanswered_created_timestamp_seconds", _ST)
CREATED: Final = Series("support_tickets_created_total", _SC)
SOLVED: Final = Series("support_tickets_solved_total", _TPC)
REOPENED: Final = Series("support_tickets_reopened_total", _TPC)
REASSIGNED: Final = Series("support_tickets_reassigned_total", _TPC)
CREATED_BY_CATEGORY: Final = Series("support_tickets_created_by_category_total", _SC)
CREATED_BY_LANGUAGE: Final = Series("support_tickets_created_by_language_total", _S)

# --- speed and promises ---------------------------------------------------------------------------

FIRST_RESPONSE: Final = Series("support_first_response_seconds", _TP)
FIRST_RESPONSE_BUSINESS: Final = Series("support_first_response_business_seconds", _TP)
FIRST_RESPONSE_QUANTILE: Final = Series("support_first_response_quantile_seconds", _S)
NEXT_RESPONSE: Final = Series("support_next_response_seconds", _TP)
NEXT_RESPONSE_BUSINESS: Final = Series("support_next_response_business_seconds", _TP)
RESOLUTION: Final = Series("support_resolution_seconds", _TP)
RESOLUTION_BUSINESS: Final = Series("support_resolution_business_seconds", _TP)
PROMISED: Final = Series("support_sla_outcomes_total", _TP)
PROMISES: Final = Series("support_sla_open", _TP)

# --- arrivals -------------------------------------------------------------------------------------

ARRIVALS: Final = Series("support_arrivals", _SC)
EXPECTED: Final = Series("support_arrivals_expected", _SC)
LOWER: Final = Series("support_arrivals_lower", _SC)
UPPER: Final = Series("support_arrivals_upper", _SC)
SCORE: Final = Series("support_arrivals_score", _SC)
JUDGED: Final = Series("support_arrivals_judged", _SC)

# --- what customers say ---------------------------------------------------------------------------

RATINGS_LATEST: Final = Series("support_ratings_latest", _ST)
RATINGS: Final = Series("support_ratings_total", _ST)
RATINGS_CHANGED: Final = Series("support_ratings_changed_total", _ST)
OFFERED: Final = Series("support_ratings_offered_total", _ST)
RECOMMENDATIONS: Final = Series("support_nps_responses_total", _ST)
EFFORT: Final = Series("support_effort_score", _ST)

# --- customers and money --------------------------------------------------------------------------

CUSTOMERS: Final = Series("support_customers", _S)
TRIALING: Final = Series("support_customers_trialing", _S)
STARTED: Final = Series("support_customers_started_total", _S)
REACTIVATED: Final = Series("support_customers_reactivated_total", _S)
CHURNED: Final = Series("support_customers_churned_total", _S)
BY_EXPERIENCE: Final = Series("support_customers_by_experience", _S)
CHURNED_BY_EXPERIENCE: Final = Series("support_customers_churned_by_experience_total", _S)
REVENUE: Final = Series("support_mrr", _S)
MOVED: Final = Series("support_mrr_movement_total", _S)


def of_customers(operation: str) -> Series:
    """What rules reckon of the customers of a source."""
    return Series(named(SOURCE, economics.CUSTOMERS, operation), _S)


def of_money(operation: str, metric: str = economics.REVENUE, *, converted: bool = False) -> Series:
    """What rules reckon of money in each currency, or in one into which all are converted."""
    labels = economics.INTO if converted else economics.CURRENCY
    return Series(named(labels, metric, operation), _S)


# --- health ---------------------------------------------------------------------------------------


def of_source(name: str) -> Series:
    """A metric of a source's health, named without `deskpulse_source_`."""
    return Series(f"deskpulse_source_{name}", _S)


UP: Final = of_source("up")
WATERMARK: Final = of_source("complete_to_timestamp_seconds")
REQUESTS: Final = of_source("requests_total")
RECORDS: Final = of_source("records_total")
FAILURES: Final = of_source("failures_total")
REJECTED: Final = of_source("records_rejected_total")
THROTTLED: Final = of_source("throttled_seconds_total")
CAPPED: Final = Series("deskpulse_labels_capped_total", _S)
CORRECTIONS: Final = Series("deskpulse_corrections_total", _S)
