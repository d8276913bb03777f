"""A session of requests that does no more than it is asked to: nothing is signed that nobody gave,
no redirect is followed, and its surroundings are looked at once.
"""

from __future__ import annotations

from typing import Any

import requests
from requests.auth import AuthBase


class Anonymous(AuthBase):
    """Signs nothing, so that requests does not go looking for a `.netrc`."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """The request as it is."""
        return request


class Session(requests.Session):
    """Never follows a redirect by itself: credentials would travel with it."""

    def __init__(self) -> None:
        super().__init__()
        self._surroundings: Any = None

    def get_redirect_target(self, resp: requests.Response) -> None:
        """None, wherever an answer points to."""

    def merge_environment_settings(self, *asked: Any, **named: Any) -> Any:
        """Proxy and certificates as this machine's environment says. It is asked once: it is the
        same for every request to one address, and looking costs a tenth of a request.
        """
        if self._surroundings is None:
            self._surroundings = super().merge_environment_settings(*asked, **named)
        return self._surroundings
