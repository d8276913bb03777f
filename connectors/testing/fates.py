"""What happens to a ticket of the seeded desk, from the first message to the last.

A fate is a row of chapters; a chapter tells a few events and moves the life's own clock on. So
the whole future of a ticket is drawn when it arrives.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate
from random import Random

from connectors.testing.arrivals import DAY, HOUR, Arrival
from connectors.testing.desk import Kind, Role, Story
from connectors.testing.lives import MINUTE, PRIORITIES, TEAMS, Life
from connectors.testing.surveys import survey
from connectors.testing.talks import ask, chase, part
from connectors.testing.topics import language, tags

ANSWERED_BY_BOT = 0.18
WITHOUT_TEAM = 0.12
AUTO_CLOSE = 4 * DAY
ROUNDS = (0, 0, 0, 0, 1, 1, 1, 2, 2, 3)

# Medians in minutes: at once or days later, so that some come after the customer's rating.
TO_REOPEN = (500, 500, 2500)
TO_DELETE = (60, 2800)
FORGOTTEN = (200 * DAY, 430 * DAY)

Chapter = Callable[[Life], None]


def opening(life: Life) -> None:
    """The first message, and what the desk makes of it at once."""
    life.tell(Kind.OPENED, life.opened_by)
    life.tell(Kind.COMMENT, life.opened_by)
    life.tell(Kind.STATUS, Role.SYSTEM, "new")
    life.tell(Kind.PRIORITY, Role.SYSTEM, life.priority)
    if life.opened_by is Role.CUSTOMER and life.chance(WITHOUT_TEAM):
        life.wait(8)
    life.tell(Kind.TEAM, Role.SYSTEM, life.team)


def triage(life: Life) -> None:
    """What happens before an agent answers: bots, notes, merged comments, second thoughts."""
    if life.opened_by is Role.CUSTOMER and life.chance(ANSWERED_BY_BOT):
        life.wait(0.2)
        life.tell(Kind.COMMENT, Role.BOT)
    if life.chance(0.12):
        life.wait(10)
        life.tell(Kind.COMMENT, Role.AGENT, public=False)
    if life.chance(0.04):
        life.wait(10)
        life.tell(Kind.COMMENT, Role.AGENT, "merged")
    if life.chance(0.06):
        life.wait(10)
        _change_team(life)
    if life.chance(0.06):
        life.wait(5)
        change_priority(life)


def answer(life: Life) -> None:
    """An agent takes the ticket and writes; seldom in the very second of what went before."""
    if not life.chance(0.01):
        life.wait_for_agent(90)
    life.assign()
    life.tell(Kind.STATUS, Role.AGENT, "open")
    life.reply()


def work(life: Life) -> None:
    """Some rounds of what can happen between the first answer and the solution."""
    for _ in range(life.rng.choice(ROUNDS)):
        life.rng.choice(TURNS)(life)


def park(life: Life) -> None:
    """The ticket waits for somebody else."""
    life.wait_for_agent(20)
    life.tell(Kind.STATUS, Role.AGENT, "hold")
    life.wait(600)
    life.tell(Kind.STATUS, Role.AGENT, "open")


def hand_over(life: Life) -> None:
    """Another team takes the ticket, and later one of its agents."""
    life.wait_for_agent(30)
    life.release()
    _change_team(life)
    life.wait_for_agent(60)
    life.assign()


def put_back(life: Life) -> None:
    """The agent puts the ticket back; half of these find nobody for the time being."""
    life.wait_for_agent(30)
    life.release()
    if life.chance(0.5):
        life.wait_for_agent(60)
        life.assign()


def change_priority(life: Life) -> None:
    """The ticket turns out to be more or less urgent."""
    others = [name for name in PRIORITIES if name != life.priority]
    life.priority = life.rng.choice(others)
    life.tell(Kind.PRIORITY, Role.AGENT, life.priority)


def stall(life: Life) -> None:
    """The work stops in the middle, for good."""
    life.wait_for_agent(60)
    life.tell(Kind.STATUS, Role.AGENT, life.rng.choice(("pending", "hold")))


def forget(life: Life) -> None:
    """Nobody looks at the ticket for most of a year or longer."""
    life.skip_to(life.second + life.rng.randrange(*FORGOTTEN))


def shelve(life: Life) -> None:
    """The agent sets the ticket aside, and takes it up again long after."""
    stall(life)
    forget(life)
    life.tell(Kind.STATUS, Role.AGENT, "open")


def solve(life: Life) -> None:
    """An agent solves the ticket, mostly with a last word where there was a first."""
    life.wait_for_agent(240)
    if life.replied_after is not None:
        part(life)
    life.assign()
    life.finish("solved", Role.AGENT)


def aftermath(life: Life) -> None:
    """A solved ticket is reopened, deleted, left alone or closed by the desk days later."""
    reopens = 0.10
    while life.chance(reopens):
        reopens = 0.25
        _reopen(life)
        if life.chance(0.15):
            return
        solve(life)
    if life.chance(0.025):
        life.wait(life.rng.choice(TO_DELETE))
        life.tell(Kind.DELETED, Role.AGENT)
    elif life.chance(0.92):
        # The desk closes what is due once an hour, so that many tickets share one instant.
        life.skip_to(-(-(life.second + AUTO_CLOSE) // HOUR) * HOUR)
        life.finish("closed", Role.SYSTEM)


def close(life: Life) -> None:
    """An agent closes the ticket that was never solved."""
    life.wait_for_agent(200)
    life.finish("closed", Role.AGENT)


def merge(life: Life) -> None:
    """The ticket is merged into an earlier one; the first has none to go into and stays."""
    if life.number == 1:
        return
    life.wait_for_agent(30)
    life.finish("closed", Role.AGENT)
    into = max(1, life.number - life.rng.randint(1, 20))
    life.tell(Kind.MERGED, Role.AGENT, str(into))


def spam(life: Life) -> None:
    """The ticket is found to be spam."""
    life.wait(15)
    life.tell(Kind.SPAM, Role.SYSTEM)


def delete(life: Life) -> None:
    """The ticket is deleted before anybody worked on it."""
    life.wait(10)
    life.tell(Kind.DELETED, Role.AGENT)


def _change_team(life: Life) -> None:
    life.team = life.rng.choice([team for team in TEAMS if team != life.team])
    life.tell(Kind.TEAM, Role.AGENT, life.team)


def _reopen(life: Life) -> None:
    """The customer comes back before the desk would have closed the ticket."""
    solved = life.second
    life.wait(life.rng.choice(TO_REOPEN))
    life.skip_to(max(solved + MINUTE, min(life.second, solved + AUTO_CLOSE - HOUR)))
    life.tell(Kind.COMMENT, Role.CUSTOMER)
    life.tell(Kind.STATUS, Role.CUSTOMER, "open")
    life.tell(Kind.REOPENED, Role.CUSTOMER)
    if life.chance(0.7):
        life.wait_for_agent(60)
        life.reply()


Fates = Sequence[tuple[float, tuple[Chapter, ...]]]

TURNS: tuple[Chapter, ...] = (
    *(ask, ask, ask, chase, chase),
    *(park, hand_over, put_back, change_priority),
)

FATES: Fates = (
    (0.845, (opening, triage, answer, work, solve, aftermath)),
    (0.030, (opening, triage, solve, aftermath)),
    (0.025, (opening, triage, answer, work, close)),
    (0.010, (opening, triage, close)),
    (0.010, (opening, triage, answer, work, stall)),
    (0.005, (opening, triage, answer, work)),
    (0.010, (opening, triage)),
    (0.020, (opening, triage, merge)),
    (0.007, (opening, triage, answer, merge)),
    (0.020, (opening, spam)),
    (0.012, (opening, delete)),
    (0.006, (opening, triage, answer, work, delete)),
)
ANCIENT_FATES: Fates = (
    (0.60, (opening, triage, answer, work, solve, aftermath)),
    (0.12, (opening, triage)),
    (0.10, (opening, triage, answer, work, stall)),
    (0.09, (opening, triage, forget, answer, work, solve, aftermath)),
    (0.09, (opening, triage, answer, work, shelve, solve, aftermath)),
)


def _drawable(fates: Fates) -> tuple[list[tuple[Chapter, ...]], list[float]]:
    return [chapters for _, chapters in fates], list(accumulate(share for share, _ in fates))


_FATES, _ANCIENT_FATES = _drawable(FATES), _drawable(ANCIENT_FATES)


def story(rng: Random, number: int, arrival: Arrival) -> Story:
    """The whole life of ticket `number`, drawn from `rng`."""
    life = Life(rng, number, arrival)
    created_at, about, spoken = life.at, tags(rng, life.team), language(rng)
    rows, shares = _ANCIENT_FATES if arrival.ancient else _FATES
    for chapter in rng.choices(rows, cum_weights=shares)[0]:
        chapter(life)
    survey(life)
    events = tuple(life.events)
    return Story(number, created_at, life.channel, life.opened_by, events, about, spoken)
