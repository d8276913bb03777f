"""What Tryton's subscriptions and parties mean, case by case."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from connectors.tryton import mapping, wire
from connectors.tryton.wire import Malformed

START = date(2026, 3, 2)
MONTHLY = {"freq": "monthly", "interval": 1}
LISTS = ("byweekday", "bymonthday", "byyearday", "byweekno", "bymonth", "bysetpos")


def moment(text: str) -> dict[str, object]:
    at = datetime.fromisoformat(text)
    units = ("year", "month", "day", "hour", "minute", "second", "microsecond")
    return {"__class__": "datetime", **{unit: getattr(at, unit) for unit in units}}


def day(of: date | str | None) -> dict[str, object] | None:
    if of is None:
        return None
    of = date.fromisoformat(of) if isinstance(of, str) else of
    return {"__class__": "date", "year": of.year, "month": of.month, "day": of.day}


def line(price: str = "10.00", /, **changes: Any) -> dict[str, object]:
    rule = {**dict.fromkeys(LISTS), "exclusive": False, **changes.pop("rule", MONTHLY)}
    return {
        "service": {"rec_name": changes.pop("plan", "Pro plan")},
        "quantity": changes.pop("quantity", 1.0),
        "unit_price": {"__class__": "Decimal", "decimal": price},
        "start_date": day(changes.pop("start", START)),
        "end_date": day(changes.pop("end", None)),
        "consumption_recurrence": {"id": 1, "rules": [rule]},
        **changes,
    }


def row(*lines: dict[str, object], **changes: Any) -> wire.Subscription:
    told = {
        "id": 7,
        "create_date": moment("2026-03-01 08:00:00"),
        "write_date": moment("2026-03-20 08:00:00"),
        "number": "S7",
        "state": "running",
        "party": 3,
        "company": {"timezone": changes.pop("zone", "UTC")},
        "currency": {"code": "EUR"},
        "start_date": day(changes.pop("start", START)),
        "end_date": day(changes.pop("end", None)),
        "lines": lines or (line(),),
        **changes,
    }
    return msgspec.convert(told, wire.Subscription)


def turns(**states: str) -> list[wire.Turn]:
    """Lines of the log: `state=instant`, of a state that comes again `state_2`."""
    return [
        msgspec.convert(
            {
                "id": number,
                "create_date": moment(at),
                "resource": "sale.subscription,7",
                "target": f"state:{state.partition('_')[0]}",
            },
            wire.Turn,
        )
        for number, (state, at) in enumerate(states.items())
    ]


RAN = {"quotation": "2026-03-02 09:00:00", "running": "2026-03-02 10:00:00"}
AT_TEN = datetime(2026, 3, 2, 10, tzinfo=UTC)


def span(told: wire.Subscription, log: list[wire.Turn]) -> tuple[datetime | None, ...]:
    found = mapping.subscription(told, log)
    assert found is not None
    return found.started_at, found.ended_at, found.resumed_at


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# --- when it begins and ends --------------------------------------------------------------------


@pytest.mark.parametrize("state", ["draft", "quotation", "cancelled"])
def test_what_never_ran_is_no_subscription(state: str) -> None:
    log = turns(quotation="2026-03-02 09:00:00", cancelled="2026-03-02 10:00:00")
    assert mapping.subscription(row(state=state), log) is None


@pytest.mark.parametrize(
    ("start", "began"),
    [
        ("2026-03-02", "2026-03-02 10:00:00"),
        ("2026-02-02", "2026-02-02 00:00:00"),
        ("2026-03-09", "2026-03-09 00:00:00"),
    ],
)
def test_it_begins_when_it_is_run_unless_its_date_is_another_day(start: str, began: str) -> None:
    assert span(row(start=start), turns(**RAN)) == (utc(began), None, None)


def test_a_day_is_one_of_the_companys_calendar() -> None:
    log = turns(running="2026-03-01 12:00:00")
    told = row(start="2026-03-02", end="2026-03-28", zone="Pacific/Auckland")
    assert span(told, log) == (utc("2026-03-01 12:00:00"), utc("2026-03-28 11:00:00"), None)


@pytest.mark.parametrize("zone", [None, "", "Mars/Olympus", "../etc/passwd"])
def test_a_company_without_a_known_zone_lives_by_utc(zone: str | None) -> None:
    assert span(row(start="2026-02-02", zone=zone), [])[0] == utc("2026-02-02 00:00:00")


def test_an_end_date_is_the_last_day() -> None:
    assert span(row(end="2026-03-31"), turns(**RAN)) == (AT_TEN, utc("2026-04-01 00:00:00"), None)


def test_lines_that_all_end_end_the_subscription() -> None:
    both = (line(end="2026-03-15"), line(end="2026-03-31"))
    assert span(row(*both), turns(**RAN))[1] == utc("2026-04-01 00:00:00")
    assert span(row(*both, line()), turns(**RAN))[1] is None
    assert span(row(*both, end="2026-03-20"), turns(**RAN))[1] == utc("2026-03-21 00:00:00")


@pytest.mark.parametrize(
    ("closed", "ended"),
    [
        ("2026-03-01 06:00:00", "2026-04-01 00:00:00"),  # the last consumption is charged
        ("2026-03-31 06:00:00", "2026-03-31 06:00:00"),
        ("2026-05-01 06:00:00", "2026-04-01 00:00:00"),
    ],
)
def test_a_closed_one_ends_with_its_last_day_whenever_it_was_closed(
    closed: str, ended: str
) -> None:
    log = turns(running="2026-02-02 10:00:00", closed=closed)
    told = row(state="closed", start="2026-02-02", end="2026-03-31")
    assert span(told, log)[1] == utc(ended)


def test_a_closed_one_without_a_date_ended_when_it_was_closed() -> None:
    log = turns(**RAN, closed="2026-03-09 06:00:00")
    assert span(row(state="closed"), log)[1] == utc("2026-03-09 06:00:00")
    assert span(row(state="closed"), [])[1] == utc("2026-03-20 08:00:00")  # its last change


@pytest.mark.parametrize(
    ("end", "ended"), [(None, "2026-03-09 06:00:00"), ("2026-03-05", "2026-03-06 00:00:00")]
)
def test_a_cancelled_one_ended_then_or_earlier_by_its_date(end: str | None, ended: str) -> None:
    log = turns(**RAN, draft="2026-03-09 05:00:00", cancelled="2026-03-09 06:00:00")
    assert span(row(state="cancelled", end=end), log)[1] == utc(ended)


def test_what_is_given_up_before_it_begins_has_no_length() -> None:
    log = turns(**RAN, cancelled="2026-03-04 06:00:00")
    began, ended, _ = span(row(state="cancelled", start="2026-04-01"), log)
    assert began == ended == utc("2026-04-01 00:00:00")


def test_one_that_is_run_again_after_a_cancellation_came_back() -> None:
    log = turns(
        **RAN,
        cancelled="2026-03-04 06:00:00",
        draft="2026-03-08 06:00:00",
        running_2="2026-03-09 06:00:00",
    )
    assert span(row(), log) == (AT_TEN, None, utc("2026-03-09 06:00:00"))
    reopened = row(state="draft")
    assert span(reopened, log[:-1]) == (AT_TEN, utc("2026-03-04 06:00:00"), None)


def test_an_edit_is_neither_an_end_nor_a_return() -> None:
    log = turns(**RAN, draft="2026-03-04 06:00:00", running_2="2026-03-04 06:00:01")
    assert span(row(), log) == (AT_TEN, None, None)


def test_one_that_was_brought_from_elsewhere_has_its_dates_only() -> None:
    assert span(row(end="2026-03-31"), []) == (
        utc("2026-03-02 00:00:00"),
        utc("2026-04-01 00:00:00"),
        None,
    )


# --- what it costs ------------------------------------------------------------------------------


def price(*lines: dict[str, object], **changes: Any) -> list[tuple[str, str | None]]:
    found = mapping.subscription(row(*lines, **changes), turns(**RAN))
    assert found is not None
    return [
        (str(one.monthly.amount), None if one.at is None else f"{one.at:%Y-%m-%d %H}")
        for one in found.terms
    ]


@pytest.mark.parametrize(
    ("rule", "amount"),
    [
        ({"freq": "monthly", "interval": 1}, "30.00"),
        ({"freq": "monthly", "interval": 3}, "10.00"),
        ({"freq": "yearly", "interval": 1}, "2.50"),
        ({"freq": "yearly", "interval": 2}, "1.25"),
        ({"freq": "weekly", "interval": 1}, "130.00"),
        ({"freq": "weekly", "interval": 2}, "65.00"),
        ({"freq": "daily", "interval": 1}, "912.50"),
        ({"freq": "weekly", "interval": 1, "byweekday": "MO, TH"}, "260.00"),
        ({"freq": "monthly", "interval": 1, "bymonthday": "1,15"}, "60.00"),
        ({"freq": "monthly", "interval": 1, "bymonthday": "-1"}, "30.00"),
        ({"freq": "yearly", "interval": 1, "bymonth": "1,4,7,10"}, "10.00"),
        ({"freq": "yearly", "interval": 1, "bymonth": "1,7", "bymonthday": "1"}, "5.00"),
    ],
)
def test_every_recurrence_is_made_a_month(rule: dict[str, object], amount: str) -> None:
    assert price(line("10.00", quantity=3.0, rule=rule)) == [(amount, None)]


@pytest.mark.parametrize(
    "rule",
    [
        {"freq": "monthly", "interval": 1, "bymonthday": "31"},
        {"freq": "monthly", "interval": 1, "bymonthday": "first"},
        {"freq": "monthly", "interval": 1, "byweekday": "MO"},
        {"freq": "monthly", "interval": 1, "exclusive": True},
        {"freq": "yearly", "interval": 1, "byweekno": "1"},
        {"freq": "yearly", "interval": 1, "bymonthday": "1"},
        {"freq": "daily", "interval": 1, "bymonth": "6"},
        {"freq": "hourly", "interval": 1},
    ],
)
def test_what_does_not_come_equally_often_has_no_amount(rule: dict[str, object]) -> None:
    assert price(line(), line(rule=rule)) == []


def test_lines_are_added_and_what_takes_something_off_is_subtracted() -> None:
    assert price(
        line("100.00"), line("-30.00"), line("12.00", rule={**MONTHLY, "interval": 12})
    ) == [("71.00", None)]
    assert price(line("10.00"), line("-30.00")) == [("0", None)]


def test_a_line_that_does_not_recur_costs_nothing() -> None:
    once = line("99.00", consumption_recurrence=None)
    assert price(line("10.00"), once, line("5.00", quantity=None)) == [("10.00", None)]


def test_lines_with_days_of_their_own_tell_when_a_price_begins() -> None:
    told = (line("10.00", end="2026-05-31"), line("25.00", start="2026-06-01"), line("1.00"))
    assert price(*told) == [("11.00", "2026-03-02 10"), ("26.00", "2026-06-01 00")]
    same = (line("10.00", end="2026-05-31"), line("10.00", start="2026-06-01"))
    assert price(*same) == [("10.00", None)]
    ended = (line("10.00"), line("5.00", start="2026-06-01"))
    assert price(*ended, end="2026-04-30") == [("10.00", None)]


def test_a_price_counts_once_it_is_run() -> None:
    found = mapping.subscription(row(line("99.00"), state="draft"), turns(**RAN))
    assert found is not None
    assert (found.terms, found.ended_at) == ((), None)


def test_a_fraction_of_a_piece_is_exact() -> None:
    assert price(line("0.10", quantity=0.3)) == [("0.03", None)]
    assert price(line("8.6800", quantity=25.0)) == [("217.00", None)]


def test_a_currency_or_interval_that_is_none_is_named() -> None:
    with pytest.raises(Malformed, match=r"the price of its lines: 'EURO' is no currency"):
        mapping.subscription(row(currency={"code": "EURO"}), turns(**RAN))
    with pytest.raises(Malformed, match="0 is no number of intervals"):
        mapping.subscription(row(line(rule={**MONTHLY, "interval": 0})), turns(**RAN))


def test_the_plan_is_the_one_service_of_all_lines() -> None:
    one = mapping.subscription(row(line(), line()), turns(**RAN))
    several = mapping.subscription(row(line(), line(plan="Support")), turns(**RAN))
    assert one is not None
    assert several is not None
    assert (one.plan, several.plan) == ("Pro plan", None)


# --- parties ------------------------------------------------------------------------------------


def party(*contacts: tuple[str, str | None], **changes: Any) -> wire.Party:
    told = {
        "id": 3,
        "create_date": moment("2026-03-01 08:00:00"),
        "write_date": None,
        "code": "C-3",
        "contact_mechanisms": [{"type": kind, "value": value} for kind, value in contacts],
        "identifiers": [{"type": "eu_vat", "code": "BE0477472701"}, {"type": None, "code": "X"}],
        **changes,
    }
    return msgspec.convert(told, wire.Party)


@pytest.mark.parametrize(
    ("wanted", "ids"),
    [
        (["code"], ("C-3",)),
        (["id", "code"], ("3", "C-3")),
        (["eu_vat", "code", "code"], ("BE0477472701", "C-3")),
        (["fr_siret"], ()),
    ],
)
def test_a_party_is_known_by_the_names_that_the_operator_says(
    wanted: list[str], ids: tuple[str, ...]
) -> None:
    found = mapping.customer(party(), wanted)
    assert found.identity.external_ids == ids
    assert found.changed_at == utc("2026-03-01 08:00:00")


def test_a_party_without_a_code_has_none() -> None:
    assert mapping.customer(party(code=None), ["code"]).identity.external_ids == ()


def test_of_contacts_only_domains_are_kept_each_once() -> None:
    told = party(
        ("email", "Ann@ACME.example"),
        ("email", "bob@acme.example "),
        ("website", "https://www.acme.test/about?x=1"),
        ("website", "shop.acme.test"),
        ("website", "http://[broken"),
        ("phone", "+49 30 1234"),
        ("email", None),
        ("website", ""),
    )
    assert mapping.customer(told, []).identity.domains == (
        "acme.example",
        "acme.test",
        "shop.acme.test",
    )


# --- the wire -----------------------------------------------------------------------------------


def test_what_is_asked_for_is_what_is_read() -> None:
    asked = wire.fields_of(wire.Subscription)
    assert {"write_date", "party", "company.timezone", "lines.unit_price"} <= set(asked)
    assert "lines.consumption_recurrence.rules.freq" in asked
    assert [path for path in asked if path.endswith(("id", "year", "decimal"))] == []
    assert set(wire.fields_of(wire.Party)) == {
        *("create_date", "write_date", "code", "identifiers.type", "identifiers.code"),
        *("contact_mechanisms.type", "contact_mechanisms.value"),
    }


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (wire.Moment, b'{"__class__":"datetime","year":2026,"month":13,"day":1,"hour":0,'),
        (wire.Moment, b'{"__class__":"datetime","year":1066,"month":10,"day":1,"hour":0,'),
        (wire.Moment, b'{"__class__":"date","year":2026,"month":10,"day":1,"hour":0,'),
    ],
)
def test_an_instant_that_is_none_is_refused(kind: type[Any], text: bytes) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(text + b'"minute":0,"second":0}', type=kind)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "ten"])
def test_an_amount_that_is_none_is_refused(number: str) -> None:
    text = msgspec.json.encode({"__class__": "Decimal", "decimal": number})
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(text, type=wire.Amount)


def test_amounts_are_exact() -> None:
    text = b'{"__class__":"Decimal","decimal":"0.1000"}'
    assert msgspec.json.decode(text, type=wire.Amount).decimal == Decimal("0.1")
