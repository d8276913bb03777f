"""How many tickets come in, as the exporter judges it: far more or fewer than is to be expected.

The score is that of `exporter.volume`: by when tickets were created, out of the store, the weaker
of two looks five minutes apart. So an outage that is over leaves no trace in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from alerts.alert import About, Alert, Severity
from alerts.annotations import (
    Board,
    asked,
    asked_label,
    asked_time,
    foremost,
    greatest,
    label,
    parts,
    selected,
    value,
)
from alerts.health import AGE
from alerts.parameters import Parameters
from alerts.recording import CHANNEL, OPEN, SOURCE, labels_of, unless_catching_up

ARRIVALS = "support_arrivals"
EXPECTED = "support_arrivals_expected"
SCORE = "support_arrivals_score"
BY_CATEGORY = "support_tickets_created_by_category_total"

_AT = labels_of(CHANNEL)
TENTHS = 'printf "%.1f"'


def _foremost() -> str:
    created = f"increase({selected(BY_CATEGORY, *_AT)}[1h])"
    waiting = selected(OPEN, *_AT, status="new")
    most = {"team": greatest("team", waiting), **parts(created, "category")}
    return f"Most that is new: {foremost(_AT, **most)}. "


@dataclass(frozen=True, slots=True)
class Direction:
    """One way in which arrivals are unusual.

    bound: what would still be usual. foremost: where most of it comes from, where that can be told:
        of what is missing only the channel is known.
    """

    alert: str
    direction: str
    limit: str
    bound: str
    words: str
    advice: str
    foremost: str = ""


DIRECTIONS = (
    Direction(
        "VolumeSpike",
        "spike",
        "spike_score",
        "support_arrivals_upper",
        "Up to",
        "Something that many customers notice may be broken.",
        _foremost(),
    ),
    Direction(
        "VolumeDrop",
        "drop",
        "drop_score",
        "support_arrivals_lower",
        "Down to",
        "A form, an inbox or a telephone line may be broken: write to it yourself.",
    ),
)


def alerts(parameters: Parameters) -> Iterator[Alert]:
    """Far more than is to be expected, and far fewer."""
    for one in DIRECTIONS:
        yield _unusual(one, parameters)


def _unusual(one: Direction, parameters: Parameters) -> Alert:
    windows, most = parameters.windows, getattr(parameters.thresholds, one.limit)
    stale = int(windows.stale_after.total_seconds())
    strongest = _strongest(one)
    came, expected, bound = (
        asked(f"{selected(name, *_AT)} and {strongest}", *_AT * 5)
        for name in (ARRIVALS, EXPECTED, one.bound)
    )
    window = asked_label(strongest, "window", *_AT * 4)
    below = f"{selected(SCORE, *_AT, direction=one.direction)} < {most}"
    since = asked_time(f"max_over_time(timestamp({below})[6h:1m])", *_AT, otherwise="6 hours ago")
    return Alert(
        name=one.alert,
        severity=Severity.PAGE,
        about=About.BUSINESS,
        expr=(
            f'max by ({CHANNEL}) ({SCORE}{{direction="{one.direction}"}}) >= {most}\n'
            f"{unless_catching_up()}"
            f"unless on ({SOURCE}) {AGE} > {stale}\n"
        ),
        labels=_AT,
        limits=(one.limit,),
        keep=windows.spike_keep,
        board=Board.VOLUME,
        summary=(
            f"{label('source')}: {came} tickets by {label('channel')} within {window}, expected "
            f"{expected}, since {since} (score {value(TENTHS)}, usual is below {most:g})"
        ),
        description=(
            f"{one.words} {bound} within {window} would still be usual for this channel, by its "
            f"own weeks before. {one.foremost}{one.advice}"
        ),
    )


def _strongest(one: Direction) -> str:
    """The query for the window whose arrivals lie furthest out, by what would be the bound."""
    came, expected, bound = (selected(name, *_AT) for name in (ARRIVALS, EXPECTED, one.bound))
    return f"topk(1, ({came} - {expected}) / ({bound} - {expected}))"
