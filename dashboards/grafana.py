"""The one door to grafana-api, the client by which dashboards reach a Grafana that exists.

Its last release is of 2020. It knows neither folders within folders nor uids of data sources, and
takes every answer below 400 for JSON; so each answer is judged before the client sees it, and what
it has no method for is asked by path.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import urlsplit

import requests
from grafana_api.grafana_face import GrafanaFace

from connectors.verdicts import is_loopback
from dashboards.refusals import GrafanaError, Refusal, Refusals, Wish, Wishes

OLDEST: Final = 11
"""The first Grafana whose dashboards are those that we build."""

TIMEOUT: Final = (5.0, 30.0)
"""Seconds to connect, and between two pieces of an answer."""

MOST_FOLDERS: Final = 1000
VERSION: Final = re.compile(r"v?(\d+)\.\d")


@dataclass(frozen=True, slots=True)
class Address:
    """Where a Grafana is. prefix: the path that it is served under, with a slash at its end."""

    protocol: str
    host: str
    port: int | None
    prefix: str

    @classmethod
    def of(cls, url: str) -> Self:
        """The address that `url` says. Raises `ValueError` with a verdict that shows no secret."""
        try:
            parts = urlsplit(url.strip())
            port = parts.port
        except ValueError:
            raise ValueError("the port is no number from 0 to 65535") from None
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("write it like https://grafana.example or http://127.0.0.1:3000")
        if parts.username is not None or parts.password is not None:
            raise ValueError("it holds credentials: leave them out, a token is what signs in")
        if parts.query or parts.fragment:
            raise ValueError("leave out what begins with ? or #")
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        prefix = parts.path.strip("/")
        return cls(parts.scheme, host, port, f"{prefix}/" if prefix else "")

    @property
    def is_in_the_clear(self) -> bool:
        """Whether others on the way could read the token."""
        return self.protocol == "http" and not is_loopback(self.host.strip("[]"))

    def __str__(self) -> str:
        port = "" if self.port is None else f":{self.port}"
        return f"{self.protocol}://{self.host}{port}/{self.prefix}".rstrip("/")


@dataclass(frozen=True, slots=True)
class Settings:
    """What a Grafana says of itself and of the token.

    sources: the data sources that the token may ask, by name. rights: what it may do, somewhere at
    least; None where Grafana does not tell.
    """

    version: str
    sources: Mapping[str, Mapping[str, Any]]
    rights: Collection[str] | None


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder for dashboards. uid: "" where Grafana is to choose one."""

    uid: str
    title: str


@dataclass(frozen=True, slots=True)
class Stored:
    """A dashboard as Grafana has it.

    version: counted by Grafana, one more with each save. by, at: who saved it last, and when.
    is_newer: saved by the editor of newer Grafanas, whose format this API does not tell; nothing
    else is known of it then.
    """

    content: Mapping[str, Any]
    version: int
    folder: Folder
    by: str = ""
    at: str = ""
    is_provisioned: bool = False
    is_folder: bool = False
    is_newer: bool = False
    may_save: bool = True

    @property
    def title(self) -> str:
        """Its title, as it stands in Grafana."""
        return str(self.content.get("title", ""))

    @property
    def place(self) -> str:
        """Where it is, in words."""
        return f"in folder '{self.folder.title}'" if self.folder.title else "outside of any folder"


class Grafana:
    """One Grafana, one organization: the one that the token is for.

    Every method raises `GrafanaError`, whose text says what is wrong and how to mend it.
    """

    def __init__(self, address: Address, token: str) -> None:
        self.address = address
        self._say = Refusals(str(address))
        self._face: Any = GrafanaFace(
            token,
            host=address.host,
            port=address.port,
            url_path_prefix=address.prefix,
            protocol=address.protocol,
            timeout=TIMEOUT,
        )
        self._face.api.s.hooks["response"].append(_judged)
        self._rights: Collection[str] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._face.api.s.close()

    def settings(self) -> Settings:
        """What it is. Raises `GrafanaError` too where it is older than `OLDEST`, or no Grafana."""
        # Unlike /api/health it is there in every hosted Grafana, and hides no version from a token.
        told = self._ask(Wishes.LOOK, self._face.api.GET, "/frontend/settings")
        version = _version_of(told)
        if version is None:
            raise self._say.another("its answer is not that of a Grafana")
        found = VERSION.match(version)
        if found and int(found[1]) < OLDEST:
            raise self._say.too_old(version, OLDEST)
        self._rights = self._told_rights()
        return Settings(version, told.get("datasources") or {}, self._rights)

    def _told_rights(self) -> Collection[str] | None:
        try:
            told = self._ask(Wishes.RIGHTS, self._face.api.GET, "/access-control/user/permissions")
        except GrafanaError as error:
            if error.status in {403, 404}:
                return None
            raise
        return set(told)

    def folders(self) -> list[Folder]:
        """The folders at the top that the token may see."""
        found = self._ask(Wishes.FOLDERS, self._face.api.GET, f"/folders?limit={MOST_FOLDERS}")
        return [Folder(one["uid"], one["title"]) for one in found]

    def folder(self, uid: str) -> Folder | None:
        """The folder with this uid, however deep; None where the token sees none."""
        found = self._found(Wishes.FOLDERS, self._face.folder.get_folder, uid)
        return None if found is None else Folder(found["uid"], found["title"])

    def create_folder(self, folder: Folder) -> Folder:
        """A new folder at the top; gives it with its uid."""
        create = self._face.folder.create_folder
        made = self._ask(Wishes.NEW_FOLDER, create, folder.title, folder.uid or None)
        return Folder(made["uid"], made["title"])

    def dashboard(self, uid: str) -> Stored | None:
        """The dashboard with this uid; None where the token sees none."""
        try:
            found = self._found(Wishes.DASHBOARD, self._face.dashboard.get_dashboard, uid)
        except GrafanaError as error:
            if error.status == 406:
                return Stored({}, 0, Folder("", ""), is_newer=True)
            raise
        if found is None:
            return None
        content, meta = found["dashboard"], found["meta"]
        return Stored(
            content,
            int(meta.get("version") or content.get("version") or 0),
            Folder(meta.get("folderUid") or "", meta.get("folderTitle") or ""),
            meta.get("updatedBy") or "",
            meta.get("updated") or "",
            is_provisioned=bool(meta.get("provisioned")),
            is_folder=bool(meta.get("isFolder")),
            may_save=bool(meta.get("canSave", True)),
        )

    def save(
        self, content: Mapping[str, Any], folder: str, message: str, *, overwrite: bool
    ) -> str:
        """Write a dashboard; gives its path.

        content: with the `version` that it replaces, or Grafana refuses; `overwrite` replaces any.
        """
        body = {
            "dashboard": {**content, "id": None},
            "folderUid": folder,
            "message": message,
            "overwrite": overwrite,
        }
        wish = Wishes.SAVE if content.get("version") else Wishes.NEW_DASHBOARD
        wish = wish.about(str(content.get("title", "")))
        saved = self._ask(wish, self._face.dashboard.update_dashboard, body)
        return str(saved.get("url", ""))

    def source(self, uid: str) -> dict[str, Any] | None:
        """The data source with this uid, all of it but its secrets; None where there is none."""
        path = f"/datasources/uid/{uid}"
        found: dict[str, Any] | None = self._found(Wishes.SOURCE, self._face.api.GET, path)
        return found

    def create_source(self, source: Mapping[str, Any]) -> None:
        """A new data source."""
        self._ask(Wishes.NEW_SOURCE, self._face.datasource.create_datasource, source)

    def update_source(self, uid: str, source: Mapping[str, Any]) -> None:
        """Replace what a data source says; secrets that are not told anew stay."""
        # The client's own method asks by the numeric id, which newer Grafanas no longer take.
        self._ask(Wishes.CHANGE_SOURCE, self._face.api.PUT, f"/datasources/uid/{uid}", source)

    def _found(self, wish: Wish, call: Callable[..., Any], *given: Any) -> Any:
        """What is asked for; None where it is not there.

        To a token whose rights end at folders, Grafana says 403 of what does not exist: it cannot
        tell in which folder that would be.
        """
        try:
            return self._ask(wish, call, *given)
        except GrafanaError as error:
            is_hidden = error.status == 403 and wish.right in (self._rights or ())
            if error.status == 404 or is_hidden:
                return None
            raise

    def _ask(self, wish: Wish, call: Callable[..., Any], *given: Any) -> Any:
        try:
            return call(*given)
        except Refusal as refusal:
            raise self._say.refused(wish, refusal) from None
        except requests.RequestException as error:
            # Not chained: requests' own words repeat what was sent, its headers included.
            raise self._say.unreachable(error, TIMEOUT[1]) from None


def _judged(answer: requests.Response, **_more: Any) -> None:
    """Raise `Refusal` for every answer that is no good JSON, before the client takes it for one."""
    to = answer.headers.get("Location", "") if answer.is_redirect else ""
    told: Any = None
    with contextlib.suppress(ValueError):
        told = answer.json()
    if told is None or answer.status_code >= 300:
        is_json = isinstance(told, dict)
        message = str(told.get("message", "")) if is_json else ""
        raise Refusal(answer.status_code, message=message, to=to, is_json=is_json)


def _version_of(told: object) -> str | None:
    build = told.get("buildInfo") if isinstance(told, dict) else None
    return str(build.get("version", "")) if isinstance(build, dict) else None
