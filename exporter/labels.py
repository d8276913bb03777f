"""Bounded labels: which values of `team` get series of their own, and what is `other`. Pure.

A value is admitted once, at the end of the poll that brought it, and keeps its place for ever:
series neither move into `other` nor out of it, over restarts too. Waiting for the end of the poll
makes the choice independent of the order in which records arrived.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from exporter.catalog import NO_TEAM, OTHER


def admit(
    candidates: Iterable[str], admitted: Mapping[str, str], teams: Collection[str], cap: int
) -> dict[str, str]:
    """What each new value will be shown as: itself while there is room below `cap`, else `other`.

    candidates: values in the order of their right to a place; those already `admitted` are skipped.
    teams: configured by the operator; they always have a place and take it from the rest.
    `none`, for tickets without a team, is always there and needs no place.
    """
    shown = dict(admitted)
    new: dict[str, str] = {}
    reserved = len(set(teams) | {v for v, s in admitted.items() if v == s and v != NO_TEAM})
    for value in (*teams, NO_TEAM, *candidates):
        if value in shown:
            continue
        if value in teams or value == NO_TEAM:
            shown[value] = new[value] = value
        elif reserved < cap and value != OTHER:
            shown[value] = new[value] = value
            reserved += 1
        else:
            shown[value] = new[value] = OTHER
    return new
