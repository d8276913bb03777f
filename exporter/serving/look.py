"""How the page looks: its template, style and script, and what a browser may do with it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from importlib.resources import files

from jinja2 import Environment

THEMES = ("light", "dark")
_DARK = (
    "@media (prefers-color-scheme: dark) {{ :root:not([data-theme]) {{ {0} }} }}\n"
    ':root[data-theme="dark"] {{ {0} }}'
)


class Look:
    """Everything of the page but its numbers. It asks nobody but the server that it came from.

    headers: those of its answer.
    """

    def __init__(self) -> None:
        text = _asset("wallboard.html.j2")
        self._template = Environment(autoescape=True).from_string(text)
        self._style = "\n".join(
            (_asset("light.css"), _DARK.format(_asset("dark.css")), _asset("layout.css"))
        )
        self._script = _asset("wallboard.js")
        self._build = _digest(text + self._style + self._script).hex()[:12]
        self.headers: Mapping[str, str] = {
            "Content-Security-Policy": _policy(self._style, self._script),
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
        }

    def page(self, theme: str, **told: object) -> str:
        """The whole page. theme: light or dark; anything else is as the screen has it."""
        return self._template.render(
            theme=theme if theme in THEMES else "",
            style=self._style,
            script=self._script,
            build=self._build,
            **told,
        )


def _policy(style: str, script: str) -> str:
    return (
        f"default-src 'none'; style-src {_allowed(style)}; script-src {_allowed(script)}; "
        "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'self'"
    )


def _allowed(text: str) -> str:
    return f"'sha256-{base64.b64encode(_digest(text)).decode()}'"


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _asset(name: str) -> str:
    return (files("exporter.serving") / "assets" / name).read_text("utf-8")
