"""What an operator says of the fields of customers and subscriptions: names, words, money."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Final, Literal, Self, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from connectors.customers import Ending
from connectors.fields.words import Flaw
from connectors.money import CURRENCIES, MONTHS

UNKNOWN_CURRENCY: Final = "unknown_currency"

StandingWord = Literal["trial", "active", "ending", "past_due", "ended", "deleted"]

INTERVALS: Final = {
    **{name: (name, 1) for name in MONTHS},
    **{f"{name}ly": (name, 1) for name in MONTHS if name != "day"},
    **dict.fromkeys(("daily",), ("day", 1)),
    **dict.fromkeys(("annual", "annually"), ("year", 1)),
    **dict.fromkeys(("quarter", "quarterly"), ("month", 3)),
}
COUNTED: Final = re.compile(r"([1-9]\d{0,3}) ?(day|week|month|year)s?", re.ASCII)


class CustomerNames(BaseModel):
    """The field of customers that holds each fact; a fact without one is not told."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(default="id", description="the customer's id, as subscriptions name it")
    external_id: str | None = Field(
        default=None, description="the id that a helpdesk knows it by; without one, `id`"
    )
    domain: str | None = Field(
        default=None, description="its domains, apart by blanks, commas, semicolons or bars"
    )
    changed: str | None = Field(default=None, description="when it last changed: its version")
    recommendation: str | None = Field(default=None, description="0 to 10")
    recommendation_at: str | None = Field(default=None, description="when that was given")

    @property
    def named(self) -> dict[str, str]:
        """The fields that are named, by their facts."""
        return {fact: name for fact, name in self if name is not None}


class SubscriptionNames(BaseModel):
    """The field of subscriptions that holds each fact; a fact without one is not told."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(default="id", description="the subscription's id")
    customer: str = Field(default="customer", description="whose it is")
    started: str = Field(default="started", description="when it was first paid for")
    ended: str | None = Field(default=None, description="when it ended, or will end")
    resumed: str | None = Field(default=None, description="when it last came back after an end")
    amount: str | None = Field(default=None, description="what is paid for an interval")
    currency: str | None = Field(default=None, description="its currency, such as EUR")
    interval: str | None = Field(default=None, description="day, week, month, year, or 3 months")
    discount: str | None = Field(default=None, description="in per cent of the amount")
    priced: str | None = Field(default=None, description="since when it costs that much")
    plan: str | None = Field(default=None, description="what was bought")
    trial: str | None = Field(default=None, description="whether it is not paid for yet")
    status: str | None = Field(default=None, description="where it stands")
    ending: str | None = Field(default=None, description="whether its end is announced")
    past_due: str | None = Field(default=None, description="whether a payment is late")
    reason: str | None = Field(default=None, description="why it ended")
    changed: str | None = Field(default=None, description="when it last changed: its version")

    @property
    def named(self) -> dict[str, str]:
        """The fields that are named, by their facts."""
        return {fact: name for fact, name in self if name is not None}


def _interval(text: str) -> str:
    if _interval_of(text) is None:
        raise ValueError("give day, week, month, quarter, year, or a number of these: 3 months")
    return text


def _currency(text: str) -> str:
    if text.upper() not in CURRENCIES:
        raise ValueError("is no currency; give the three letters of ISO 4217, such as EUR")
    return text.upper()


Interval = Annotated[str, AfterValidator(_interval)]
Currency = Annotated[str, AfterValidator(_currency)]


class SubscriptionWords(BaseModel):
    """What the source's words mean; `"*"` is every other word. deskpulse's own words are known."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    status: dict[str, StandingWord] = Field(default={}, description="words of `status`")
    interval: dict[str, Interval] = Field(default={}, description="words of `interval`")
    currency: dict[str, Currency] = Field(default={}, description="words of `currency`")
    reason: dict[str, Ending] = Field(default={}, description="words of `reason`")


class Lexicon:
    """What the words of subscriptions mean: the operator's stand before our own, and capitals do
    not matter. A reason that nobody explained is `other`."""

    def __init__(self, told: SubscriptionWords) -> None:
        own: Mapping[str, Mapping[str, object]] = {
            "status": {word: word for word in get_args(StandingWord)},
            "interval": INTERVALS,
            "currency": {code.casefold(): code for code in CURRENCIES},
            "reason": {"*": Ending.OTHER, **{ending.value: ending for ending in Ending}},
        }
        self._words = {
            fact: {**words, **_folded(fact, getattr(told, fact))} for fact, words in own.items()
        }

    def meaning(self, fact: str, word: str) -> object:
        """What a word means; None for an empty one, a `Flaw` where nobody knows.

        Of an interval, its name and how many of them.
        """
        if not word:
            return None
        words = self._words[fact]
        found = words.get(word.casefold())
        if found is None and fact == "interval":
            found = _interval_of(word)
        return found or words.get("*") or UNKNOWN[fact]

    def score(self, word: str) -> str:
        """As it stands: no score of customers is given in words."""
        return word


UNKNOWN: Final = {
    "status": Flaw(
        "holds a word that `values.status` does not know: add it, or '*' for every other. It knows "
        + ", ".join(f"'{word}'" for word in get_args(StandingWord))
    ),
    "interval": Flaw(
        "holds no interval that `values.interval` knows, such as month, year or 3 months: add it"
    ),
    "currency": Flaw(
        "holds no currency: three letters such as EUR, or a word that `values.currency` explains",
        UNKNOWN_CURRENCY,
    ),
}


def interval_of(text: str) -> tuple[str, int]:
    """An interval and how many of them, of a word that was found good."""
    found = _interval_of(text)
    if found is None:
        raise AssertionError(text)
    return found


def _interval_of(word: str) -> tuple[str, int] | None:
    text = word.strip().casefold()
    if text in INTERVALS:
        return INTERVALS[text]
    found = COUNTED.fullmatch(text)
    return (found[2], int(found[1])) if found else None


def _folded(fact: str, told: Mapping[str, str]) -> dict[str, object]:
    read = interval_of if fact == "interval" else str
    return {
        word.strip().casefold(): meaning if isinstance(meaning, Ending) else read(meaning)
        for word, meaning in told.items()
    }


class Charged(BaseModel):
    """What every table of subscriptions says beside where it lies."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    columns: SubscriptionNames = Field(
        default_factory=SubscriptionNames, description="the column of each fact"
    )
    values: SubscriptionWords = Field(
        default_factory=SubscriptionWords,
        description="what words of status, interval, currency and reason mean",
    )
    currency: Currency | None = Field(
        default=None, description="of rows that name none", examples=["EUR"]
    )
    interval: Interval = Field(default="month", description="the same")
    amounts_in: Literal["units", "minor"] = Field(
        default="units", description="`minor`: amounts are in cents, or what the currency has"
    )

    @model_validator(mode="after")
    def _they_can_end(self) -> Self:
        if not (self.columns.ended or self.columns.status):
            raise ValueError(
                "needs `columns.ended` or `columns.status`: without them nobody would ever leave"
            )
        return self

    @model_validator(mode="after")
    def _amounts_have_a_currency(self) -> Self:
        if self.columns.amount and not (self.columns.currency or self.currency):
            raise ValueError(
                "`columns.amount` needs a currency: name `columns.currency`, or say `currency: "
                "EUR` for all rows"
            )
        return self
