"""Whose a ticket is, and what support its customer had of it, each case by hand."""

from __future__ import annotations

from typing import Any, Final

import pytest

from connectors import Fact
from exporter.customers.account import Account, Experience
from exporter.customers.experience import (
    DAY,
    Expectations,
    Trace,
    Waiting,
    complaints,
    lived,
    served,
)
from exporter.customers.identity import By, Directory, Joining, Unjoined
from exporter.knowledge import Opinion
from exporter.labels import Labeller

AT: Final = 1000 * DAY
TELLS_ALL: Final = Waiting(response=True, resolution=True)
USUAL: Final = Joining()
LABELLER: Final = Labeller(lambda: b"key")
QUICK: Final[dict[str, Any]] = {
    "answered_at": AT - 10 * DAY + 1,
    "solved_at": AT - 10 * DAY + 2,
    "is_open": False,
    "is_answered": True,
}


def made(created: int = AT - 10 * DAY, **told: Any) -> Trace:
    return Trace(created, **told)


@pytest.mark.parametrize(
    ("trace", "expected"),
    [
        (made(**QUICK), Experience.ON_TARGET),
        (made(**QUICK | {"unhappy_at": AT}), Experience.UNHAPPY),
        (made(**QUICK | {"unhappy_at": AT, "breached_at": AT - DAY}), Experience.UNHAPPY),
        (made(**QUICK | {"unhappy_at": AT + 1}), Experience.ON_TARGET),
        (made(**QUICK | {"breached_at": AT}), Experience.BREACHED),
        (made(**QUICK | {"breached_at": AT + 1}), Experience.ON_TARGET),
        (made(**QUICK | {"answered_at": AT - 9 * DAY}), Experience.ON_TARGET),
        (made(**QUICK | {"answered_at": AT - 9 * DAY + 1}), Experience.SLOW),
        (made(**QUICK | {"late_at": AT}), Experience.SLOW),
        (made(**QUICK | {"late_at": AT + 1}), Experience.ON_TARGET),
        # It waits: for a response more than a day, for a resolution more than seven.
        (made(AT - DAY), Experience.ON_TARGET),
        (made(AT - DAY - 1), Experience.SLOW),
        (made(AT - 7 * DAY, answered_at=AT - 7 * DAY, is_answered=True), Experience.ON_TARGET),
        (made(AT - 7 * DAY - 1, answered_at=AT - 7 * DAY, is_answered=True), Experience.SLOW),
        # It did then, however it stands now.
        (made(answered_at=AT + 1, solved_at=AT + 2, is_open=False), Experience.SLOW),
        # It was solved without a response, or closed nobody says when: neither waits.
        (made(solved_at=AT - 9 * DAY, is_open=False), Experience.ON_TARGET),
        (made(is_open=False), Experience.ON_TARGET),
        # A first response of which no duration could be counted is one all the same.
        (made(AT - 2 * DAY, is_answered=True), Experience.ON_TARGET),
        # Only tickets of the 90 days before, which nobody had removed by then.
        (made(AT), Experience.ON_TARGET),
        (made(AT + 1), None),
        (made(AT - 90 * DAY + 1, unhappy_at=AT), Experience.UNHAPPY),
        (made(AT - 90 * DAY, unhappy_at=AT), None),
        (made(unhappy_at=AT, removed_at=AT), None),
        (made(unhappy_at=AT, removed_at=AT + 1), Experience.UNHAPPY),
    ],
)
def test_what_a_customer_had_of_a_ticket(trace: Trace, expected: Experience | None) -> None:
    assert lived(trace, AT, Expectations(), TELLS_ALL) is expected


def test_nobody_waits_where_the_helpdesk_does_not_tell_it() -> None:
    waits = made(AT - 30 * DAY)
    assert (
        lived(waits, AT, Expectations(), Waiting(response=False, resolution=False))
        is Experience.ON_TARGET
    )
    assert (
        lived(waits, AT, Expectations(), Waiting(response=True, resolution=False))
        is Experience.SLOW
    )
    assert (
        lived(waits, AT, Expectations(), Waiting(response=False, resolution=True))
        is Experience.SLOW
    )


def test_what_is_slow_and_for_how_long_it_counts_is_the_operators() -> None:
    strict = Expectations(window=20 * DAY, slow_response=DAY // 24, slow_resolution=DAY)
    answered = made(AT - DAY // 2, answered_at=AT - DAY // 4)
    assert lived(answered, AT, strict, TELLS_ALL) is Experience.SLOW
    assert lived(answered, AT, Expectations(), TELLS_ALL) is Experience.ON_TARGET
    assert lived(made(AT - 20 * DAY), AT, strict, TELLS_ALL) is None


def test_the_worst_counts_and_a_complaint_needs_no_ticket() -> None:
    some = (Experience.SLOW, Experience.BREACHED, Experience.ON_TARGET)
    assert served(some, complained=False) == (Experience.BREACHED, True)
    assert served(some, complained=True) == (Experience.UNHAPPY, True)
    assert served((), complained=True) == (Experience.UNHAPPY, False)
    assert served((), complained=False) == (Experience.NONE, False)


def test_a_customer_complains_as_detractor_or_by_a_bad_rating() -> None:
    answers = (
        Opinion(Fact.RECOMMENDATION, 6, 10, 1, dated=True),
        Opinion(Fact.RECOMMENDATION, 7, 10, 2, dated=True),
        Opinion(Fact.SATISFACTION, 2, 5, 3, dated=True),
        Opinion(Fact.SATISFACTION, 4, 5, 4, dated=True),
        Opinion(Fact.EFFORT, 1, 7, 5, dated=True),
    )
    assert complaints(Account("c", opinions=answers)) == (1, 3)


# --- whose a ticket is --------------------------------------------------------------------------


def keyed(name: str) -> str:
    return LABELLER.keyed(name)


def all_keyed(*names: str) -> tuple[str, ...]:
    return tuple(map(LABELLER.keyed, names))


def known(name: str, ids: tuple[str, ...], domains: tuple[str, ...]) -> Account:
    return Account(keyed(name), (1, 0), all_keyed(*ids), all_keyed(*domains))


def directory(joining: Joining = USUAL) -> Directory:
    made = Directory(joining, LABELLER)
    made.add(known("C1", ("one",), ("one.example",)))
    made.add(known("C2", ("two", "C1x"), ("two.example",)))
    made.add(known("C3", (), ("two.example", "gmail.com", "three.example")))
    made.add(known("C4", ("three", "C2"), ("four.example",)))
    made.add(known("C5", ("three",), ()))
    return made


@pytest.mark.parametrize(
    ("external_id", "domain", "owner", "how"),
    [
        ("one", None, "C1", By.EXTERNAL_ID),
        (" ONE ", "three.example", "C1", By.EXTERNAL_ID),
        ("C1", None, "C1", By.EXTERNAL_ID),
        ("C2", None, "C4", By.EXTERNAL_ID),
        (None, "Three.Example", "C3", By.DOMAIN),
        ("nobody's", "three.example", "C3", By.DOMAIN),
        ("three", "one.example", "C1", By.DOMAIN),
        (None, None, None, Unjoined.ANONYMOUS),
        (None, "nobody.example", None, Unjoined.UNKNOWN),
        ("nobody's", None, None, Unjoined.UNKNOWN),
        (None, "two.example", None, Unjoined.SHARED),
        ("three", None, None, Unjoined.SHARED),
        ("three", "nobody.example", None, Unjoined.SHARED),
        (None, "gmail.com", None, Unjoined.PUBLIC),
    ],
)
def test_a_ticket_finds_its_customer_or_why_it_does_not(
    external_id: str | None, domain: str | None, owner: str | None, how: By | Unjoined
) -> None:
    first, second = (None if one is None else keyed(one) for one in (external_id, domain))
    expected = None if owner is None else keyed(owner)
    assert directory().owner(first, second) == (expected, how)


def test_the_operator_says_what_is_looked_at_and_what_is_public() -> None:
    one, three = all_keyed("one", "three.example")
    domain_first = directory(Joining((By.DOMAIN, By.EXTERNAL_ID)))
    assert domain_first.owner(one, three) == (keyed("C3"), By.DOMAIN)
    ids_alone = directory(Joining((By.EXTERNAL_ID,)))
    assert ids_alone.owner(None, three) == (None, Unjoined.ANONYMOUS)
    public = directory(Joining(public_domains=frozenset({"three.example"})))
    assert public.owner(None, three) == (None, Unjoined.PUBLIC)
