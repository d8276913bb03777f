"""The desk's tickets and customers as records of Salesforce's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from itertools import groupby

from connectors.salesforce.simulated_soql import Record, stamp
from connectors.testing.desk import Deal, Dealing, Event, Kind, Patron, Role, Story
from connectors.testing.prices import Price, price
from connectors.testing.states import State, state

STATUSES = {
    "new": "New",
    "open": "Working",
    "pending": "Customer's turn",
    "hold": "With a supplier",
    "solved": "Closed",
    "closed": "Closed",
}
WAITING = {"Customer's turn": "pending", "With a supplier": "hold"}
"""What the operator of this org says of its statuses."""

PRIORITIES = {"urgent": "Critical", "high": "High", "normal": "Medium", "low": "Low"}
ORIGINS = {
    "email": "Email",
    "chat": "Chat",
    "phone": "Phone",
    "web": "Web",
    "social": "Our fan page",
    "api": "Integration",
    "other": "Walk-in",
}
FOUND = {"Our fan page": "social", "Integration": "api"}
REASONS = {
    "price": "Too expensive",
    "service": "Poor Support",
    "product": "missing_features",
    "competitor": "Competitor",
    "unused": "Never took off",
    "payment": "Did not pay",
    "closed": "Out of business",
    "other": "Moved to the moon",
    "": None,
}
SAID = {"Never took off": "unused", "Did not pay": "payment"}
PRICING = (Deal.TRIAL, Deal.PAID, Deal.PRICED)
REMOVALS = (Kind.MERGED, Kind.SPAM, Kind.DELETED)
A_MONTH = {"week": Decimal(52) / 12, "month": Decimal(1), "year": 1 / Decimal(12)}
DIGITS = Decimal("1e-9")
AGENT = "005000000000007AAA"


def key(prefix: str, number: int) -> str:
    """An id: three signs for the object, fifteen for the record."""
    return f"{prefix}{number:012d}AAA"


def case(shown: State, queues: Mapping[str, str], account: Record | None) -> Record:
    """A case that stands like this. queues: their ids by name. account: whose it is."""
    story = shown.story
    gone = [one for one in story.events if one.kind in REMOVALS and one.at <= shown.changed_at]
    into = [one.value for one in gone if one.kind is Kind.MERGED]
    stamps = shown.solves or shown.closes
    closed_at = stamps[-1] if stamps else None
    queue = queues.get(shown.team) or queues[""]
    return {
        "Id": key("500", story.id),
        "IsDeleted": bool(gone),
        "SystemModstamp": stamp(shown.changed_at),
        "CreatedDate": stamp(story.created_at),
        "MasterRecordId": key("500", int(into[0])) if into else None,
        "CaseNumber": f"{story.id:08d}",
        "Subject": f"Request {story.id}",
        "Status": STATUSES[shown.status],
        "IsClosed": not shown.open,
        "ClosedDate": None if shown.open else stamp(closed_at),
        "Priority": PRIORITIES[shown.priority],
        "Origin": ORIGINS[story.channel],
        "Type": "; ".join(story.tags) or None,
        "Reason": None,
        "IsEscalated": shown.priority == "urgent",
        "OwnerId": AGENT if shown.assigned else queue,
        "AccountId": account["Id"] if account else None,
        "Account": account,
        "Last_Closed__c": stamp(closed_at),
        "First_Response__c": stamp(shown.said.first_response),
        "Reopens__c": float(shown.reopens) if shown.reopens else None,
        "Team__c": None if shown.team == "none" else shown.team,
    }


def account(patron: Patron) -> Record:
    """The account of a customer."""
    return {
        "Id": key("001", patron.id),
        "IsDeleted": False,
        "SystemModstamp": stamp(patron.created_at),
        "MasterRecordId": None,
        "Name": f"Company {patron.id}",
        "Website": f"https://www.{patron.domains[0]}/" if patron.domains else None,
        "Customer_Number__c": patron.external_id or None,
    }


def agreements(patron: Patron, until: datetime) -> Iterator[Record]:
    """What the customer has agreed so far, as contract and opportunity in one."""
    told = [one for one in patron.events if one.subscription and one.at <= until]
    told.sort(key=lambda one: one.subscription)
    for number, dealings in groupby(told, key=lambda one: one.subscription):
        yield _agreement(patron, number, list(dealings))


def _agreement(patron: Patron, number: int, dealings: Sequence[Dealing]) -> Record:
    agreed = [price(one.value) for one in dealings if one.value and one.kind in PRICING][-1]
    paid = next((one for one in dealings if one.kind is Deal.PAID), None)
    ended = next((one for one in dealings if one.kind is Deal.ENDED), None)
    start = (paid or dealings[0]).at
    over = _over(dealings, ended)
    return {
        "Id": key("800", number),
        "IsDeleted": False,
        "SystemModstamp": stamp(dealings[-1].at),
        "ContractNumber": f"{number:08d}",
        "AccountId": key("001", patron.id),
        "Status": "Activated" if paid else "Draft",
        "StartDate": f"{start:%Y-%m-%d}",
        "EndDate": f"{over:%Y-%m-%d}" if over else None,
        "ActivatedDate": stamp(paid.at) if paid else None,
        "CloseDate": f"{start:%Y-%m-%d}",
        "Won_At__c": stamp(paid.at) if paid else None,
        "IsWon": paid is not None,
        "MRR__c": _monthly(agreed),
        "CurrencyIsoCode": agreed.currency,
        "Ended_At__c": stamp(over) if paid else None,
        "Churn_Reason__c": REASONS[ended.value] if ended and paid else None,
        "Plan__c": agreed.plan,
    }


def _over(dealings: Sequence[Dealing], ended: Dealing | None) -> datetime | None:
    """When it ended, or is to end."""
    if ended is not None:
        return ended.at
    said = [one for one in dealings if one.kind in {Deal.ANNOUNCED, Deal.WITHDRAWN}]
    if not said or said[-1].kind is Deal.WITHDRAWN or not said[-1].value:
        return None
    return datetime.fromisoformat(said[-1].value)


def _monthly(agreed: Price) -> float:
    """What a formula reckons, with more digits than a currency has."""
    exact = agreed.charged * A_MONTH[agreed.interval] / agreed.count
    return float(exact.quantize(DIGITS, ROUND_HALF_EVEN))


_LONG_AGO = datetime(2024, 2, 1, tzinfo=UTC)
_ANY = Story(1, _LONG_AGO, "email", Role.CUSTOMER, (Event(_LONG_AGO, Kind.OPENED, Role.CUSTOMER),))
_ANYBODY = Patron(
    1, _LONG_AGO, "", (), (Dealing(_LONG_AGO, Deal.PAID, 1, "team 1.00 EUR month 1"),)
)
_OF_OPPORTUNITIES = frozenset({"CloseDate", "Won_At__c", "IsWon"})
_OF_CONTRACTS = frozenset({"ContractNumber", "Status", "StartDate", "EndDate", "ActivatedDate"})
_AGREED = frozenset(next(agreements(_ANYBODY, _LONG_AGO)))

FIELDS: Mapping[str, frozenset[str]] = {
    "Case": frozenset(case(state(_ANY, _LONG_AGO), {"": ""}, None)),
    "Account": frozenset(account(_ANYBODY)),
    "Contract": _AGREED - _OF_OPPORTUNITIES,
    "Opportunity": _AGREED - _OF_CONTRACTS,
    "Group": frozenset({"Id", "IsDeleted", "SystemModstamp", "Name", "Type"}),
}
"""What each object has."""
