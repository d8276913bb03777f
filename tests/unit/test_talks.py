"""Exchanges of messages: told in parts, in any order, and each observed once."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from connectors import Exchange, Fact, Measures, Removal, Removed, Supplement, Told
from connectors.records import OfTicket
from exporter.book import NEGATIVE
from exporter.clocks import Schedule
from exporter.definition import Definition, Target
from exporter.knowledge import Known, Observation, Talk
from exporter.observe import Observer
from exporter.talks import merged
from tests.unit.test_observe import (
    EVERYTHING,
    NEW,
    follow,
    minutes,
    ms,
    observed,
    refused,
    told,
)
from tests.unit.test_promises import HOUR, exchange, of

MINUTE = 60_000


def responses(*records: OfTicket, observer: Observer | None = None) -> list[Observation]:
    """The next responses that these records give."""
    changes = follow(observer or Observer(EVERYTHING), *records)
    return [one for one in observed(changes) if one.kind is Fact.NEXT_RESPONSE]


def test_an_answered_exchange_is_observed_once_from_question_to_answer() -> None:
    (one,) = responses(NEW, exchange(10, 25), exchange(10, 25))
    assert (one.ordinal, one.at, one.value) == (1, ms(25), 15 * MINUTE)


def test_an_exchange_that_waits_is_not_observed() -> None:
    changes = follow(Observer(EVERYTHING), NEW, exchange(10))
    assert [talk.waits for talk in changes[-1].known.talks] == [True]
    assert responses(NEW, exchange(10)) == []


def test_an_answer_alone_waits_for_its_question() -> None:
    changes = follow(Observer(EVERYTHING), NEW, exchange(None, 25))
    assert [talk.waits for talk in changes[-1].known.talks] == [False]
    assert [one.value for one in responses(NEW, exchange(None, 25), exchange(10))] == [15 * MINUTE]


def test_question_and_answer_of_one_instant_are_no_time_apart() -> None:
    assert [one.value for one in responses(NEW, exchange(10, 10))] == [0]


def test_each_exchange_is_one_observation() -> None:
    found = responses(NEW, exchange(10, 20), exchange(30, 45, 2), exchange(50, None, 3))
    assert [(one.ordinal, one.value) for one in found] == [(1, 10 * MINUTE), (2, 15 * MINUTE)]


def test_what_was_told_first_stays() -> None:
    """A vendor that tells another instant later does not move what was counted."""
    found = responses(NEW, exchange(10, 20), exchange(1, 99))
    assert [(one.at, one.value) for one in found] == [(ms(20), 10 * MINUTE)]
    before = (Talk(1, asked=5, answered=9, observed=True),)
    assert merged(before, [Exchange(1, minutes(1), minutes(99))]) == before


def test_an_answer_before_its_question_is_not_observed_until_it_is_mended() -> None:
    wrong = exchange(20, 10)
    *_, mended = follow(Observer(EVERYTHING), NEW, wrong, exchange(None, 10), exchange(20, 25))
    assert [one.value for one in mended.observations] == [5 * MINUTE]
    assert responses(NEW, wrong) == []
    assert refused(follow(Observer(EVERYTHING), NEW, wrong, wrong)) == [NEGATIVE]


def test_an_answer_before_its_question_is_refused_once() -> None:
    wrong = exchange(20, 10)
    changes = follow(Observer(EVERYTHING), NEW, wrong, wrong, told(NEW, 30), exchange(40, 50, 2))
    assert refused(changes) == [NEGATIVE]
    assert [one.ordinal for one in responses(NEW, wrong, exchange(40, 50, 2))] == [2]


def test_an_answer_before_its_question_keeps_no_promise() -> None:
    assert of(Target.NEXT_RESPONSE, NEW, exchange(20, 10)) == []


def test_nothing_is_observed_where_the_vendor_does_not_tell_exchanges() -> None:
    silent = Observer(Measures({Fact.CREATED: Told()}), HOUR)
    assert responses(NEW, exchange(10, 25), observer=silent) == []
    assert of(Target.NEXT_RESPONSE, NEW, exchange(10, 250), measures=silent.measures) == []


def test_a_ticket_tells_its_exchanges_as_well_as_a_supplement_does() -> None:
    asked = told(NEW, 12, exchanges=(Exchange(1, minutes(10)),))
    assert [one.value for one in responses(asked, exchange(None, 25))] == [15 * MINUTE]


# --- removed and back -----------------------------------------------------------------------------

GONE = Removed("7", minutes(30), Removal.MERGED)


def test_an_exchange_is_not_observed_while_its_ticket_is_gone() -> None:
    changes = follow(Observer(EVERYTHING), NEW, GONE, exchange(10, 20))
    assert changes[-1].observations == ()
    assert [(talk.asked, talk.answered) for talk in changes[-1].known.talks] == [(ms(10), ms(20))]


def test_an_exchange_of_a_ticket_that_comes_back_is_observed_once() -> None:
    back = (told(NEW, 60), told(NEW, 70))
    assert len(responses(NEW, GONE, exchange(10, 20), *back)) == 1
    assert len(responses(NEW, exchange(10, 20), GONE, exchange(10, 20), *back)) == 1


# --- labels and business time ---------------------------------------------------------------------

LATE_SHIFT = Schedule("late", "UTC", (((555, 1440),),) * 7)
"""Opens at a quarter past nine, minute 15 of the stories here."""
ALWAYS = Schedule("always", "UTC", (((0, 1440),),) * 7)
BY_TEAM = Observer(EVERYTHING, Definition(team_schedules={"Billing": LATE_SHIFT, "Orders": ALWAYS}))


def test_the_team_that_had_the_ticket_when_the_question_was_seen_has_the_clock() -> None:
    moved = told(NEW, 20, team="Orders")
    (one,) = responses(NEW, exchange(10), moved, exchange(None, 25), observer=BY_TEAM)
    assert (one.value, one.business, one.clock) == (15 * MINUTE, 10 * MINUTE, "Billing")
    assert one.team == "Orders", "the label is that of the answer's moment"


def test_a_question_told_before_the_ticket_is_seen_with_the_ticket() -> None:
    (one,) = responses(
        exchange(10), exchange(None, 25), told(NEW, 30, team="Orders"), observer=BY_TEAM
    )
    assert (one.value, one.business, one.clock) == (15 * MINUTE, 15 * MINUTE, "Orders")


# --- any order ------------------------------------------------------------------------------------

pairs = st.lists(
    st.tuples(st.integers(0, 500), st.none() | st.integers(0, 500)), min_size=1, max_size=5
)


def parts(told_pairs: list[tuple[int, int | None]]) -> list[OfTicket]:
    """Every question and every answer as a record of its own."""
    found: list[OfTicket] = []
    for number, (asked, after) in enumerate(told_pairs, 1):
        found.append(exchange(asked, None, number))
        if after is not None:
            found.append(exchange(None, asked + after, number))
    return found


@given(pairs, st.randoms(use_true_random=False))
def test_parts_may_come_in_any_order_and_before_their_ticket(
    told_pairs: list[tuple[int, int | None]], chaos: random.Random
) -> None:
    records = [*parts(told_pairs), NEW]
    records += chaos.sample(records, len(records) // 2)
    chaos.shuffle(records)
    expected = {
        (number, ms(asked + after), after * MINUTE)
        for number, (asked, after) in enumerate(told_pairs, 1)
        if after is not None
    }
    found = responses(*records)
    assert len(found) == len(expected)
    assert {(one.ordinal, one.at, one.value) for one in found} == expected


@given(pairs, st.randoms(use_true_random=False))
def test_what_is_known_of_exchanges_does_not_depend_on_how_it_was_told(
    told_pairs: list[tuple[int, int | None]], chaos: random.Random
) -> None:
    whole = Supplement("7", tuple(one for part in parts(told_pairs) for one in _exchanges(part)))
    shuffled = parts(told_pairs)
    chaos.shuffle(shuffled)

    def known(*records: OfTicket) -> Known:
        return follow(Observer(EVERYTHING, HOUR), NEW, *records)[-1].known

    assert known(*shuffled) == known(whole)
    assert [talk.number for talk in known(whole).talks] == list(range(1, len(told_pairs) + 1))


def _exchanges(record: OfTicket) -> tuple[Exchange, ...]:
    assert isinstance(record, Supplement)
    return record.exchanges
