"""Who is asking: a session of Salesforce's, opened with an app's secret or given as a token."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from requests import PreparedRequest, Response
from requests.auth import AuthBase, HTTPBasicAuth
from urllib3.exceptions import HTTPError

from connectors.contract import ConfigurationError, Reason, Usage
from connectors.http import ApiSession, Refused
from connectors.salesforce.settings import SalesforceSettings
from connectors.salesforce.wire import Token

TOKEN: Final = "/services/oauth2/token"  # noqa: S105 -- a path
FORM: Final = "application/x-www-form-urlencoded"
REMEDY: Final = (
    "Create an external client app in Salesforce under Setup > External Client App Manager, enable "
    "its client credentials flow, run it as a user with the permission API Enabled, and put its "
    "consumer key and secret in `client_id` and `secret` of this source; without `client_id`, "
    "`secret` is a session token, which ends after some hours."
)

PIECE: Final = 2**14
EXCEEDED: Final = b"REQUEST_LIMIT_EXCEEDED"
DAILY: Final = b"TotalRequests"
WAIT: Final = 900
"""Seconds until it is asked again when the requests of a day are used up: the day is the last 24
hours, at every moment, so that some come back as time goes on."""


class Grant:
    """The token that requests are made with. Every call raises `ConnectorError`."""

    def __init__(self, source: str, settings: SalesforceSettings) -> None:
        secret = settings.secret.get_secret_value()
        self._source, self._url = source, settings.url
        self._given = secret if settings.client_id is None else None
        self._token = self._given
        self._session = ApiSession(
            source=source,
            base_url=settings.url,
            auth=_App(settings.client_id or "", secret),
            credentials_remedy=REMEDY,
            address_key="url",
        )

    @property
    def token(self) -> str:
        """The token; it is asked for when it is first needed."""
        if self._token is None:
            self._token = self._asked()
        return self._token

    def renew(self) -> bool:
        """Whether there may be another token than the one that was refused."""
        self._token = self._given
        return self._given is None

    def usage(self) -> Usage:
        """Requests for tokens since the last call."""
        return self._session.usage()

    def close(self) -> None:
        """Give back the connection."""
        self._session.close()

    def _asked(self) -> str:
        try:
            told = self._session.post(TOKEN, body={}, decode=Token).value
        except Refused as error:
            if error.status != 400:
                raise
            raise ConfigurationError(
                f"source '{self._source}': Salesforce opens no session for this app. {REMEDY}",
                reason=Reason.CREDENTIALS,
            ) from None
        elsewhere = urlsplit(told.instance)
        if told.instance and elsewhere.netloc != urlsplit(self._url).netloc:
            raise ConfigurationError(
                f"source '{self._source}': the org of this app is at {elsewhere.hostname}. Put "
                f"https://{elsewhere.hostname} in `url` of this source.",
                reason=Reason.ADDRESS,
            )
        return told.access_token


class _App(AuthBase):
    """Asks for a token: the secret is in the header, and the question is a form."""

    def __init__(self, client_id: str, secret: str) -> None:
        self._signed = HTTPBasicAuth(client_id.encode(), secret.encode())

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        request.headers["Content-Type"] = FORM
        request.prepare_body({"grant_type": "client_credentials"}, None)
        self._signed(request)
        return request


class Bearer(AuthBase):
    """Signs requests, and reads what a refusal means: Salesforce says 403 to whoever asks more
    often than allowed, where all others say 429.

    status: of the last answer; 0: none yet.
    """

    def __init__(self, grant: Grant) -> None:
        self._grant = grant
        self.status = 0

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Put the token into a request. Raises `ConnectorError`."""
        request.headers["Authorization"] = f"Bearer {self._grant.token}"
        request.hooks["response"].append(self._understood)
        return request

    def _understood(self, response: Response, **_: object) -> None:
        said = _beginning(response) if response.status_code == 403 else b""
        if EXCEEDED in said:
            response.status_code = 429
            if DAILY in said:
                response.headers["Retry-After"] = str(WAIT)
        self.status = response.status_code


def _beginning(response: Response) -> bytes:
    try:
        piece: bytes = response.raw.read1(PIECE, decode_content=True)
    except (HTTPError, OSError):
        return b""
    return piece
