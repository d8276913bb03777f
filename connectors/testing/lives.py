"""A ticket's life on the seeded desk: what it starts with, its own clock, and its events.

The tables say what tickets are like, how fast they go and when the teams are there.
"""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import accumulate
from random import Random

from connectors.testing.arrivals import DAY, HOUR, Arrival, weekday
from connectors.testing.desk import Event, Kind, Role

MINUTE = 60

# Working days from Monday, first hour, last hour.
SHIFTS = {"Billing": (5, 8, 18), "Technical": (7, 7, 21), "Orders": (6, 8, 20)}
TEAMS = tuple(SHIFTS)

# (share, how fast it goes compared with e-mail)
CHANNELS = {
    "email": (0.34, 1.0),
    "chat": (0.20, 0.01),
    "web": (0.20, 0.8),
    "phone": (0.12, 0.1),
    "social": (0.06, 0.5),
    "api": (0.05, 1.4),
    "other": (0.03, 1.0),
}
PRIORITIES = {"urgent": (0.06, 0.4), "high": (0.19, 0.7), "normal": (0.55, 1.0), "low": (0.20, 1.5)}
SURGE_PRIORITIES = ("urgent", "high", "high", "normal")
LIVE_PACE = 0.15

BY_AGENT = {"phone": 0.40, "other": 0.20, "email": 0.03}
OFF_SHIFT = 0.12
OF_SURGE = 0.9
SAME_SECOND = 0.05
IN_SEVERAL = 0.35

CHANNEL_NAMES = tuple(CHANNELS)
CHANNEL_SHARES = tuple(accumulate(share for share, _ in CHANNELS.values()))
PRIORITY_NAMES = tuple(PRIORITIES)
PRIORITY_SHARES = tuple(accumulate(share for share, _ in PRIORITIES.values()))


class Life:
    """A ticket's life while it is being told: `second` is the moment that it has come to.

    tempo: how slow its channel is, e-mail being 1; pace: the same with its priority.
    replied_after: seconds to the first reply, None before it.
    """

    def __init__(self, rng: Random, number: int, arrival: Arrival) -> None:
        self.random = rng.random
        self.rng = rng
        self.number = number
        self.live = arrival.live
        self.holiday = arrival.holiday
        self.events: list[Event] = []
        self.channel: str = rng.choices(CHANNEL_NAMES, cum_weights=CHANNEL_SHARES)[0]
        self.team = rng.choice(TEAMS)
        self.priority: str = rng.choices(PRIORITY_NAMES, cum_weights=PRIORITY_SHARES)[0]
        if arrival.surge and self.chance(OF_SURGE):
            self.channel, self.team = arrival.surge.channel, arrival.surge.team
            self.priority = rng.choice(SURGE_PRIORITIES)
        by_agent = self.chance(BY_AGENT.get(self.channel, 0.0))
        self.opened_by = Role.AGENT if by_agent else Role.CUSTOMER
        self.tempo = CHANNELS[self.channel][1]
        if self.live and self.channel != "chat":
            self.tempo *= LIVE_PACE
        self.pace = self.tempo * PRIORITIES[self.priority][1]
        self.assigned = False
        self.begun = arrival.second
        self.replied_after: int | None = None
        self._move_to(arrival.second)

    def chance(self, share: float) -> bool:
        """True in `share` of the cases."""
        return self.random() < share

    def tell(self, kind: Kind, role: Role, value: str = "", *, public: bool = True) -> None:
        """Add an event at the present moment."""
        self.events.append(Event(self.at, kind, role, value, public))

    def wait(self, minutes: float) -> None:
        """Let time pass: `minutes` is the median for an e-mail of normal priority."""
        spread = self.rng.lognormvariate(0.0, 0.8)
        self._move_to(self.second + 1 + int(minutes * MINUTE * self.pace * spread))

    def wait_for_agent(self, minutes: float) -> None:
        """Let time pass until an agent turns to the ticket, mostly within the team's shift."""
        self.wait(minutes)
        if self.live or self.chance(OFF_SHIFT):
            return
        opening = next_shift(self.team, self.second, self.holiday)
        if opening > self.second:
            self._move_to(opening + int(self.random() * 1.5 * HOUR))

    def skip_to(self, second: int) -> None:
        """Let time pass up to a given second."""
        self._move_to(second)

    def assign(self) -> None:
        """An agent takes the ticket, unless one holds it."""
        if not self.assigned:
            self.assigned = True
            self.tell(Kind.ASSIGNED, Role.AGENT, "yes")

    def release(self) -> None:
        """Nobody holds the ticket any longer."""
        if self.assigned:
            self.assigned = False
            self.tell(Kind.ASSIGNED, Role.AGENT)

    def reply(self) -> None:
        """The agent writes to the customer, who now and then wrote in the very same second.

        In a chat it often takes several messages.
        """
        if self.chance(SAME_SECOND):
            self.tell(Kind.COMMENT, Role.CUSTOMER)
        self.tell(Kind.COMMENT, Role.AGENT)
        if self.replied_after is None:
            self.replied_after = self.second - self.begun
        while self.channel == "chat" and self.chance(IN_SEVERAL):
            self.wait(6)
            self.tell(Kind.COMMENT, Role.AGENT)

    def finish(self, status: str, role: Role) -> None:
        """Set a status that ends the work, together with its stamp."""
        self.tell(Kind.STATUS, role, status)
        self.tell(Kind.STAMP, role, status)

    def _move_to(self, second: int) -> None:
        self.second = second
        self.at = datetime.fromtimestamp(second, UTC)


def next_shift(team: str, second: int, holiday: int | None = None) -> int:
    """`second` itself while the team is on shift, else the second at which its next one opens.

    holiday: a day, counted since 1970, on which no shift opens.
    """
    days, first, last = SHIFTS[team]
    midnight = second - second % DAY
    if second >= midnight + last * HOUR:
        midnight += DAY
    while weekday(midnight) >= days or midnight // DAY == holiday:
        midnight += DAY
    return max(second, midnight + first * HOUR)
