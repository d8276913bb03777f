"""The words of an alert: pieces of Prometheus' own templates, put together here once."""

from __future__ import annotations

OVERVIEW = "/d/deskpulse-overview"
"""The path of the overview on Grafana; its uid never changes."""

WHOLE = 'printf "%.0f"'
SPAN = "humanizeDuration"


def value(form: str = WHOLE) -> str:
    """The value of the alert, by default as a whole number."""
    return f"{{{{ $value | {form} }}}}"


def label(name: str) -> str:
    """One label of the alert."""
    return f"{{{{ $labels.{name} }}}}"


def asked(query: str, *labels: str, form: str = WHOLE, otherwise: str = "unknown") -> str:
    """The value that a query gives; each `%q` in it stands for one of the labels, in order."""
    return _asked(query, labels, f"first | value | {form}", otherwise)


def asked_label(query: str, wanted: str, *labels: str, otherwise: str = "unknown") -> str:
    """The label `wanted` of the first series that a query gives."""
    return _asked(query, labels, f'first | label "{wanted}"', otherwise)


def dashboard(grafana: str, *, source: bool) -> str:
    """The address of the overview, at the source of the alert where it has one."""
    chosen = f"&var-source={label('source')}" if source else ""
    return f"{grafana}{OVERVIEW}?from=now-6h&to=now{chosen}"


def _asked(query: str, labels: tuple[str, ...], taken: str, otherwise: str) -> str:
    values = " ".join(f"$labels.{name}" for name in labels)
    return (
        f"{{{{ with printf `{query}` {values} | query }}}}"
        f"{{{{ . | {taken} }}}}{{{{ else }}}}{otherwise}{{{{ end }}}}"
    )
