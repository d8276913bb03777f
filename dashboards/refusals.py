"""Why a Grafana did not do what was wished, in plain words and with a remedy."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlsplit

import requests
from requests import exceptions

NEEDED: Final = re.compile(r"Permissions needed: (.+)")
LONGEST: Final = 200
A_NEW_ONE: Final = (
    "create one in Grafana under Administration, Users and access, Service accounts, and set "
    "DESKPULSE_GRAFANA_TOKEN to it"
)


IN_FRONT: Final[Mapping[int, str]] = {
    401: "a proxy in front of it wants somebody to sign in",
    403: "a proxy in front of it refuses us",
    502: "a proxy is in front of it, and it does not run",
    503: "a proxy is in front of it, and it does not run",
    504: "a proxy is in front of it, and it does not answer",
}
CAUSES: Final = (
    (exceptions.SSLError, "speaks no TLS: check the port, and whether it is http:// instead"),
    (
        exceptions.ProxyError,
        "cannot be reached through the proxy: check HTTPS_PROXY, HTTP_PROXY and NO_PROXY",
    ),
    (
        exceptions.ConnectTimeout,
        "does not answer: check the address, the port and the firewalls on the way",
    ),
    (
        exceptions.Timeout,
        "took more than {patience:g} seconds to answer: try again when it is less busy",
    ),
    (
        exceptions.ConnectionError,
        "cannot be reached: check the address and port, and whether it runs",
    ),
)
"""What requests raises, the narrowest first, and what it means."""
BROKEN: Final = "broke off its answer ({kind}): try again"


class GrafanaError(Exception):
    """What went wrong and how to mend it. status: the HTTP status, 0 where there was no answer."""

    def __init__(self, message: str, *, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


class Refusal(Exception):
    """An answer that is not what was wished.

    message: that of Grafana's JSON. to: where a redirect leads.
    """

    def __init__(
        self, status: int, *, message: str = "", to: str = "", is_json: bool = True
    ) -> None:
        super().__init__(status)
        self.status = status
        self.message = message
        self.to = to
        self.is_json = is_json


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked of a Grafana, the right that it takes, and the role that has this right."""

    doing: str
    right: str
    role: str

    def about(self, name: str) -> Wish:
        """The same, for something with a name."""
        return replace(self, doing=f"{self.doing} '{name}'")


class Wishes:
    """All that is ever asked."""

    LOOK: Final = Wish("see its settings", "to sign in", "Viewer")
    RIGHTS: Final = Wish("see its own rights", "to sign in", "Viewer")
    FOLDERS: Final = Wish("list the folders", "folders:read", "Viewer")
    NEW_FOLDER: Final = Wish("create the folder", "folders:create", "Editor")
    DASHBOARD: Final = Wish("read the dashboards", "dashboards:read", "Viewer")
    NEW_DASHBOARD: Final = Wish("create the dashboard", "dashboards:create", "Editor")
    SAVE: Final = Wish("save the dashboard", "dashboards:write", "Editor")
    SOURCE: Final = Wish("read the data source", "datasources:read", "Admin")
    NEW_SOURCE: Final = Wish("create the data source", "datasources:create", "Admin")
    CHANGE_SOURCE: Final = Wish("change the data source", "datasources:write", "Admin")


KNOWN: Final[Mapping[str, str]] = {
    "provisioned dashboard": "it is provisioned from a file. Change that file (`deskpulse "
    "dashboards build` writes it), or take it out of the provisioning and publish again",
    "folder not found": "the folder is gone, or the token may not see it. Publish again, which "
    "creates it, or name another with --folder",
    "by someone else": "it was saved by someone else meanwhile, or stands in a folder that "
    "the token may not see. `deskpulse dashboards diff` shows what is new; publish again",
    "same name in the folder": "the folder has another dashboard of this title. Rename that one, "
    "or publish into another folder with --folder",
    "same uid already exists": "a folder or dashboard that the token may not see has this uid. Let "
    "the token see it, or name another folder with --folder",
    "belongs to plugin": "it belongs to a plugin. Publish with --overwrite, or remove the plugin's",
    "read-only data source": "it is provisioned from a file. Change that file, or use it as it is: "
    "--datasource NAME in place of --prometheus-url",
    "same name already exists": "another data source has this name. Use that one with --datasource "
    "NAME, or rename it",
    "quota reached": "a quota of this organization is reached. Delete what is not needed, or raise "
    "the quota",
}
"""What Grafana says, in part and in lower case, and what it means."""


class Refusals:
    """Words the failures of one Grafana at one address."""

    def __init__(self, address: str) -> None:
        self._address = address

    def too_old(self, version: str, oldest: int) -> GrafanaError:
        """It cannot show what we build."""
        return GrafanaError(
            f"Grafana at {self._address} is version {version}, and the dashboards need {oldest} or "
            "newer: upgrade it, or publish to another."
        )

    def another(self, what: str) -> GrafanaError:
        """It is something else."""
        return GrafanaError(
            f"There is no Grafana at {self._address}: {what}. Check the address, and add the path "
            "that Grafana is served under, such as https://example.com/grafana."
        )

    def refused(self, wish: Wish, refusal: Refusal) -> GrafanaError:
        """The verdict on one answer."""
        said = " ".join(refusal.message.split())[:LONGEST]
        words = self._about_the_address(wish, refusal) or self._about_the_wish(wish, refusal, said)
        return GrafanaError(words, status=refusal.status)

    def _about_the_address(self, wish: Wish, refusal: Refusal) -> str:
        """Why no Grafana is there; "" where one is."""
        if refusal.to:
            return str(self.another(self._moved(refusal.to)))
        if not refusal.is_json:
            return str(self.another(f"what answers is not its JSON ({_status(refusal.status)})"))
        if wish is Wishes.LOOK and refusal.status not in {401, 403} and refusal.status < 500:
            return str(self.another(f"what answers knows no such page ({refusal.status})"))
        return ""

    def _about_the_wish(self, wish: Wish, refusal: Refusal, said: str) -> str:
        """Why a Grafana did not fulfil it."""
        quoted = f" ({said})" if said else ""
        if refusal.status == 401:
            return f"Grafana at {self._address} does not take the token{quoted}: {A_NEW_ONE}."
        known = next((KNOWN[piece] for piece in KNOWN if piece in said.lower()), "")
        if known:
            return f"Grafana did not {wish.doing}: {known}."
        if refusal.status == 403:
            return lacking(wish, said)
        if refusal.status >= 500:
            return (
                f"Grafana at {self._address} failed to {wish.doing}: status {refusal.status}"
                f"{quoted}. Its log says why; nothing is lost, publish again."
            )
        return f"Grafana did not {wish.doing}: status {refusal.status}{quoted}."

    def _moved(self, to: str) -> str:
        # The query of a sign-in page may hold more than an address.
        place = urlsplit(to)._replace(query="", fragment="").geturl()
        return f"it leads on to {place}, and the token is sent nowhere else"

    def unreachable(self, error: requests.RequestException, patience: float) -> GrafanaError:
        """No answer came, or none that could be read."""
        return GrafanaError(f"Grafana at {self._address} {_cause(error, patience)}.")


def lacking(wish: Wish, said: str = "") -> str:
    """The verdict on a right that lacks. said: what Grafana says, which may name it better."""
    told = NEEDED.search(said)
    right = told[1].rstrip(".") if told else wish.right
    quoted = "" if told or not said else f" ({said})"
    return (
        f"The token may not {wish.doing}{quoted}: its service account lacks the right {right}, "
        f"which the role {wish.role} has. Give it in Grafana under Administration, Users and "
        "access, Service accounts."
    )


def _status(status: int) -> str:
    """What a server in front of Grafana means by a status, where it does."""
    return f"{status}, {IN_FRONT[status]}" if status in IN_FRONT else f"status {status}"


def _cause(error: requests.RequestException, patience: float) -> str:
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return (
            "cannot be trusted: its TLS certificate does not hold (expired, for another name, or "
            "of an authority that is not known here). Mend the certificate, or name the file of "
            "your authority in REQUESTS_CA_BUNDLE"
        )
    causes = (words for kind, words in CAUSES if isinstance(error, kind))
    return next(causes, BROKEN).format(patience=patience, kind=type(error).__name__)
