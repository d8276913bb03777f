"""What Redmine's words mean in deskpulse's, and the life of an issue out of its journals."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Final

from connectors.course import Turn, course
from connectors.customfields import channel, chosen, customer
from connectors.records import Channel, Solve, Status, Ticket
from connectors.redmine.settings import RedmineSettings
from connectors.redmine.wire import Detail, Issue, Journal
from connectors.talks import Message, talk

TRACKER: Final = "tracker"
Fields = Mapping[str, str | tuple[str, ...]]


def ticket(
    row: Issue,
    settings: RedmineSettings,
    meanings: Mapping[str, Status],
    agents: Collection[int],
) -> Ticket:
    """What an issue says now, with what was done to it.

    meanings: of statuses, by their ids as text. agents: the users who answer.
    """
    status = settings.status(row.status.name, is_closed=row.status.is_closed)
    life = course(row.created_on, status, _turns(row, meanings))
    said = talk(_messages(row, agents, settings.bots))
    fields = _fields(row)
    came = channel(_texts(fields, settings.channel_field))
    return Ticket(
        id=str(row.id),
        created_at=row.created_on,
        changed_at=row.updated_on,
        status=status,
        priority=settings.priority(row.priority.name),
        channel=came,
        team=_team(row, settings),
        assigned=row.assigned_to is not None,
        first_response_at=said.first_response_at,
        first_solved_at=life.first_end,
        solves=tuple(
            Solve(at, life.waited(at), None, said.replies_until(at, merged=came is Channel.CHAT))
            for at in life.ends
        ),
        reopens=life.reopens,
        revision=max((one.id for one in row.journals), default=0),
        reassignments=sum(
            bool(one.old_value and one.new_value) for one in _changes(row, f"{settings.team}_id")
        ),
        exchanges=said.exchanges,
        customer=customer(_texts(fields, settings.customer_field)),
        fields=fields,
    )


def _team(row: Issue, settings: RedmineSettings) -> str | None:
    if settings.team == "project":
        return row.project.name or None
    return row.category.name or None if row.category else None


def _turns(row: Issue, meanings: Mapping[str, Status]) -> Iterator[Turn]:
    for journal in row.journals:
        for one in _details(journal, "status_id"):
            old, new = (_meaning(value, meanings) for value in (one.old_value, one.new_value))
            yield Turn(journal.created_on, old, new)


def _meaning(number: object, meanings: Mapping[str, Status]) -> Status:
    """A status that Redmine has no more counts as open."""
    return meanings.get(str(number), Status.OPEN)


def _messages(row: Issue, agents: Collection[int], bots: Collection[int]) -> Iterator[Message]:
    """What was said in public: notes that are not private."""
    for one in row.journals:
        writer = one.user.id if one.user else 0
        if (one.notes or "").strip() and not one.private_notes and writer not in bots:
            yield Message(one.created_on, writer in agents)


def _changes(row: Issue, name: str) -> Iterator[Detail]:
    for journal in row.journals:
        yield from _details(journal, name)


def _details(journal: Journal, name: str) -> Iterator[Detail]:
    for one in journal.details:
        if (one.property, one.name) == ("attr", name):
            yield one


def _fields(row: Issue) -> Fields:
    told = {one.name: chosen(one.value) for one in row.custom_fields if one.value}
    return {TRACKER: row.tracker.name, **told} if row.tracker else told


def _texts(fields: Fields, name: str | None) -> Collection[str]:
    value = fields.get(name or "", ())
    return (value,) if isinstance(value, str) else value
