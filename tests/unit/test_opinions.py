"""Answers to surveys: what a score counts as, and that each statement counts once."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import (
    Fact,
    Measures,
    Rating,
    Removal,
    Removed,
    Supplement,
    Survey,
    Told,
)
from connectors.records import OfTicket
from exporter.book import OUT_OF_SCALE
from exporter.knowledge import Extra, Known, Observation, Opinion
from exporter.observe import Observer
from exporter.opinions import latest, mark
from tests.unit.test_observe import EVERYTHING, NEW, follow, minutes, ms, observed, refused, told

CSAT, NPS, CES = Survey.SATISFACTION, Survey.RECOMMENDATION, Survey.EFFORT
SCALES = {
    (CSAT, 1): (0, 1),
    (CSAT, 5): (1, 5),
    (NPS, 10): (0, 10),
    (CES, 5): (1, 5),
    (CES, 7): (1, 7),
}
"""Of each survey by its best score: the lowest and the highest that there is."""


def rated(*ratings: Rating) -> Supplement:
    return Supplement("7", ratings=ratings)


def satisfaction(score: int, at: float | None, best: int = 5) -> Rating:
    return Rating(CSAT, score, best, None if at is None else minutes(at))


def found(*records: OfTicket, measures: Measures = EVERYTHING) -> list[Observation]:
    """What these records give of a ticket that is known already."""
    return observed(follow(Observer(measures), NEW, *records)[1:])


def words(*records: OfTicket) -> list[tuple[str, ...]]:
    """The marks of the answers that they give."""
    return [
        one.marks
        for one in found(*records)
        if one.kind in (Fact.SATISFACTION, Fact.RECOMMENDATION, Fact.EFFORT)
    ]


# --- scales ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("survey", "best", "groups"),
    [
        (CSAT, 1, {"bad": {0}, "good": {1}}),
        (CSAT, 5, {"bad": {1, 2, 3}, "good": {4, 5}}),
        (NPS, 10, {"detractor": set(range(7)), "passive": {7, 8}, "promoter": {9, 10}}),
        (CES, 5, {"5": {1, 2, 3, 4, 5}}),
        (CES, 7, {"7": {1, 2, 3, 4, 5, 6, 7}}),
    ],
)
def test_every_score_of_a_scale_counts_as_one_thing(
    survey: Survey, best: int, groups: dict[str, set[int]]
) -> None:
    for word, scores in groups.items():
        for score in scores:
            (one,) = found(rated(Rating(survey, score, best, minutes(5))))
            assert (one.kind.value, one.marks, one.value, one.at) == (
                survey.value,
                (word,),
                score,
                ms(5),
            )


@given(st.sampled_from(Survey), st.integers(-20, 20), st.integers(-2, 12))
def test_a_score_that_its_scale_does_not_have_is_refused(
    survey: Survey, score: int, best: int
) -> None:
    lowest, highest = SCALES.get((survey, best), (1, 0))
    answer = Rating(survey, score, best, minutes(5))
    changes = follow(Observer(EVERYTHING), NEW, rated(answer), rated(answer), told(NEW, 9))
    is_answer = lowest <= score <= highest
    assert [one.value for one in observed(changes)[1:]] == ([score] if is_answer else [])
    assert refused(changes) == ([] if is_answer else [OUT_OF_SCALE]), "once"


@pytest.mark.parametrize(("survey", "best"), SCALES)
def test_a_score_next_to_its_scale_is_refused(survey: Survey, best: int) -> None:
    lowest, highest = SCALES[survey, best]
    answers = [Rating(survey, score, best, minutes(5)) for score in (lowest - 1, highest + 1)]
    changes = follow(Observer(EVERYTHING), NEW, rated(*answers))
    assert refused(changes) == [OUT_OF_SCALE, OUT_OF_SCALE]
    assert [o.kind for o in observed(changes)] == [Fact.CREATED]


def test_an_answer_beyond_its_scale_never_stands() -> None:
    beyond, good = Opinion("satisfaction", 9, 5, 100, True), Opinion("satisfaction", 4, 5, 50, True)
    assert mark(beyond) is None
    assert latest((good, beyond)) == good
    assert latest((beyond,)) is None


# --- each statement once --------------------------------------------------------------------------


def changes_of(*records: OfTicket) -> list[tuple[int, int]]:
    """Number and instant of each change of satisfaction."""
    return [(o.ordinal, o.at) for o in found(*records) if o.kind is Extra.RATING_CHANGED]


def test_an_answer_told_again_is_the_same_statement() -> None:
    again = rated(satisfaction(4, 5), satisfaction(4, 5))
    assert words(again, again) == [("good",)]
    assert changes_of(again, again) == []


def test_an_answer_that_was_changed_and_changed_back_is_three_statements() -> None:
    mind = [rated(satisfaction(score, at)) for score, at in ((4, 5), (2, 6), (4, 7))]
    assert words(*mind) == [("good",), ("bad",), ("good",)]
    assert changes_of(*mind) == [(1, ms(6)), (2, ms(7))]


def test_two_scores_of_one_instant_are_two_statements() -> None:
    one, other = rated(satisfaction(2, 5)), rated(satisfaction(4, 5))
    assert words(one, other) == [("bad",), ("good",)]
    keys = [(o.kind, o.ordinal) for o in found(one, other)]
    assert len(keys) == len(set(keys)) == 3, "two answers and a change"


def test_the_first_answer_changes_nothing_and_other_surveys_never_do() -> None:
    others = (Rating(NPS, 9, 10, minutes(1)), Rating(NPS, 3, 10, minutes(2)), Rating(CES, 5, 7))
    assert changes_of(rated(satisfaction(4, 5), *others)) == []


def test_an_answer_beyond_its_scale_is_no_change() -> None:
    assert changes_of(rated(satisfaction(4, 5)), rated(satisfaction(9, 6))) == []


def test_each_score_without_an_instant_counts_once_when_it_is_first_seen() -> None:
    first = told(NEW, 10, ratings=(satisfaction(4, None),))
    again = told(NEW, 20, ratings=(satisfaction(4, None),))
    other = told(NEW, 30, ratings=(satisfaction(2, None),))
    back = told(NEW, 40, ratings=(satisfaction(4, None),))
    answers = [one for one in found(first, again, other, back) if one.kind is Fact.SATISFACTION]
    assert [(one.value, one.at) for one in answers] == [(4, ms(10)), (2, ms(30))]
    assert changes_of(first, again, other, back) == [(1, ms(30))]


def test_a_score_without_an_instant_told_beside_is_dated_by_the_ticket() -> None:
    (one,) = found(told(NEW, 10), rated(satisfaction(4, None)))
    assert one.at == ms(10)


def test_a_score_without_an_instant_told_before_the_ticket_is_dated_by_the_ticket() -> None:
    changes = follow(Observer(EVERYTHING), rated(satisfaction(4, None)), told(NEW, 10))
    assert [one.at for one in observed(changes) if one.kind is Fact.SATISFACTION] == [ms(10)]


def test_a_survey_that_the_vendor_does_not_tell_gives_nothing() -> None:
    only_nps = Measures({Fact.CREATED: Told(), Fact.RECOMMENDATION: Told()})
    answers = rated(satisfaction(4, 5), satisfaction(9, 6), Rating(NPS, 9, 10, minutes(7)))
    assert [one.marks for one in found(answers, measures=only_nps)] == [("promoter",)]
    assert refused(follow(Observer(only_nps), NEW, answers)) == []


def test_an_answer_carries_the_team_of_its_first_sight() -> None:
    moved = told(NEW, 20, team="Orders")
    answers = found(rated(satisfaction(4, 5)), moved, rated(satisfaction(2, 30)))
    assert [(o.kind.value, o.team) for o in answers] == [
        ("satisfaction", "Billing"),
        ("satisfaction", "Orders"),
        ("rating_changed", "Orders"),
    ]


def test_answers_about_a_ticket_that_is_gone_count_when_it_comes_back() -> None:
    gone = Removed("7", minutes(10), Removal.SPAM)
    changes = follow(Observer(EVERYTHING), NEW, gone, rated(satisfaction(4, 5)), told(NEW, 20))
    assert [o.kind for o in changes[2].observations] == []
    assert [o.kind for o in changes[3].observations] == [Fact.SATISFACTION]


# --- any order ------------------------------------------------------------------------------------

ratings = st.lists(st.builds(satisfaction, st.integers(1, 5), st.integers(0, 9)), max_size=8)


@given(ratings, st.data())
def test_neither_order_nor_repeats_nor_parts_change_what_was_answered(
    answers: list[Rating], data: st.DataObject
) -> None:
    told_in = data.draw(st.permutations([*answers, *answers[:3]]))
    distinct = {(one.at, one.score) for one in answers}
    seen = found(*map(rated, told_in))
    given_answers = [one for one in seen if one.kind is Fact.SATISFACTION]
    assert {(_minute(one.at), one.value) for one in given_answers} == distinct
    assert len(given_answers) == len(distinct)
    changed = [one.ordinal for one in seen if one.kind is Extra.RATING_CHANGED]
    assert changed == list(range(1, len(distinct)))


@given(ratings, st.data())
def test_the_last_answer_stands_in_whatever_order_they_were_told(
    answers: list[Rating], data: st.DataObject
) -> None:
    told_in = data.draw(st.permutations(answers))
    known = follow(Observer(EVERYTHING), NEW, *map(rated, told_in))[-1].known
    standing = latest(known.opinions)
    if not answers:
        assert standing is None
        return
    assert standing is not None
    assert (_minute(standing.at), standing.score) == max((_at(one), one.score) for one in answers)
    assert all(a.at <= b.at for a, b in pairwise(known.opinions))


def test_only_satisfaction_stands() -> None:
    answers = rated(
        satisfaction(2, 5), Rating(NPS, 10, 10, minutes(6)), Rating(CES, 7, 7, minutes(7))
    )
    known: Known = follow(Observer(EVERYTHING), NEW, answers)[-1].known
    standing = latest(known.opinions)
    assert standing is not None
    assert (standing.survey, standing.score) == ("satisfaction", 2)
    assert latest(()) is None


def _minute(at: int) -> datetime:
    return minutes((at - ms(0)) / 60_000)


def _at(rating: Rating) -> datetime:
    assert rating.at is not None
    return rating.at
