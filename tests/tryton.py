"""A real Tryton 8, started for a module of tests and filled over its own API.

What it is started with lies beside the repository (`../shared/real-servers`). Its packages go into
a virtual environment in the user's cache, and its first database there too: both take long.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import subprocess
import venv
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final, NoReturn
from urllib.parse import urlencode

import pytest
import requests

from tests.peers import SHARED, free_port

SCRIPT: Final = SHARED / "real-servers" / "tryton_up.sh"
CACHE: Final = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "deskpulse-tests"
PACKAGES: Final = (
    "trytond==8.2.1",
    "trytond-party==8.2.0",
    "trytond-company==8.2.0",
    "trytond-sale-subscription==8.2.0",
    "trytond-sale-opportunity==8.2.0",
)
CRON: Final = """
import sys
from datetime import date
from trytond import config
config.update_etc(sys.argv[1])
from trytond.pool import Pool
from trytond.transaction import Transaction
pool = Pool("crm")
with Transaction().start("crm", 0):
    pool.init()
with Transaction().start("crm", 0, context={"company": 1}):
    pool.get("sale.subscription.line").generate_consumption(date.fromisoformat(sys.argv[2]))
"""
RIGHTS: Final = """
import sys
from trytond import config
config.update_etc(sys.argv[1])
from trytond.pool import Pool
from trytond.transaction import Transaction
pool = Pool("crm")
with Transaction().start("crm", 0):
    pool.init()
with Transaction().start("crm", 1):
    user = pool.get("res.user")(name=sys.argv[2], login=sys.argv[2])
    user.save()
    key = pool.get("res.user.application")(user=user, application="rest")
    key.save()
    print(key.key)
"""
STARTING: Final = 240.0


@dataclass(frozen=True)
class RealTryton:
    """One server. keys: those of the administrator (`admin`) and of deskpulse (`connector`)."""

    url: str
    folder: Path
    python: Path
    keys: dict[str, str]

    def get(self, model: str, *fields: str, domain: object = ()) -> list[dict[str, Any]]:
        """The records that an administrator finds."""
        encoded = urlsafe_b64encode(json.dumps(domain).encode()).decode()
        query = urlencode([*(("f", field) for field in fields), ("d", encoded)])
        found: list[dict[str, Any]] = self._asked("GET", f"{model}?{query}")
        return found

    def create(self, model: str, **values: object) -> int:
        """The id of a new record."""
        return int(self._asked("POST", model, values)["id"])

    def write(self, model: str, record: int, **values: object) -> None:
        """Other values in a record."""
        self._asked("PUT", f"{model}/{record}", values)

    def push(self, record: int, *buttons: str) -> None:
        """The buttons of a subscription, one after the other."""
        for button in buttons:
            self._asked("POST", f"sale.subscription/{record}/{button}", {})

    def party(self, name: str, *contacts: tuple[str, str]) -> int:
        """The id of a new party with an address."""
        made = [{"type": kind, "value": value} for kind, value in contacts]
        return self.create(
            "party.party",
            name=name,
            addresses=[["create", [{"city": "Berlin"}]]],
            contact_mechanisms=[["create", made]],
        )

    def subscription(self, party: int, start: date, *lines: dict[str, object]) -> int:
        """The id of a new draft of these lines, which begin with it unless they say otherwise."""
        (found,) = self.get("party.party", "addresses", domain=[["id", "=", party]])
        common = {"service": 1, "unit": 1, "consumption_recurrence": 1, "start_date": day(start)}
        return self.create(
            "sale.subscription",
            company=1,
            party=party,
            currency=1,
            start_date=day(start),
            invoice_recurrence=1,
            invoice_address=found["addresses"][0],
            lines=[["create", [{**common, **line} for line in lines]]],
        )

    def run_cron(self, until: date) -> None:
        """Charge what is due by then, which closes what has come to its end."""
        self._python(CRON, until.isoformat())

    def user_without_rights(self, name: str) -> str:
        """The key of a new user who is in no group."""
        return self._python(RIGHTS, name).strip().splitlines()[-1]

    def _asked(self, method: str, path: str, body: object = None) -> Any:
        answer = requests.request(
            method,
            f"{self.url}/crm/rest/model/{path}",
            json=body,
            headers={"Authorization": f"bearer {self.keys['admin']}"},
            timeout=20,
        )
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text[:300]}"
        return answer.json() if answer.content else None

    def _python(self, program: str, *arguments: str) -> str:
        configuration = str(self.folder / "trytond.conf")
        command = [str(self.python), "-W", "ignore", "-c", program, configuration]
        done = subprocess.run(
            [*command, *arguments], capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr[-600:]
        return done.stdout


def day(of: date) -> dict[str, object]:
    """A date as Tryton's API wants it."""
    return {"__class__": "date", "year": of.year, "month": of.month, "day": of.day}


def money(amount: str) -> dict[str, object]:
    """An exact number as Tryton's API wants it."""
    return {"__class__": "Decimal", "decimal": amount}


@contextmanager
def real_tryton(folder: Path) -> Iterator[RealTryton]:
    """A server with an empty database in `folder`; the test is skipped where there can be none."""
    if not SCRIPT.exists():
        pytest.skip("there is no ../shared/real-servers/tryton_up.sh")
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed, which starts Tryton's server: apt install curl")
    packages = _packages()
    template = CACHE / "tryton-8.2.1.sqlite"
    if template.exists():
        shutil.copy(template, folder / "template.sqlite")
    port = free_port()
    try:
        told = _started(packages, folder, port)
        if not template.exists():
            shutil.copy(folder / "template.sqlite", partial := template.with_suffix(f".{port}"))
            partial.replace(template)
        pairs = (line.split() for line in told.splitlines() if len(line.split()) == 2)
        yield RealTryton(
            f"http://127.0.0.1:{port}", folder, packages / "bin" / "python", dict(pairs)
        )
    finally:
        _stop(folder)


def _packages() -> Path:
    """The virtual environment with Tryton in it, made the first time."""
    place = CACHE / "tryton-8.2.1"
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "tryton.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (place / "complete").exists():
            shutil.rmtree(place, ignore_errors=True)
            venv.create(place, with_pip=True)
            install = [str(place / "bin" / "python"), "-m", "pip", "install", "--quiet", *PACKAGES]
            done = subprocess.run(install, capture_output=True, text=True, timeout=300, check=False)
            if done.returncode:
                _skip(f"Tryton cannot be installed: {done.stderr.strip()[-200:]}")
            (place / "complete").touch()
    return place


def _started(packages: Path, folder: Path, port: int) -> str:
    """What the script says: logins with their keys."""
    with (folder / "up.out").open("w+") as out:  # the server keeps a pipe open for ever
        subprocess.run(
            ["bash", SCRIPT, packages, folder, str(port)],
            stdout=out,
            stderr=subprocess.STDOUT,
            timeout=STARTING,
            check=True,
        )
    return (folder / "seed.out").read_text()


def _stop(folder: Path) -> None:
    """End the server of this folder and whatever it started, which is a group of its own."""
    pid = folder / "pid"
    if pid.exists():
        os.killpg(int(pid.read_text()), signal.SIGTERM)


def _skip(reason: str) -> NoReturn:
    pytest.skip(reason)
