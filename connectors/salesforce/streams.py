"""What is read of an org with some settings: of which objects, which fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from connectors.contract import ConfigurationError
from connectors.salesforce.org import Org
from connectors.salesforce.settings import SalesforceSettings
from connectors.salesforce.soql import Listing
from connectors.salesforce.wire import CHANGED, DELETED, ID

CASES: Final = "cases"
ACCOUNTS: Final = "accounts"
AGREEMENTS: Final = "agreements"

ACCOUNT: Final = "Account"
WEBSITE: Final = "Website"
OWNER: Final = "OwnerId"
MASTER: Final = "MasterRecordId"
CURRENCY: Final = "CurrencyIsoCode"
OF_ALL: Final = (ID, CHANGED, DELETED)
OF_CASES: Final = ("CreatedDate", "IsClosed", "Status", "Priority", "Origin", OWNER)
CATEGORIES: Final = ("Type", "Reason", "IsEscalated")

NO_ACCOUNTS: Final = (
    "accounts: the user may not read them, so that nobody knows whose a case is, and customers are "
    "known by Salesforce's own ids only. Give the user a permission set that may read Account."
)


@dataclass(frozen=True, slots=True)
class Offer:
    """What may be a subscription. starts: the later one of these; the first must be there.

    won: the box that is ticked where it came about.
    """

    starts: tuple[str, ...]
    end: str | None = None
    won: str | None = None


OFFERS: Final = {
    "Contract": Offer(("ActivatedDate", "StartDate"), end="EndDate"),
    "Opportunity": Offer(("CloseDate",), won="IsWon"),
}


@dataclass(frozen=True, slots=True)
class Stream:
    """One object. wanted: fields that must be there, and the settings that name them ("": we do).

    spare: fields that are read where the org has them. whose: whether its account is told with it.
    without: the setting that leaves it out.
    """

    name: str
    object: str
    without: str
    wanted: Mapping[str, str]
    spare: tuple[str, ...] = ()
    whose: Mapping[str, str] = field(default_factory=dict)

    def listing(self, org: Org, limit: int) -> Listing:
        """The queries for its records. Raises `ConnectorError`."""
        known = org.require(self.object, self.wanted, self.without)
        fields = [*OF_ALL, *self.wanted, *(one for one in self.spare if one in known)]
        if self.whose and ACCOUNT in known:
            fields += self._of_account(org)
        return Listing(self.object, tuple(fields), limit)

    def _of_account(self, org: Org) -> list[str]:
        if org.has(ACCOUNT) is None:
            org.gaps[NO_ACCOUNTS] = None
            return []
        org.require(ACCOUNT, self.whose, "customers")
        return [f"{ACCOUNT}.{name}" for name in (ID, *self.whose)]


def streams(settings: SalesforceSettings) -> tuple[Stream, ...]:
    """What is read, in this order."""
    found = []
    if settings.cases:
        found.append(_cases(settings))
    if settings.customers:
        found += [
            Stream(ACCOUNTS, ACCOUNT, "customers", _of_account(settings)),
            _agreements(settings),
        ]
    return tuple(found)


def require_currency(org: Org, listing: Listing, settings: SalesforceSettings) -> None:
    """Raises `ConfigurationError` where amounts are read and nothing says in which currency."""
    is_paid = listing.object == settings.agreements and settings.properties.revenue is not None
    if is_paid and CURRENCY not in listing.fields and settings.currency is None:
        raise ConfigurationError(
            f"source '{org.source}': the org has one currency, and its records do not name it. Say "
            "which it is in `currency` of this source, such as EUR."
        )


def starts(settings: SalesforceSettings) -> tuple[str, ...]:
    """The fields of a subscription that say since when it is paid."""
    named = settings.properties.start
    return (named,) if named else OFFERS[settings.agreements].starts


def end(settings: SalesforceSettings) -> str | None:
    """The field of a subscription that says until when it is paid."""
    return settings.properties.end or OFFERS[settings.agreements].end


def _cases(settings: SalesforceSettings) -> Stream:
    named = settings.properties
    wanted = dict.fromkeys(OF_CASES, "")
    wanted |= dict.fromkeys(settings.fields, "fields")
    wanted |= _named(settings, "closed", "team", "first_response", "reopens")
    if named.closed == type(named)().closed:
        wanted[named.closed] = ""
    spare = (*CATEGORIES, MASTER)
    return Stream(CASES, "Case", "cases", wanted, spare, whose=_of_account(settings))


def _agreements(settings: SalesforceSettings) -> Stream:
    offer = OFFERS[settings.agreements]
    wanted = {"AccountId": ""}
    wanted |= dict.fromkeys(filter(None, (*starts(settings), end(settings), offer.won)), "")
    wanted |= _named(settings, "revenue", "start", "end", "reason", "plan")
    spare = (CURRENCY,) if settings.properties.revenue else ()
    return Stream(AGREEMENTS, settings.agreements, "customers", wanted, spare)


def _of_account(settings: SalesforceSettings) -> dict[str, str]:
    return {WEBSITE: "", **_named(settings, "external_id")}


def _named(settings: SalesforceSettings, *names: str) -> dict[str, str]:
    """The fields that the settings name, each with the setting."""
    told = ((getattr(settings.properties, name), name) for name in names)
    return {given: f"properties.{name}" for given, name in told if given}
