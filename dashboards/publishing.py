"""What is to change in a Grafana that exists, decided in full before anything is written."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from dashboards import source
from dashboards.grafana import Folder, Grafana, Settings
from dashboards.meaning import MARK, VALID_UID, marked
from dashboards.refusals import GrafanaError, Wish, Wishes
from dashboards.standing import BLOCKING, Board, Content, State, standing

FOLDER: Final = "deskpulse"


@dataclass(frozen=True, slots=True)
class Source:
    """The data source: as it is wanted, as Grafana has it, and what differs, a line each."""

    wanted: Content
    stored: Content | None
    changes: tuple[str, ...] = ()

    @property
    def state(self) -> State:
        """How it stands."""
        if self.stored is None:
            return State.MISSING
        return State.OLD if self.changes else State.SAME


@dataclass(frozen=True, slots=True)
class Plan:
    """All that would be done. source: None where no data source is to be made."""

    folder: Folder
    folder_exists: bool
    source: Source | None
    boards: tuple[Board, ...]

    @property
    def is_done(self) -> bool:
        """Whether there is nothing to change."""
        boards_done = all(board.state is State.SAME for board in self.boards)
        return boards_done and (self.source is None or self.source.state is State.SAME)

    @property
    def makes_folder(self) -> bool:
        """Whether the folder has to be made."""
        return not self.folder_exists and any(board.place is None for board in self.boards)

    def lacking(self, rights: Collection[str] | None) -> list[Wish]:
        """What it takes that these rights do not give; nothing where none are told."""
        states = {board.state for board in self.boards}
        made = State.SAME if self.source is None else self.source.state
        needed = {
            Wishes.NEW_SOURCE: made is State.MISSING,
            Wishes.CHANGE_SOURCE: made is State.OLD,
            Wishes.NEW_FOLDER: self.makes_folder,
            Wishes.NEW_DASHBOARD: State.MISSING in states,
            Wishes.SAVE: bool(states - {State.MISSING, State.SAME}),
        }
        wishes = [wish for wish, is_needed in needed.items() if is_needed]
        return [] if rights is None else [wish for wish in wishes if wish.right not in rights]

    def refused(self, *, overwrite: bool) -> list[Board]:
        """The dashboards that stand in the way."""
        in_the_way = {State.LOCKED} if overwrite else BLOCKING
        return [board for board in self.boards if board.state in in_the_way]


@dataclass(frozen=True, slots=True)
class Asked:
    """The data source that dashboards are to begin with. Neither: whichever Grafana offers first.

    name: of one that exists. wanted: one of ours, which is made or brought up to date.
    """

    name: str = ""
    wanted: Content | None = None


def planned(
    grafana: Grafana, settings: Settings, boards: Mapping[str, Content], folder: str, asked: Asked
) -> Plan:
    """What would have to be done. Raises `GrafanaError`."""
    made = None if asked.wanted is None else _source(grafana, asked.wanted)
    place, exists = _folder(grafana, folder)
    chosen = _chosen(settings, asked.name) if made is None else _named(made)
    pointed = (_pointed(board, *chosen) if chosen else board for board in boards.values())
    stand = (standing(board, grafana.dashboard(board["uid"])) for board in pointed)
    return Plan(place, exists, made, tuple(stand))


def applied(grafana: Grafana, plan: Plan, *, release: str, overwrite: bool) -> Iterator[str]:
    """Do it, and say of each step that it is done. Raises `GrafanaError`."""
    if plan.source is not None and plan.source.state is not State.SAME:
        yield _apply_source(grafana, plan.source)
    folder, todo = plan.folder, [b for b in plan.boards if b.state is not State.SAME]
    if plan.makes_folder:
        folder = grafana.create_folder(folder)
        yield f"folder {folder.title}: created"
    for board in todo:
        # Whoever moved a dashboard to another folder finds it there again.
        place = folder.uid if board.place is None else board.place
        version = board.stored.version if board.stored else 0
        content = {**marked(board.built), "version": version}
        message = f"deskpulse {release} ({content[MARK]['fingerprint'][:12]})"
        path = grafana.save(content, place, message, overwrite=overwrite)
        yield f"{board.title}: {'updated' if board.stored else 'created'}, {path}"


def _folder(grafana: Grafana, wanted: str) -> tuple[Folder, bool]:
    """The folder of this uid or title, and whether it exists."""
    folders = grafana.folders()
    found = [one for one in folders if one.uid == wanted]
    found = found or [one for one in folders if one.title == wanted]
    if len(found) > 1:
        uids = ", ".join(one.uid for one in found)
        raise GrafanaError(f"{len(found)} folders are called '{wanted}': name one by uid ({uids}).")
    if found:
        return found[0], True
    if not VALID_UID.fullmatch(wanted):
        return Folder("", wanted), False
    deeper = grafana.folder(wanted)
    return deeper or Folder(wanted, wanted), deeper is not None


def _source(grafana: Grafana, wanted: Content) -> Source:
    stored = grafana.source(wanted["uid"])
    if stored is None:
        return Source(wanted, None)
    if stored.get("type") != wanted["type"]:
        raise GrafanaError(
            f"A data source of type {stored.get('type')}, '{stored.get('name')}', has the uid "
            f"{wanted['uid']}: give it another, or use one that exists with --datasource NAME."
        )
    return Source(wanted, stored, tuple(source.changes(stored, wanted)))


def _apply_source(grafana: Grafana, step: Source) -> str:
    if step.stored is None:
        grafana.create_source(step.wanted)
        return f"data source {step.wanted['name']}: created"
    grafana.update_source(step.wanted["uid"], source.merged(step.stored, step.wanted))
    return f"data source {step.stored['name']}: updated"


def _named(made: Source) -> tuple[str, str]:
    stored = made.stored or made.wanted
    return str(stored["name"]), str(made.wanted["uid"])


def _chosen(settings: Settings, name: str) -> tuple[str, str] | None:
    """Name and uid of an existing data source; None where none was asked for."""
    if not name:
        return None
    known = {
        key: str(one.get("uid", ""))
        for key, one in settings.sources.items()
        if one.get("type") == source.TYPE
    }
    if name in known:
        return name, known[name]
    offered = ", ".join(f"'{one}'" for one in sorted(known)) or "none"
    other = " of another type" if name in settings.sources else ""
    raise GrafanaError(
        f"There is {'one' if other else 'no data source'} '{name}'{other}; Prometheus data sources "
        f"that the token may see: {offered}. Name one of them, or make one with --prometheus-url."
    )


def _pointed(board: Content, name: str, uid: str) -> Content:
    """The dashboard, beginning with this data source; people may still choose another."""
    current = {"selected": True, "text": name, "value": uid}
    variables = [
        {**one, "current": current} if one.get("type") == "datasource" else one
        for one in board["templating"]["list"]
    ]
    return {**board, "templating": {**board["templating"], "list": variables}}
