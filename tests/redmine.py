"""A real Redmine 5, started for a module of tests and filled over its own API.

Debian's packages hold it, with an empty database that is copied into a folder each time. As it is
delivered, it requires no login. Its one project is not public, and it has a status of its own.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import requests

from tests.peers import free_port, installed

HOME: Final = Path("/usr/share/redmine")
EMPTY: Final = Path("/var/lib/dbconfig-common/sqlite3/redmine/instances/default/redmine_default")
SERVLETS: Final = Path("/usr/share/rubygems-integration/all/gems")
STARTING: Final = 120.0

SERVING: Final = """
port, told = ARGV
$LOAD_PATH.unshift Dir['/usr/share/rubygems-integration/all/gems/webrick-*/lib'].first
require '/usr/share/redmine/config/environment'
require 'rack/handler/webrick'
Setting.rest_api_enabled = '1'
Setting.login_required = '0'
Setting.notified_events = []
ActionMailer::Base.perform_deliveries = false
Redmine::DefaultData::Loader.load('en') if Redmine::DefaultData::Loader.no_data?
hold = IssueStatus.create!(name: 'On hold', is_closed: false)
Role.givable.each do |role|
  Tracker.all.each do |tracker|
    IssueStatus.all.to_a.product(IssueStatus.all.to_a).each do |old, new|
      next if old == new
      WorkflowTransition.find_or_create_by!(
        role_id: role.id, tracker_id: tracker.id, old_status_id: old.id, new_status_id: new.id)
    end
  end
end
desk = Project.create!(name: 'Support', identifier: 'support', is_public: false)
desk.trackers = Tracker.all
%w[Billing Technical].each { |name| desk.issue_categories.create!(name: name) }
%w[Channel Customer].each do |name|
  field = IssueCustomField.create!(name: name, field_format: 'string', is_for_all: true)
  field.trackers = Tracker.all
end
admin = User.find_by_login('admin')
admin.must_change_passwd = false
admin.save!
lines = ["admin #{admin.id} #{admin.api_key}"]
{ 'agent' => 'Developer', 'program' => 'Developer', 'customer' => 'Reporter',
  'connector' => 'Reporter', 'stranger' => nil }.each do |login, role|
  user = User.new(firstname: login, lastname: 'Test', mail: "#{login}@desk.test", language: 'en')
  user.login = login
  user.password = user.password_confirmation = 'throw-away-1'
  user.save!
  Member.create!(project: desk, principal: user, roles: [Role.find_by_name(role)]) if role
  lines << "#{login} #{user.id} #{user.api_key}"
end
File.write(told, lines.join("\\n"))
Rack::Handler::WEBrick.run(Rails.application, Host: '127.0.0.1', Port: port.to_i, AccessLog: [])
"""

Json = dict[str, Any]


@dataclass(frozen=True)
class RealRedmine:
    """One server. keys, ids: of its users `admin`, `agent`, `program` (both may edit), `customer`
    and `connector` (both may read), and `stranger`, who is in no project."""

    url: str
    keys: Mapping[str, str]
    ids: Mapping[str, int]

    def get(self, path: str, user: str = "admin", **query: str | int) -> Json:
        """What Redmine answers."""
        found: Json = self._asked("GET", path, user, params=query).json()
        return found

    def create(self, by: str = "customer", **fields: object) -> int:
        """The number of a new issue. fields: `Channel` and `Customer` are custom ones."""
        known = {one["name"]: one["id"] for one in self.get("custom_fields.json")["custom_fields"]}
        chosen = known.keys() & fields.keys()
        custom = [{"id": known[name], "value": fields.pop(name)} for name in chosen]
        issue = {
            "project_id": "support",
            "tracker_id": 3,
            "subject": "a question",
            "custom_fields": custom,
            **fields,
        }
        made = self._asked("POST", "issues.json", by, json={"issue": issue}).json()
        return int(made["issue"]["id"])

    def note(self, issue: int, by: str = "agent", *, private: bool = False) -> None:
        """A note, without any change."""
        self.set(issue, by, notes="of no interest", private_notes=private)

    def set(self, issue: int, by: str = "agent", **fields: object) -> None:
        """Other values in an issue. A status and a category are named."""
        for name in {"status", "category"} & fields.keys():
            fields[f"{name}_id"] = self.number(name, str(fields.pop(name)))
        self._asked("PUT", f"issues/{issue}.json", by, json={"issue": fields})

    def number(self, kind: str, name: str) -> int:
        """The id of a status or a category."""
        where = {"status": "issue_statuses", "category": "projects/support/issue_categories"}
        told = self.get(f"{where[kind]}.json")
        (rows,) = (one for one in told.values() if isinstance(one, list))
        return next(int(one["id"]) for one in rows if one["name"] == name)

    def delete(self, issue: int) -> None:
        """Delete an issue."""
        self._asked("DELETE", f"issues/{issue}.json", "admin")

    def at(self, issue: int) -> datetime:
        """When the newest of its journals was written, or when it was created."""
        told = self.get(f"issues/{issue}.json", include="journals")["issue"]
        return datetime.fromisoformat([told, *told["journals"]][-1]["created_on"])

    def _asked(self, method: str, path: str, user: str, **more: Any) -> requests.Response:
        headers = {"X-Redmine-API-Key": self.keys.get(user, user)}
        answer = requests.request(method, f"{self.url}/{path}", headers=headers, timeout=30, **more)
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text[:300]}"
        return answer


@contextmanager
def real_redmine(folder: Path) -> Iterator[RealRedmine]:
    """A server with its state in `folder`; the test is skipped where Redmine is not installed."""
    remedy = "apt install redmine redmine-sqlite ruby-webrick"
    for path in (HOME, EMPTY, next(SERVLETS.glob("webrick-*"), SERVLETS / "webrick")):
        installed(path, remedy)
    shutil.copy(EMPTY, database := folder / "redmine.sqlite")
    (folder / "serve.rb").write_text(SERVING)
    port, told = free_port(), folder / "users"
    env = {
        **os.environ,
        "RAILS_ENV": "production",
        "X_DEBIAN_SITEID": "default",
        "DATABASE_URL": f"sqlite3:{database}",
        "RAILS_LOG_TO_STDOUT": "1",
    }
    with (folder / "server.log").open("w") as log_file:
        process = subprocess.Popen(
            ["bundle", "exec", "ruby", str(folder / "serve.rb"), str(port), str(told)],
            cwd=HOME,
            env=env,
            stdout=log_file,
            stderr=log_file,
            start_new_session=True,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        _await(url, process, folder / "server.log")
        users = [line.split() for line in told.read_text().splitlines()]
        keys = {login: key for login, _, key in users}
        yield RealRedmine(url, keys, {login: int(number) for login, number, _ in users})
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)


def _await(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + STARTING
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"Redmine did not start: {log.read_text()[-800:]}")
        try:
            if requests.get(f"{url}/issues.json", timeout=STARTING).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.2)
    raise TimeoutError(f"Redmine at {url} did not start within {STARTING:.0f} s")
