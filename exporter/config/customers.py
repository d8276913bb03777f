"""How a source that tells customers knows what support they had.

helpdesks: [zendesk-eu]
identity: {by: [external_id, domain], public_domains: [mail.example]}
experience: {window: 90d, slow_response: 1d, slow_resolution: 7d}
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from connectors import Fact, Measures
from exporter.config.groups import Group
from exporter.config.marked import Value
from exporter.config.problems import did_you_mean
from exporter.config.values import Wrong, a_choice, a_promise, a_word, listed
from exporter.customers.experience import Expectations
from exporter.customers.identity import By, Joining

KEYS: Final = ("helpdesks", "identity", "experience")
IDENTITY_KEYS: Final = ("by", "public_domains")
EXPERIENCE_KEYS: Final = ("window", "slow_response", "slow_resolution")
AS_IDENTITY: Final = "write 'by: [external_id, domain]' or 'public_domains:' below it"
AS_EXPERIENCE: Final = "write 'window:', 'slow_response:' or 'slow_resolution:' below it"
DOMAIN: Final = re.compile(r"[^\s@.:/]+(?:\.[^\s@.:/]+)+")
MILLISECOND: Final = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Service:
    """What an operator says of the support that a source's customers have.

    helpdesks: the sources whose tickets tell it; empty: all that tell whose their tickets are.
    joining: how tickets find their customers. expectations: what a customer may expect.
    """

    helpdesks: tuple[str, ...] = ()
    joining: Joining = field(default_factory=Joining)
    expectations: Expectations = field(default_factory=Expectations)


def read_service(source: Group, sources: Collection[str]) -> Service:
    """What stands in a source; what is wrong with it is noted and left out.

    sources: the names of all sources of the file.
    """
    return Service(
        source.taken("helpdesks", (), lambda value: listed(value, _one_of(sources))),
        _joining(source),
        _expectations(source),
    )


def note_where_untold(source: Group, measures: Callable[[], Measures]) -> None:
    """Note that customers are spoken of at a source that tells none.

    measures: what the source tells; only asked where customers are spoken of.
    """
    given = [key for key in KEYS if key in source.values]
    if given and Fact.CUSTOMERS not in measures().told:
        for key in given:
            source.note(
                "means nothing here, because this source tells no customers: move it to the "
                "source that does, or take it out",
                key,
            )


def note_mute(source: Group, service: Service, told: Callable[[str], Measures | None]) -> None:
    """Note every helpdesk that does not tell whose its tickets are.

    told: what a source tells; None: it is wrong itself.
    """
    for number, name in enumerate(service.helpdesks):
        measures = told(name)
        if measures is None or Fact.CUSTOMER in measures.told:
            continue
        reason = measures.untold.get(Fact.CUSTOMER)
        why = f" ({reason})" if reason else ""
        inner = (number,) if isinstance(source.values["helpdesks"], list) else ()
        source.note(
            f"names '{name}', which does not tell whose its tickets are{why}: name another source, "
            "or take it out",
            "helpdesks",
            *inner,
        )


def _one_of(sources: Collection[str]) -> Callable[[Value], str]:
    def read(value: Value) -> str:
        name = a_word(value)
        if name not in sources:
            raise Wrong(f"names no source of this file: {did_you_mean(name, sources)}")
        return name

    return read


def _joining(source: Group) -> Joining:
    group = source.group("identity", AS_IDENTITY)
    group.only(IDENTITY_KEYS, "an identity")
    return Joining(
        group.taken("by", Joining().by, lambda value: listed(value, a_choice(By))),
        frozenset(group.taken("public_domains", (), lambda value: listed(value, a_domain))),
    )


def a_domain(value: Value) -> str:
    """The domain of an address: mail.example."""
    text = a_word(value).lower()
    if not DOMAIN.fullmatch(text):
        raise Wrong("must be a domain, such as mail.example: what stands behind the @")
    return text


def _expectations(source: Group) -> Expectations:
    group = source.group("experience", AS_EXPERIENCE)
    group.only(EXPERIENCE_KEYS, "an experience")
    usual = Expectations()
    found = {
        key: group.taken(key, getattr(usual, key) * MILLISECOND, a_promise) // MILLISECOND
        for key in EXPERIENCE_KEYS
    }
    for key in EXPERIENCE_KEYS[1:]:
        if found[key] >= found["window"]:
            message = "is not shorter than the window, so that nothing would ever be slow: shorten"
            group.note(f"{message} it, or lengthen 'window:'", key)
    return Expectations(**found)
