"""What custom ticket fields become, and only those that the settings name."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from connectors.contract import Rejection
from connectors.customfields import NOTHING, Answers
from connectors.records import Channel, Priority, Rating, Status, Survey, Ticket
from connectors.zendesk import wire
from connectors.zendesk.fields import CustomFields
from connectors.zendesk.settings import ZendeskSettings

GOOD = {"subdomain": "acme", "email": "pulse@acme.example", "api_token": "throw-away-token"}


def told(values: Any, **named: object) -> tuple[Answers, tuple[Rejection, ...]]:
    listed = values
    if isinstance(values, dict):
        listed = [{"id": number, "value": value} for number, value in values.items()]
    raw = msgspec.json.encode(
        {
            "id": 7,
            "created_at": "2026-03-02T09:00:07Z",
            "generated_timestamp": 1_772_500_000,
            "status": "open",
            "custom_fields": listed,
        }
    )
    ticket = msgspec.json.decode(raw, type=wire.Ticket)
    return CustomFields(ZendeskSettings.model_validate({**GOOD, **named})).of(ticket)


def test_only_named_fields_are_kept() -> None:
    answers, unclear = told({1: "billing", 2: "secret", 3: None, 4: ""}, fields=[1, 3, 4])
    assert answers == Answers({"1": "billing"})
    assert unclear == ()


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("plan_pro", "plan_pro"),
        (True, "true"),
        (False, "false"),
        (12, "12"),
        (["a", "b"], ("a", "b")),
        (["a"], ("a",)),
    ],
)
def test_every_type_of_field_has_words(value: object, words: str | tuple[str, ...]) -> None:
    assert told({1: value}, fields=[1])[0].fields == {"1": words}


@pytest.mark.parametrize(
    ("value", "language"),
    [
        ("de", "de"),
        ("DE", "de"),
        ("pt_br", "pt-BR"),
        ("zh-hant-tw", "zh-Hant-TW"),
        ("lang_fr", "fr"),
        ("language_es_419", "es-419"),
        ("german", None),
        ("please choose", None),
        (None, None),
    ],
)
def test_a_language_is_told_as_a_tag(value: object, language: str | None) -> None:
    assert told({5: value}, language_field=5)[0].language == language


@pytest.mark.parametrize("value", ["9", 9, 9.0, "9.0", "nps_9", "would_recommend_9"])
def test_a_recommendation_is_read_in_any_form(value: object) -> None:
    answers, unclear = told({8: value}, recommendation_field=8)
    assert answers.ratings == (Rating(Survey.RECOMMENDATION, 9, 10),)
    assert unclear == ()


@pytest.mark.parametrize("best", [5, 7])
def test_the_scale_of_effort_is_a_setting(best: int) -> None:
    answers, _ = told({9: "4"}, effort_field=9, effort_best=best)
    assert answers.ratings == (Rating(Survey.EFFORT, 4, best),)


def test_a_score_outside_its_scale_is_told_as_it_is() -> None:
    assert told({9: "12"}, effort_field=9)[0].ratings == (Rating(Survey.EFFORT, 12, 7),)


@pytest.mark.parametrize("value", ["quite likely", "-1", "7_very_easy", "2.5"])
def test_an_answer_that_is_no_number_is_rejected_without_its_words(value: str) -> None:
    answers, (rejection,) = told({8: value, 9: "3"}, recommendation_field=8, effort_field=9)
    assert answers.ratings == (Rating(Survey.EFFORT, 3, 7),)
    assert (rejection.subject, rejection.reason) == ("7", "malformed")
    assert "'custom field 8'" in rejection.message
    assert value not in rejection.message


@pytest.mark.parametrize("listed", ["none", None, [1], [{"id": "x"}], [{"value": "x"}]])
def test_fields_in_another_form_cost_the_fields_and_not_the_ticket(listed: object) -> None:
    answers, (rejection,) = told(listed, fields=[1])
    assert answers is NOTHING
    assert "without its custom fields" in rejection.message


def test_nothing_is_wanted_unless_it_is_named() -> None:
    assert told({1: "billing"}) == told("in no form that we know") == (NOTHING, ())


def test_any_value_of_a_multiple_choice_can_be_asked_for() -> None:
    answers, _ = told({1: ["billing", "refund"], 2: "vip"}, fields=[1, 2])
    at = datetime(2026, 3, 2, tzinfo=UTC)
    ticket = Ticket("7", at, at, Status.OPEN, Priority.NORMAL, Channel.EMAIL, None, False,
                    fields=answers.fields)  # fmt: skip
    assert ticket.chosen("1") == ("billing", "refund")
    assert ticket.chosen("2") == ("vip",)
    assert ticket.chosen("3") == ()


def test_several_choices_are_no_language_and_no_score() -> None:
    answers, unclear = told({1: ["de", "fr"], 2: ["9", "10"]}, language_field=1,
                            recommendation_field=2)  # fmt: skip
    assert (answers.language, answers.ratings) == (None, ())
    assert len(unclear) == 1
    assert told({1: ["de"]}, language_field=1)[0].language == "de"
