"""What to enter at the vendor, and how old data then are: for `deskpulse check`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from connectors import Finding
from exporter.config import Config, SourceConfig
from exporter.waking import SETTLING

SOMEWHERE: Final = "https://YOUR-PROXY"


def about_webhooks(config: Config, one: SourceConfig) -> Iterator[Finding]:
    """How webhooks of a source are set up, where it has any."""
    told = one.webhooks
    if told is None:
        return
    from exporter.serving.webhooks import PATH

    path = f"{PATH}/{one.name}"
    soonest = (one.measures().lag + SETTLING).total_seconds()
    yield Finding(
        "ok",
        f"webhooks: enter {config.public_url or SOMEWHERE}{path} at the vendor; one that is signed "
        f"by scheme '{told.scheme.name}' wakes a poll {soonest:.0f} s later, at most one in "
        f"{told.gap.total_seconds():.0f} s (docs/webhooks.md)",
    )
    if not config.public_url.startswith("https://"):
        yield Finding(
            "warning",
            f"webhooks: say with 'public_url: https://…' where the world reaches deskpulse; what "
            f"stands there must hand {path} on to http://{config.listen}{path}, and nothing else",
        )
    if len(told.secrets) > 1:
        yield Finding(
            "warning",
            "webhooks: two secrets are accepted; take the old one out once the vendor signs with "
            "the new one",
        )
    if not told.scheme.is_stamped:
        yield Finding(
            "ok",
            f"webhooks: scheme '{told.scheme.name}' has no time stamp; what is sent again is known "
            "by its signature for a day, or until deskpulse restarts",
        )
