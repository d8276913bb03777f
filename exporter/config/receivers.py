"""`receivers` of the alerts: who is told of what.

receivers:
  page:
    - pagerduty: {routing_key_file: /etc/alertmanager/secrets/pagerduty}
    - slack: {channel: "#support-oncall", api_url_file: /etc/alertmanager/secrets/slack}
  ticket:
    - email: {to: leads@acme.example, from: pulse@acme.example, smarthost: smtp.acme.example:587}
  info:
    - webhook: {url: http://127.0.0.1:9095/}
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Final

from alerts.receivers import Email, PagerDuty, Receiver, Receivers, Slack, Webhook
from alerts.rules import Severity
from exporter.config.groups import Group
from exporter.config.marked import Value
from exporter.config.thresholds import an_address
from exporter.config.values import Wrong, a_server, a_word, listed

AS_RECEIVERS: Final = "write 'page:', 'ticket:' or 'info:' below it, each with a list of receivers"
AS_LIST: Final = "begin each with '- slack:', '- pagerduty:', '- email:' or '- webhook:'"
ADDRESS: Final = re.compile(r"[^\s@,<>]+@[^\s@,<>]+")


def a_file(value: Value) -> str:
    """The path of a file on the machine of Alertmanager, which need not be this one."""
    text = a_word(value)
    if not PurePosixPath(text).is_absolute() or "\n" in text:
        raise Wrong(
            "must be the whole path, from / on, of a file that holds the secret, as Alertmanager "
            "sees it: no secret is written into what is built"
        )
    return text


def a_channel(value: Value) -> str:
    """A channel of Slack."""
    if value is None:
        raise Wrong('is empty: to YAML a # begins a comment, so put it in quotes: "#support"')
    return a_word(value)


def a_mailbox(value: Value) -> str:
    """An e-mail address."""
    text = a_word(value)
    if not ADDRESS.fullmatch(text):
        raise Wrong("must be an e-mail address, such as support@example.com")
    return text


def mailboxes(value: Value) -> tuple[str, ...]:
    """One e-mail address or a list of different ones."""
    return listed(value, a_mailbox)


def yes_or_no(value: Value) -> bool:
    """A decision."""
    word = a_word(value).lower()
    if word not in {"true", "false", "yes", "no"}:
        raise Wrong("must be true or false")
    return word in {"true", "yes"}


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a receiver. field: where it goes. remedy: what to write where it is missing."""

    field: str
    parse: Callable[[Value], object]
    remedy: str = ""


Kind = Callable[..., Receiver]
KINDS: Final[Mapping[str, tuple[Kind, Mapping[str, Key]]]] = {
    "slack": (Slack, {
        "channel": Key("channel", a_channel, "where the message goes, as in '\"#support\"'"),
        "api_url_file": Key("api_url_file", a_file, "a file with the URL of an incoming webhook"),
    }),
    "pagerduty": (PagerDuty, {
        "routing_key_file": Key("routing_key_file", a_file, "a file with an Events API v2 key"),
        "url": Key("url", an_address),
    }),
    "email": (Email, {
        "to": Key("to", mailboxes, "an e-mail address or a list of them"),
        "from": Key("sender", a_mailbox, "the e-mail address that it comes from"),
        "smarthost": Key("smarthost", a_server, "the mail server, as in 'smtp.example.com:587'"),
        "username": Key("username", a_word),
        "password_file": Key("password_file", a_file),
        "require_tls": Key("require_tls", yes_or_no),
    }),
    "webhook": (Webhook, {
        "url": Key("url", an_address),
        "url_file": Key("url_file", a_file),
        "token_file": Key("token_file", a_file),
    }),
}  # fmt: skip
TOGETHER: Final = {"email": ("username", "password_file")}
EITHER: Final = {"webhook": ("url", "url_file")}


def read_receivers(alerts: Group) -> Receivers:
    """The receivers of each severity; what is wrong with one is noted, and it is left out."""
    group = alerts.group("receivers", AS_RECEIVERS)
    group.only(tuple(Severity), "receivers")
    return {
        severity: tuple(
            receiver
            for item in group.listed(severity, AS_LIST)
            if (receiver := _receiver(item)) is not None
        )
        for severity in Severity
    }


def _receiver(item: Group) -> Receiver | None:
    item.only(KINDS, "a receiver")
    kinds = [word for word in item.values if word in KINDS]
    if len(kinds) != 1:
        if kinds or not item.values:
            item.note(f"must be one receiver: {AS_LIST}")
        return None
    (word,) = kinds
    kind, keys = KINDS[word]
    before = len(item.problems)
    group = item.group(word, f"write {_needed(keys)} below it")
    if len(item.problems) > before:
        return None
    group.only(keys, f"a receiver '{word}'")
    for name, key in keys.items():
        if key.remedy:
            group.needed(name, keys, key.remedy)
    _check_combination(word, group)
    found: dict[str, Any] = {
        key.field: group.taken(name, None, key.parse)
        for name, key in keys.items()
        if name in group.values
    }
    return None if len(item.problems) > before or group.hurt() else kind(**found)


def _needed(keys: Mapping[str, Key]) -> str:
    return " and ".join(f"'{name}:'" for name, key in keys.items() if key.remedy) or "'url:'"


def _check_combination(word: str, group: Group) -> None:
    if word in EITHER:
        one, other = EITHER[word]
        if len(group.values.keys() & {one, other}) != 1:
            group.note(f"needs either '{one}:' or '{other}:', and only one of them")
        if (*group.path, one) in group.references.given:
            group.note(
                "comes from outside this file, so that it may be a secret, and would be written "
                f"into what is built: put it into a file and name that as '{other}:'",
                one,
            )
    if word in TOGETHER and len(group.values.keys() & set(TOGETHER[word])) == 1:
        one, other = TOGETHER[word]
        group.note(f"needs '{one}:' and '{other}:' together, or neither")
