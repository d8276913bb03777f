"""One story of the desk as an issue of a repository."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from connectors.github.simulated_graphql import Refused
from connectors.testing.desk import Event, Kind, Role, Story
from connectors.testing.states import State, state

REPOSITORIES: Final = ("acme/widgets", "acme/gadgets")
"""Where a desk's stories are, in turns."""

PRIORITIES: Final = {
    "urgent": "P0",
    "high": "P1",
    "normal": "P2",
    "low": "P3",
}
TEAM: Final = "team: {}"
DONE: Final = ("solved", "closed")
MOST: Final = 100
GONE: Final = (Kind.DELETED, Kind.SPAM)
STAFF: Final = ("MEMBER", "OWNER", "COLLABORATOR")
OTHERS: Final = ("NONE", "CONTRIBUTOR", "FIRST_TIME_CONTRIBUTOR")

Node = dict[str, Any]


def repository_of(story: Story) -> str:
    """Where it is."""
    return REPOSITORIES[story.id % len(REPOSITORIES)]


def is_gone(story: Story, now: datetime) -> bool:
    """Whether nothing is left of it."""
    return any(event.kind in GONE and event.at <= now for event in story.events)


def issue(story: Story, now: datetime) -> Node:
    """All that GitHub would tell of it now."""
    shown = state(story, now)
    events = [event for event in story.events if event.at <= now]
    turns = _turns(events)
    closed = shown.status in DONE
    return {
        "__typename": "Issue",
        "id": node_id(story),
        "number": story.id,
        "title": f"Request {story.id}",
        "body": "A text.",
        "createdAt": written(story.created_at),
        "updatedAt": written(shown.changed_at),
        "state": "CLOSED" if closed else "OPEN",
        "closedAt": turns[-1]["createdAt"] if closed and turns else None,
        "stateReason": lambda given: _reason(shown, given),
        "author": _author(story),
        "assignees": _page([_user("agent-7")] if shown.assigned else []),
        "labels": _page([{"name": name} for name in _labels(shown)]),
        "comments": _page(_comments(story, events)),
        "timelineItems": lambda given: _timeline(turns, given),
    }


def node_id(story: Story) -> str:
    """Its id, which says nothing to anybody."""
    return "I_" + base64.urlsafe_b64encode(f"issue:{story.id}".encode()).decode()


def written(at: datetime) -> str:
    """An instant as GitHub writes it."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _labels(shown: State) -> list[str]:
    named = [PRIORITIES[shown.priority], *shown.story.tags]
    return named if shown.team == "none" else [*named, TEAM.format(shown.team)]


def _reason(shown: State, given: Mapping[str, Any]) -> str | None:
    if shown.status not in DONE:
        return "REOPENED" if shown.reopens else None
    if shown.latest.get(Kind.MERGED):
        return "DUPLICATE" if given.get("enableDuplicate") else "NOT_PLANNED"
    return "COMPLETED"


def _turns(events: Sequence[Event]) -> list[Node]:
    """That it was closed and reopened."""
    turns: list[Node] = []
    closed = False
    for event in events:
        if event.kind is Kind.STATUS and (event.value in DONE) != closed:
            closed = not closed
            kind = "ClosedEvent" if closed else "ReopenedEvent"
            turns.append({"__typename": kind, "createdAt": written(event.at)})
    return turns


def _timeline(turns: list[Node], given: Mapping[str, Any]) -> Node:
    if set(given.get("itemTypes", ())) != {"CLOSED_EVENT", "REOPENED_EVENT"}:
        raise Refused("This simulator tells closings and reopenings only.")
    found: Node = _page(turns)(given)
    return found


def _comments(story: Story, events: Sequence[Event]) -> list[Node]:
    """What was written after the text of the issue, without notes and what was merged in."""
    said = [one for one in events if one.kind is Kind.COMMENT and one.public and not one.value]
    if said and said[0].at == events[0].at and said[0].role is story.opened_by:
        said = said[1:]
    return [
        {
            "createdAt": written(event.at),
            "body": "A text.",
            "authorAssociation": _association(event, number),
            "author": _writer(story, event),
        }
        for number, event in enumerate(said)
    ]


def _association(event: Event, number: int) -> str:
    ways = STAFF if event.role is Role.AGENT else OTHERS
    return ways[number % len(ways)]


def _writer(story: Story, event: Event) -> Node | None:
    if event.role is Role.BOT:
        return {"__typename": "Bot", "login": "helper"}
    if event.role is Role.AGENT:
        return _user("agent-7")
    if story.id % 11 == 0:
        return None  # the account is gone
    return _user(f"customer-{story.id}")


def _author(story: Story) -> Node | None:
    if story.opened_by is Role.AGENT:
        return _user("agent-1")
    return None if story.id % 11 == 0 else _user(f"customer-{story.id}")


def _user(login: str) -> Node:
    return {"__typename": "User", "login": login, "url": f"https://github.com/{login}"}


def _page(nodes: list[Node]) -> Any:
    """A connection: the nodes after a place, no more than asked for."""

    def told(given: Mapping[str, Any]) -> Node:
        size = given.get("first")
        if not isinstance(size, int) or not 0 < size <= MOST:
            raise Refused("You must provide a `first` value between 1 and 100.")
        begin = int(given.get("after") or 0)
        end = min(begin + size, len(nodes))
        return {
            "totalCount": len(nodes),
            "pageInfo": {
                "hasNextPage": end < len(nodes),
                "endCursor": str(end) if end > begin else given.get("after"),
            },
            "nodes": nodes[begin:end],
        }

    return told
