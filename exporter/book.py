"""The bookkeeping of one ticket while something about it is read. Pure."""

from __future__ import annotations

from connectors import Fact
from exporter.definition import Definition
from exporter.knowledge import Extra, Observation, State

NEGATIVE = "negative_duration"
OUT_OF_SCALE = "out_of_scale"


class Book:
    """Takes down new facts with the labels of `state`, and facts refused by reason."""

    def __init__(self, subject: str, state: State, definition: Definition) -> None:
        self.state = state
        self.observations: list[Observation] = []
        self.refused: list[str] = []
        self._subject = subject
        self._definition = definition

    def count(
        self,
        kind: Fact | Extra,
        ordinal: int,
        at: int,
        value: int | None = None,
        business: int | None = None,
        marks: tuple[str, ...] = (),
        clock: str = "",
    ) -> None:
        """Take down a fact."""
        state = self.state
        self.observations.append(
            Observation(
                self._subject,
                kind,
                ordinal,
                at,
                value,
                business,
                marks,
                clock,
                state.team,
                state.priority,
                state.channel,
                state.category,
                state.language,
            )
        )

    def time(self, kind: Fact, ordinal: int, start: int, end: int, clock: str) -> bool:
        """Take down a duration by the calendar and by the business hours of the team `clock`.

        One below zero is refused. Gives whether it was taken down.
        """
        if end < start:
            self.refused.append(NEGATIVE)
            return False
        business = self._definition.business(clock, start, end)
        self.count(kind, ordinal, end, end - start, business, clock=clock)
        return True
