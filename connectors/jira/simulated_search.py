"""The little of JQL that a poll asks in: projects, ids, times by the account's clock, an order."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from connectors.jira.simulated_issue import PROJECT

ORDER: Final = re.compile(r"updated (ASC|DESC), key (ASC|DESC)")
TIME: Final = re.compile(r'updated >= "(\d{4}-\d\d-\d\d \d\d:\d\d)"')
PROJECTS: Final = re.compile(r'project in \(("[^"]*"(?:, "[^"]*")*)\)')
ID: Final = re.compile(r"id = (\d+)")


class Refused(Exception):
    """What a search is refused for, in Jira's words."""


@dataclass(frozen=True, slots=True)
class Asked:
    """since: by the account's clock. number: the id of the one issue that is meant."""

    since: datetime | None = None
    number: str | None = None
    descending: bool = False


def parse(jql: str, zone: ZoneInfo, *, later: bool) -> Asked:
    """Reads a search. Raises `Refused`.

    later: whether of the two times that one minute may mean, when clocks go back, the later is
    taken.
    """
    where, _, order = jql.partition("ORDER BY ")
    found = ORDER.fullmatch(order.strip()) if order else None
    if order and found is None:
        raise Refused("Error in the JQL Query: Not able to sort using this field.")
    asked = Asked(descending=bool(found and found[1] == "DESC"))
    terms = [term.strip() for term in where.split(" AND ") if term.strip()]
    if not terms:
        raise Refused("Unbounded JQL queries are not allowed here. Add a search restriction.")
    since: datetime | None = None
    number: str | None = None
    for term in terms:
        if match := TIME.fullmatch(term):
            local = datetime.strptime(match[1], "%Y-%m-%d %H:%M").replace(
                tzinfo=zone, fold=int(later)
            )
            since = local.astimezone(UTC)
        elif match := ID.fullmatch(term):
            number = match[1]
        else:
            _project(term)
    return Asked(since, number, asked.descending)


def _project(term: str) -> None:
    if term == "projectType = service_desk":
        return
    match = PROJECTS.fullmatch(term)
    if match is None:
        raise Refused(f"Error in the JQL Query: '{term}' is not understood.")
    for key in re.findall(r'"([^"]*)"', match[1]):
        if key != PROJECT:
            raise Refused(f"The value '{key}' does not exist for the field 'project'.")
