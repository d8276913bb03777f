"""What the events of one story amount to at one instant, in Zendesk's terms."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from connectors.testing.desk import Event, Kind, Role, Story

Span = tuple[datetime, datetime]


@dataclass(slots=True)
class State:
    """What the events so far amount to.

    stations: how many groups held the ticket; going back to one counts again. spent: when it was
    in each status that it has left. answers: the latest answer to each survey.
    """

    status: str = "new"
    priority: str | None = None
    team: str = ""
    assigned: bool = False
    gone: bool = False
    merged: bool = False
    offered: bool = False
    reopens: int = 0
    replies: int = 0
    stations: int = 0
    assignees: int = 0
    status_at: datetime | None = None
    closed_at: datetime | None = None
    first_reply: datetime | None = None
    first_solve: datetime | None = None
    last_solve: datetime | None = None
    comment_at: datetime | None = None
    requester_at: datetime | None = None
    agent_at: datetime | None = None
    assigned_at: datetime | None = None
    first_assigned_at: datetime | None = None
    spent: dict[str, list[Span]] = field(default_factory=dict)
    answers: dict[str, int] = field(default_factory=dict)

    @property
    def score(self) -> str:
        """The word for the customer's satisfaction."""
        if "satisfaction" in self.answers:
            return "good" if self.answers["satisfaction"] else "bad"
        return "offered" if self.offered else "unoffered"


def told(story: Story, visible: datetime) -> tuple[State, datetime]:
    """The state at `visible`, and the instant of the last event until then."""
    state = State(status_at=story.created_at, requester_at=story.created_at)
    opening = opening_comment(story)
    last = story.events[0].at
    for event in story.events:
        if event.at > visible:
            break
        last = event.at
        if event is opening:
            state.comment_at = event.at
        else:
            _apply(state, event)
        if event.role is Role.AGENT:
            state.agent_at = event.at
        elif event.role is Role.CUSTOMER:
            state.requester_at = event.at
    return state, last


def opening_comment(story: Story) -> Event | None:
    """The message that opened the ticket: never a reply, whoever wrote it."""
    first = story.events[0].at
    for event in story.events:
        if event.at > first:
            return None
        if event.kind is Kind.COMMENT and event.role is story.opened_by:
            return event
    return None


def is_reply(event: Event) -> bool:
    """Whether an agent wrote to the customer; the opening message is to be left out before."""
    return event.role is Role.AGENT and _is_public(event)


def is_message(event: Event) -> bool:
    """Whether the customer wrote."""
    return event.role is Role.CUSTOMER and _is_public(event)


def satisfaction(value: str) -> tuple[str, int]:
    """The survey and the score of a RATED event; satisfaction is 1 or 0, as Zendesk asks for it."""
    survey, score, best = value.split()
    if survey == "satisfaction" and best == "5":
        return survey, int(int(score) >= 4)
    return survey, int(score)


def _is_public(event: Event) -> bool:
    return event.kind is Kind.COMMENT and event.public and event.value != "merged"


def _apply(state: State, event: Event) -> None:
    match event.kind:
        case Kind.COMMENT:
            _comment(state, event)
        case Kind.STATUS:
            _status(state, event.value, event.at)
        case Kind.STAMP if event.value == "solved":
            state.first_solve = state.first_solve or event.at
            state.last_solve = event.at
        case Kind.STAMP:
            state.closed_at = event.at
        case Kind.REOPENED:
            state.reopens += 1
        case Kind.TEAM:
            _team(state, event.value)
        case _:
            _apply_further(state, event)


def _apply_further(state: State, event: Event) -> None:
    match event.kind:
        case Kind.PRIORITY:
            state.priority = event.value
        case Kind.ASSIGNED:
            _assigned(state, event)
        case Kind.OFFERED:
            state.offered = True
        case Kind.RATED:
            survey, score = satisfaction(event.value)
            state.answers[survey] = score
        case Kind.MERGED | Kind.SPAM | Kind.DELETED:
            _removed(state, event)


def _comment(state: State, event: Event) -> None:
    state.comment_at = event.at
    if is_reply(event):
        state.replies += 1
        state.first_reply = state.first_reply or event.at


def _status(state: State, value: str, at: datetime) -> None:
    if state.status_at is not None:
        state.spent.setdefault(state.status, []).append((state.status_at, at))
    state.status, state.status_at = value, at


def _team(state: State, value: str) -> None:
    if value and state.team and value != state.team:
        state.stations += 1
    elif value and not state.stations:
        state.stations = 1
    state.team = value


def _removed(state: State, event: Event) -> None:
    if event.kind is Kind.MERGED:
        state.merged = True
        _status(state, "closed", event.at)
    else:
        state.gone = True


def _assigned(state: State, event: Event) -> None:
    state.assigned = bool(event.value)
    if state.assigned:
        state.assignees += 1
        state.assigned_at = event.at
        state.first_assigned_at = state.first_assigned_at or event.at
