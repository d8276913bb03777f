"""What becomes of a customer of the seeded desk, from the first trial to the last return.

As with tickets, a fate is a row of chapters, and the whole future is drawn when the customer
appears. It is finite; customers who come after keep the desk going.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import accumulate
from random import Random

from connectors.testing.arrivals import DAY, HOUR
from connectors.testing.courses import PLANS, QUANTITIES, Contract, Course
from connectors.testing.desk import Deal, Patron

TRIAL = 14 * DAY
TRIED_FIRST = 0.45
AT_ONCE = 0.5
MOST = 4

# Medians in days.
BETWEEN = 26.0
BEFORE_RETURN = (4.0, 25.0, 90.0)
OVERDUE = 6.0

REASONS = {
    "": 0.34,
    "price": 0.14,
    "service": 0.12,
    "product": 0.10,
    "competitor": 0.08,
    "unused": 0.12,
    "closed": 0.05,
    "other": 0.05,
}
ROUNDS = (1, 2, 3, 4, 5, 6, 8, 10)
SCORES = (0, 2, 4, 5, 6, 6, 7, 7, 8, 8, 8, 9, 9, 9, 10, 10, 10)

# How a customer is linked to what other systems know of it.
LINKS = {"both": 0.68, "id": 0.08, "domain": 0.18, "nothing": 0.06}
TWO_DOMAINS = 0.2

Chapter = Callable[[Course], None]
Turn = Callable[[Course, Contract], None]


def begin(course: Course) -> None:
    """A subscription is paid for, often after two weeks for nothing."""
    if not course.chance(TRIED_FIRST):
        course.sign(Deal.PAID, course.offer())
        return
    contract = course.sign(Deal.TRIAL, course.offer())
    course.skip_to(course.second + TRIAL)
    course.pay(contract)


def try_out(course: Course) -> None:
    """A trial ends without a payment; some say so before."""
    contract, ends = course.sign(Deal.TRIAL, course.offer()), course.second + TRIAL
    if course.chance(0.35):
        course.skip_to(course.second + course.rng.randrange(HOUR, TRIAL - HOUR))
        _announce(course, contract, ends)
    course.skip_to(ends)
    course.end(contract, "unused" if course.chance(0.2) else "")


def begin_free(course: Course) -> None:
    """A plan that costs nothing."""
    course.sign(Deal.PAID, course.offer("free"))


def begin_again(course: Course) -> None:
    """Those who left come back, days or months later."""
    if course.held:
        return
    course.wait(course.rng.choice(BEFORE_RETURN))
    course.sign(Deal.PAID, course.offer())


def stay(course: Course) -> None:
    """Some rounds of what can happen to a customer who stays."""
    for _ in range(course.rng.choice(ROUNDS)):
        course.wait(BETWEEN)
        if course.held:
            course.rng.choice(TURNS)(course, course.rng.choice(course.held))


def leave(course: Course) -> None:
    """All that the customer holds ends: at once, or at the end of what is paid for."""
    if not course.held:
        return
    course.wait(BETWEEN)
    leaving = list(course.held)
    if course.chance(0.45):
        for contract in leaving:
            course.end(contract, course.choose(REASONS))
        return
    dues = {contract.number: course.due(contract) for contract in leaving}
    for contract in leaving:
        _announce(course, contract, dues[contract.number])
    for contract in sorted(leaving, key=lambda one: dues[one.number]):
        course.skip_to(dues[contract.number])
        course.end(contract, course.choose(REASONS))


def more(course: Course, contract: Contract) -> None:
    """A better plan, or more of the same."""
    price = contract.price
    step = PLANS.index(price.plan) + 1
    if price.plan == "free":
        course.reprice(contract, course.offer("team"))
    elif step < len(PLANS) and course.chance(0.6):
        course.reprice(contract, course.listed(replace(price, plan=PLANS[step])))
    else:
        wanted = price.quantity + course.rng.choice(QUANTITIES)
        course.reprice(contract, replace(price, quantity=wanted))


def less(course: Course, contract: Contract) -> None:
    """A cheaper plan, down to none that costs something, or less of the same."""
    price = contract.price
    step = PLANS.index(price.plan) - 1
    if price.quantity > 1 and course.chance(0.5):
        course.reprice(contract, replace(price, quantity=course.rng.randrange(1, price.quantity)))
    elif step > 0:
        course.reprice(contract, course.listed(replace(price, plan=PLANS[step])))
    elif course.chance(0.3):
        free = course.offer("free")
        course.reprice(contract, course.listed(replace(free, currency=price.currency)))


def haggle(course: Course, contract: Contract) -> None:
    """All that the customer holds gets or loses a discount in one second."""
    discount = 0 if contract.price.discount else course.discount()
    for one in course.held:
        if one.price.plan != "free":
            course.reprice(one, replace(one.price, discount=discount))


def pay_otherwise(course: Course, contract: Contract) -> None:
    """The year is paid at once, or no longer."""
    if contract.price.plan != "free":
        interval = "month" if contract.price.interval == "year" else "year"
        course.reprice(contract, course.listed(replace(contract.price, interval=interval, count=1)))


def fall_behind(course: Course, contract: Contract) -> None:
    """A payment is past due. It is made in the end, or that is the end."""
    if contract.price.plan == "free":
        return
    course.skip_to(course.due(contract))
    course.tell(Deal.LATE, contract)
    announced, due = course.chance(0.25), course.due(contract)
    if announced:
        _announce(course, contract, due)
    course.wait(OVERDUE)
    course.skip_to(min(course.second, due - HOUR))
    if course.chance(0.35):
        course.end(contract, "payment")
        return
    course.tell(Deal.SETTLED, contract)
    if announced:
        course.tell(Deal.WITHDRAWN, contract)


def waver(course: Course, contract: Contract) -> None:
    """The customer gives notice and takes it back in time, at times for another price."""
    due = course.due(contract, DAY)
    _announce(course, contract, due)
    course.skip_to(course.rng.randrange(course.second + HOUR, due))
    course.tell(Deal.WITHDRAWN, contract)
    if course.chance(0.4) and not contract.price.discount:
        haggle(course, contract)


def add(course: Course, contract: Contract) -> None:
    """One more subscription, or a trial of one that comes to nothing."""
    del contract
    if len(course.held) < MOST:
        (begin if course.chance(0.75) else try_out)(course)


def drop(course: Course, contract: Contract) -> None:
    """One of several ends, now or with its period."""
    if len(course.held) == 1:
        return
    if course.chance(0.3):
        due = course.due(contract)
        _announce(course, contract, due)
        course.skip_to(due)
    course.end(contract, course.choose(REASONS))


def move(course: Course, contract: Contract) -> None:
    """One ends and another begins in the same second: a new plan under a new number."""
    course.end(contract, "")
    course.sign(Deal.PAID, course.offer())


def answer(course: Course, contract: Contract) -> None:
    """The customer says whether it would recommend us, and may buy something on the occasion."""
    score = course.rng.choice(SCORES)
    course.tell(Deal.SURVEYED, value=f"recommendation {score} 10")
    if score >= 9 and course.chance(0.3):
        more(course, contract)


def _announce(course: Course, contract: Contract, second: int) -> None:
    ends = datetime.fromtimestamp(second, UTC).isoformat()
    course.tell(Deal.ANNOUNCED, contract, ends)


TURNS: tuple[Turn, ...] = (
    *(more, more, more, less, less, haggle, haggle, pay_otherwise),
    *(fall_behind, fall_behind, waver, add, add, drop, drop, move, answer, answer, answer),
)

FATES: Sequence[tuple[float, tuple[Chapter, ...]]] = (
    (0.33, (begin, stay)),
    (0.24, (begin, stay, leave)),
    (0.10, (begin, stay, leave, begin_again, stay)),
    (0.06, (begin, leave, begin_again, stay, leave, begin_again)),
    (0.12, (try_out,)),
    (0.03, (try_out, begin_again, stay)),
    (0.06, (begin_free, stay)),
    (0.03, (begin_free, stay, leave)),
    (0.03, ()),
)
_CHAPTERS = [chapters for _, chapters in FATES]
_SHARES = list(accumulate(share for share, _ in FATES))


def patron(rng: Random, number: int, second: int) -> Patron:
    """The whole life of customer `number`, who appears at `second`, drawn from `rng`."""
    course = Course(rng, number, second)
    created_at, linked = course.at, course.choose(LINKS)
    external_id = f"ACME-{number:04}" if linked in {"both", "id"} else ""
    domains = _domains(course) if linked in {"both", "domain"} else ()
    if not course.chance(AT_ONCE):
        course.wait(2.0)
    for chapter in rng.choices(_CHAPTERS, cum_weights=_SHARES)[0]:
        chapter(course)
    return Patron(number, created_at, external_id, domains, tuple(course.events))


def _domains(course: Course) -> tuple[str, ...]:
    first = f"company-{course.number:04}.example"
    return (first, f"c{course.number}.test") if course.chance(TWO_DOMAINS) else (first,)
