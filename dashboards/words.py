"""What panels of several dashboards say in the same words."""

from __future__ import annotations

from typing import Final

from dashboards import limits

NO_TICKETS: Final = "Nothing yet: the first import runs, or no ticket has these filters"
NOT_TOLD: Final = "Nothing yet: first import, these filters, or a helpdesk that cannot tell it"
NO_SOURCE: Final = "No source: is the exporter running and scraped?"
NONE: Final = "–"
TOO_FEW: Final = "too few"

NO_TEAM: Final = "A new ticket has no team or priority yet, so neither filter applies."
NO_CHANNEL: Final = "The channel filter does not apply."
CALENDAR: Final = "Calendar time, nights and weekends included."
LEAST: Final = f"Below {limits.LEAST} of them none is shown: it would be chance."
