"""The credential of a source, as requests puts it on each request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from requests import PreparedRequest
from requests.auth import AuthBase, HTTPBasicAuth

from connectors.rest.asking import Auth, Basic, Header, Query, Secret


class InHeader(AuthBase):
    """A secret in a header."""

    def __init__(self, name: str, value: str) -> None:
        self._name = name
        self._value = value

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Put it there."""
        request.headers[self._name] = self._value
        return request


class InQuery(AuthBase):
    """A secret in a parameter. One of this name that stands there is replaced: vendors repeat it
    in the address of the next page."""

    def __init__(self, name: str, value: str) -> None:
        self._pair = (name, value)

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Put it there."""
        parts = urlsplit(request.url or "")
        pairs = parse_qsl(str(parts.query), keep_blank_values=True)
        kept = [pair for pair in pairs if pair[0] != self._pair[0]]
        request.url = str(parts._replace(query=urlencode([*kept, self._pair])).geturl())
        return request


def credential(auth: Auth | None) -> AuthBase | None:
    """What signs requests; None: nothing does."""
    return None if auth is None else MADE[auth.chosen](getattr(auth, auth.chosen))


def _bearer(secret: Secret) -> AuthBase:
    return InHeader("Authorization", f"Bearer {secret.get_secret_value()}")


def _basic(told: Basic) -> AuthBase:
    return HTTPBasicAuth(told.username.encode(), told.password.get_secret_value().encode())


def _header(told: Header) -> AuthBase:
    return InHeader(told.name, told.value.get_secret_value())


def _query(told: Query) -> AuthBase:
    return InQuery(told.name, told.value.get_secret_value())


MADE: Final[Mapping[str, Callable[[Any], AuthBase]]] = {
    "bearer": _bearer,
    "basic": _basic,
    "header": _header,
    "query": _query,
}
