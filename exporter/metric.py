"""What a metric is: its type, its labels, its buckets, and what it takes to exist. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from connectors import Fact
from exporter.knowledge import Extra

MINUTE, HOUR, DAY = 60, 3600, 86400

DURATION_BUCKETS = (
    *(n * MINUTE for n in (1, 2, 5, 10, 15, 30)),
    *(n * HOUR for n in (1, 2, 4, 8, 12)),
    *(n * DAY for n in (1, 2, 3, 7, 14, 30)),
)
"""Upper bounds in seconds, 1 minute to 30 days. Buckets never change under one name."""

AGE_CLASSES = (
    ("<4h", 4 * HOUR),
    ("<1d", DAY),
    ("<3d", 3 * DAY),
    ("<7d", 7 * DAY),
    ("<30d", 30 * DAY),
    ("30d+", None),
)
"""Classes of age since creation: the name, and the age in seconds at which a ticket leaves it."""

REPLY_BUCKETS = (0, 1, 2, 3, 5, 8, 13, 21)
"""Upper bounds of replies; le="1" without le="0" is one-touch."""

SCORE_BUCKETS = (1, 2, 3, 4, 5, 6, 7)
"""Upper bounds of scores of effort: each score of its own."""

WINDOWS = (("1d", DAY), ("7d", 7 * DAY), ("28d", 28 * DAY))
"""Windows that end at the watermark, in seconds."""


class Type(StrEnum):
    """The Prometheus type of a metric."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


class About(StrEnum):
    """Whom a metric is about: the business, one source's health, or deskpulse itself."""

    BUSINESS = "business"
    SOURCE = "source"
    SELF = "self"


class Needs(StrEnum):
    """What an operator must have said for a metric to exist."""

    NOTHING = "nothing"
    BUSINESS_HOURS = "business hours"
    TARGETS = "targets"
    CATEGORIES = "categories"
    ACQUISITION_COST = "acquisition cost"
    MARGIN = "gross margin"
    EXCHANGE = "exchange rates"
    HELPDESKS = "source that tells whose its tickets are"
    WEBHOOKS = "webhooks"


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric.

    name: as exposed, without the `_total` of counters.
    labels: in the order in which a series' key stores their values; `source` comes before them
        on everything that is not about deskpulse itself.
    fact: what a vendor must be able to tell for the metric to exist; needs: what an operator must.
    fed_by: the observations that it counts.
    bounds: of a histogram, the upper bounds of its buckets, as exposed.
    business: whether it takes the value on the business clock.
    values: of its one label, those that exist from the start.
    scale: how many stored units make one (durations and instants are stored as milliseconds, money
        as thousandths).
    sums: of a counter, that it adds up values, not observations.
    folds_to_least: series that share a label value after capping keep the least, not the sum.
    """

    name: str
    type: Type
    about: About
    help: str
    labels: tuple[str, ...] = ()
    fact: Fact | None = None
    needs: Needs = Needs.NOTHING
    fed_by: tuple[Fact | Extra, ...] = ()
    bounds: tuple[int, ...] = ()
    business: bool = False
    values: tuple[str, ...] = ()
    scale: int = 1
    sums: bool = False
    folds_to_least: bool = False

    @property
    def sample_name(self) -> str:
        """The name as a query uses it."""
        return f"{self.name}_total" if self.type is Type.COUNTER else self.name
