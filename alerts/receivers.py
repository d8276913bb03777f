"""Who is told: the receivers that Alertmanager delivers to, and what each of them is sent.

A secret is the path of a file that Alertmanager reads, as Alertmanager sees it: none is written
into what is built. The words are those of `alerts/templates/deskpulse.tmpl`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar, Final

from alerts.rules import Severity

LINE: Final = '{{ template "deskpulse.line" . }}'
COLOUR: Final = '{{ if eq .Status "firing" }}danger{{ else }}good{{ end }}'

URGENCY: Final[Mapping[Severity, str]] = MappingProxyType(
    {Severity.PAGE: "critical", Severity.TICKET: "warning", Severity.INFO: "info"}
)
"""What PagerDuty calls each severity."""


@dataclass(frozen=True, slots=True)
class Slack:
    """A channel of Slack. api_url_file: holds the URL of an incoming webhook."""

    channel: str
    api_url_file: str

    kind: ClassVar[str] = "slack"

    def config(self, _severity: Severity) -> dict[str, Any]:
        """What Alertmanager is told of it."""
        return {
            "channel": self.channel,
            "api_url_file": self.api_url_file,
            "username": "deskpulse",
            "color": COLOUR,
            "title": '{{ template "deskpulse.slack.title" . }}',
            "title_link": '{{ template "deskpulse.link" . }}',
            "text": '{{ template "deskpulse.slack.text" . }}',
            "fallback": '{{ template "deskpulse.slack.line" . }}',
        }


@dataclass(frozen=True, slots=True)
class PagerDuty:
    """A service of PagerDuty. routing_key_file: holds its Events API v2 key.

    url: where events go, if not to PagerDuty's own address for all regions but the EU.
    """

    routing_key_file: str
    url: str = ""

    kind: ClassVar[str] = "pagerduty"

    def config(self, severity: Severity) -> dict[str, Any]:
        """What Alertmanager is told of it."""
        return {
            "routing_key_file": self.routing_key_file,
            **({"url": self.url} if self.url else {}),
            "description": LINE,
            "severity": URGENCY[severity],
            "class": "{{ .CommonLabels.alertname }}",
            "component": "{{ .CommonLabels.source }}",
            "group": "{{ .CommonLabels.team }}",
            "client": "deskpulse",
            "client_url": '{{ template "deskpulse.link" . }}',
            "details": {
                "firing": '{{ template "deskpulse.text.firing" . }}',
                "resolved": '{{ template "deskpulse.text.resolved" . }}',
            },
        }


@dataclass(frozen=True, slots=True)
class Email:
    """People with a mailbox.

    smarthost: HOST:PORT of the server that takes the mail. require_tls: whether it must offer TLS.
    """

    to: tuple[str, ...]
    sender: str
    smarthost: str
    username: str = ""
    password_file: str = ""
    require_tls: bool = True

    kind: ClassVar[str] = "email"

    def config(self, _severity: Severity) -> dict[str, Any]:
        """What Alertmanager is told of it."""
        known = {
            "auth_username": self.username,
            "auth_identity": self.username,
            "auth_password_file": self.password_file,
        }
        return {
            "to": ", ".join(self.to),
            "from": self.sender,
            "smarthost": self.smarthost,
            **{key: text for key, text in known.items() if text},
            "require_tls": self.require_tls,
            "headers": {"Subject": LINE},
            "html": '{{ template "deskpulse.email.html" . }}',
            "text": '{{ template "deskpulse.text" . }}',
        }


@dataclass(frozen=True, slots=True)
class Webhook:
    """A program that takes Alertmanager's own JSON by POST.

    url, url_file: where it listens; one of them. The file needs Alertmanager 0.26 or newer.
    token_file: holds what it is sent as `Authorization: Bearer`.
    """

    url: str = ""
    url_file: str = ""
    token_file: str = ""

    kind: ClassVar[str] = "webhook"

    def config(self, _severity: Severity) -> dict[str, Any]:
        """What Alertmanager is told of it."""
        place = {"url_file": self.url_file} if self.url_file else {"url": self.url}
        if not self.token_file:
            return dict(place)
        return {**place, "http_config": {"authorization": {"credentials_file": self.token_file}}}


Receiver = Slack | PagerDuty | Email | Webhook
Receivers = Mapping[Severity, tuple[Receiver, ...]]
"""Those of each severity. What has none is shown in Alertmanager, and nobody is told."""


def everywhere(*receivers: Receiver) -> Receivers:
    """The same receivers for every severity."""
    return dict.fromkeys(Severity, receivers)
