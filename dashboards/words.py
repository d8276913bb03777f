"""What panels of several dashboards say in the same words."""

from __future__ import annotations

from typing import Final

from dashboards import limits

NO_TICKETS: Final = "Nothing yet: the first import runs, or no ticket has these filters"
NOT_TOLD: Final = "Nothing yet: first import, these filters, or a helpdesk that cannot tell it"
NO_SOURCE: Final = "No source: is the exporter running and scraped?"
NO_PROMISES: Final = "No targets in deskpulse.yaml, or no promise with these filters"
NO_RATINGS: Final = "No rating in this time, or a helpdesk that does not tell them"
NO_CUSTOMERS: Final = "No source with these filters tells customers (a CRM, a billing system)"
NO_HISTORY: Final = "Needs a source of customers, 20 of them, and Prometheus' memory of that time"
NOT_JUDGED: Final = "Not told: no source is primed, or arrivals cannot be told with these filters"
NONE: Final = "–"
TOO_FEW: Final = "too few"

NO_TEAM: Final = "A new ticket has no team or priority yet, so neither filter applies."
NO_CHANNEL: Final = "The channel filter does not apply."
SOURCE_ONLY: Final = "Filtered by source only."
SOURCE_AND_TEAM: Final = "Filtered by source and team only."
SOURCE_AND_CHANNEL: Final = "Filtered by source and channel only."
CALENDAR: Final = "Calendar time, nights and weekends included."
BOTH_CLOCKS: Final = (
    "Calendar time, nights and weekends included; dashed, business time, where deskpulse.yaml has "
    "business hours."
)
LEAST: Final = f"Below {limits.LEAST} of them none is shown: it would be chance."
