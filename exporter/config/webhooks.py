"""Who may wake a source's poll.

webhooks:
  secret: ${ZENDESK_EU_WEBHOOK_SECRET}   # or {file: …}, or a list of two while it is changed
  scheme: generic                        # otherwise as the vendor signs
  window: 5m
  gap: 15s
  size: 1MiB
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from pydantic import SecretStr

from connectors.webhooks import SCHEMES, Scheme
from exporter.config.groups import Group
from exporter.config.marked import Value
from exporter.config.problems import Problem, did_you_mean
from exporter.config.references import variable_name
from exporter.config.settings import HARMLESS_SECRET, PLAIN
from exporter.config.values import Wrong, a_duration, a_word
from exporter.waking import GAP
from exporter.webhooks.receiver import LARGEST, WINDOW

KEYS: Final = ("webhooks",)
WEBHOOK_KEYS: Final = ("secret", "scheme", "window", "gap", "size")
AS_WEBHOOKS: Final = "write 'secret: ${NAME}' below it"
AS_SECRET: Final = "the secret that the vendor signs with: see docs/webhooks.md"  # noqa: S105 - words
MOST_SECRETS: Final = 2
SHORTEST_SECRET: Final = 16
LONGEST_WINDOW: Final = timedelta(hours=1)
SIZE: Final = re.compile(r"(\d{1,5})\s*(KiB|MiB)")
UNITS: Final = {"KiB": 2**10, "MiB": 2**20}
MOST_BYTES: Final = 16 * 2**20


@dataclass(frozen=True, slots=True)
class WebhookConfig:
    """The webhooks of one source.

    scheme: how they are signed. secrets: any of them may have signed one.
    window: how far from now a time stamp may be. gap: the least between two polls that webhooks
    wake. size: the most bytes of a body.
    """

    scheme: Scheme
    secrets: tuple[SecretStr, ...]
    window: timedelta = WINDOW
    gap: timedelta = GAP
    size: int = LARGEST


def read_webhooks(source: Group, scheme: Scheme) -> WebhookConfig | None:
    """What stands in a source, None where nothing does; what is wrong with it is noted.

    scheme: how its vendor signs.
    """
    if "webhooks" not in source.values:
        return None
    group = source.group("webhooks", AS_WEBHOOKS)
    group.only(WEBHOOK_KEYS, "webhooks")
    group.needed("secret", WEBHOOK_KEYS, AS_SECRET)
    secrets = tuple(
        secret for path, value in _given(group) if (secret := _secret(group, path, value))
    )
    found = WebhookConfig(
        group.taken("scheme", scheme, a_scheme),
        secrets,
        group.taken("window", WINDOW, a_window),
        group.taken("gap", GAP, a_duration),
        group.taken("size", LARGEST, a_size),
    )
    return found if secrets else None


def plain_secrets(source: Group) -> Iterator[Problem]:
    """A warning for each secret that stands in the file itself."""
    group = source.group("webhooks", AS_WEBHOOKS)
    for inner, value in _given(group):
        path = (*group.path, *inner)
        literal = isinstance(value, str) and path not in group.references.given
        if literal and not str(value).startswith(HARMLESS_SECRET):
            name = variable_name(str(source.path[-1]), "webhook_secret")
            yield group.document.problem(path, PLAIN.format(name=name))


def a_scheme(value: Value) -> Scheme:
    """How webhooks are signed, by its name."""
    word = a_word(value).lower()
    if word not in SCHEMES:
        raise Wrong(f"is no scheme that is known: {did_you_mean(word, SCHEMES)}")
    return SCHEMES[word]


def a_window(value: Value) -> timedelta:
    """A duration up to an hour: whoever overhears a webhook can send it again for so long."""
    found = a_duration(value)
    if found > LONGEST_WINDOW:
        raise Wrong("must be at most 1h: what is older had better be refused")
    return found


def a_size(value: Value) -> int:
    """A number of bytes in KiB or MiB, up to 16 MiB."""
    match = SIZE.fullmatch(a_word(value))
    size = int(match[1]) * UNITS[match[2]] if match else 0
    if not 0 < size <= MOST_BYTES:
        raise Wrong("must be a size up to 16MiB, such as 1MiB or 256KiB")
    return size


def _given(group: Group) -> Iterator[tuple[tuple[str | int, ...], Value]]:
    """Each secret with where it stands."""
    value = group.values.get("secret")
    if not isinstance(value, list):
        yield from [(("secret",), value)] if "secret" in group.values else []
        return
    if not 1 <= len(value) <= MOST_SECRETS:
        group.note(
            "must be one secret, or two while the one takes the place of the other", "secret"
        )
        return
    yield from ((("secret", at), one) for at, one in enumerate(value))


def _secret(group: Group, inner: tuple[str | int, ...], value: Value) -> SecretStr | None:
    found = group.references.content(value, (*group.path, *inner))
    if group.hurt(*inner):
        return None
    text = group.checked("", lambda: a_word(found), *inner)
    if text and len(text) < SHORTEST_SECRET:
        group.note(
            f"is too short to keep anybody out: give at least {SHORTEST_SECRET} characters, such "
            "as `openssl rand -hex 32` makes",
            *inner,
        )
        return None
    return SecretStr(text) if text else None
