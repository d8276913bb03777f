"""A Grafana on loopback, as far as its HTTP API of versions 11 to 13 is asked by us.

What it answers, and when, is that of pkg/api and pkg/services/dashboards of Grafana's sources.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import unquote, urlsplit

VIEWER: Final = frozenset({"folders:read", "dashboards:read"})
EDITOR: Final = VIEWER | {"folders:create", "dashboards:create", "dashboards:write"}
ADMIN: Final = EDITOR | {"datasources:read", "datasources:create", "datasources:write", "*"}
"""The star stands for rights in every folder; the other roles have theirs folder by folder."""

TOKEN: Final = "glsa_throw-away"
EDITED: Final = frozenset(
    {"annotations", "description", "editable", "fiscalYearStartMonth", "graphTooltip", "id"}
    | {"links", "panels", "refresh", "schemaVersion", "tags", "templating", "time", "timepicker"}
    | {"timezone", "title", "uid", "version", "weekStart"}
)
"""The keys that Grafana's editor writes; it drops all others."""

Reply = tuple[int, Any]
"""Status and JSON; of text or of a header for Location, a string that begins with < or http."""


@dataclass
class Kept:
    """A dashboard, or a folder that a dashboard is asked for by its uid."""

    content: dict[str, Any]
    folder: str = ""
    by: str = "sa-deskpulse"
    message: str = ""
    provisioned: bool = False
    is_folder: bool = False
    is_newer: bool = False


class Answered(Exception):
    """Ends a request with an answer."""

    def __init__(self, code: int, message: str, **more: str) -> None:
        super().__init__(message)
        self.reply: Reply = (code, {"message": message, **more})


@dataclass
class Double:
    """The state of one organization.

    tokens: what each may do. expired: tokens that were good once. deeper: folders
    within folders, which are not listed. shut: folders without the right
    to save in them. shortest: Grafana's `min_refresh_interval`, "" for none.
    instead: what answers in its place. before_save: happens just before a dashboard is saved.
    """

    version: str = "12.1.1"
    tokens: dict[str, frozenset[str]] = field(default_factory=lambda: {TOKEN: ADMIN})
    expired: set[str] = field(default_factory=set)
    shut: set[str] = field(default_factory=set)
    shortest: str = ""
    prefix: str = ""
    folders: dict[str, str] = field(default_factory=dict)
    deeper: dict[str, str] = field(default_factory=dict)
    boards: dict[str, Kept] = field(default_factory=dict)
    sources: dict[str, dict[str, Any]] = field(default_factory=dict)
    requests: list[tuple[str, str]] = field(default_factory=list)
    instead: Callable[[str, str], Reply | None] = lambda _method, _path: None
    before_save: Callable[[], None] = lambda: None

    @property
    def writes(self) -> list[tuple[str, str]]:
        """What was asked that changes something."""
        return [one for one in self.requests if one[0] != "GET"]

    def edit(self, uid: str, **changes: Any) -> None:
        """Save a dashboard in the editor, as Jane does."""
        kept = self.boards[uid]
        content = {key: value for key, value in kept.content.items() if key in EDITED}
        kept.content = {**content, **changes, "version": content["version"] + 1}
        kept.by, kept.message = "jane", ""

    def answer(self, method: str, path: str, sent: Any, token: str) -> Reply:
        """What Grafana would answer."""
        self.requests.append((method, path))
        if (reply := self.instead(method, path)) is not None:
            return reply
        try:
            return self._routed(method, path, sent, token)
        except Answered as answered:
            return answered.reply

    def _routed(self, method: str, path: str, sent: Any, token: str) -> Reply:
        place = unquote(urlsplit(path).path)
        if not place.startswith(f"{self.prefix}/api/"):
            return 404, "<html>Not found"
        place = place.removeprefix(f"{self.prefix}/api")
        rights = self._rights(token)
        for (verb, pattern), (right, answer) in ROUTES.items():
            found = re.fullmatch(pattern, place)
            if verb == method and found:
                if right and not rights & set(right):
                    raise denied(right)
                return answer(self, *(sent,) * (sent is not None), *found.groups(), rights)
        return 404, {"message": "Not found"}

    def _rights(self, token: str) -> frozenset[str]:
        more = {"statusCode": "401", "traceID": ""}
        if token in self.expired:
            raise Answered(401, "Expired API key", messageId="api-key.expired", **more)
        if token not in self.tokens:
            raise Answered(401, "Invalid API key", messageId="api-key.invalid", **more)
        return self.tokens[token]

    def settings(self, _rights: frozenset[str]) -> Reply:
        build = {"version": self.version, "commit": "df5de8219b", "edition": "Open Source"}
        known = {s["name"]: {"uid": s["uid"], "type": s["type"]} for s in self.sources.values()}
        builtin = {"-- Grafana --": {"uid": "grafana", "type": "datasource"}}
        return 200, {"buildInfo": build, "datasources": {**builtin, **known}}

    def list_folders(self, _rights: frozenset[str]) -> Reply:
        return 200, [{"id": 1, "uid": u, "title": t} for u, t in self.folders.items()]

    def rights(self, rights: frozenset[str]) -> Reply:
        return 200, {right: ["folders:uid:general"] for right in rights}

    def get_folder(self, uid: str, rights: frozenset[str]) -> Reply:
        known = {**self.folders, **self.deeper}
        if uid not in known:
            raise absent("folder not found", "folders:read", rights)
        return 200, {"id": 1, "uid": uid, "title": known[uid]}

    def create_folder(self, sent: dict[str, Any], _rights: frozenset[str]) -> Reply:
        uid = sent.get("uid") or f"made-{len(self.folders)}"
        if uid in self.folders or uid in self.boards:
            raise Answered(409, "a folder/dashboard with the same uid already exists")
        self.folders[uid] = sent["title"]
        return 200, {"id": 7, "uid": uid, "title": sent["title"], "canSave": True, "version": 1}

    def get_board(self, uid: str, rights: frozenset[str]) -> Reply:
        kept = self.boards.get(uid)
        if kept is None:
            raise absent("Dashboard not found", "dashboards:read", rights)
        if kept.is_newer:
            path = f"/apis/dashboard.grafana.app/v2beta1/namespaces/default/dashboards/{uid}"
            raise Answered(406, f"dashboard api version not supported, use {path} instead")
        meta = {
            "type": "db",
            "canSave": "dashboards:write" in rights and kept.folder not in self.shut,
            "url": f"/d/{uid}/x",
            "updated": "2026-10-01T08:00:00Z",
            "updatedBy": kept.by,
            "version": kept.content["version"],
            "isFolder": kept.is_folder,
            "folderUid": kept.folder,
            "folderTitle": self.folders.get(kept.folder, "General"),
            "provisioned": kept.provisioned,
        }
        return 200, {"meta": meta, "dashboard": kept.content}

    def save_board(self, sent: dict[str, Any], rights: frozenset[str]) -> Reply:
        self.before_save()
        board, folder = dict(sent["dashboard"]), sent.get("folderUid", "")
        kept = self._savable(board, sent.get("overwrite", False))
        if folder and folder not in {**self.folders, **self.deeper}:
            raise Answered(400, "folder not found")
        needed = "dashboards:create" if kept is None else "dashboards:write"
        if needed not in rights or folder in self.shut:
            raise Answered(403, "Access denied to save dashboard")
        if self.shortest and board.get("refresh"):
            board["refresh"] = self.shortest
        version = 1 if kept is None else kept.content["version"] + 1
        uid = board["uid"]
        content = {**board, "id": 40 + len(self.boards), "version": version}
        self.boards[uid] = Kept(content, folder, message=sent.get("message", ""))
        return 200, {"status": "success", "uid": uid, "version": version, "url": f"/d/{uid}/x"}

    def _savable(self, board: dict[str, Any], overwrite: bool) -> Kept | None:
        if not board.get("title"):
            raise Answered(400, "Dashboard title cannot be empty", status="empty-name")
        if not re.fullmatch(r"[a-zA-Z0-9_-]{1,40}", board["uid"]):
            raise Answered(400, "uid contains illegal characters")
        if board.get("id"):
            raise Answered(404, "Dashboard not found", status="not-found")
        kept = self.boards.get(board["uid"])
        if kept is None:
            return None
        if kept.is_folder:
            raise Answered(400, "Dashboard cannot be changed to a folder")
        if board.get("version", 0) != kept.content["version"] and not overwrite:
            message = "The dashboard has been changed by someone else"
            raise Answered(412, message, status="version-mismatch")
        if kept.provisioned:
            raise Answered(400, "Cannot save provisioned dashboard")
        return kept

    def get_source(self, uid: str, _rights: frozenset[str]) -> Reply:
        if uid not in self.sources:
            raise Answered(404, "Data source not found")
        return 200, self.sources[uid]

    def create_source(self, sent: dict[str, Any], _rights: frozenset[str]) -> Reply:
        if any(sent["name"] == one["name"] for one in self.sources.values()):
            raise Answered(409, "data source with the same name already exists")
        fresh = {"id": 3, "orgId": 1, "isDefault": False, "version": 1, "readOnly": False}
        self.sources[sent["uid"]] = {**fresh, **sent}
        return 200, {"message": "Datasource added", "id": 3, "name": sent["name"]}

    def update_source(self, sent: dict[str, Any], uid: str, _rights: frozenset[str]) -> Reply:
        stored = self.sources[uid]
        if stored["readOnly"]:
            raise Answered(403, "Cannot update read-only data source")
        if sent["version"] != stored["version"]:
            raise Answered(
                409, "Datasource has already been updated by someone else. Please reload"
            )
        self.sources[uid] = {**sent, "version": stored["version"] + 1}
        return 200, {"message": "Datasource updated", "id": 3, "name": sent["name"]}


ROUTES: Final[dict[tuple[str, str], tuple[tuple[str, ...], Callable[..., Reply]]]] = {
    ("GET", "/frontend/settings"): ((), Double.settings),
    ("GET", "/access-control/user/permissions"): ((), Double.rights),
    ("GET", "/folders/([^/]+)"): (("folders:read",), Double.get_folder),
    ("GET", "/folders"): (("folders:read",), Double.list_folders),
    ("POST", "/folders"): (("folders:create",), Double.create_folder),
    ("GET", "/dashboards/uid/([^/]+)"): (("dashboards:read",), Double.get_board),
    ("POST", "/dashboards/db"): (("dashboards:create", "dashboards:write"), Double.save_board),
    ("GET", "/datasources/uid/([^/]+)"): (("datasources:read",), Double.get_source),
    ("POST", "/datasources"): (("datasources:create",), Double.create_source),
    ("PUT", "/datasources/uid/([^/]+)"): (("datasources:write",), Double.update_source),
}


def denied(rights: tuple[str, ...]) -> Answered:
    """What stands before every route says in these words what is lacking."""
    needed = rights[0] if len(rights) == 1 else f"any of {', '.join(rights)}"
    message = (
        "You'll need additional permissions to perform this action. Permissions needed: " + needed
    )
    return Answered(403, message, title="Access denied", accessErrorId="ACE4711")


def absent(message: str, right: str, rights: frozenset[str]) -> Answered:
    """A right that ends at folders cannot be looked up for what is in none."""
    return Answered(404, message) if "*" in rights else denied((right,))


def _stored(text: bytes) -> Any:
    """JSON as a store of Grafana gives it back: a number without a fraction has no point."""
    return json.loads(text, parse_float=lambda t: int(f) if (f := float(t)).is_integer() else f)


@contextmanager
def serving(double: Double, context: Any = None) -> Iterator[str]:
    """Serve it on loopback, over TLS where there is a `context`; gives its address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # one packet an answer, or each waits for the acknowledgement of its head

        def _do(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            raw = self.rfile.read(length)
            token = self.headers.get("Authorization", "").removeprefix("Bearer ")
            sent = _stored(raw) if self.command != "GET" else None
            status, body = double.answer(self.command, self.path, sent, token)
            self.send_response(status)
            if isinstance(body, str) and status in {301, 302, 307}:
                self.send_header("Location", body)
            data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = do_DELETE = _do  # noqa: N815 -- as http.server has it

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- likewise
            """Nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """A client that turns away at the handshake is none of ours."""

    server = Server(("127.0.0.1", 0), Handler)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        scheme = "http" if context is None else "https"
        yield f"{scheme}://127.0.0.1:{server.server_port}{double.prefix}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
