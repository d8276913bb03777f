"""How a source is, in a word and a sentence: what is wrong, and what to do."""

from __future__ import annotations

import time

from exporter.serving.tile import DASH, duration
from exporter.source import Source
from exporter.store import SourceState


def verdict(
    state: SourceState | None, source: Source | None = None, now: int | None = None
) -> tuple[str, str]:
    """How a source is, as a level for the eye and a sentence for the reader.

    source: to judge how old its data are as well. now: our clock in milliseconds.
    """
    at = int(time.time() * 1000) if now is None else now
    if state is None or (state.up is None and not state.catching_up):
        return "waiting", "not asked yet"
    if state.error:
        kept = f" Last good numbers: {_ago(state.last_success, at)}." if state.primed else ""
        return "failed", f"{state.error}{kept}"
    if not state.primed:
        return "waiting", "first import is running; numbers appear when it is complete"
    if state.catching_up:
        return "waiting", "catching up"
    if source is not None and (trouble := _stale(state, source, at)):
        return "failed", trouble
    polled, complete = _ago(state.last_success, at), _instant(state.complete_to)
    return "fine", f"polled {polled}, complete to {complete}"


def _stale(state: SourceState, source: Source, now: int) -> str:
    """Why the data are old although no poll failed; "" where they are not."""
    if now - (state.complete_to or 0) <= source.stale_after:
        return ""
    if now - (state.last_success or 0) <= source.stale_after:
        return (
            f"{source.vendor} answers, but tells nothing later than "
            f"{_instant(state.complete_to)}. Look at its status page; a proxy between may answer "
            "from a cache."
        )
    return (
        f"not polled for {duration(now - (state.last_success or 0))}. Look into the log of "
        "deskpulse for what it waits for, and start it anew."
    )


def _ago(instant: int | None, now: int) -> str:
    return "never" if instant is None else f"{duration(max(now - instant, 0))} ago"


def _instant(instant: int | None) -> str:
    if instant is None:
        return DASH
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(instant / 1000))
