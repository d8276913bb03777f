"""Promises made for a ticket: when one is broken, and how it ended. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import NamedTuple

from msgspec.structs import replace

from connectors import Measures
from exporter.book import Book
from exporter.definition import Definition, Target
from exporter.knowledge import PROMISED, Known, Pledge, State

_NONE = Pledge()


class Outcome(StrEnum):
    """How a promise ended."""

    MET = "met"
    BREACHED = "breached"


class Standing(StrEnum):
    """How a promise stands that is neither kept nor over."""

    ON_TRACK = "on_track"
    AT_RISK = "at_risk"
    BREACHED = "breached"


def made(
    definition: Definition, measures: Measures, target: Target, state: State, start: int
) -> Pledge:
    """What is promised for a ticket in this state, by a clock that starts at `start`."""
    told = measures.told.get(target.fact)
    if told is None or target not in definition.targets:
        return _NONE
    labels = (state.team, state.priority, state.channel)
    return Pledge(definition.breaks_at(target, labels, start, told.precision * 1000))


def settled(book: Book, target: Target, ordinal: int, pledge: Pledge, kept: int | None) -> Pledge:
    """The promise after its outcome was taken down. kept: when it was kept; None: not yet."""
    breaks_at = pledge.breaks_at
    # One that was over without an outcome has one after all when it is told what kept it.
    if kept is None or (pledge.over and (pledge.counted or breaks_at is None)):
        return pledge
    if breaks_at is not None and not pledge.counted:
        if kept >= breaks_at:
            return broken(book, target, ordinal, Pledge(breaks_at, over=True))
        book.count(PROMISED[target], ordinal, kept, marks=(target, Outcome.MET))
    return Pledge(breaks_at, pledge.counted or breaks_at is not None, over=True)


def lost(book: Book, pledge: Pledge, solved: int | None) -> Pledge:
    """A promised resolution of which nobody can tell any more when it came.

    solved: a later solve; where even that came in time, the first one did.
    """
    breaks_at, counted = pledge.breaks_at, pledge.counted
    in_time = solved is not None and breaks_at is not None and solved < breaks_at
    if in_time and not counted:
        return settled(book, Target.RESOLUTION, 0, Pledge(breaks_at), solved)
    return Pledge(breaks_at, counted, over=True)


def broken(book: Book, target: Target, ordinal: int, pledge: Pledge) -> Pledge:
    """The promise after its breach was taken down."""
    if pledge.breaks_at is not None:
        book.count(PROMISED[target], ordinal, pledge.breaks_at, marks=(target, Outcome.BREACHED))
    return Pledge(pledge.breaks_at, counted=True, over=pledge.over)


class Clock(NamedTuple):
    """The running clock of one promise: its target, the number of its exchange, its start."""

    target: Target
    number: int
    start: int
    pledge: Pledge


def clocks(known: Known) -> Iterator[Clock]:
    """The clocks of every promise made for a ticket that counts."""
    if known.state is None or known.removed:
        return
    start = known.state.created_at
    yield Clock(Target.FIRST_RESPONSE, 0, start, known.response)
    yield Clock(Target.RESOLUTION, 0, start, known.resolution)
    for talk in known.talks:
        if talk.asked is not None:
            yield Clock(Target.NEXT_RESPONSE, talk.number, talk.asked, talk.pledge)


def with_pledge(known: Known, clock: Clock, pledge: Pledge) -> Known:
    """The ticket with another state of this promise."""
    if clock.target is Target.FIRST_RESPONSE:
        return replace(known, response=pledge)
    if clock.target is Target.RESOLUTION:
        return replace(known, resolution=pledge)
    talks = (replace(t, pledge=pledge) if t.number == clock.number else t for t in known.talks)
    return replace(known, talks=tuple(talks))


def due_at(known: Known, clock: Clock) -> int | None:
    """The watermark at which its breach is to be taken down, as far as is known now.

    What keeps a promise may be told later than a solve within one poll; so this is asked when
    everything up to the watermark is told.
    """
    breaks_at = clock.pledge.breaks_at
    if clock.pledge.over or clock.pledge.counted or breaks_at is None:
        return None
    end = ended(known.ledger.solves, clock.start)
    was_open = known.is_open or (end is not None and end >= breaks_at)
    return breaks_at if was_open else None


def standing(pledge: Pledge, at_risk: int, watermark: int) -> Standing | None:
    """How the promise stands at the watermark; None where none was made or it is over."""
    if pledge.over or pledge.breaks_at is None:
        return None
    if watermark >= pledge.breaks_at:
        return Standing.BREACHED
    return Standing.AT_RISK if watermark >= pledge.breaks_at - at_risk else Standing.ON_TRACK


def turns(pledge: Pledge, at_risk: int) -> tuple[int, ...]:
    """The instants at which it comes to stand otherwise by the mere passing of time."""
    if pledge.over or pledge.breaks_at is None:
        return ()
    return pledge.breaks_at - at_risk, pledge.breaks_at


def ended(solves: Iterable[int], start: int) -> int | None:
    """The first solve from `start` on."""
    return min((at for at in solves if at >= start), default=None)
