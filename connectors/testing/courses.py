"""A customer's course on the seeded desk: its own clock, what it holds, and its dealings.

The tables say what is on offer, in what, and how often it is chosen.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random

from connectors.testing.arrivals import DAY, HOUR
from connectors.testing.desk import Deal, Dealing
from connectors.testing.prices import Price

CURRENCIES = {"EUR": 0.62, "USD": 0.22, "GBP": 0.10, "JPY": 0.06}
ELSEWHERE = 0.06

PLANS = ("free", "team", "business", "enterprise")
PAID_PLANS = {"team": 0.55, "business": 0.33, "enterprise": 0.12}

# For a week, a month and a year. A discount of tens of per cent leaves whole minor units.
INTERVALS = ("week", "month", "year")
LISTED = {
    "EUR": {
        "free": ("0.00", "0.00", "0.00"),
        "team": ("4.90", "19.90", "199.00"),
        "business": ("12.40", "49.90", "489.00"),
        "enterprise": ("31.80", "129.00", "1250.00"),
    },
    "USD": {
        "free": ("0.00", "0.00", "0.00"),
        "team": ("5.40", "21.90", "219.00"),
        "business": ("13.50", "54.90", "549.00"),
        "enterprise": ("35.00", "139.00", "1390.00"),
    },
    "GBP": {
        "free": ("0.00", "0.00", "0.00"),
        "team": ("4.30", "17.50", "175.00"),
        "business": ("10.80", "43.20", "431.00"),
        "enterprise": ("27.70", "111.00", "1110.00"),
    },
    "JPY": {
        "free": ("0", "0", "0"),
        "team": ("790", "3200", "32000"),
        "business": ("1980", "7900", "79000"),
        "enterprise": ("5150", "20500", "205000"),
    },
}

# How long a payment lasts.
TERMS = {
    ("month", 1): 0.62,
    ("year", 1): 0.20,
    ("week", 1): 0.07,
    ("month", 3): 0.06,
    ("week", 2): 0.03,
    ("year", 2): 0.02,
}
QUANTITIES = (1, 1, 1, 1, 2, 3, 5, 10, 25)
DISCOUNTS = (10, 20, 20, 30, 50)
ON_THE_HOUSE = 0.03
DISCOUNTED = 0.12

BILLING_RUN = 6 * HOUR
SPREAD = 0.7


@dataclass(slots=True)
class Contract:
    """A subscription while it is told. since: when its periods of payment began."""

    number: int
    price: Price
    since: datetime


class Course:
    """A customer's life while it is being told: `second` is the moment that it has come to.

    held: the subscriptions that have not ended, the trials too, oldest first.
    """

    def __init__(self, rng: Random, number: int, second: int) -> None:
        self.rng = rng
        self.number = number
        self.second = second
        self.currency = self.choose(CURRENCIES)
        self.held: list[Contract] = []
        self.events: list[Dealing] = []
        self._signed = 0

    @property
    def at(self) -> datetime:
        """The moment as an instant."""
        return datetime.fromtimestamp(self.second, UTC)

    def chance(self, share: float) -> bool:
        """True in `share` of the cases."""
        return self.rng.random() < share

    def choose(self, shares: Mapping[str, float]) -> str:
        """One of the words, each as often as its share."""
        return self.rng.choices(tuple(shares), tuple(shares.values()))[0]

    def wait(self, days: float) -> None:
        """Let time pass: `days` is the median."""
        self.second += 1 + int(days * DAY * self.rng.lognormvariate(0.0, SPREAD))

    def skip_to(self, second: int) -> None:
        """Let time pass up to a given second."""
        self.second = second

    def tell(self, kind: Deal, contract: Contract | None = None, value: str = "") -> None:
        """Add a dealing at the present moment."""
        number = 0 if contract is None else contract.number
        self.events.append(Dealing(self.at, kind, number, value))

    def sign(self, kind: Deal, price: Price) -> Contract:
        """A new subscription, which begins with a trial or with a payment."""
        self._signed += 1
        contract = Contract(self.number * 1000 + self._signed, price, self.at)
        self.held.append(contract)
        self.tell(kind, contract, str(price))
        return contract

    def pay(self, contract: Contract) -> None:
        """What was tried is paid for."""
        contract.since = self.at
        self.tell(Deal.PAID, contract, str(contract.price))

    def reprice(self, contract: Contract, price: Price) -> None:
        """Another price from now on. Where the interval is another, its periods begin anew."""
        if price == contract.price:
            return
        if (price.interval, price.count) != (contract.price.interval, contract.price.count):
            contract.since = self.at
        contract.price = price
        self.tell(Deal.PRICED, contract, str(price))

    def end(self, contract: Contract, reason: str) -> None:
        """The subscription is over."""
        self.held.remove(contract)
        self.tell(Deal.ENDED, contract, reason)

    def offer(self, plan: str | None = None) -> Price:
        """What a customer takes: of this plan, or of any that costs something."""
        plan = plan or self.choose(PAID_PLANS)
        if plan == "free":
            return self.listed(Price(plan, Decimal(), self.currency, "month"))
        interval, count = self.rng.choices(tuple(TERMS), tuple(TERMS.values()))[0]
        currency = self.choose(CURRENCIES) if self.chance(ELSEWHERE) else self.currency
        quantity = self.rng.choice(QUANTITIES)
        discount = self.discount() if self.chance(DISCOUNTED) else 0
        return self.listed(Price(plan, Decimal(), currency, interval, count, quantity, discount))

    def discount(self) -> int:
        """How much less somebody pays, in per cent; now and then all of it."""
        return 100 if self.chance(ON_THE_HOUSE) else self.rng.choice(DISCOUNTS)

    def listed(self, price: Price) -> Price:
        """The same with the list price of its plan, currency and interval."""
        amounts = LISTED[price.currency][price.plan]
        amount = Decimal(amounts[INTERVALS.index(price.interval)]) * price.count
        return replace(price, amount=amount)

    def due(self, contract: Contract, spare: int = 0) -> int:
        """The second of the first billing run after a period of the contract has ended, and later
        than `spare` seconds from now. All customers share the runs, one a day.
        """
        times = 1
        while (run := _run(_later(contract, times))) <= self.second + spare:
            times += 1
        return run


def _later(contract: Contract, times: int) -> datetime:
    """The end of the contract's n-th period; months begin on one day or on their last."""
    begin, price = contract.since, contract.price
    if price.interval == "week":
        return begin + timedelta(weeks=price.count * times)
    months = price.count * times * (12 if price.interval == "year" else 1)
    year, month = divmod(begin.year * 12 + begin.month - 1 + months, 12)
    day = min(begin.day, monthrange(year, month + 1)[1])
    return begin.replace(year=year, month=month + 1, day=day)


def _run(at: datetime) -> int:
    second = int(at.timestamp()) - BILLING_RUN
    return -(-second // DAY) * DAY + BILLING_RUN
