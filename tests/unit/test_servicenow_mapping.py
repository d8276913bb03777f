"""What each word of ServiceNow becomes, and what cannot be read."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from connectors.records import (
    Channel,
    Identity,
    Priority,
    Removal,
    Removed,
    Solve,
    Status,
    Ticket,
)
from connectors.servicenow.mapping import AFTER_EVERY_CHANGE, CHANNELS, domain_of, record, removed
from connectors.servicenow.wire import (
    Deletion,
    Incident,
    Malformed,
    fields_of,
    incident,
    instant,
    text_of,
)

PLAIN = Incident(
    sys_id="a1",
    sys_updated_on="2024-03-04 10:00:00",
    opened_at="2024-03-01 09:00:00",
    sys_created_on="2024-03-01 09:05:00",
    sys_mod_count="7",
    state="2",
)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2024, 3, day, hour, minute, tzinfo=UTC)


def ticket(**changes: str) -> Ticket:
    told = record(msgspec.structs.replace(PLAIN, **changes))
    assert isinstance(told, Ticket)
    return told


def test_a_bare_incident_is_an_open_unassigned_ticket_of_normal_priority() -> None:
    assert ticket() == Ticket(
        id="a1",
        created_at=at(1, 9),
        changed_at=at(4, 10),
        status=Status.OPEN,
        priority=Priority.NORMAL,
        channel=Channel.OTHER,
        team=None,
        assigned=False,
        revision=7,
    )


@pytest.mark.parametrize(
    ("state", "hold_reason", "status"),
    [
        ("1", "", Status.NEW),
        ("2", "", Status.OPEN),
        ("3", "1", Status.PENDING),
        ("3", "3", Status.HOLD),
        ("3", "4", Status.HOLD),
        ("3", "5", Status.HOLD),
        ("3", "", Status.HOLD),
        ("4", "", Status.PENDING),
        ("5", "", Status.HOLD),
        ("6", "", Status.SOLVED),
        ("7", "1", Status.CLOSED),
        ("42", "", Status.OPEN),
        ("", "", Status.OPEN),
    ],
)
def test_states(state: str, hold_reason: str, status: Status) -> None:
    assert ticket(state=state, hold_reason=hold_reason).status is status


@pytest.mark.parametrize(
    ("value", "priority"),
    [
        ("1", Priority.URGENT),
        ("2", Priority.HIGH),
        ("3", Priority.NORMAL),
        ("4", Priority.LOW),
        ("5", Priority.LOW),
        ("", Priority.NORMAL),
    ],
)
def test_priorities(value: str, priority: Priority) -> None:
    assert ticket(priority=value).priority is priority


@pytest.mark.parametrize(
    ("contact_type", "channel"),
    [
        ("email", Channel.EMAIL),
        ("virtual_agent", Channel.CHAT),
        ("phone", Channel.PHONE),
        ("Self-service", Channel.WEB),
        ("social", Channel.SOCIAL),
        ("monitoring", Channel.API),
        ("walk-in", Channel.OTHER),
        ("carrier pigeon", Channel.OTHER),
        ("", Channel.OTHER),
    ],
)
def test_contact_types(contact_type: str, channel: Channel) -> None:
    assert ticket(contact_type=contact_type).channel is channel


def test_every_channel_can_be_reached() -> None:
    assert set(CHANNELS.values()) == set(Channel)


def test_team_and_assignment() -> None:
    told = ticket(group="Network", assigned_to="77")
    assert (told.team, told.assigned) == ("Network", True)


def test_an_incident_without_opened_at_was_created_when_its_row_was() -> None:
    assert ticket(opened_at="").created_at == at(1, 9, 5)


def test_a_solve_is_resolved_at_even_when_it_was_closed_later() -> None:
    told = ticket(state="7", resolved_at="2024-03-02 09:00:00", closed_at="2024-03-04 09:00:00")
    assert told.solves == (Solve(at(2, 9)),)
    assert told.first_solved_at == at(2, 9)


def test_closed_without_a_solve_is_solved_when_closed() -> None:
    assert ticket(state="7", closed_at="2024-03-04 09:00:00").solves == (Solve(at(4, 9)),)


def test_the_closing_of_an_open_incident_is_a_leftover() -> None:
    assert ticket(state="2", closed_at="2024-03-04 09:00:00").solves == ()


def test_the_last_update_never_stands_in_for_a_solve() -> None:
    told = ticket(state="6")
    assert (told.solves, told.first_solved_at) == ((), None)


def test_after_a_reopen_the_first_solve_is_no_longer_told() -> None:
    told = ticket(state="6", resolved_at="2024-03-03 09:00:00", reopen_count="2")
    assert told.reopens == 2
    assert told.solves == (Solve(at(3, 9)),)
    assert told.first_solved_at is None


def test_reassignments_are_the_vendors_count() -> None:
    assert (ticket().reassignments, ticket(reassignment_count="3").reassignments) == (0, 3)


def test_categories_are_fields_and_an_empty_one_is_none() -> None:
    assert ticket().fields == {}
    assert ticket(category="network", subcategory="").fields == {"category": "network"}
    both = {"category": "network", "subcategory": "vpn"}
    assert ticket(**both).fields == both


@pytest.mark.parametrize(("parent", "why"), [("", Removal.SPAM), ("b2", Removal.MERGED)])
def test_a_canceled_incident_is_removed(parent: str, why: Removal) -> None:
    row = msgspec.structs.replace(PLAIN, state="8", parent_incident=parent)
    assert record(row) == Removed("a1", at(4, 10), why, 7)


def test_a_deletion_beats_every_change_of_its_second() -> None:
    gone = removed(Deletion("d1", "2024-03-04 10:00:00", "incident", "a1"))
    assert gone == Removed("a1", at(4, 10), Removal.DELETED, AFTER_EVERY_CHANGE)
    assert (gone.changed_at, gone.revision) > (ticket().changed_at, ticket().revision)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("sys_id", ""),
        ("opened_at", "yesterday at nine..."),
        ("opened_at", "2024-03-01"),
        ("resolved_at", "2024-13-01 09:00:00"),
        ("sys_mod_count", "-1"),
        ("reopen_count", "1.5"),
        ("reassignment_count", "many"),
    ],
)
def test_what_cannot_be_read_names_its_field_and_not_its_value(field: str, value: str) -> None:
    with pytest.raises(Malformed) as caught:
        ticket(**{field: value})
    assert field in str(caught.value)
    assert not value or value not in str(caught.value)


def test_instants_go_there_and_back_in_utc() -> None:
    told = instant("2024-03-31 02:30:00", "opened_at")
    assert told == datetime(2024, 3, 31, 2, 30, tzinfo=UTC)
    assert text_of(told) == "2024-03-31 02:30:00"


def test_only_fields_without_personal_data_are_asked_for() -> None:
    asked = set(fields_of(Incident).split(","))
    assert "assignment_group.name" in asked
    assert not asked & {"short_description", "description", "caller_id", "opened_by", "comments"}


def test_the_columns_of_the_company_are_asked_for_only_where_they_are_named() -> None:
    plain = fields_of(Incident).split(",")
    both = fields_of(incident("company.u_number", "company.website")).split(",")
    assert both == [*plain, "company.u_number", "company.website"]
    assert fields_of(incident(None, None)).split(",") == plain


@pytest.mark.parametrize(
    ("number", "website", "customer"),
    [
        ("ACME-7", "https://www.acme.example/de", Identity(("ACME-7",), ("acme.example",))),
        (" ACME-7 ", "", Identity(("ACME-7",))),
        ("", "acme.example", Identity(domains=("acme.example",))),
        ("", "not known", None),
        (" ", "", None),
    ],
)
def test_an_incident_is_its_companys(number: str, website: str, customer: Identity | None) -> None:
    row = {"sys_id": "a1", "sys_updated_on": "2024-03-04 10:00:00", "state": "2"}
    row |= {"opened_at": "2024-03-01 09:00:00", "company.u_number": number}
    kind = incident("company.u_number", "company.website")
    told = record(msgspec.convert({**row, "company.website": website}, kind))
    assert isinstance(told, Ticket)
    assert told.customer == customer


@pytest.mark.parametrize(
    ("address", "domain"),
    [
        ("https://www.acme.example/", "acme.example"),
        ("http://Support.Acme.Example:8080/a?b=c", "support.acme.example"),
        ("www.acme.example", "acme.example"),
        ("acme.example.", "acme.example"),
        ("somebody@acme.example", "acme.example"),
        ("https://müller.example", "müller.example"),
        ("intranet", ""),
        ("https://[acme", ""),
        ("ask at acme.example please", ""),
        ("", ""),
    ],
)
def test_a_web_address_has_a_domain_or_none(address: str, domain: str) -> None:
    assert domain_of(address) == domain


@pytest.mark.parametrize(
    "wrong",
    [
        {"sys_mod_count": "9" * 20},
        {"sys_mod_count": "9" * 5000},
        {"reopen_count": "1000000"},
        {"reassignment_count": "10001"},
    ],
)
def test_a_count_that_cannot_be_is_malformed(wrong: dict[str, str]) -> None:
    with pytest.raises(Malformed, match="is greater than"):
        ticket(**wrong)
