"""Whose a ticket is: by what a helpdesk says of who asked, and a CRM of its customers. Pure.

Both sides are keyed hashes. What names two customers names neither: a ticket is never guessed to
be somebody's.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from exporter.customers.account import Account
from exporter.labels import Labeller


class By(StrEnum):
    """What two systems may both know a customer by."""

    EXTERNAL_ID = "external_id"
    DOMAIN = "domain"


class Unjoined(StrEnum):
    """Why nobody knows whose a ticket is, in the order of what is worth mending."""

    ANONYMOUS = "anonymous"
    UNKNOWN = "unknown"
    SHARED = "shared"
    PUBLIC = "public"


WELL_KNOWN: Final = frozenset(
    {
        "126.com",
        "163.com",
        "aol.com",
        "bluewin.ch",
        "comcast.net",
        "duck.com",
        "fastmail.com",
        "free.fr",
        "freenet.de",
        "gmail.com",
        "gmx.at",
        "gmx.ch",
        "gmx.com",
        "gmx.de",
        "gmx.net",
        "googlemail.com",
        "hey.com",
        "hotmail.co.uk",
        "hotmail.com",
        "hotmail.de",
        "hotmail.fr",
        "icloud.com",
        "laposte.net",
        "libero.it",
        "live.com",
        "mac.com",
        "mail.com",
        "mail.ru",
        "mailbox.org",
        "me.com",
        "msn.com",
        "naver.com",
        "orange.fr",
        "outlook.com",
        "outlook.de",
        "outlook.fr",
        "pm.me",
        "posteo.de",
        "proton.me",
        "protonmail.com",
        "qq.com",
        "seznam.cz",
        "t-online.de",
        "wanadoo.fr",
        "web.de",
        "wp.pl",
        "yahoo.co.jp",
        "yahoo.co.uk",
        "yahoo.com",
        "yahoo.de",
        "yahoo.fr",
        "yandex.ru",
        "ymail.com",
        "zoho.com",
    }
)
"""Domains of providers where anybody has a mailbox."""


@dataclass(frozen=True, slots=True)
class Joining:
    """How tickets find their customers.

    by: what is looked at; the first that finds a customer counts.
    public_domains: domains that say nothing, beside the well-known ones.
    """

    by: tuple[By, ...] = tuple(By)
    public_domains: frozenset[str] = frozenset()


class Directory:
    """The customers of one source, by what they are called elsewhere."""

    def __init__(self, joining: Joining, labeller: Labeller) -> None:
        self._by = joining.by
        self._public = {labeller.keyed(one) for one in WELL_KNOWN | joining.public_domains}
        self._ids: set[str] = set()
        # None: two customers have this name.
        self._names: dict[By, dict[str, str | None]] = {by: {} for by in By}

    def add(self, account: Account) -> None:
        """Enter a customer, once each."""
        self._ids.add(account.id)
        self._enter(By.EXTERNAL_ID, account.external_ids, account.id)
        self._enter(By.DOMAIN, account.domains, account.id)

    def owner(
        self, external_id: str | None, domain: str | None
    ) -> tuple[str, By] | tuple[None, Unjoined]:
        """Whose a ticket is that says this of who asked, and by what; or why nobody knows.

        external_id: what a customer is called elsewhere counts before what the CRM calls it.
        """
        why = Unjoined.ANONYMOUS
        for by in self._by:
            found = self._one(by, external_id if by is By.EXTERNAL_ID else domain)
            if not isinstance(found, Unjoined):
                return found, by
            if found is not Unjoined.ANONYMOUS and why is not Unjoined.SHARED:
                why = found
        return None, why

    def _enter(self, by: By, names: Collection[str], owner: str) -> None:
        known = self._names[by]
        for name in names:
            known[name] = owner if known.get(name, owner) == owner else None

    def _one(self, by: By, name: str | None) -> str | Unjoined:
        if name is None:
            return Unjoined.ANONYMOUS
        if by is By.DOMAIN and name in self._public:
            return Unjoined.PUBLIC
        names = self._names[by]
        if name in names:
            return names[name] or Unjoined.SHARED
        if by is By.EXTERNAL_ID and name in self._ids:
            return name
        return Unjoined.UNKNOWN
