"""Answers to surveys: which scales there are, and what an answer counts as. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from connectors import Fact, Measures, Rating, Survey
from exporter.book import OUT_OF_SCALE, Book
from exporter.knowledge import Extra, Opinion, milliseconds

GOOD, BAD = "good", "bad"
PROMOTER, PASSIVE, DETRACTOR = "promoter", "passive", "detractor"

FACT = {
    Survey.SATISFACTION: Fact.SATISFACTION,
    Survey.RECOMMENDATION: Fact.RECOMMENDATION,
    Survey.EFFORT: Fact.EFFORT,
}

# Of each survey, by the best score of its scale: every score from the lowest, and its mark.
_SCALES: dict[tuple[str, int], dict[int, str]] = {
    ("satisfaction", 1): {0: BAD, 1: GOOD},
    ("satisfaction", 5): {1: BAD, 2: BAD, 3: BAD, 4: GOOD, 5: GOOD},
    ("recommendation", 10): {
        **dict.fromkeys(range(7), DETRACTOR),
        **dict.fromkeys((7, 8), PASSIVE),
        **dict.fromkeys((9, 10), PROMOTER),
    },
    ("effort", 5): dict.fromkeys(range(1, 6), "5"),
    ("effort", 7): dict.fromkeys(range(1, 8), "7"),
}


def mark(opinion: Opinion) -> str | None:
    """What an answer counts as; None where it is outside its scale."""
    return _SCALES.get((opinion.survey, opinion.best), {}).get(opinion.score)


def ordinal(opinion: Opinion) -> int:
    """What tells an answer from the others of its subject."""
    # The score is in the key: one vendor may date two answers alike.
    return (opinion.at if opinion.dated else 0) * 16 + opinion.score


def latest(opinions: Iterable[Opinion]) -> Opinion | None:
    """The satisfaction that stands: the last one given."""
    rated = (o for o in opinions if o.survey == Survey.SATISFACTION and mark(o))
    return max(rated, key=lambda opinion: (opinion.at, opinion.score), default=None)


def merged(
    opinions: tuple[Opinion, ...], ratings: Iterable[Rating], seen_at: int
) -> tuple[Opinion, ...]:
    """All answers of a ticket. seen_at: the date of those that the vendor does not date."""
    known = {opinion.mark: opinion for opinion in opinions}
    for rating in ratings:
        dated = rating.at is not None
        at = seen_at if rating.at is None else milliseconds(rating.at)
        opinion = Opinion(rating.survey.value, rating.score, rating.best, at, dated)
        known.setdefault(opinion.mark, opinion)
    return tuple(sorted(known.values(), key=lambda o: (o.at, o.survey, o.score)))


def dated(opinions: tuple[Opinion, ...], seen_at: int) -> tuple[Opinion, ...]:
    """Answers that came before their ticket: those that the vendor does not date are of now."""
    return tuple(one if one.dated else replace(one, at=seen_at) for one in opinions)


def observed(
    book: Book, opinions: tuple[Opinion, ...], changes: int, measures: Measures
) -> tuple[tuple[Opinion, ...], int]:
    """The answers of a ticket that counts, after all that is new was taken down, and how often
    its satisfaction changed; `changes` of these were counted before.
    """
    told = tuple(_observed(book, opinion, measures) for opinion in opinions)
    given = [o.at for o in told if o.survey == Survey.SATISFACTION and o.observed and mark(o)]
    for number in range(changes + 1, len(given)):
        book.count(Extra.RATING_CHANGED, number, given[number])
    return told, max(changes, len(given) - 1)


def _observed(book: Book, opinion: Opinion, measures: Measures) -> Opinion:
    fact = FACT[Survey(opinion.survey)]
    if opinion.observed or fact not in measures.told:
        return opinion
    word = mark(opinion)
    if word is None:
        book.refused.append(OUT_OF_SCALE)
    else:
        book.count(fact, ordinal(opinion), opinion.at, opinion.score, marks=(word,))
    return replace(opinion, observed=True)
