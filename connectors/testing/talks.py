"""What is said on a ticket of the seeded desk between the first answer and the solution."""

from __future__ import annotations

from connectors.testing.desk import Kind, Role
from connectors.testing.lives import Life

WRITES_AGAIN = 0.30
INTERRUPTED = 0.15

# Who, what and whether the customer sees it.
NEITHER = (
    (Role.BOT, "", True),
    (Role.AGENT, "", False),
    (Role.AGENT, "merged", True),
    (Role.CUSTOMER, "merged", True),
)


def ask(life: Life) -> None:
    """The agent asks, the customer lets it wait and answers, the agent comes back."""
    life.wait_for_agent(20)
    life.reply()
    life.tell(Kind.STATUS, Role.AGENT, "pending")
    life.wait(200)
    life.tell(Kind.COMMENT, Role.CUSTOMER)
    life.tell(Kind.STATUS, Role.CUSTOMER, "open")
    _write_again(life)
    _interrupt(life)
    life.wait_for_agent(60)
    life.reply()


def chase(life: Life) -> None:
    """The customer writes without being asked, and the agent answers."""
    _interrupt(life)
    life.wait(120)
    life.tell(Kind.COMMENT, Role.CUSTOMER)
    _write_again(life)
    _interrupt(life)
    life.wait_for_agent(60)
    life.reply()


def part(life: Life) -> None:
    """The agent's last word; or the customer's, whose thanks nobody answers; or silence."""
    draw = life.random()
    if draw < 0.62:
        life.reply()
    elif draw < 0.76:
        life.tell(Kind.COMMENT, Role.CUSTOMER)
        life.wait(15)
    elif draw < 0.84:
        life.reply()
        life.tell(Kind.STATUS, Role.AGENT, "pending")
        life.wait(900)


def _write_again(life: Life) -> None:
    """The customer adds something before anybody has answered."""
    if life.chance(WRITES_AGAIN):
        life.wait(30)
        life.tell(Kind.COMMENT, Role.CUSTOMER)


def _interrupt(life: Life) -> None:
    """Something is written that is neither a customer's message nor an agent's reply."""
    if life.chance(INTERRUPTED):
        role, value, public = life.rng.choice(NEITHER)
        life.wait(10)
        life.tell(Kind.COMMENT, role, value, public=public)
