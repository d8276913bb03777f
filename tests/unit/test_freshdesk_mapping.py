"""What Freshdesk's numbers and words come to."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from connectors.freshdesk import mapping, wire
from connectors.freshdesk.fields import CustomFields
from connectors.freshdesk.settings import FreshdeskSettings
from connectors.records import Channel, Identity, Priority, Rating, Status, Survey, Ticket

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
ROW: dict[str, Any] = {
    "id": 4711,
    "created_at": "2026-03-01T08:00:00Z",
    "updated_at": "2026-03-02T12:00:00Z",
    "status": 2,
}


def settings(**changes: object) -> FreshdeskSettings:
    given = {"domain": "acme", "api_key": "throw-away", **changes}
    return FreshdeskSettings.model_validate(given)


def row(**told: object) -> wire.Ticket:
    return msgspec.json.decode(msgspec.json.encode({**ROW, **told}), type=wire.Ticket)


def ticket(given: FreshdeskSettings | None = None, **told: object) -> Ticket:
    known = {7: Identity(domains=("acme.example",))}
    return mapping.ticket(row(**told), {5: "Billing"}, known, given or settings())


def stats(**told: str) -> Ticket:
    return ticket(stats={f"{name}_at": f"2026-03-{day}T09:00:00Z" for name, day in told.items()})


def day(number: int) -> datetime:
    return datetime(2026, 3, number, 9, tzinfo=UTC)


def test_a_ticket_of_which_nothing_is_known_is_open_normal_and_nobodys() -> None:
    told = ticket()
    assert (told.status, told.priority, told.channel) == (
        Status.OPEN,
        Priority.NORMAL,
        Channel.OTHER,
    )
    assert (told.team, told.assigned, told.customer, told.first_response_at) == (
        None,
        False,
        None,
        None,
    )
    assert told.changed_at == AT


def test_numbers_become_words() -> None:
    told = ticket(
        status=7, priority=4, source=10, group_id=5, responder_id=3, company_id=7, type="Incident"
    )
    assert (told.status, told.priority, told.channel) == (
        Status.HOLD,
        Priority.URGENT,
        Channel.EMAIL,
    )
    assert (told.team, told.assigned) == ("Billing", True)
    assert told.customer == Identity(domains=("acme.example",))
    assert told.fields == {"type": "Incident"}


@pytest.mark.parametrize(
    ("status", "statuses", "expected"),
    [
        (6, {}, Status.PENDING),
        (6, {6: "open"}, Status.OPEN),
        (8, {}, Status.OPEN),
        (8, {8: "hold"}, Status.HOLD),
    ],
)
def test_a_status_means_what_the_operator_says_else_what_it_means_everywhere(
    status: int, statuses: dict[int, str], expected: Status
) -> None:
    assert ticket(settings(statuses=statuses), status=status).status is expected


def test_a_ticket_that_was_never_reopened_tells_its_first_solve() -> None:
    told = stats(resolved="04", closed="08")
    assert (told.first_solved_at, told.solves[0].at) == (day(4), day(4))


def test_a_ticket_that_was_reopened_tells_its_last_solve_only() -> None:
    told = stats(reopened="05", resolved="06")
    assert (told.first_solved_at, told.solves[0].at) == (None, day(6))


def test_a_ticket_that_was_closed_without_a_solve_was_solved_by_it() -> None:
    assert stats(closed="08").solves[0].at == day(8)
    # should Freshdesk ever keep what it forgets today
    assert stats(resolved="04", reopened="05", closed="08").solves[0].at == day(8)


def test_an_open_ticket_that_was_reopened_tells_no_solve() -> None:
    assert stats(reopened="05", first_responded="02").solves == ()


def test_a_status_of_ones_own_that_is_solved_solves_when_the_ticket_came_to_it() -> None:
    own = settings(statuses={"8": "solved", "9": "hold"})
    since = {"status_updated_at": "2026-03-04T09:00:00Z", "resolved_at": None, "closed_at": None}
    told = ticket(own, status=8, stats=since)
    assert (told.status, told.first_solved_at) == (Status.SOLVED, day(4))
    assert [one.at for one in told.solves] == [day(4)]
    assert ticket(own, status=9, stats=since).solves == ()


@pytest.mark.parametrize(
    ("answer", "score"),
    [(103, 5), (102, 4), (101, 4), (100, 3), (-101, 2), (-102, 2), (-103, 1), (1, 5), (3, 1)],
)
def test_an_answer_on_seven_grades_or_three_is_one_of_five(answer: int, score: int) -> None:
    given = wire.Rating(1, 4711, AT, {"default_question": answer, "question_2": -103})
    (told,), unclear = mapping.ratings([given])
    assert (told.id, told.ratings, unclear) == (
        "4711",
        (Rating(Survey.SATISFACTION, score, 5, AT),),
        (),
    )


def test_an_answer_that_is_no_grade_is_rejected_by_its_name() -> None:
    told, (unclear,) = mapping.ratings([wire.Rating(8, 4711, AT, {"default_question": 7})])
    assert (told, unclear.subject) == ((), "8")


def test_a_company_is_known_by_its_number_elsewhere_and_its_domains() -> None:
    acme = wire.Company(7, ("Acme.example", "", "acme.example"), {"cf_number": 4711})
    assert mapping.customer(acme, "cf_number") == Identity(("4711",), ("acme.example",))
    assert mapping.customer(acme, None) == Identity((), ("acme.example",))
    assert mapping.customer(wire.Company(8, (), {"cf_number": None}), "cf_number") is None


def test_custom_fields_tell_categories_languages_and_surveys() -> None:
    given = settings(
        fields=("cf_product",),
        language_field="cf_language",
        recommendation_field="cf_nps",
        effort_field="cf_effort",
        effort_best="5",
    )
    values = {"cf_product": "Shop", "cf_language": "pt_br", "cf_nps": 9, "cf_effort": "hard"}
    answers, unclear = CustomFields(given).of(row(custom_fields={**values, "cf_other": "secret"}))
    assert (answers.fields, answers.language) == ({"cf_product": "Shop"}, "pt-BR")
    assert answers.ratings == (Rating(Survey.RECOMMENDATION, 9, 10),)
    assert ["cf_effort" in one.message and "hard" not in one.message for one in unclear] == [True]


def test_an_instant_of_another_age_costs_its_ticket_and_no_other() -> None:
    good = msgspec.json.encode(ROW)
    bad = msgspec.json.encode({**ROW, "id": 12, "stats": {"resolved_at": "0001-01-01T00:00:00Z"}})
    told, (rejected,) = wire.TICKETS.read([msgspec.Raw(bad), msgspec.Raw(good)])
    assert [one.id for one in told] == [4711]
    assert (rejected.subject, "stats" in rejected.message) == ("12", True)
