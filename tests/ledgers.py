"""Made-up books of a subscription business as CSV, and what pandas makes of them."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Final

import pandas as pd

BEGIN: Final = datetime(2025, 1, 1, tzinfo=UTC)
DAYS: Final = 420
END: Final = BEGIN + timedelta(days=DAYS)
HEADER: Final = ("id", "customer", "started", "ended", "amount", "currency", "reason", "changed")
CURRENCIES: Final = ("EUR", "EUR", "EUR", "USD", "JPY")
REASONS: Final = ("price", "service", "other")
CONFIGURATION: Final = """
sources:
  crm:
    vendor: file
    decimal: "."
    complete_to: 2026-02-25T00:00:00Z
    subscriptions:
      path: subscriptions.csv
      rows: updates
      columns: {ended: ended, amount: amount, currency: currency, reason: reason, changed: changed}
"""


def written(folder: Path, count: int, seed: int = 1) -> Path:
    """So many subscriptions with all their changes, and the configuration that reads them; gives
    the table. A row says what stands since its own `changed`."""
    random = Random(seed)
    path = folder / "subscriptions.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for number in range(count):
            writer.writerows(_life(random, number, count))
    (folder / "deskpulse.yaml").write_text(CONFIGURATION)
    return path


def _life(random: Random, number: int, count: int) -> Iterator[tuple[str, ...]]:
    """The rows of one subscription. Two of them may be one customer's, or follow each other."""
    customer = f"C{random.randrange(count * 2 // 3)}"
    currency = random.choice(CURRENCIES)
    started = BEGIN + timedelta(seconds=random.randrange(DAYS * 86_400))
    at, fixed = started, (f"S{number}", customer, _text(started))
    amount = _amount(random, currency)
    yield (*fixed, "", amount, currency, "", _text(at))
    while random.random() < 0.35:
        at += timedelta(seconds=random.randrange(1, 90 * 86_400))
        if at >= END:
            return
        amount = _amount(random, currency)
        yield (*fixed, "", amount, currency, "", _text(at))
    ended = at + timedelta(seconds=random.randrange(1, 300 * 86_400))
    if random.random() < 0.5 and ended < END:
        reason = random.choice(REASONS)
        yield (*fixed, _text(ended), amount, currency, reason, _text(ended))


def _amount(random: Random, currency: str) -> str:
    cents = random.randrange(500, 50_000)
    return str(cents) if currency == "JPY" else f"{cents / 100:.2f}"


def _text(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def by_month(path: Path) -> pd.DataFrame:
    """What there is to say of each month: index month, currency ("" of customers) and measure."""
    events = _events(pd.read_csv(path, parse_dates=["started", "ended", "changed"]))
    months = [f"{month:%Y-%m}" for month in pd.period_range("2025-01", "2026-02", freq="M")]
    people = events.drop_duplicates(["customer", "at"])
    found = {("", name): people[people[name]].month.value_counts() for name in FATES}
    for currency, mine in events.groupby("currency"):
        for movement, moved in mine.groupby("movement"):
            found[str(currency), f"mrr_{movement}"] = moved.groupby("month").amount.sum().abs()
        found[str(currency), "mrr_moved"] = mine.groupby("month").amount.sum()
    return pd.DataFrame(found).reindex(months).fillna(0).astype(float).sort_index(axis=1)


FATES: Final = ("started", "reactivated", "churned")


def _events(rows: pd.DataFrame) -> pd.DataFrame:
    """Every change of what a customer pays in a currency, with what kind of change it is."""
    rows = rows.sort_values(["id", "changed"], kind="stable")
    goes_on = rows[rows.ended.isna()]
    before = goes_on.groupby("id").amount.shift(fill_value=0.0)
    changes = goes_on.assign(at=goes_on.changed, runs=(before == 0).astype(int))
    changes["amount"] = goes_on.amount - before
    over = rows[rows.ended.notna()].assign(
        at=lambda r: r.ended, runs=-1, amount=lambda r: -r.amount
    )
    events = pd.concat([changes, over])
    events = events.groupby(["customer", "at", "currency"], as_index=False)[
        ["amount", "runs"]
    ].sum()
    held = events.groupby(["customer", "at"]).runs.sum().groupby("customer").cumsum().rename("held")
    events = events.join(held, on=["customer", "at"])
    instants = events.drop_duplicates(["customer", "at"]).set_index(["customer", "at"]).held
    was = instants.groupby("customer").shift(fill_value=0).rename("was")
    ever = (instants > 0).groupby("customer").cummax().groupby("customer")
    events = events.join(was, on=["customer", "at"])
    events = events.join(ever.shift(fill_value=False).rename("ever"), on=["customer", "at"])
    active, is_active, ever_before = events.was > 0, events.held > 0, events.ever.astype(bool)
    events["started"] = is_active & ~active & ~ever_before
    events["reactivated"] = is_active & ~active & ever_before
    events["churned"] = active & ~is_active
    events["movement"] = "contraction"
    events.loc[(events.amount < 0) & ~is_active, "movement"] = "churn"
    events.loc[(events.amount > 0) & active, "movement"] = "expansion"
    events.loc[(events.amount > 0) & ~active & ever_before, "movement"] = "reactivation"
    events.loc[(events.amount > 0) & ~active & ~ever_before, "movement"] = "new"
    events["month"] = events["at"].dt.strftime("%Y-%m")
    return events
