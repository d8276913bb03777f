"""What a subscription of the virtual desk costs, as its dealings have it in writing.

The words are plan, list price of one, currency, interval (week, month or year) and how many of
these one payment is for; then, where there are several, how many were bought, and the discount in
per cent: "team 49.00 EUR month 1", "business 588.00 USD year 1 x5 -20%".
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Price:
    """A price in full, so that a simulator can show list price and discount as its vendor does.

    amount: the list price of one piece, for `count` intervals. discount: in per cent of the whole.
    """

    plan: str
    amount: Decimal
    currency: str
    interval: str
    count: int = 1
    quantity: int = 1
    discount: int = 0

    @property
    def charged(self) -> Decimal:
        """What is paid each `count` intervals: for all pieces, after the discount, exact."""
        return self.amount * self.quantity * (100 - self.discount) / 100

    def __str__(self) -> str:
        words = f"{self.plan} {self.amount} {self.currency} {self.interval} {self.count}"
        pieces = f" x{self.quantity}" if self.quantity != 1 else ""
        return words + pieces + (f" -{self.discount}%" if self.discount else "")


def price(value: str) -> Price:
    """The price of a dealing's value. Raises ValueError for one that is none."""
    plan, amount, currency, interval, count, *more = value.split()
    quantity, discount = 1, 0
    for word in more:
        if word.startswith("x"):
            quantity = int(word[1:])
        elif word.startswith("-") and word.endswith("%"):
            discount = int(word[1:-1])
        else:
            message = f"{word!r} in the price {value!r} is neither a quantity nor a discount"
            raise ValueError(message)
    return Price(plan, Decimal(amount), currency, interval, int(count), quantity, discount)
