"""A real Request Tracker 5, started for a module of tests and filled over its own API.

Debian's packages hold it; database, configuration and users are made anew in a folder each time,
which takes some seconds. Its lifecycle has two statuses more than the delivered one.
"""

from __future__ import annotations

import os
import re
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

HOME: Final = Path("/usr/share/request-tracker5")
SETUP: Final = Path("/usr/sbin/rt-setup-database-5")
SERVER: Final = HOME / "libexec" / "rt-server"
STARTING: Final = 60.0
ALONE: Final = ["--server", "Starlet", "--max-workers", "1", "--max-reqs-per-child", "10000"]
"""One process, which compiles its pages once."""

CONFIGURATION: Final = """
Set($rtname, 'desk.test');
Set($Organization, 'desk.test');
Set($WebDomain, '127.0.0.1');
Set($WebPort, {port});
Set($WebBaseURL, 'http://127.0.0.1:{port}');
Set($Timezone, 'UTC');
Set($DatabaseType, 'SQLite');
Set($DatabaseName, '{folder}/rt.sqlite');
Set($MasonDataDir, '{folder}/mason');
Set($MasonSessionDir, '{folder}/sessions');
Set($MailCommand, 'testfile');
Set($LogToSyslog, undef);
Set($LogToSTDERR, 'error');
Set(%Lifecycles, default => {{
    initial => ['new'],
    active => ['open', 'stalled', 'parked'],
    inactive => ['resolved', 'rejected', 'archived', 'deleted'],
    defaults => {{ on_create => 'new' }},
    transitions => {{
        '' => ['new', 'open', 'resolved'],
        map {{ $_ => [grep {{ $_ ne 'nothing' }}
            qw(new open stalled parked resolved rejected archived deleted)] }}
            qw(new open stalled parked resolved rejected archived deleted)
    }},
    rights => {{ '* -> *' => 'ModifyTicket' }},
}});
1;
"""

ROOMS: Final = ("Incoming", "Billing", "Technical", "Vault")
READER: Final = ("SeeQueue", "ShowTicket", "SeeCustomField")
ZONES: Final = {"connector": "UTC", "tokyo": "Asia/Tokyo", "york": "America/New_York"}

FILLING: Final = """
use strict;
use lib '/usr/share/request-tracker5/lib';
use RT -init;
use RT::AuthToken;
my $system = RT->SystemUser;
sub rights {{
    my ($user, $object, @rights) = @_;
    $user->PrincipalObj->GrantRight(Right => $_, Object => $object) for @rights;
}}
sub user {{
    my ($name, $privileged, $zone) = @_;
    my $user = RT::User->new($system);
    my ($id, $why) = $user->Create(Name => $name, Privileged => $privileged, Timezone => $zone,
        EmailAddress => $name =~ /@/ ? $name : "$name\\@desk.test");
    die $why unless $id;
    return $user;
}}
my %room;
for my $name (qw({rooms})) {{
    $room{{$name}} = RT::Queue->new($system);
    $room{{$name}}->Create(Name => $name, CorrespondAddress => lc($name) . '@desk.test');
}}
for my $name (qw(Channel Customer)) {{
    my $field = RT::CustomField->new($system);
    $field->Create(Name => $name, Type => 'FreeformSingle', LookupType => 'RT::Queue-RT::Ticket');
    $field->AddToObject(RT::Queue->new($system));
}}
my %users = (root => RT::User->new($system));
$users{{root}}->Load('root');
my %zones = ({zones});
for my $name (keys %zones) {{
    rights($users{{$name}} = user($name, 1, $zones{{$name}}), RT->System, qw({reader}));
}}
$users{{narrow}} = user('narrow', 1, 'UTC');
rights($users{{narrow}}, $room{{$_}}, qw({reader})) for qw(Billing Technical Incoming);
$users{{blind}} = user('blind', 1, 'UTC');
my @writer = qw(SeeQueue ShowTicket CreateTicket ReplyToTicket);
$users{{$_}} = user($_, 1, 'UTC') for qw(agent autopilot);
rights($users{{$_}}, RT->System, @writer, qw(ModifyTicket OwnTicket CommentOnTicket
    ShowTicketComments ModifyCustomField SeeCustomField)) for qw(agent autopilot);
$users{{customer}} = user('ada@acme.example', 0, 'UTC');
rights($users{{customer}}, RT->System, @writer, qw(ModifyCustomField SeeCustomField ModifyTicket));
for my $name (sort keys %users) {{
    my ($id, $why, $token) = RT::AuthToken->new($system)->Create(
        Owner => $users{{$name}}->Id, Description => 'test');
    die $why unless $id;
    print "$name $token\\n";
}}
"""

Json = dict[str, Any]


@dataclass(frozen=True)
class RealRt:
    """One server. tokens: by user: `root`, `agent`, `autopilot`, `customer`, and those who only
    read: `connector`, `tokyo`, `york`, `narrow` (not the queue Vault), `blind` (nothing)."""

    url: str
    tokens: Mapping[str, str]

    def get(self, path: str, user: str = "root", **query: str | int) -> Json:
        """What RT answers."""
        found: Json = self._asked("GET", path, user, params=query).json()
        return found

    def create(self, by: str = "customer", queue: str = "Incoming", **fields: str) -> int:
        """The number of a new ticket that the customer asks for."""
        custom = {name: fields[name] for name in ("Channel", "Customer") if name in fields}
        body = {
            "Queue": queue,
            "Subject": "a question",
            "Requestor": "ada@acme.example",
            "Content": "of no interest",
            "CustomFields": custom,
        }
        return int(self._asked("POST", "ticket", by, json=body).json()["id"])

    def reply(self, ticket: int, by: str = "agent") -> None:
        """A public message."""
        body = {"Content": "of no interest", "ContentType": "text/plain"}
        self._asked("POST", f"ticket/{ticket}/correspond", by, json=body)

    def comment(self, ticket: int) -> None:
        """A message among agents."""
        body = {"Content": "of no interest", "ContentType": "text/plain"}
        self._asked("POST", f"ticket/{ticket}/comment", "agent", json=body)

    def set(self, ticket: int, **fields: str | int) -> None:
        """Other values in a ticket, by the agent."""
        said = self._asked("PUT", f"ticket/{ticket}", "root", json=fields).json()
        wrong = [one for one in said if not re.search("changed|deleted|Successful|already", one)]
        assert not wrong, wrong

    def at(self, ticket: int, kind: str) -> datetime:
        """The instant of the newest transaction of a type that is the ticket's own."""
        query = f"ObjectType = 'RT::Ticket' AND ObjectId = {ticket} AND Type = '{kind}'"
        told = self.get(
            "transactions", query=query, orderby="id", order="DESC", fields="Created", per_page=1
        )
        return datetime.fromisoformat(told["items"][0]["Created"])

    def _asked(self, method: str, path: str, user: str, **more: Any) -> requests.Response:
        answer = requests.request(
            method,
            f"{self.url}/REST/2.0/{path}",
            headers={"Authorization": f"token {self.tokens[user]}"},
            timeout=20,
            **more,
        )
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text[:300]}"
        return answer


@contextmanager
def real_rt(folder: Path) -> Iterator[RealRt]:
    """A server with its state in `folder`; the test is skipped where RT is not installed."""
    for path in (SETUP, SERVER):
        installed(path, "apt install request-tracker5 rt5-db-sqlite rt5-standalone")
    port = free_port()
    text = CONFIGURATION.format(port=port, folder=folder)
    (folder / "RT_SiteConfig.pm").write_text(text)
    for name in ("conf.d", "mason", "sessions"):
        (folder / name).mkdir()
    env = {
        **os.environ,
        "RT_SITE_CONFIG": str(folder / "RT_SiteConfig.pm"),
        "RT_SITE_CONFIG_DIR": str(folder / "conf.d"),
    }
    _run([str(SETUP), "--action", "init", "--skip-create"], env)
    told = _run(["perl", "-e", _filling()], env)
    tokens = dict(line.split() for line in told.splitlines())
    server = RealRt(f"http://127.0.0.1:{port}", tokens)
    with (folder / "server.log").open("w") as log_file:
        process = subprocess.Popen(
            [str(SERVER), *ALONE, "--host", "127.0.0.1", "--port", str(port)],
            env=env,
            stdout=log_file,
            stderr=log_file,
            start_new_session=True,
        )
    try:
        _await(server)
        yield server
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(10)


def _filling() -> str:
    zones = ", ".join(f"{name} => '{zone}'" for name, zone in ZONES.items())
    return FILLING.format(rooms=" ".join(ROOMS), zones=zones, reader=" ".join(READER))


def _run(command: list[str], env: Mapping[str, str]) -> str:
    done = subprocess.run(
        command, env=dict(env), capture_output=True, text=True, timeout=STARTING, check=False
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-800:]
    return done.stdout


def _await(server: RealRt) -> None:
    until = time.monotonic() + STARTING
    while time.monotonic() < until:
        try:
            server.get("rt")
        except (requests.ConnectionError, AssertionError):
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(f"RT at {server.url} did not start within {STARTING:.0f} s")
