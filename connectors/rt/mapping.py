"""What RT's words mean in deskpulse's, and the life of a ticket out of its transactions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from connectors.course import DONE, Turn, course
from connectors.customfields import channel, customer
from connectors.records import (
    Channel,
    Priority,
    Removal,
    Removed,
    Solve,
    Status,
)
from connectors.records import Ticket as Told
from connectors.rt.asking import any_of
from connectors.rt.settings import DELETED, RtSettings
from connectors.rt.wire import CustomField, Id, Named, Ticket, Transaction
from connectors.talks import Message, talk

SYSTEM: Final = "RT_System"
NOBODY: Final = "Nobody"
CALM: Final = (Status.PENDING, *DONE)
"""Statuses in which the customer does not wait."""


@dataclass(frozen=True, slots=True)
class Words:
    """What an operator says of RT's words. inboxes: the ids of those queues, as text."""

    settings: RtSettings
    inboxes: frozenset[str] = frozenset()
    meanings: Mapping[str, Status] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "meanings", self.settings.meanings)

    def status(self, name: Id | None) -> Status:
        """What a status means; one that nobody named counts as open."""
        return self.meanings.get(str(name).lower(), Status.OPEN)

    @property
    def lives(self) -> str:
        """The transactions that a ticket's life is told by: replies, moves, and changes of status
        from or to one in which nobody waits, or by which it was gone."""
        calm = [DELETED, *(name for name, one in self.meanings.items() if one in CALM)]
        turns = f"{any_of('OldValue', calm)} OR {any_of('NewValue', calm)}"
        moves = "(Type = 'Set' AND Field = 'Queue')"
        return f"(Type = 'Correspond' OR {moves} OR (Type = 'Status' AND ({turns})))"


def removed(row: Transaction) -> Removed | None:
    """The end of a ticket. RT writes a merge down at both tickets: None at the one that stays."""
    if row.kind == "Status":
        return Removed(str(row.ticket), row.created, Removal.DELETED, row.number)
    if str(row.new).rpartition("/")[2] == str(row.ticket):
        return None
    return Removed(str(row.ticket), row.created, Removal.MERGED, row.number)


def ticket(row: Ticket, history: Sequence[Transaction], words: Words, seen: int) -> Told:
    """What a ticket says now, with what happened to it. seen: the newest transaction that is known
    to be in it."""
    status = words.status(row.status)
    life = course(row.created, status, _turns(history, words))
    said = talk(_messages(row, history, words.settings.bots))
    came = channel(_values(row, words.settings.channel_field))
    merged = came is Channel.CHAT
    return Told(
        id=str(row.number),
        created_at=row.created,
        changed_at=row.changed,
        status=status,
        priority=priority(int(row.priority), words.settings.priorities),
        channel=came,
        team=team(row.queue, words.inboxes),
        assigned=_name(row.owner) not in ("", NOBODY),
        first_response_at=said.first_response_at,
        first_solved_at=life.first_end,
        solves=tuple(
            Solve(at, life.waited(at), None, said.replies_until(at, merged=merged))
            for at in life.ends
        ),
        reopens=life.reopens,
        revision=max([seen, *(one.number for one in history)]),
        reassignments=reassignments(history, words.inboxes),
        exchanges=said.exchanges,
        customer=customer(_values(row, words.settings.customer_field)),
        fields=dict(_fields(row)),
    )


def priority(number: int, begins: Mapping[Priority, int]) -> Priority:
    """The priority that begins last at or below a number; the lowest below all of them."""
    by_number = sorted((least, one) for one, least in begins.items())
    return next((one for least, one in reversed(by_number) if least <= number), by_number[0][1])


def team(queue: Named | str, inboxes: Collection[str]) -> str | None:
    """The queue, by its name where it may be seen; None for one that is handed out from."""
    if isinstance(queue, str):
        return queue or None
    number = str(queue.id)
    return None if number in inboxes else queue.name or number or None


def reassignments(history: Iterable[Transaction], inboxes: Collection[str]) -> int:
    """How often a ticket went from one team's queue to another's."""
    moves = [(str(one.old), str(one.new)) for one in history if one.field == "Queue"]
    return sum(old != new and not {old, new} & set(inboxes) for old, new in moves)


def _turns(history: Iterable[Transaction], words: Words) -> Iterator[Turn]:
    """The changes of status. A ticket that was deleted and brought back went from the one before to
    the one after: that it was gone meanwhile is neither a reopening nor a solve."""
    left: Status | None = None
    for one in history:
        if one.kind != "Status":
            continue
        old = words.status(one.old) if left is None else left
        left = old if str(one.new).lower() == DELETED else None
        if left is None:
            yield Turn(one.created, old, words.status(one.new))


def _messages(
    row: Ticket, history: Iterable[Transaction], bots: Collection[str]
) -> Iterator[Message]:
    """What was said in public. RT's own rule: whoever is a requestor or reads along is a customer,
    and everybody else answers."""
    asking = {_name(one) for one in (*_people(row.requestors), *_people(row.ccs))}
    programs = {name.lower() for name in (SYSTEM, *bots)}
    for one in history:
        writer = _name(one.creator)
        if one.kind == "Correspond" and writer.lower() not in programs:
            yield Message(one.created, writer not in asking)


def _people(several: tuple[Named, ...] | str) -> tuple[Named, ...]:
    return () if isinstance(several, str) else several


def _name(one: Named | str) -> str:
    return one if isinstance(one, str) else str(one.id)


def _fields(row: Ticket) -> Iterator[tuple[str, str | tuple[str, ...]]]:
    for one in _custom(row):
        values = tuple(value for value in one.values if isinstance(value, str))
        if values:
            yield one.name, values[0] if len(values) == 1 else values


def _values(row: Ticket, name: str | None) -> Sequence[str]:
    return [
        value
        for one in _custom(row)
        if one.name == name
        for value in one.values
        if isinstance(value, str)
    ]


def _custom(row: Ticket) -> tuple[CustomField, ...]:
    return () if isinstance(row.custom_fields, str) else row.custom_fields
