"""What `check` finds out about one Redmine."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

import msgspec

from connectors.contract import Finding
from connectors.redmine import wire
from connectors.redmine.settings import STATUSES, RedmineSettings
from connectors.redmine.tracker import Tracker
from connectors.verdicts import clock


def look(tracker: Tracker, settings: RedmineSettings) -> Iterator[Finding]:
    """Credentials, the clock, rights, statuses, custom fields, roles. Raises `ConnectorError`."""
    me = tracker.me()
    yield Finding("ok", f"signed in to {settings.url}")
    yield clock(me.at, settings.url)
    newest = tracker.newest().value
    rows, rejected = wire.rows(newest.issues)
    if rejected:
        yield Finding("warning", f"{len(rejected)} issues cannot be read: {rejected[0].message}")
    yield _visible(newest.total_count)
    yield _statuses(tracker.statuses(), settings)
    issue = tracker.issue(rows[0].id) if rows else None
    if isinstance(issue, wire.Issue):
        yield _agents(tracker.members(issue.project.id), issue.project.name, settings)
        yield from _fields(newest.issues, settings)


def _visible(total: int) -> Finding:
    if total:
        return Finding("ok", f"issues: {total}, closed ones included")
    return Finding(
        "warning",
        "no issue is visible. If there are any, make deskpulse's user a member of their projects, "
        "in a role that may see all issues.",
    )


def _statuses(found: Sequence[wire.Standing], settings: RedmineSettings) -> Finding:
    named = {*STATUSES, *(name.lower() for name in settings.statuses)}
    strange = [one for one in found if one.name.lower() not in named]
    if not strange:
        return Finding("ok", "every status is known")
    counted = ", ".join(
        f"{one.name} as {settings.status(one.name, is_closed=one.is_closed)}" for one in strange
    )
    return Finding(
        "warning",
        f"statuses that nobody named count by what Redmine takes them for: {counted}. Say what "
        f"they mean: `statuses: {{{strange[0].name}: pending}}`.",
    )


def _agents(members: Sequence[wire.Member], project: str, settings: RedmineSettings) -> Finding:
    roles = {role.name for one in members for role in one.roles}
    asked = {name.lower() for name in settings.agent_roles}
    if asked and not asked & {name.lower() for name in roles}:
        return Finding(
            "warning",
            f"agent_roles: nobody in the project {project} is {' or '.join(settings.agent_roles)}, "
            f"so that no note is a reply; its roles are {', '.join(sorted(roles)) or 'none'}.",
        )
    return Finding("ok", f"the members of the project {project} can be read")


def _fields(newest: Sequence[msgspec.Raw], settings: RedmineSettings) -> Iterator[Finding]:
    named = filter(None, {settings.channel_field, settings.customer_field})
    told = _told(newest)
    for name in sorted(name for name in named if name not in told):
        yield Finding(
            "warning",
            f"none of the newest {len(newest)} issues has a custom field '{name}': check its name, "
            "and whether deskpulse's role may see it.",
        )


def _told(newest: Sequence[msgspec.Raw]) -> Collection[str]:
    """The names of the custom fields that issues have."""
    return {
        str(one.get("name"))
        for raw in newest
        for one in msgspec.json.decode(raw).get("custom_fields", ())
    }
