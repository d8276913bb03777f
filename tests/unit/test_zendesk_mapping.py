"""What one exported ticket becomes."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from connectors.customers import Record
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
from connectors.zendesk import mapping, wire
from connectors.zendesk.fields import CustomFields
from connectors.zendesk.settings import ZendeskSettings

CREATED = datetime(2026, 3, 2, 9, 0, 7, tzinfo=UTC)
CHANGED = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
SETTINGS = ZendeskSettings.model_validate(
    {"subdomain": "acme", "email": "a@acme.example", "api_token": "throw-away"}
)
TEAMS = {None: None, 5: "Billing"}


def exported(metrics: dict[str, Any] | None = None, **fields: Any) -> bytes:
    ticket = {
        "id": 35436,
        "created_at": "2026-03-02T09:00:07Z",
        "generated_timestamp": int(CHANGED.timestamp()),
        "status": "open",
        "priority": "high",
        "via": {"channel": "web", "source": {"from": {}}},
        "group_id": 5,
        "assignee_id": 9,
        "tags": ["one"],
        "subject": "never read",
        "metric_set": metrics,
        **fields,
    }
    return msgspec.json.encode([ticket])


def record(metrics: dict[str, Any] | None = None, **fields: Any) -> Record:
    (ticket,), rejected = wire.TICKETS.read(msgspec.Raw(exported(metrics, **fields)))
    assert rejected == []
    return mapping.to_record(ticket, TEAMS, ticket.metric_set)


def ticket(metrics: dict[str, Any] | None = None, **fields: Any) -> Ticket:
    found = record(metrics, **fields)
    assert isinstance(found, Ticket)
    return found


def test_a_ticket_without_metrics_counts_without_facts() -> None:
    assert ticket(None) == Ticket(
        id="35436",
        created_at=CREATED,
        changed_at=CHANGED,
        status=Status.OPEN,
        priority=Priority.HIGH,
        channel=Channel.WEB,
        team="Billing",
        assigned=True,
        tags=("one",),
    )


def test_metrics_become_instants() -> None:
    found = ticket(
        {
            "reopens": 2,
            "reply_time_in_minutes": {"calendar": 41, "business": 7},
            "reply_time_in_seconds": {"calendar": None},
            "first_resolution_time_in_minutes": {"calendar": 90, "business": 9},
            "solved_at": "2026-03-02T12:00:00Z",
            "status_updated_at": "2026-03-02T13:00:00Z",
        },
        status="solved",
    )
    assert found.first_response_at == CREATED + timedelta(minutes=41)
    assert found.first_solved_at == CREATED + timedelta(minutes=90)
    assert found.solves == (Solve(datetime(2026, 3, 2, 12, 0, tzinfo=UTC)),)
    assert found.reopens == 2


def test_a_reply_within_the_first_minute_is_at_creation_and_not_absent() -> None:
    assert ticket({"reply_time_in_minutes": {"calendar": 0}}).first_response_at == CREATED


def test_messaging_tells_seconds() -> None:
    metrics = {
        "reply_time_in_minutes": {"calendar": 1},
        "reply_time_in_seconds": {"calendar": 83},
    }
    assert ticket(metrics).first_response_at == CREATED + timedelta(seconds=83)


def test_closed_without_a_solve_takes_the_closing() -> None:
    found = ticket(
        {"solved_at": None, "status_updated_at": "2026-03-02T10:30:30Z"}, status="closed"
    )
    assert found.solves == (Solve(datetime(2026, 3, 2, 10, 30, 30, tzinfo=UTC)),)
    assert found.first_solved_at == CREATED + timedelta(minutes=90)


STANDS = {
    "solved_at": "2026-03-02T12:00:00Z",
    "replies": 3,
    "requester_wait_time_in_minutes": {"calendar": 90, "business": 7},
}
SOLVED_AT = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize("status", ["solved", "closed"])
def test_waits_and_replies_are_those_of_a_solve_that_stands(status: str) -> None:
    solve = Solve(SOLVED_AT, waited=90 * 60, waited_business=7 * 60, replies=3)
    assert ticket(STANDS, status=status).solves == (solve,)


def test_waits_and_replies_of_a_reopened_ticket_belong_to_no_solve() -> None:
    assert ticket(STANDS, status="open").solves == (Solve(SOLVED_AT),)


def test_a_solve_whose_waits_are_not_told_is_a_solve() -> None:
    bare = {"solved_at": "2026-03-02T12:00:00Z"}
    empty = {**bare, "requester_wait_time_in_minutes": {"calendar": None}}
    for metrics in (bare, empty):
        assert ticket(metrics, status="solved").solves == (Solve(SOLVED_AT),)


@pytest.mark.parametrize(("stations", "reassignments"), [(None, 0), (0, 0), (1, 0), (4, 3)])
def test_each_group_after_the_first_is_a_reassignment(
    stations: int | None, reassignments: int
) -> None:
    assert ticket({"group_stations": stations}).reassignments == reassignments


@pytest.mark.parametrize(
    ("rating", "offered"),
    [
        (None, False),
        ({"score": None}, False),
        ({"score": "unoffered"}, False),
        ({"score": "offered"}, True),
        ({"score": "bad", "comment": "never read", "id": 3}, True),
    ],
)
def test_whoever_was_asked_was_offered_a_rating(
    rating: dict[str, Any] | None, offered: bool
) -> None:
    assert ticket(None, satisfaction_rating=rating).offered is offered


def test_an_open_ticket_takes_no_closing() -> None:
    found = ticket({"solved_at": None, "status_updated_at": "2026-03-02T10:30:30Z"})
    assert (found.solves, found.first_solved_at) == ((), None)


@pytest.mark.parametrize("status", [s.value for s in Status])
def test_every_status_has_its_own(status: str) -> None:
    assert ticket(None, status=status).status.value == status


@pytest.mark.parametrize(
    ("via", "channel"),
    [
        ({"channel": "email"}, Channel.EMAIL),
        ({"channel": 4}, Channel.EMAIL),
        ({"channel": "voice"}, Channel.PHONE),
        ({"channel": "native_messaging"}, Channel.CHAT),
        ({"channel": "twitter"}, Channel.SOCIAL),
        ({"channel": "api"}, Channel.API),
        ({"channel": "born next year"}, Channel.OTHER),
        ({"channel": None}, Channel.OTHER),
        (None, Channel.OTHER),
    ],
)
def test_channels(via: dict[str, Any] | None, channel: Channel) -> None:
    assert ticket(None, via=via).channel is channel


def test_no_via_word_stands_for_two_channels() -> None:
    words = [word for words in mapping.CHANNELS.values() for word in words]
    assert len(words) == len(set(words))


def test_no_priority_is_normal_no_group_is_no_team_no_assignee_is_unassigned() -> None:
    found = ticket(None, priority=None, group_id=None, assignee_id=None)
    assert (found.priority, found.team, found.assigned) == (Priority.NORMAL, None, False)


def test_deleted_and_merged_are_removed() -> None:
    assert record(None, status="deleted") == Removed("35436", CHANGED, Removal.DELETED)
    merged = record(None, status="closed", tags=["x", "closed_by_merge"])
    assert merged == Removed("35436", CHANGED, Removal.MERGED)
    assert isinstance(record(None, status="open", tags=["closed_by_merge"]), Ticket)


def test_another_offset_is_told_in_utc() -> None:
    found = ticket(None, created_at="2026-03-02T11:00:07+02:00")
    assert found.created_at == CREATED
    assert found.created_at.tzinfo is UTC


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"created_at": "yesterday"}, "created_at"),
        ({"created_at": "2026-03-02T09:00:07"}, "created_at"),
        ({"status": "napping"}, "status"),
        ({"generated_timestamp": -1}, "generated_timestamp"),
        ({"generated_timestamp": 10**18}, "generated_timestamp"),
        ({"metric_set": {"reply_time_in_minutes": {"calendar": -3}}}, "calendar"),
        ({"metric_set": {"reply_time_in_minutes": {"calendar": 10**15}}}, "calendar"),
    ],
)
def test_a_malformed_ticket_is_rejected_by_id_and_field(fields: dict[str, Any], field: str) -> None:
    records, (rejection,) = wire.TICKETS.read(msgspec.Raw(exported(**fields)))
    assert records == []
    assert rejection.subject == "35436"
    assert field in rejection.message
    assert "napping" not in rejection.message
    assert "yesterday" not in rejection.message


@pytest.mark.parametrize(
    ("item", "subject", "field"),
    [
        (b"7", "unknown", "the record itself"),
        (b'{"id": "x"}', "unknown", "id"),
        (b'{"id": 3}', "3", "created_at"),
    ],
)
def test_what_is_hardly_a_ticket_spoils_nothing(item: bytes, subject: str, field: str) -> None:
    good = exported()[1:-1]
    records, (rejection,) = wire.TICKETS.read(msgspec.Raw(b"[" + good + b"," + item + b"]"))
    assert [found.id for found in records] == [35436]
    assert rejection.subject == subject
    assert f"'{field}'" in rejection.message


# --- whose a ticket is ----------------------------------------------------------------------------


def customers(*organizations: dict[str, object]) -> dict[int | None, Identity]:
    read, rejected = wire.ORGANIZATIONS.read(msgspec.Raw(msgspec.json.encode(organizations)))
    assert rejected == []
    return mapping.to_customers(read)


def test_an_organization_is_known_by_its_external_id_and_its_domains() -> None:
    domains = ["acme.example", "acme.test"]
    whole = {"id": 7, "external_id": "ACME-7", "domain_names": domains, "name": "never read"}
    assert customers(whole) == {7: Identity(("ACME-7",), ("acme.example", "acme.test"))}


@pytest.mark.parametrize(
    "organization",
    [
        {"id": 7},
        {"id": 7, "external_id": None, "domain_names": None},
        {"id": 7, "external_id": " ", "domain_names": ["", " "]},
    ],
)
def test_an_organization_that_is_known_by_nothing_is_nobody(
    organization: dict[str, object],
) -> None:
    assert customers(organization) == {}


def test_a_ticket_is_its_organizations() -> None:
    raw = msgspec.Raw(
        msgspec.json.encode(
            [
                msgspec.json.decode(exported(id=number, organization_id=organization))[0]
                for number, organization in ((1, 7), (2, 8), (3, None))
            ]
        )
    )
    tickets, _ = wire.TICKETS.read(raw)
    known = customers({"id": 7, "external_id": "ACME-7"})
    records, _ = mapping.to_records(tickets, TEAMS, {}, CustomFields(SETTINGS), known)
    told = [record.customer for record in records if isinstance(record, Ticket)]
    assert told == [Identity(("ACME-7",)), None, None]


def test_a_malformed_organization_costs_its_tickets_their_customer_and_says_so() -> None:
    raw = b'[{"id": 7, "external_id": {"secret": "x"}}, {"id": 8, "external_id": "ACME-8"}]'
    read, (rejection,) = wire.ORGANIZATIONS.read(msgspec.Raw(raw))
    assert [one.id for one in read] == [8]
    assert rejection.subject == "7"
    assert rejection.message == (
        "the tickets of organization 7 were taken in without their customer: Zendesk sends a form "
        "of 'external_id' that we do not know"
    )


def test_the_extremes_stay_within_the_calendar() -> None:
    metrics = {"reply_time_in_minutes": {"calendar": 10**9}}
    assert ticket(metrics, generated_timestamp=10**11).first_response_at is not None


def test_an_instant_beyond_any_calendar_costs_one_ticket_and_no_poll() -> None:
    whole = {"generated_timestamp": 1, "status": "open", "created_at": "2026-01-01T00:00:00Z"}
    raw = msgspec.json.encode(
        [{**whole, "id": 1, "created_at": "0001-01-01T00:00:00+14:00"}, {**whole, "id": 2}]
    )
    tickets, _ = wire.TICKETS.read(msgspec.Raw(raw))
    records, rejected = mapping.to_records(tickets, {None: None}, {}, CustomFields(SETTINGS), {})
    assert [record.id for record in records] == ["2"]
    assert [one.subject for one in rejected] == ["1"]


def test_a_count_of_reopens_that_cannot_be_is_left_out() -> None:
    ticket = {"id": 1, "generated_timestamp": 1, "status": "open"}
    ticket |= {"created_at": "2026-01-01T00:00:00Z", "metric_set": {"reopens": 10**6}}
    read, rejected = wire.TICKETS.read(msgspec.Raw(msgspec.json.encode([ticket])))
    assert read == []
    assert "reopens" in rejected[0].message


# --- one value that cannot be costs one row -------------------------------------------------------


def metric_event(**given: object) -> dict[str, object]:
    event = {"ticket_id": 7, "metric": "reply_time", "instance_id": 2, "type": "activate"}
    return {**event, "time": "2026-03-02T09:00:00Z", **given}


def events_read(*rows: dict[str, object]) -> tuple[list[wire.MetricEvent], int]:
    events, rejected = wire.METRIC_EVENTS.read(msgspec.Raw(json.dumps(rows).encode()))
    return events, len(rejected)


BEYOND = "0001-01-01T00:00:00+14:00"


def test_an_event_beyond_any_calendar_is_one_rejection() -> None:
    events, unread = events_read(metric_event(time=BEYOND), metric_event(ticket_id=8))
    supplements, rejected = mapping.to_exchanges(events)
    assert unread == 0
    assert [one.id for one in supplements] == ["8"]
    assert [(one.subject, one.reason) for one in rejected] == [("7", "malformed")]
    assert "metric event" in rejected[0].message


@pytest.mark.parametrize("number", [-1, 10**9 + 1, 2**63, 5 * 10**19])
def test_a_clock_with_a_number_that_no_store_holds_is_one_rejection(number: int) -> None:
    events, unread = events_read(metric_event(instance_id=number), metric_event(ticket_id=8))
    assert unread == 1
    assert [one.ticket_id for one in events] == [8]


def test_a_rating_beyond_any_calendar_is_one_rejection() -> None:
    rows = [
        {"ticket_id": 7, "score": "good", "updated_at": BEYOND},
        {"ticket_id": 8, "score": "bad", "updated_at": "2026-03-02T09:00:00Z"},
    ]
    ratings, _ = wire.RATINGS.read(msgspec.Raw(msgspec.json.encode(rows)))
    supplements, rejected = mapping.to_ratings(ratings)
    assert [one.id for one in supplements] == ["8"]
    assert [one.subject for one in rejected] == ["7"]
