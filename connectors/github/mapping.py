"""What issues come to: closings, who answered whom, and labels that say more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Final, NamedTuple, TypeVar

from connectors.github.settings import GitHubSettings
from connectors.github.wire import Issue
from connectors.records import Channel, Priority, Solve, Status, Ticket
from connectors.talks import Message, talk

CLOSED: Final = "CLOSED"
CLOSING: Final = "ClosedEvent"
UNDONE: Final = ("NOT_PLANNED", "DUPLICATE")
PROGRAMS: Final = ("Bot", "Mannequin")
"""Kinds of authors that are nobody: a program, or a stand-in for one who wrote elsewhere."""

T = TypeVar("T")


class Turns(NamedTuple):
    """When an issue was closed, and how often it was reopened."""

    closings: tuple[datetime, ...]
    reopens: int


def ticket(repository: str, issue: Issue, settings: GitHubSettings) -> Ticket:
    """An issue with all that was said and done on it. Names of people end here."""
    said = talk(_messages(issue, settings))
    turns = _turns(issue)
    labels = [label.name for label in issue.labels.nodes] if issue.labels else []
    return Ticket(
        id=f"{repository}#{issue.number}",
        created_at=_utc(issue.created_at),
        changed_at=_utc(issue.updated_at),
        status=_status(issue),
        priority=_first(labels, settings.priority_labels) or Priority.NORMAL,
        channel=Channel.WEB,
        team=_first(labels, settings.team_labels) if settings.team_labels else repository,
        assigned=issue.assignees.total > 0,
        first_response_at=said.first_response_at,
        first_solved_at=turns.closings[0] if turns.closings else None,
        solves=tuple(
            Solve(at, replies=said.replies_until(at, merged=False)) for at in turns.closings
        ),
        reopens=turns.reopens,
        exchanges=said.exchanges,
        tags=labels,
        fields={"repository": repository, "reason": (issue.reason or "").lower()},
    )


def _status(issue: Issue) -> Status:
    if issue.state != CLOSED:
        return Status.OPEN
    return Status.CLOSED if issue.reason in UNDONE else Status.SOLVED


def _turns(issue: Issue) -> Turns:
    """Closings while it was closed, and the like, are none; one without an event was imported."""
    closings: list[datetime] = []
    reopens, closed = 0, False
    for event in sorted(issue.events.nodes, key=lambda one: one.at):
        if (event.kind == CLOSING) == closed:
            continue
        closed = not closed
        if closed:
            closings.append(_utc(event.at))
        else:
            reopens += 1
    if issue.state == CLOSED and not closed and issue.closed_at is not None:
        closings.append(_utc(issue.closed_at))
    return Turns(tuple(closings), reopens)


def _messages(issue: Issue, settings: GitHubSettings) -> Iterator[Message]:
    """Comments of people in their order. Whoever opened the issue asks, whoever they are."""
    asker = issue.author and issue.author.login
    for one in issue.comments.nodes:
        if one.author is not None and one.author.kind in PROGRAMS:
            continue
        is_asker = asker is not None and one.author is not None and one.author.login == asker
        yield Message(_utc(one.at), one.association in settings.staff and not is_asker)


def _first(labels: list[str], meanings: Mapping[str, T]) -> T | None:
    """What the labels say: the meaning that is named first of those that are there."""
    there = {label.lower() for label in labels}
    return next((meaning for label, meaning in meanings.items() if label in there), None)


def _utc(at: datetime) -> datetime:
    return at.astimezone(UTC)
