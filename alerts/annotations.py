"""The words of an alert: pieces of Prometheus' own templates, put together here once."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

from alerts.recording import SOURCE, labels_of


class Board(StrEnum):
    """A dashboard by its uid, which never changes."""

    OVERVIEW = "deskpulse-overview"
    QUEUE = "deskpulse-queue"
    CUSTOMERS = "deskpulse-customers"
    VOLUME = "deskpulse-volume"
    HEALTH = "deskpulse-health"


WHOLE = 'printf "%.0f"'
SPAN = "humanizeDuration"
SHARE = "humanizePercentage"

_AT_SOURCE = labels_of(SOURCE)
_VARIABLES = ("source", "team", "channel")
"""The labels of an alert that are variables of the dashboards as well."""


def value(form: str = WHOLE) -> str:
    """The value of the alert, by default as a whole number."""
    return f"{{{{ $value | {form} }}}}"


def label(name: str) -> str:
    """One label of the alert."""
    return f"{{{{ $labels.{name} }}}}"


def asked(query: str, *labels: str, form: str = WHOLE, otherwise: str = "unknown") -> str:
    """The value that a query gives; each `%q` in it stands for one of the labels, in order."""
    return _asked(query, labels, f"{{{{ . | first | value | {form} }}}}", otherwise)


def now(metric: str, form: str = WHOLE) -> str:
    """The value that a series of the alert's source has now."""
    return asked(selected(metric, *_AT_SOURCE), *_AT_SOURCE, form=form)


def asked_label(query: str, wanted: str, *labels: str, otherwise: str = "unknown") -> str:
    """The label `wanted` of the first series that a query gives."""
    return _asked(query, labels, f'{{{{ . | first | label "{wanted}" }}}}', otherwise)


def asked_time(query: str, *labels: str, otherwise: str) -> str:
    """The time of day of the Unix seconds that a query gives."""
    taken = '{{ (. | first | value | toTime).Format "15:04 UTC" }}'
    return _asked(query, labels, taken, otherwise)


def foremost(labels: tuple[str, ...], **queries: str) -> str:
    """The greatest part by channel, team and so on: ` channel chat, team Orders`.

    labels: those of the alert that stand for the `%q` of each query, in order.
    queries: by the label that is wanted. A query that gives nothing is left out, the first one is
        `unknown` then.
    """
    words: list[str] = []
    for wanted, query in queries.items():
        taken = f'{{{{ . | first | label "{wanted}" }}}}'
        lead = ", " if words else ""
        found = f"{lead}{wanted} {taken}"
        words.append(_asked(query, labels, found, "" if words else f"{wanted} unknown"))
    return "".join(words)


def greatest(wanted: str, of: str) -> str:
    """The query for the series with the most of something, added up by one label; none at 0."""
    return f"topk(1, sum by ({wanted}) ({of}) > 0)"


def parts(of: str, *labels: str) -> dict[str, str]:
    """The queries for the greatest part of something by each of several labels."""
    return {one: greatest(one, of) for one in labels}


def selected(metric: str, *labels: str, **chosen: str) -> str:
    """A series at these labels of the alert (as `%q`) and at these values of other labels."""
    at = [f"{name}=%q" for name in labels]
    return f"{metric}{{{','.join((*at, *(f'{name}={one!r}' for name, one in chosen.items())))}}}"


def dashboard(board: Board, span: timedelta, labels: tuple[str, ...]) -> str:
    """The path of a dashboard at the time of the alert, and at the labels that it filters by."""
    back = int(span.total_seconds())
    begin, end = _milliseconds(f"time() - {back}"), _milliseconds("time()")
    chosen = (
        f"&var-{name}={{{{ $labels.{name} | urlquery }}}}" for name in _VARIABLES if name in labels
    )
    return f"/d/{board}?from={begin}&to={end}{''.join(chosen)}"


def _milliseconds(instant: str) -> str:
    return asked(f"vector(1000 * ({instant}))", otherwise="now")


def _asked(query: str, labels: tuple[str, ...], taken: str, otherwise: str) -> str:
    values = "".join(f" $labels.{name}" for name in labels)
    asking = f"printf `{query}`{values} | query" if labels else f"query `{query}`"
    fallback = f"{{{{ else }}}}{otherwise}" if otherwise else ""
    return f"{{{{ with {asking} }}}}{taken}{fallback}{{{{ end }}}}"
