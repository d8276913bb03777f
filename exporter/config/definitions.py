"""What an operator decides for one source: its business hours, its targets, its categories.

schedule: office
team_schedules: {Billing: us}
at_risk: 1h
targets:
  - {target: first_response, clock: business, within: 1h, priority: urgent}
  - {target: resolution, clock: calendar, within: 3d}
categories:
  billing: {tags: [invoice, refund]}
  outage: {tags: [outage], fields: {"360001": [yes, partly]}}
category_field: "360002"
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from connectors import Channel, Priority
from exporter.clocks import Schedule
from exporter.config.groups import Group
from exporter.config.marked import Value
from exporter.config.problems import did_you_mean
from exporter.config.schedules import Schedules
from exporter.config.values import Wrong, a_choice, a_name, a_promise, a_word, listed
from exporter.definition import Category, ClockName, Definition, Promise, Target
from exporter.labels import NONE, OTHER, Labeller

KEYS: Final = ("schedule", "team_schedules", "at_risk", "targets", "categories", "category_field")
TARGET_KEYS: Final = ("target", "clock", "within", "priority", "team", "channel")
NEEDED: Final = (
    ("target", f"one of {', '.join(Target)}"),
    ("clock", "business for opening hours only, or calendar for all hours"),
    ("within", "a duration such as 8h"),
)
CATEGORY_KEYS: Final = ("tags", "fields")
AS_TARGET: Final = "write one as in '- {target: resolution, clock: calendar, within: 3d}'"
AS_CATEGORY: Final = "write 'tags: [one, two]' below it"
AS_FIELDS: Final = "name fields with their values, as in 'fields: {\"360001\": [one, two]}'"
MILLISECOND: Final = timedelta(milliseconds=1)


def read_definition(source: Group, schedules: Schedules | None, labeller: Labeller) -> Definition:
    """The definition of a source; what is wrong with it is noted and left out.

    labeller: of the source, so that a name here is the label that the vendor's tickets get.
    """
    given = Definition()
    schedule = source.taken("schedule", None, lambda value: _known(value, schedules))
    at_risk = source.taken("at_risk", given.at_risk * MILLISECOND, a_promise)
    return Definition(
        schedule=schedule,
        team_schedules=_team_schedules(source, schedules, labeller),
        promises=_promises(source, labeller),
        at_risk=at_risk // MILLISECOND,
        categories=_categories(source, labeller),
        category_field=source.taken("category_field", None, a_word),
    )


def _known(value: Value, schedules: Schedules | None) -> Schedule | None:
    name = a_word(value)
    if schedules is None:
        return None
    if name not in schedules:
        hint = did_you_mean(name, schedules) if schedules else "describe it below 'schedules:'"
        raise Wrong(f"is no schedule of this file: {hint}")
    return schedules[name]


def _team_schedules(
    source: Group, schedules: Schedules | None, labeller: Labeller
) -> dict[str, Schedule]:
    group = source.group("team_schedules", "name teams with their schedules, as in 'Billing: us'")
    found: dict[str, Schedule] = {}
    for team in group.values:
        if one := group.taken(team, None, lambda value: _known(value, schedules)):
            found[labeller.label(team)] = one
    return found


def _promises(source: Group, labeller: Labeller) -> tuple[Promise, ...]:
    made: list[Promise] = []
    for rule in source.listed("targets", AS_TARGET):
        if promise := _promise(rule, labeller):
            if promise.clock is ClockName.BUSINESS:
                _note_without_hours(rule, promise, source, labeller)
            if any(_hides(earlier, promise) for earlier in made):
                rule.note("never counts, because a target above it covers the same tickets: "
                          "put it first, or take it out")  # fmt: skip
            made.append(promise)
    return tuple(made)


def _promise(rule: Group, labeller: Labeller) -> Promise | None:
    before = len(rule.problems)
    rule.only(TARGET_KEYS, "a target")
    for key, remedy in NEEDED:
        rule.needed(key, TARGET_KEYS, remedy)
    target = rule.taken("target", None, a_choice(Target))
    clock = rule.taken("clock", None, a_choice(ClockName))
    within = rule.taken("within", None, a_promise)
    priorities = rule.taken("priority", (), lambda value: listed(value, a_choice(Priority)))
    teams = rule.taken("team", (), lambda value: listed(value, a_name(labeller)))
    channels = rule.taken("channel", (), lambda value: listed(value, a_choice(Channel)))
    hurt = len(rule.problems) > before or rule.hurt()
    if hurt or not (target and clock and within):
        return None
    return Promise(
        target,
        clock,
        within // MILLISECOND,
        frozenset(map(str, priorities)),
        frozenset(teams),
        frozenset(map(str, channels)),
    )


def _note_without_hours(rule: Group, promise: Promise, source: Group, labeller: Labeller) -> None:
    own = source.values.get("team_schedules", {})
    if "schedule" in source.values or not isinstance(own, dict):
        return
    with_hours = set(map(labeller.label, own))
    if not with_hours:
        rule.note("needs business hours: add 'schedule:' to this source, or write 'calendar'",
                  "clock")  # fmt: skip
    elif promise.teams - with_hours:
        rule.note("names a team without business hours: add it to 'team_schedules:', or add "
                  "'schedule:' to this source", "team")  # fmt: skip


def _hides(earlier: Promise, later: Promise) -> bool:
    """Whether every ticket that the later one covers is the earlier one's."""
    pairs = (
        (earlier.priorities, later.priorities),
        (earlier.teams, later.teams),
        (earlier.channels, later.channels),
    )
    return earlier.target is later.target and all(
        not wide or (narrow and narrow <= wide) for wide, narrow in pairs
    )


def _categories(source: Group, labeller: Labeller) -> tuple[Category, ...]:
    group = source.group("categories", "name a category, and below the name its tags")
    found: list[Category] = []
    for name, rules in group.groups(AS_CATEGORY):
        category = _category(name, rules, labeller) if rules else None
        if rules and category:
            for earlier in found:
                _note_shared(rules, earlier, category)
            found.append(category)
    return tuple(found)


def _category(name: str, rules: Group, labeller: Labeller) -> Category | None:
    before = len(rules.problems)
    rules.only(CATEGORY_KEYS, "a category")
    label = labeller.label(name)
    if label in (NONE, OTHER):
        rules.note(f"needs another name: '{NONE}' and '{OTHER}' are for tickets without any")
    tags = rules.taken("tags", (), lambda value: listed(value, a_word))
    fields = _fields(rules)
    if len(rules.problems) > before or rules.hurt():
        return None
    if not (tags or fields):
        rules.note(f"has no rule that tells which tickets it holds: {AS_CATEGORY}, or 'fields:'")
    return Category(label, frozenset(tags), fields)


def _fields(rules: Group) -> dict[str, frozenset[str]]:
    group = rules.group("fields", AS_FIELDS)
    found: dict[str, frozenset[str]] = {}
    for name in group.values:
        if values := group.taken(name, (), lambda value: listed(value, a_word)):
            found[name] = frozenset(values)
    return found


def _note_shared(rules: Group, earlier: Category, category: Category) -> None:
    """What already leads into an earlier category never leads into this one."""
    message = f"shares a rule with '{earlier.name}', which counts first: take it out of one"
    if earlier.name == category.name:
        rules.note("is named like another category: choose another name")
    if earlier.tags & category.tags:
        rules.note(message, "tags")
    for name, values in category.fields.items():
        if values & earlier.fields.get(name, frozenset()):
            rules.note(message, "fields", name)
