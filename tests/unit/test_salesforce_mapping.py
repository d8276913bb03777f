"""What Salesforce's words come to: statuses, origins, days, reasons, amounts."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal

import msgspec
import pytest

from connectors.customers import Ending, Money, OfCustomer, Subscription, Withdrawn
from connectors.records import Channel, Identity, Priority, Removal, Removed, Status, Ticket
from connectors.salesforce import mapping, sales, soql
from connectors.salesforce.settings import SalesforceSettings
from connectors.salesforce.wire import Key, Malformed, Row, last, read

AT = datetime(2026, 3, 6, 12, tzinfo=UTC)
PERSON = "005000000000007AAA"
QUEUE = "00G000000000001AAA"
OPPORTUNITY = {
    "agreements": "Opportunity",
    "properties": {"revenue": "ARR__c", "end": "Churned__c"},
    "revenue_per": "year",
}


def settings(**changes: object) -> SalesforceSettings:
    given = {"url": "https://acme.my.salesforce.com", "secret": "throw-away", **changes}
    return SalesforceSettings.model_validate(given)


def row(**told: object) -> Row:
    """A record as it comes over the wire."""
    record = {
        "attributes": {"type": "Case"},
        "Id": "500000000000001AAA",
        "IsDeleted": False,
        "SystemModstamp": "2026-03-06T12:00:00.000+0000",
        "CreatedDate": "2026-03-01T08:00:00.000+0000",
        "OwnerId": PERSON,
        **told,
    }
    (found,), rejected = read([msgspec.Raw(json.dumps(record).encode())])
    assert rejected == []
    return found


def case(given: SalesforceSettings | None = None, **told: object) -> Ticket:
    found = mapping.case(row(**told), {QUEUE: "Billing"}, given or settings())
    assert isinstance(found, Ticket)
    return found


def agreement(given: SalesforceSettings | None = None, **told: object) -> OfCustomer:
    usual: dict[str, object] = {
        "AccountId": "001000000000001AAA",
        "ActivatedDate": "2026-01-10T09:00:00.000+0000",
        "StartDate": "2026-01-10",
        "EndDate": None,
    }
    return sales.agreement(row(**{**usual, **told}), given or settings())


def subscription(given: SalesforceSettings | None = None, **told: object) -> Subscription:
    found = agreement(given, **told)
    assert isinstance(found, Subscription)
    return found


# --- cases --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "is_closed", "statuses", "expected"),
    [
        ("New", False, {}, Status.NEW),
        ("Working", False, {}, Status.OPEN),
        ("On Hold", False, {}, Status.HOLD),
        ("On Hold", False, {"on hold": "pending"}, Status.PENDING),
        ("At the lab", False, {}, Status.OPEN),
        ("At the lab", False, {"AT THE LAB": "hold"}, Status.HOLD),
        ("New", True, {"New": "new"}, Status.CLOSED),
        (None, False, {}, Status.OPEN),
    ],
)
def test_what_is_closed_is_said_by_salesforce_and_what_is_open_by_the_operator(
    word: str | None, is_closed: bool, statuses: dict[str, str], expected: Status
) -> None:
    told = case(settings(statuses=statuses), Status=word, IsClosed=is_closed)
    assert told.status is expected


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("Critical", "urgent"),
        ("High", "high"),
        ("Medium", "normal"),
        ("P4", "low"),
        (None, "normal"),
    ],
)
def test_priorities_are_the_usual_ones_or_those_of_the_operator(
    word: str | None, expected: str
) -> None:
    assert case(settings(priorities={"p4": "low"}), Priority=word).priority is Priority(expected)


@pytest.mark.parametrize(
    ("word", "expected"),
    [("Email", "email"), ("Web", "web"), ("WhatsApp", "social"), ("Fax", "phone"), ("?", "other")],
)
def test_origins_are_the_usual_ones_or_those_of_the_operator(word: str, expected: str) -> None:
    assert case(settings(origins={"Fax": "phone"}), Origin=word).channel is Channel(expected)


def test_a_first_closing_is_told_where_somebody_counts_how_often_it_came_back() -> None:
    at = "2026-03-02T08:00:00.000+0000"
    named = settings(properties={"reopens": "Reopens__c"})
    assert case(ClosedDate=at).first_solved_at is None
    assert case(named, ClosedDate=at, Reopens__c=None).first_solved_at is not None
    again = case(named, ClosedDate=at, Reopens__c=1.0)
    assert (again.first_solved_at, again.reopens, len(again.solves)) == (None, 1, 1)


def test_instants_are_utc_whatever_their_offset() -> None:
    told = case(CreatedDate="2026-03-01T10:00:00.000+0200")
    assert told.created_at == datetime(2026, 3, 1, 8, tzinfo=UTC)
    assert told.created_at.tzinfo is UTC


def test_who_holds_a_case_is_a_queue_a_person_or_what_a_field_says() -> None:
    named = settings(properties={"team": "Team__c"})
    held, taken = case(OwnerId=QUEUE), case()
    assert (held.team, held.assigned) == ("Billing", False)
    assert (taken.team, taken.assigned) == (None, True)
    assert case(OwnerId="00G000000000009AAA").team == "00G000000000009AAA"
    assert case(named, OwnerId=QUEUE, Team__c="Night shift").team == "Night shift"


@pytest.mark.parametrize(
    ("website", "expected"),
    [
        ("https://www.acme.example/shop?x=1", ("acme.example",)),
        ("ACME.example", ("acme.example",)),
        ("call us", ()),
        (None, ()),
    ],
)
def test_an_account_is_known_by_its_numbers_and_its_domain(
    website: str | None, expected: tuple[str, ...]
) -> None:
    named = settings(properties={"external_id": "Number__c"})
    account = {"Id": "001A", "Number__c": 4711.0, "Website": website}
    told = sales.customer(row(**account), named)
    assert told.identity == Identity(("4711", "001A"), expected)
    assert case(named, Account=account).customer == Identity(("4711",), expected)
    nameless = case(named, Account={**account, "Number__c": None}).customer
    assert nameless == Identity(("001A",), expected)
    assert case(named, Account=None).customer is None


def test_categories_are_made_from_fields_also_of_other_records() -> None:
    named = settings().reading(["RecordType.DeveloperName", "Product__c"])
    told = case(
        named,
        Type="Problem",
        IsEscalated=True,
        RecordType={"DeveloperName": "Returns"},
        Product__c="Drill;Saw",
    )
    assert told.fields == {
        "Type": ("Problem",),
        "IsEscalated": ("true",),
        "Product__c": ("Drill", "Saw"),
        "RecordType.DeveloperName": ("Returns",),
    }


def test_a_merged_case_is_gone_whether_it_was_kept_or_not() -> None:
    for is_deleted in (True, False):
        told = mapping.case(row(MasterRecordId="500B", IsDeleted=is_deleted), {}, settings())
        assert isinstance(told, Removed)
        assert told.why is Removal.MERGED


# --- contracts and opportunities ----------------------------------------------------------------


def test_a_contract_begins_when_it_is_activated_and_not_before_its_term() -> None:
    assert subscription().started_at == datetime(2026, 1, 10, 9, tzinfo=UTC)
    ahead = subscription(StartDate="2026-02-01")
    assert ahead.started_at == datetime(2026, 2, 1, tzinfo=UTC)
    assert isinstance(agreement(ActivatedDate=None), Withdrawn)


def test_what_ends_on_a_day_ends_when_it_is_over_and_an_instant_is_one() -> None:
    assert subscription(EndDate="2026-12-31").ended_at == datetime(2027, 1, 1, tzinfo=UTC)
    named = settings(properties={"end": "Left__c"})
    left = subscription(named, Left__c="2026-12-31T10:00:00.000+0000", EndDate="2026-02-01")
    assert left.ended_at == datetime(2026, 12, 31, 10, tzinfo=UTC)


def test_nothing_is_said_of_amounts_unless_a_field_is_named() -> None:
    assert subscription(Amount=99.5).terms == ()
    named = settings(properties={"revenue": "MRR__c"}, currency="EUR")
    assert subscription(named, MRR__c=None).terms == ()


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [
        (1200, "USD", Money(Decimal("100.00"), "USD")),
        (1200.1, "usd", Money(Decimal("100.01"), "USD")),
        (1200, None, Money(Decimal("100.00"), "CHF")),
        (120000, "JPY", Money(Decimal(10000), "JPY")),
    ],
)
def test_an_opportunity_is_paid_from_its_day_on_by_what_recurs(
    amount: float, currency: str | None, expected: Money
) -> None:
    told = subscription(
        settings(**OPPORTUNITY, currency="CHF"),
        IsWon=True,
        CloseDate="2026-01-10",
        ARR__c=amount,
        CurrencyIsoCode=currency,
    )
    assert told.started_at == datetime(2026, 1, 10, tzinfo=UTC)
    assert [one.monthly for one in told.terms] == [expected]


@pytest.mark.parametrize(
    "told", [{"IsWon": False}, {"ARR__c": None}, {"IsDeleted": True}], ids=["lost", "once", "gone"]
)
def test_an_opportunity_that_was_not_won_or_does_not_recur_is_no_subscription(
    told: dict[str, object],
) -> None:
    won: dict[str, object] = {"IsWon": True, "CloseDate": "2026-01-10", "ARR__c": 12}
    found = agreement(settings(**OPPORTUNITY, currency="CHF"), **{**won, **told})
    assert isinstance(found, Withdrawn)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("Price", Ending.PRICE),
        ("Too expensive", Ending.PRICE),
        ("Lost to Competitor", Ending.COMPETITOR),
        ("Not for us", Ending.UNUSED),
        ("Whatever", Ending.OTHER),
        ("", None),
    ],
)
def test_reasons_are_the_usual_ones_or_those_of_the_operator(
    word: str, expected: Ending | None
) -> None:
    assert sales.ending(word, settings(reasons={"Not for us": "unused"})) is expected


# --- what makes no sense ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({"CreatedDate": None}, "CreatedDate is empty"),
        ({"CreatedDate": "9999-12-31T23:59:59.000-1200"}, "CreatedDate is no date"),
        ({"CreatedDate": "1066-10-14T09:00:00.000+0000"}, "CreatedDate is of no year of ours"),
        ({"IsClosed": "yes"}, "IsClosed is neither true nor false"),
        ({"Reopens__c": -1}, "Reopens__c is no count"),
        ({"Reopens__c": 1.5}, "Reopens__c is no count"),
        ({"Priority": {"name": "High"}}, "Priority is no text"),
        ({"Priority": 1e300}, "Priority is no text"),
    ],
)
def test_a_field_that_makes_no_sense_is_named(told: dict[str, object], message: str) -> None:
    with pytest.raises(Malformed, match=f"^{message}$"):
        case(settings(properties={"reopens": "Reopens__c"}), **told)


@pytest.mark.parametrize("amount", ["12", -1, True, 1e300, 10**40])
def test_an_amount_that_makes_no_sense_is_named(amount: object) -> None:
    named = settings(properties={"revenue": "MRR__c"}, currency="EUR")
    with pytest.raises(Malformed, match=r"^MRR__c"):
        subscription(named, MRR__c=amount)


def test_records_without_an_id_or_a_time_are_left_out_by_name() -> None:
    raws = [
        msgspec.Raw(b'{"Id": "500A", "SystemModstamp": "2026-03-06T12:00:00.000+0000"}'),
        msgspec.Raw(b'{"Id": "500B"}'),
        msgspec.Raw(b'{"Id": "", "SystemModstamp": "2026-03-06T12:00:00.000+0000"}'),
        msgspec.Raw(b'{"Id": "500C", "SystemModstamp": "soon"}'),
        msgspec.Raw(b"[]"),
    ]
    rows, rejected = read(raws)
    assert [one.id for one in rows] == ["500A"]
    assert [one.subject for one in rejected] == ["500B", "(without id)", "500C", "(without id)"]
    assert last(raws[:2]) == Key("500A", "2026-03-06T12:00:00.000+0000")
    assert last(raws[3:]) is None


# --- queries ------------------------------------------------------------------------------------


def test_whatever_stands_in_a_query_is_a_literal() -> None:
    assert soql.text('it\'s \\ "so"\n') == "'it\\'s \\\\ \\\"so\\\"\\n'"
    assert soql.among("Id", ["a", "' OR Id != '"]) == "Id IN ('a', '\\' OR Id != \\'')"
    with pytest.raises(ValueError, match="no name of a field"):
        soql.select(["Id FROM User"], "Case")


def test_a_page_begins_behind_the_last_record_of_the_one_before() -> None:
    listing = soql.Listing("Case", ("Id", "Status"), 2000)
    assert listing.since(AT) == (
        "SELECT Id, Status FROM Case WHERE SystemModstamp >= 2026-03-06T12:00:00Z "
        "ORDER BY SystemModstamp, Id LIMIT 2000"
    )
    assert listing.beyond(Key("500A", "2026-03-06T12:00:00.250+0000")) == (
        "SELECT Id, Status FROM Case WHERE SystemModstamp >= 2026-03-06T12:00:00.250Z "
        "AND (SystemModstamp > 2026-03-06T12:00:00.250Z OR Id > '500A') "
        "ORDER BY SystemModstamp, Id LIMIT 2000"
    )
