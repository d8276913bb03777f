"""What Jira sends of issues, statuses and fields, as far as we read it.

Texts, and people but for whether there is one, are skipped undecoded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final, Generic, TypeVar

import msgspec

from connectors.contract import Rejection
from connectors.http import field_of
from connectors.walking import NAMELESS

YEARS: Final = range(1970, 2300)  # an instant of any other year cannot be reckoned with
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
Instant = Annotated[datetime, msgspec.Meta(tz=True)]
T = TypeVar("T")


class Someone(msgspec.Struct, frozen=True, gc=False):
    """A person, of whom nothing is read."""


class Category(msgspec.Struct, frozen=True, gc=False):
    """new, indeterminate (in progress), done, or undefined."""

    key: str = ""


class Status(msgspec.Struct, frozen=True, gc=False):
    """A status of some workflow, by whatever name."""

    id: str
    name: str
    category: Category = msgspec.field(name="statusCategory", default=Category())


class Named(msgspec.Struct, frozen=True, gc=False):
    """A priority, a component, an issue type."""

    name: str = ""


class Project(msgspec.Struct, frozen=True, gc=False):
    """Where an issue is."""

    key: str = ""


class Moment(msgspec.Struct, frozen=True, gc=False):
    """An instant of a service level agreement."""

    milliseconds: int = msgspec.field(name="epochMillis")

    def __post_init__(self) -> None:
        """Refuse an instant that cannot be one."""
        if self.at.year not in YEARS:
            raise ValueError("an instant")

    @property
    def at(self) -> datetime:
        """When it was."""
        return instant(self.milliseconds)


class Cycle(msgspec.Struct, frozen=True, gc=False):
    """Once from the start of a service level agreement to its end."""

    stopped: Moment | None = msgspec.field(name="stopTime", default=None)


class Agreement(msgspec.Struct, frozen=True, gc=False):
    """A service level agreement of an issue."""

    cycles: tuple[Cycle, ...] = msgspec.field(name="completedCycles", default=())


class Feedback(msgspec.Struct, frozen=True, gc=False):
    """How many of five stars a customer gave."""

    rating: int | None = None


class Language(msgspec.Struct, frozen=True, gc=False):
    """In which language a request was made."""

    code: str = msgspec.field(name="languageCode", default="")


class Organization(msgspec.Struct, frozen=True, gc=False):
    """Whom a request was made for."""

    id: str | int
    name: str = ""


class RequestType(msgspec.Struct, frozen=True, gc=False):
    """What a customer chose on the portal."""

    type: Named = msgspec.field(name="requestType", default=Named())


class Fields(msgspec.Struct, frozen=True):
    """The fields of an issue. Those below `labels` have an id of the site's own, as
    `decoder` is told; `team` may be anything."""

    created: Instant
    updated: Instant
    status: Status
    resolved: Instant | None = msgspec.field(name="resolutiondate", default=None)
    priority: Named | None = None
    assignee: Someone | None = None
    type: Named | None = msgspec.field(name="issuetype", default=None)
    project: Project = Project()
    components: tuple[Named, ...] = ()
    labels: tuple[str, ...] = ()
    agreement: Agreement | None = None
    feedback: Feedback | None = None
    feedback_at: Instant | None = None
    language: Language | None = None
    organizations: tuple[Organization, ...] | None = None
    request: RequestType | None = None
    team: Any = None

    def __post_init__(self) -> None:
        """Refuse an instant that cannot be one."""
        for at in (self.created, self.updated, self.resolved, self.feedback_at):
            if at is not None and at.year not in YEARS:
                raise ValueError("an instant")


SYSTEM: Final = (
    *("created", "updated", "status", "resolutiondate", "priority", "assignee"),
    *("issuetype", "project", "components", "labels"),
)


class Channel(msgspec.Struct, frozen=True, gc=False):
    """The way a request came in."""

    value: str = ""


class Properties(msgspec.Struct, frozen=True, gc=False):
    """What apps keep with an issue; that of Jira Service Management is read."""

    channel: Channel = msgspec.field(name="request.channel.type", default=Channel())


class Issue(msgspec.Struct, Generic[T], frozen=True):
    """One issue. fields: those that were asked for."""

    id: str
    fields: T
    properties: Properties = Properties()


Row = Issue[Fields]
Decoder = msgspec.json.Decoder[Row]


class Issues(msgspec.Struct, frozen=True):
    """One page of a search, its issues not yet read, so that a malformed one spoils no other."""

    issues: list[msgspec.Raw]
    following: str | None = msgspec.field(name="nextPageToken", default=None)
    is_last: bool | None = msgspec.field(name="isLast", default=None)


class Me(msgspec.Struct, frozen=True):
    """Who is signed in, and by which clock they ask."""

    zone: str | None = msgspec.field(name="timeZone", default=None)


class Schema(msgspec.Struct, frozen=True):
    """Of which kind a field is. custom: what a field of the site's own is made of."""

    type: str = ""
    custom: str = ""


class Field(msgspec.Struct, frozen=True):
    """A field that the site has. original: its name before it was translated."""

    id: str
    name: str = ""
    original: str = msgspec.field(name="untranslatedName", default="")
    schema: Schema = Schema()


class _Known(msgspec.Struct, frozen=True):
    id: str = msgspec.field(default="")
    issue: str = msgspec.field(name="issueId", default="")


def decoder(ids: Mapping[str, str]) -> Decoder:
    """Reads issues of a site that has fields under these ids, by attribute; one that `Fields` does
    not know may be anything."""
    kinds = {one.name: one.type for one in msgspec.structs.fields(Fields)}
    named = [
        (name, kinds.get(name, Any), msgspec.field(name=number, default=None))
        for name, number in ids.items()
    ]
    issue: Any = Issue
    fields = msgspec.defstruct("SiteFields", named, bases=(Fields,), frozen=True)
    return msgspec.json.Decoder(issue[fields])


def instant(milliseconds: int) -> datetime:
    """So many milliseconds after 1970. Raises ValueError for what nobody can reckon with."""
    try:
        return EPOCH + timedelta(milliseconds=milliseconds)
    except OverflowError:
        raise ValueError("an instant") from None


def read(
    raws: Sequence[msgspec.Raw], decoder: msgspec.json.Decoder[T]
) -> tuple[list[T], list[Rejection]]:
    """Records of an answer, and those that could not be read."""
    found: list[T] = []
    rejected: list[Rejection] = []
    for raw in raws:
        try:
            found.append(decoder.decode(raw))
        except msgspec.ValidationError as error:
            name = _name(raw)
            message = f"issue {name}: {field_of(error)} does not hold what it must"
            rejected.append(Rejection(name, "malformed", message))
    return found, rejected


def texts(value: object) -> Iterator[str]:
    """What a field of whatever kind says: names and chosen values, each as text."""
    if isinstance(value, Mapping):
        for key in ("value", "name", "title"):
            if value.get(key):
                yield from texts(value[key])
                break
        yield from texts(value.get("child"))
    elif isinstance(value, list):
        for one in value:
            yield from texts(one)
    elif isinstance(value, bool):
        yield str(value).lower()
    elif isinstance(value, (str, int, float)) and str(value).strip():
        yield str(value).strip()


def _name(raw: msgspec.Raw) -> str:
    """How a person finds what could not be read."""
    try:
        known = msgspec.json.decode(raw, type=_Known)
    except msgspec.ValidationError:
        return NAMELESS
    return (known.id or known.issue or NAMELESS)[:40]
