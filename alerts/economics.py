"""What customers and what they pay come to: churn, retention, value and payback over a window.

Absent, not wrong: nothing below the least number of customers, nothing per customer where it cannot
be told who pays in which currency, nothing converted while a currency has no rate. Currencies are
never added.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from alerts.document import days
from alerts.parameters import Parameters
from alerts.recording import SOURCE, Recording, named
from alerts.thresholds import Thresholds

CURRENCY = "instance, source, currency"
INTO = "instance, source, into"

CUSTOMERS = "support_customers"
STARTED = "support_customers_started_total"
CHURNED = "support_customers_churned_total"
BY_EXPERIENCE = "support_customers_churned_by_experience_total"
REVENUE = "support_mrr"
MOVED = "support_mrr_movement_total"
COST = "support_acquisition_cost"
MARGIN = "support_gross_margin_ratio"
RATE = "support_exchange_rate"

MONTH = timedelta(days=30)

LOST = "churn|contraction"
REGAINED = "expansion|reactivation"
NEW = "new"


def recordings(parameters: Parameters) -> Iterator[Recording]:
    """Every recording rule on customers and money, each after those that it uses."""
    yield Recording(named(SOURCE, CUSTOMERS, "sum"), f"sum by ({SOURCE}) ({CUSTOMERS})")
    money = [Money(label, parameters.thresholds) for label in (CURRENCY, INTO)]
    for one in money:
        yield from one.now()
    for length in parameters.windows.economics:
        yield from _customers(days(length), parameters.thresholds)
        for one in money:
            yield from one.over(length)


def left(window: str) -> str:
    """The name of the series that says how many customers left within a window."""
    return named(SOURCE, CHURNED, f"increase{window}")


def left_share(window: str) -> str:
    """The name of the series that says which share of the customers at its start that is."""
    return named(SOURCE, CUSTOMERS, f"churn_ratio{window}")


def _customers(window: str, least: Thresholds) -> Iterator[Recording]:
    start = named(SOURCE, CUSTOMERS, f"start{window}")
    yield Recording(start, f"sum by ({SOURCE}) ({CUSTOMERS} offset {window})")
    yield Recording(
        named(SOURCE, STARTED, f"increase{window}"),
        f"sum by ({SOURCE}) (increase({STARTED}[{window}]))",
    )
    yield Recording(left(window), f"sum by ({SOURCE}) (increase({CHURNED}[{window}]))")
    yield Recording(
        left_share(window),
        f"{left(window)}\n/ ({start} >= {least.least_customers})\n",
        "Customers lost in the window / customers at its start.",
    )


@dataclass(frozen=True, slots=True)
class Money:
    """The rules on money of each currency, or of all of them converted into one.

    labels: those of its series, `CURRENCY` or `INTO`.
    """

    labels: str
    least: Thresholds

    def now(self) -> Iterator[Recording]:
        """What is paid now, and for each customer."""
        customers = named(SOURCE, CUSTOMERS, "sum")
        yield self._amount("sum", f"sum by ({CURRENCY}) ({REVENUE})", "MRR now.")
        yield Recording(
            self._named("per_customer"),
            f"({self._named('sum')} > 0)\n"
            f"/ on ({SOURCE}) group_left () ({customers} >= {self.least.least_customers})\n"
            + self._in_one_currency(REVENUE),
            "ARPA: MRR / customers.",
        )

    def over(self, length: timedelta) -> Iterator[Recording]:
        """What moved within a window, and what follows from it."""
        window = days(length)
        yield self._amount(f"start{window}", f"sum by ({CURRENCY}) ({REVENUE} offset {window})")
        for word, movements in (("lost", LOST), ("regained", REGAINED), ("new", NEW)):
            yield self._amount(f"{word}{window}", self._moved(movements, window))
        yield from self._shares(window)
        yield self._lifetime_value(length)
        yield self._payback(window)

    def _named(self, operation: str) -> str:
        return named(self.labels, REVENUE, operation)

    def _amount(self, operation: str, of_currencies: str, text: str = "") -> Recording:
        """An amount in each currency, or that of all currencies together, converted."""
        if self.labels == INTO:
            of_currencies = _converted(named(CURRENCY, REVENUE, operation))
        return Recording(self._named(operation), of_currencies, text)

    def _moved(self, movements: str, window: str) -> str:
        """0 where nothing of the kind ever moved, as the counter then has no series."""
        return (
            f'sum by ({CURRENCY}) (increase({MOVED}{{movement=~"{movements}"}}[{window}]))\n'
            f"or 0 * {named(CURRENCY, REVENUE, f'start{window}')}\n"
        )

    def _shares(self, window: str) -> Iterator[Recording]:
        lost, regained = self._named(f"lost{window}"), self._named(f"regained{window}")
        gross, net = f"gross_churn_ratio{window}", f"net_churn_ratio{window}"
        for operation, amount, text in (
            (gross, lost, "(Churn + contraction) / MRR at the start."),
            (
                net,
                f"({lost} - {regained})",
                "(Churn + contraction − expansion − reactivation) / MRR at the start.",
            ),
        ):
            expr = f"{amount} / ({self._named(f'start{window}')} > 0)\n{self._enough(window)}"
            yield Recording(self._named(operation), expr, text)
        for operation, churn, text in (
            ("gross_retention_ratio", gross, "GRR: 1 − gross MRR churn."),
            ("net_retention_ratio", net, "NRR: 1 − net MRR churn."),
        ):
            yield Recording(self._named(f"{operation}{window}"), f"1 - {self._named(churn)}", text)

    def _lifetime_value(self, length: timedelta) -> Recording:
        window = days(length)
        churn = left_share(window)
        return Recording(
            self._named(f"lifetime_value{window}"),
            f"{length / MONTH:g} * {self._named('per_customer')}\n"
            f"* on ({SOURCE}) group_left () max by ({SOURCE}) ({MARGIN})\n"
            f"/ on ({SOURCE}) group_left () ({churn} > 0)\n",
            "CLV: ARPA × gross margin / customers' churn of 30 days.",
        )

    def _payback(self, window: str) -> Recording:
        started = named(SOURCE, STARTED, f"increase{window}")
        new = named(self.labels, REVENUE, f"new{window}")
        cost = f"sum by ({CURRENCY}) ({COST})"
        if self.labels == INTO:
            cost = f"(\n{_converted(cost)}and on ({SOURCE}) {_alone(COST)}\n)"
        return Recording(
            named(self.labels, COST, f"payback_months{window}"),
            f"{cost}\n"
            f"/ on ({self.labels}) (\n"
            f"  ({new} > 0)\n"
            f"  / on ({SOURCE}) group_left () ({started} >= {self.least.least_new_customers})\n"
            f"  * on ({SOURCE}) group_left () max by ({SOURCE}) ({MARGIN})\n"
            ")\n"
            f"{self._enough(window)}" + self._in_one_currency(new),
            "CAC payback in months: acquisition cost / (new MRR of a new customer × gross margin).",
        )

    def _enough(self, window: str) -> str:
        start = named(SOURCE, CUSTOMERS, f"start{window}")
        return f"and on ({SOURCE}) {start} >= {self.least.least_customers}\n"

    def _in_one_currency(self, amount: str) -> str:
        """Nobody tells how many customers pay in each of several currencies."""
        if self.labels == INTO:
            return ""
        return f"and on ({SOURCE}) {_alone(f'{amount} > 0')}\n"


def _alone(amount: str) -> str:
    return f"count by ({SOURCE}) (count by ({CURRENCY}) ({amount})) == 1"


def _converted(amount: str) -> str:
    """All of it by the operator's table, or none: a part would be taken for the whole."""
    return (
        f"sum by ({INTO}) ({RATE} * on ({CURRENCY}) group_left () ({amount}))\n"
        f"unless on ({SOURCE}) ({amount} > 0 unless on ({CURRENCY}) {RATE})\n"
    )
