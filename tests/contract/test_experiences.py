"""What support customers had, told by other sources, held against each engine of the store."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, Final
from unittest import mock

import pytest

from connectors import (
    Channel,
    Customer,
    Fact,
    Identity,
    Measures,
    Page,
    Priority,
    Rating,
    Record,
    Removal,
    Removed,
    Solve,
    Status,
    Subscription,
    Survey,
    Ticket,
    Told,
    Usage,
)
from exporter.customers.account import Experience
from exporter.customers.experience import Expectations
from exporter.definition import ClockName, Definition, Promise, Target
from exporter.labels import Labeller
from exporter.source import Source
from exporter.store import Store
from exporter.store.commit import Commit
from exporter.store.database import Database
from exporter.store.experiences import Experiences
from tests.storage import counts

pytest_plugins = ["tests.postgres"]
START: Final = datetime(2026, 1, 1, tzinfo=UTC)
HOUR: Final = 3_600_000
LABELLER: Final = Labeller(lambda: b"key")
OF_TICKETS: Final = (
    Fact.CREATED,
    Fact.FIRST_RESPONSE,
    Fact.FIRST_RESOLUTION,
    Fact.SOLVED,
    Fact.OPEN,
    Fact.AWAITING_FIRST_RESPONSE,
    Fact.SATISFACTION,
    Fact.CUSTOMER,
)
PROMISES: Final = (Promise(Target.FIRST_RESPONSE, ClockName.CALENDAR, 12 * HOUR),)
DESK: Final = Source(
    "desk",
    "desk",
    Measures({fact: Told() for fact in OF_TICKETS}),
    definition=Definition(promises=PROMISES),
    labeller=LABELLER,
)
OTHER: Final = replace(DESK, name="other", definition=Definition())
CRM: Final = Source(
    "crm",
    "crm",
    Measures({Fact.CUSTOMERS: Told(), Fact.RECOMMENDATION: Told()}),
    helpdesks=("desk",),
    labeller=LABELLER,
)
BOTH: Final = replace(CRM, helpdesks=("desk", "other"))
LEFT: Final = "support_customers_churned_by_experience"
STAND: Final = "support_customers_by_experience"


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture(params=("sqlite", "postgresql"))
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty store of each engine."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/store.db"
    else:
        url = str(request.getfixturevalue("postgres_url"))
    opened = Store.open(url)
    opened.prepare([DESK, OTHER, CRM])
    yield opened
    opened.close()


def day(number: float) -> datetime:
    return START + timedelta(days=number)


def take(
    store: Store, source: Source, records: Sequence[Record] = (), to: float | None = None
) -> None:
    """Take in a page; `to`: it ends a poll that is complete up to that day."""
    complete_to = None if to is None else day(to)
    now = int(day(to or 0).timestamp() * 1000)
    store.commit(source, Page(tuple(records), "cursor", complete_to), Usage(), now, now)


def ticket(
    name: str,
    who: str | None,
    created: float,
    answered: float | None = None,
    solved: float | None = None,
    **more: Any,
) -> Ticket:
    """A ticket of a company, by its external id; in hours after creation what happened to it."""
    begin = day(created)
    first = None if answered is None else begin + timedelta(hours=answered)
    end = None if solved is None else begin + timedelta(hours=solved)
    given = {
        "status": Status.OPEN if solved is None else Status.SOLVED,
        "priority": Priority.NORMAL,
        "channel": Channel.EMAIL,
        "team": None,
        "assigned": True,
        "first_response_at": first,
        "first_solved_at": end,
        "solves": () if end is None else (Solve(end),),
        "customer": None if who is None else Identity((who,)),
    } | more
    return Ticket(name, begin, max(t for t in (begin, first, end) if t), **given)


def bad(at: float) -> tuple[Rating, ...]:
    return (Rating(Survey.SATISFACTION, 0, 1, day(at)),)


def paying(name: str, start: float = 1, end: float | None = None) -> Subscription:
    until = None if end is None else day(end)
    return Subscription(f"of {name}", name, day(start if end is None else end), day(start), until)


def shown(store: Store, metric: str, source: str = "crm") -> dict[str, int]:
    """The series of a metric by their label, those at 0 too."""
    return {
        one.labels[0]: one.amount.value
        for one in store.snapshot().series
        if (one.source, one.metric) == (source, metric)
    }


def nobody(**but: int) -> dict[str, int]:
    return {one.value: but.get(one.value, 0) for one in Experience}


TICKETS: Final = (
    ticket("1", "quick", 100, 1, 2),
    ticket("2", "slow", 100, 11, 7 * 24 + 1),
    ticket("3", "broken", 100, 13, 14),
    ticket("4", "angry", 100, 1, 2, ratings=bad(101)),
    ticket("5", "waiting", 100, 1),
    ticket("6", "later", 100, 1, 2, ratings=bad(121)),
    ticket("7", "long ago", 20, 13, 14),
    ticket("8", None, 100, 1, 2),
)
NAMES: Final = ("quick", "slow", "broken", "angry", "waiting", "later", "long ago", "silent")
PATRONS: Final = (*(paying(name) for name in NAMES), paying("stays"))
LEAVERS: Final = tuple(paying(name, 1, 120) for name in NAMES)
EXPECTED: Final = nobody(on_target=2, slow=2, breached=1, unhappy=1, none=2)


def test_who_leaves_is_counted_by_the_support_up_to_then(store: Store) -> None:
    take(store, DESK, TICKETS, to=130)
    take(store, CRM, (*PATRONS, *LEAVERS), to=130)
    assert shown(store, LEFT) == EXPECTED


def test_who_stays_is_told_apart_by_support_too(store: Store) -> None:
    take(store, DESK, TICKETS, to=119)
    take(store, CRM, PATRONS, to=119)
    assert shown(store, STAND) == nobody(on_target=2, slow=2, breached=1, unhappy=1, none=3)
    assert shown(store, LEFT) == nobody()


def test_tickets_are_counted_by_what_found_their_customer(store: Store) -> None:
    of_domain = ticket("9", None, 101, customer=Identity((), ("late.example",)))
    too_old = ticket("10", "quick", 2, 1, 2)
    known = (Customer("x", day(1), Identity(("late",), ("late.example",))), paying("x"))
    gone = (Removed("8", day(104), Removal.SPAM), Removed("1", day(104), Removal.DELETED))
    take(store, DESK, (*TICKETS, of_domain, too_old), to=103)
    take(store, CRM, (*PATRONS, *known), to=103)
    assert shown(store, "support_tickets_joined") == {"external_id": 7, "domain": 1, "none": 1}
    take(store, DESK, gone, to=105)
    take(store, CRM, to=105)
    assert shown(store, "support_tickets_joined") == {"external_id": 6, "domain": 1, "none": 0}


def test_a_detractor_is_unhappy_without_any_ticket(store: Store) -> None:
    rated = Customer("stays", day(60), ratings=(Rating(Survey.RECOMMENDATION, 3, 10, day(60)),))
    take(store, DESK, TICKETS, to=119)
    take(store, CRM, (*PATRONS, rated), to=119)
    assert shown(store, STAND)["unhappy"] == 2


def test_nothing_is_told_before_every_helpdesk_told_everything(store: Store) -> None:
    store.prepare([BOTH])
    take(store, DESK, TICKETS, to=130)
    take(store, BOTH, (*PATRONS, *LEAVERS), to=130)
    take(store, OTHER, TICKETS[:3])
    take(store, BOTH, to=131)
    assert shown(store, LEFT) == shown(store, STAND) == {}


def test_all_who_ever_left_are_the_beginning_and_no_news(store: Store) -> None:
    """However long the helpdesk's first import takes: the counter is born with its total."""
    take(store, CRM, (*PATRONS, *LEAVERS), to=130)
    take(store, DESK, TICKETS, to=130)
    take(store, CRM, to=131)
    series = [one for one in store.snapshot().series if one.metric == LEFT]
    assert sum(one.published.value for one in series) == len(LEAVERS)
    assert not any(one.held for one in series)


def test_a_late_helpdesk_delays_a_number_and_does_not_change_it(store: Store) -> None:
    take(store, DESK, (), to=99)
    take(store, CRM, PATRONS, to=99)
    take(store, CRM, LEAVERS, to=130)
    assert shown(store, LEFT) == nobody()
    take(store, DESK, TICKETS[:4], to=119.9)
    take(store, CRM, to=131)
    assert shown(store, LEFT) == nobody()
    take(store, DESK, TICKETS[4:], to=120)
    take(store, CRM, to=132)
    assert shown(store, LEFT) == EXPECTED
    assert sum(shown(store, STAND).values()) == 1


def test_a_leaving_that_is_told_late_is_counted_then(store: Store) -> None:
    take(store, DESK, TICKETS, to=130)
    take(store, CRM, (*PATRONS, *LEAVERS[:3]), to=130)
    take(store, CRM, LEAVERS[3:], to=131)
    # It left, as far as anybody knew, when all before it had been told: on day 130.
    assert shown(store, LEFT) == nobody(on_target=1, slow=2, breached=1, unhappy=2, none=2)


def test_a_removal_counts_from_its_instant_on(store: Store) -> None:
    """Whether the CRM or the helpdesk was polled first after it makes no difference."""
    gone = Removed("3", day(125), Removal.SPAM)
    sooner = Removed("4", day(115), Removal.SPAM)
    take(store, DESK, (*TICKETS, gone, sooner), to=130)
    take(store, CRM, (*PATRONS, *LEAVERS), to=130)
    assert shown(store, LEFT) == nobody(on_target=2, slow=2, breached=1, none=3)


def test_a_source_that_is_helpdesk_and_crm_in_one_needs_no_other(store: Store) -> None:
    measures = Measures({**DESK.measures.told, **CRM.measures.told})
    suite = replace(DESK, name="suite", measures=measures, helpdesks=("suite",))
    store.prepare([suite])
    take(store, suite, (*TICKETS, *PATRONS, *LEAVERS), to=130)
    assert shown(store, LEFT, "suite") == EXPECTED


def test_tickets_of_several_helpdesks_are_one_customers_support(store: Store) -> None:
    store.prepare([BOTH])
    take(store, DESK, TICKETS[:1], to=130)
    take(store, OTHER, [ticket("1", "quick", 105, 1, 2, ratings=bad(106))], to=130)
    take(store, BOTH, PATRONS, to=130)
    assert shown(store, STAND) == nobody(unhappy=1, none=8)


def test_what_customers_expect_is_the_operators(store: Store) -> None:
    patient = replace(CRM, expectations=Expectations(slow_resolution=60 * 24 * HOUR))
    take(store, DESK, TICKETS, to=130)
    take(store, patient, (*PATRONS, *LEAVERS), to=130)
    assert shown(store, LEFT) == nobody(on_target=4, breached=1, unhappy=1, none=2)


def test_a_helpdesk_that_is_named_later_is_no_news_either(store: Store) -> None:
    alone = replace(CRM, helpdesks=())
    store.prepare([alone])
    take(store, alone, (*PATRONS, *LEAVERS), to=130)
    take(store, DESK, TICKETS, to=130)
    assert shown(store, LEFT) == {}
    store.prepare([CRM])
    take(store, CRM, to=131)
    assert shown(store, LEFT) == EXPECTED
    assert not any(one.held for one in store.snapshot().series if one.metric == LEFT)


def test_counting_anew_keeps_what_was_counted(store: Store) -> None:
    take(store, DESK, TICKETS, to=130)
    take(store, CRM, (*PATRONS, *LEAVERS), to=130)
    store.recompute(CRM)
    assert shown(store, LEFT) == EXPECTED


# --- whenever, in whatever order, however often -------------------------------------------------

Step = tuple[Source, tuple[Record, ...], float]


def history(seed: int) -> tuple[list[Step], list[Step]]:
    """What a helpdesk and a CRM tell, poll by poll, out of a seed: each up to its watermark."""
    rng = Random(seed)
    desk: list[Step] = []
    crm: list[Step] = []
    ends = {f"c{n}": rng.choice([None, rng.uniform(95, 150)]) for n in range(12)}
    known = [
        ticket(f"t{n}", rng.choice([*ends, None]), at, *_happened(rng), **_more(rng, at))
        for n, at in enumerate(sorted(rng.uniform(5, 150) for _ in range(60)))
    ]
    for source, steps in ((DESK, desk), (CRM, crm)):
        for before, to in itertools.pairwise([0, *sorted(rng.sample(range(60, 155), 5)), 160]):
            records: list[Record] = []
            if source is DESK:
                records += [told for one in known if (told := _told(one, before, to))]
            else:
                records += [paying(name) for name in ends if before == 0]
                records += [
                    paying(name, 1, end) for name, end in ends.items() if end and before < end <= to
                ]
            steps.append((source, tuple(records), to))
    return desk, crm


def _happened(rng: Random) -> tuple[float | None, float | None]:
    answered = rng.choice([None, rng.uniform(0, 20), rng.uniform(20, 60)])
    return answered, rng.choice([None, (answered or 0) + rng.uniform(1, 400)])


def _more(rng: Random, at: float) -> dict[str, Any]:
    return {"ratings": bad(at + rng.uniform(1, 30))} if rng.random() < 0.2 else {}


def _told(one: Ticket, before: float, to: float) -> Ticket | None:
    """The ticket as its helpdesk tells it at `to`, if anything happened since `before`."""
    instants = [one.created_at, one.first_response_at, one.first_solved_at]
    instants += [rating.at for rating in one.ratings]
    past = [at for at in instants if at is not None and at <= day(to)]
    if not past or max(past) <= day(before) or one.created_at > day(to):
        return None
    solved = one.first_solved_at is not None and one.first_solved_at <= day(to)
    answered = one.first_response_at is not None and one.first_response_at <= day(to)
    return replace(
        one,
        changed_at=max(past),
        status=Status.SOLVED if solved else Status.OPEN,
        first_response_at=one.first_response_at if answered else None,
        first_solved_at=one.first_solved_at if solved else None,
        solves=one.solves if solved else (),
        ratings=tuple(r for r in one.ratings if r.at and r.at <= day(to)),
    )


def interleaved(rng: Random, *several: list[Step]) -> list[Step]:
    """The steps of all, those of each in their order."""
    turns = [number for number, steps in enumerate(several) for _ in steps]
    rng.shuffle(turns)
    left = [iter(steps) for steps in several]
    return [next(left[turn]) for turn in turns]


@pytest.mark.parametrize("seed", range(6))
def test_no_order_of_polls_and_no_repetition_changes_a_number(
    seed: int, store: Store, tmp_path: Path
) -> None:
    desk, crm = history(seed)
    calm = Store.open(f"sqlite:///{tmp_path}/calm.db")
    calm.prepare([DESK, CRM])
    for one in (*desk, *crm):
        take(calm, *one)
    for step in interleaved(Random(f"{seed}:order"), desk, crm):
        take(store, *step)
        take(store, step[0], step[1])
    take(store, CRM, to=161)
    take(calm, CRM, to=161)
    assert shown(store, LEFT) == shown(calm, LEFT)
    assert shown(store, STAND) == shown(calm, STAND)
    assert sum(shown(store, LEFT).values()) > 0
    calm.close()


def test_the_numbers_are_those_of_a_straight_count(store: Store) -> None:
    """Over many histories in one store: what happened to each ticket, looked at one by one."""
    expected: Counter[str] = Counter()
    desks, crms = [], []
    for seed in range(20, 24):
        desk, crm = history(seed)
        desks.append(replace(DESK, name=f"desk{seed}"))
        crms.append(replace(CRM, name=f"crm{seed}", helpdesks=(f"desk{seed}",)))
        store.prepare([desks[-1], crms[-1]])
        for source, steps in ((desks[-1], desk), (crms[-1], crm)):
            for _, records, to in steps:
                take(store, source, records, to)
        expected += straight(desk, crm)
    found: Counter[str] = Counter()
    for one in crms:
        found += Counter(shown(store, LEFT, one.name))
    assert found == expected
    assert len(expected) == len(Experience), "every experience happened to somebody"


def straight(desk: list[Step], crm: list[Step]) -> Counter[str]:
    tickets = {one.id: one for _, records, _ in desk for one in records if isinstance(one, Ticket)}
    found: Counter[str] = Counter()
    for left in (one for _, records, _ in crm for one in records):
        assert isinstance(left, Subscription)
        if left.ended_at is None:
            continue
        mine = [one for one in tickets.values() if one.customer == Identity((left.customer,))]
        found[_straight(mine, left.ended_at)] += 1
    return found


def _straight(tickets: list[Ticket], at: datetime) -> str:
    words = []
    for one in tickets:
        if not at - timedelta(days=90) < one.created_at <= at:
            continue
        first, end = one.first_response_at, one.first_solved_at
        answered, solved = first and first <= at, end and end <= at
        waited = (first if answered and first else at) - one.created_at
        took = (end if solved and end else at) - one.created_at
        if any(rating.at and rating.at <= at for rating in one.ratings):
            words.append("unhappy")
        # Nothing breaks the promise of a ticket that was solved before it was due.
        elif waited > timedelta(hours=12) and (
            answered or not solved or took > timedelta(hours=12)
        ):
            words.append("breached")
        elif took > timedelta(days=7):
            words.append("slow")
        else:
            words.append("on_target")
    return max(words, key=[one.value for one in Experience].index, default="none")


def test_a_kill_at_any_step_loses_nothing_and_repeats_nothing(store: Store, tmp_path: Path) -> None:
    steps: list[Step] = [
        (DESK, TICKETS, 130),
        (CRM, (*PATRONS, *LEAVERS[:4]), 130),
        (DESK, (), 131),
        (CRM, LEAVERS[4:], 131),
    ]
    calm = Store.open(f"sqlite:///{tmp_path}/calm.db")
    calm.prepare([DESK, OTHER, CRM])
    for step in steps:
        take(calm, *step)
        verbs: list[tuple[type, str]] = [(Commit, "_experience"), (Commit, "_remember")]
        if step[0] is CRM:
            verbs += [(Experiences, "gauges"), (Database, "insert")]
        for noun, verb in verbs:
            with _dying(noun, verb), pytest.raises(Killed):
                take(store, *step)
        take(store, *step)
    assert shown(store, LEFT) == shown(calm, LEFT)
    assert sum(shown(store, LEFT).values()) == len(LEAVERS)
    ours, theirs = counts(store), counts(calm)
    assert {name: ours[name] for name in ("observations", "tickets")} == {
        name: theirs[name] for name in ("observations", "tickets")
    }
    calm.close()


def _dying(noun: type, verb: str) -> Any:
    real = getattr(noun, verb)

    def dying(*args: object, **options: object) -> None:
        real(*args, **options)
        raise Killed

    return mock.patch.object(noun, verb, dying)
