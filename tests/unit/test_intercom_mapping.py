"""What Intercom's words come to."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from connectors.intercom import mapping, wire
from connectors.intercom.settings import IntercomSettings
from connectors.records import Channel, Identity, Priority, Rating, Status, Survey, Ticket

AT = 1_772_800_000
ROW: dict[str, Any] = {"id": "515", "created_at": AT, "updated_at": AT + 900, "state": "open"}


def settings(**changes: object) -> IntercomSettings:
    return IntercomSettings.model_validate({"token": "throw-away", **changes})


def row(**told: object) -> wire.Conversation:
    return msgspec.json.decode(msgspec.json.encode({**ROW, **told}), type=wire.Conversation)


def told(given: IntercomSettings | None = None, **fields: object) -> Ticket | None:
    return mapping.ticket(row(**fields), {5: "Billing"}, given or settings())


def ticket(given: IntercomSettings | None = None, **fields: object) -> Ticket:
    found = told(given, **fields)
    assert found is not None
    return found


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(AT + seconds, UTC)


def test_a_conversation_of_which_nothing_is_known_is_open_normal_and_nobodys() -> None:
    found = ticket(statistics=None, source=None, conversation_rating=None, company=None)
    assert (found.status, found.priority, found.channel) == (
        Status.OPEN,
        Priority.NORMAL,
        Channel.OTHER,
    )
    assert (found.team, found.assigned, found.customer, found.offered) == (None, False, None, False)
    assert (found.created_at, found.changed_at) == (at(0), at(900))


def test_words_become_words() -> None:
    found = ticket(
        state="snoozed",
        priority="priority",
        source={"type": "whatsapp", "delivered_as": "customer_initiated"},
        team_assignee_id=5,
        admin_assignee_id=3,
        tags={"type": "tag.list", "tags": [{"type": "tag", "id": "1", "name": "refund"}]},
    )
    assert (found.status, found.priority, found.channel) == (
        Status.PENDING,
        Priority.HIGH,
        Channel.CHAT,
    )
    assert (found.team, found.assigned, found.tags) == ("Billing", True, ("refund",))


def test_nobody_is_told_as_null_or_as_nought() -> None:
    found = ticket(admin_assignee_id=0, team_assignee_id=0)
    assert (found.assigned, found.team) == (False, None)


def test_instants_are_read_and_durations_that_leave_out_office_hours_are_not() -> None:
    statistics = {
        "first_contact_reply_at": AT,
        "first_admin_reply_at": AT + 600,
        "time_to_admin_reply": 60,
        "first_close_at": AT + 700,
        "time_to_first_close": 70,
        "last_close_at": AT + 900,
        "time_to_last_close": 90,
        "count_reopens": 1,
    }
    found = ticket(state="closed", statistics=statistics)
    assert (found.first_response_at, found.first_solved_at) == (at(600), at(700))
    assert ([solve.at for solve in found.solves], found.reopens) == ([at(700), at(900)], 1)
    assert found.status is Status.CLOSED


@pytest.mark.parametrize("began", ["admin_initiated", "automated", "campaigns_initiated"])
def test_what_we_began_is_a_request_once_the_customer_writes(began: str) -> None:
    source = {"type": "email", "delivered_as": began}
    quiet = {"first_contact_reply_at": None, "last_close_at": AT + 50}
    assert told(source=source, statistics=quiet) is None
    assert told(source=source, statistics=None) is None
    heard = {"first_contact_reply_at": AT + 100, "first_admin_reply_at": AT + 160}
    found = ticket(source=source, statistics={**quiet, **heard})
    assert (found.created_at, found.first_response_at) == (at(100), at(160))
    assert found.solves == ()  # closed before anybody asked for anything


def test_what_a_bot_began_is_a_request_at_once() -> None:
    source = {"type": "conversation", "delivered_as": "operator_initiated"}
    assert ticket(source=source, statistics=None).created_at == at(0)


def test_a_rating_that_was_asked_for_is_an_offer_and_one_that_was_given_is_dated() -> None:
    asked = {"rating": None, "remark": None, "created_at": AT, "updated_at": AT}
    assert (ticket(conversation_rating=asked).offered, ticket().offered) == (True, False)
    assert ticket(conversation_rating=asked).ratings == ()
    given = {**asked, "rating": 2, "updated_at": AT + 30, "remark": "never read"}
    assert ticket(conversation_rating=given).ratings == (Rating(Survey.SATISFACTION, 2, 5, at(30)),)


@pytest.mark.parametrize(
    ("website", "domain"),
    [
        ("https://www.acme.example/about", "acme.example"),
        ("acme.example", "acme.example"),
        ("ACME.example:443", "acme.example"),
        ("none", None),
        ("https://[bad", None),
    ],
)
def test_a_company_is_known_by_its_number_elsewhere_and_its_domain(
    website: str, domain: str | None
) -> None:
    company = {"type": "company", "id": "67", "company_id": "ACME-1", "website": website}
    expected = Identity(("ACME-1",), (domain,) if domain else ())
    assert ticket(company=company).customer == expected
    assert ticket(company={"id": "67", "company_id": None, "website": None}).customer is None


def test_attributes_tell_categories_and_the_language() -> None:
    given = settings(attributes=("Topic", "Channels"), language_attribute="Language")
    values = {"Topic": "Refund", "Channels": ["a", "b"], "Language": "pt_br", "Other": {"x": 1}}
    found = ticket(given, custom_attributes=values)
    assert found.fields == {"Topic": "Refund", "Channels": ("a", "b")}
    assert found.language == "pt-BR"


def test_a_conversation_that_cannot_be_read_costs_no_other() -> None:
    good = msgspec.Raw(msgspec.json.encode(ROW))
    bad = msgspec.Raw(msgspec.json.encode({**ROW, "id": "12", "updated_at": "yesterday"}))
    found, (rejected,) = wire.read([bad, good])
    assert [one.id for one in found] == ["515"]
    assert (rejected.subject, "updated_at" in rejected.message) == ("12", True)
