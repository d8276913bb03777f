"""How a dashboard of ours stands in a Grafana that exists, and what is then in its way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, TypeAlias

from dashboards.grafana import Stored
from dashboards.meaning import TAG, is_marked, meaning

Content: TypeAlias = Mapping[str, Any]


class State(StrEnum):
    """How something that we would publish stands in Grafana."""

    MISSING = "missing"
    SAME = "same"
    OLD = "old"
    EDITED = "edited"
    FOREIGN = "foreign"
    LOCKED = "locked"


BLOCKING: Final = frozenset({State.EDITED, State.FOREIGN, State.LOCKED})
"""What is not replaced, or only when that is asked for."""


@dataclass(frozen=True, slots=True)
class Board:
    """One dashboard: as it was built, as Grafana has it, and why it would not be replaced."""

    built: Content
    stored: Stored | None
    state: State
    why: str = ""

    @property
    def uid(self) -> str:
        """What links go by."""
        return str(self.built["uid"])

    @property
    def title(self) -> str:
        """As it was built."""
        return str(self.built["title"])

    @property
    def place(self) -> str | None:
        """The uid of the folder that it stands in; None where it has none yet, or none is known."""
        return None if self.stored is None or self.stored.is_newer else self.stored.folder.uid


def standing(built: Content, stored: Stored | None) -> Board:
    """How a dashboard stands, Grafana having `stored` under its uid."""
    if stored is None:
        return Board(built, None, State.MISSING)
    state, why = _state(built, stored)
    return Board(built, stored, state, why)


def _state(built: Content, stored: Stored) -> tuple[State, str]:
    """How a dashboard stands, and the verdict where that is in the way."""
    if not stored.is_folder and meaning(stored.content) == meaning(built):
        return State.SAME, ""
    if why := _locked(stored):
        return State.LOCKED, why
    if is_marked(stored.content):
        return State.OLD, ""
    if stored.is_newer:
        return State.EDITED, (
            "it was changed in Grafana's new editor, whose format cannot be compared with ours: "
            "keep a copy of it under another name, and replace it with --overwrite"
        )
    if TAG in (stored.content.get("tags") or ()):
        return State.EDITED, (
            f"it was changed in Grafana since it was published, last by {stored.by or 'someone'} "
            f"({stored.at or 'at an unknown time'}), or never published from here. `deskpulse "
            "dashboards diff` shows how; --overwrite replaces it, and Grafana keeps the old "
            "version under Settings, Versions"
        )
    return State.FOREIGN, (
        f"another dashboard, '{stored.title}' {stored.place}, has its uid: give that one another "
        "uid (a copy of it gets a new one), or replace it with --overwrite"
    )


def _locked(stored: Stored) -> str:
    """Why Grafana would take no other; "" where it would."""
    if stored.is_folder:
        return f"a folder, '{stored.title}', has its uid: give that folder another"
    if stored.is_provisioned:
        return (
            f"it stands {stored.place} and is provisioned from a file, so Grafana takes no other: "
            "write that file anew with `deskpulse dashboards build`, or take it out of the "
            "provisioning"
        )
    if not stored.may_save:
        return (
            f"it stands {stored.place}, where the token may not save it: its service account lacks "
            "the right dashboards:write, which the role Editor has"
        )
    return ""
