"""A first deskpulse.yaml, made of a few answers: commented, free of secrets, loads as it stands."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from connectors import Connector, Fact
from exporter.config.references import variable_name
from exporter.config.settings import either, is_secret, named_fields
from exporter.config.verdicts import verdict

PLAIN: Final = re.compile(r"[A-Za-z0-9_/][\w./@+-]*(?::[\w./@+-]+)*", re.ASCII)
PLACEHOLDER: Final = "throw-away-placeholder"

HEAD: Final = """\
# deskpulse.yaml: what deskpulse polls and where it publishes.
# ${NAME} is an environment variable, {file: /path} the content of a file; $${ stands for itself.

# Where the counters live. A relative path is taken from the folder of this file.
store: sqlite:///deskpulse.db

# Where Prometheus finds /metrics. 0.0.0.0:9464 listens on every interface.
listen: 127.0.0.1:9464

# The longest interval at which a Prometheus scrapes: a new series stays at 0 for twice as long, so
# that its first event is counted.
scrape_interval: 60s

# Business hours, for the sources that name them. docs/configuration.md tells every key.
# schedules:
#   office:
#     zone: Europe/Berlin
#     hours: {mon-fri: 08:00-18:00}
#     holidays: DE-BY

# Who is told of alerts: `deskpulse alerts build` and docs/alerting.md.
# alerts:
#   receivers:
#     page:
#       - slack: {channel: "#support", api_url_file: /etc/alertmanager/secrets/slack}

sources:
"""
SOURCE: Final = """\
  # The label `source` of all that comes from here. Choose it once: a new name is a new series.
  {name}:
    vendor: {vendor}

    # How often the vendor is asked.
    poll: 60s

    # Teams whose series are to exist from the start, and how many values the label may take.
    # teams: [Support, Billing]
    max_teams: 50

    # Business hours, what was promised to customers, and what tickets are about.
    # schedule: office
    # targets:
    #   - {{target: first_response, clock: business, within: 4h}}
    #   - {{target: resolution, clock: calendar, within: 3d}}
    # categories:
    #   billing: {{tags: [invoice, refund]}}
{customers}
    # What {title} needs.
"""

OF_CUSTOMERS: Final = """
    # Which helpdesks say what support these customers had, and what is slow for them.
    # helpdesks: [zendesk-eu]
    # experience: {slow_response: 1d, slow_resolution: 7d}
"""


@dataclass(frozen=True, slots=True)
class Answers:
    """What a first configuration is made of.

    values: settings of the vendor as text; a required secret that is not here becomes `${NAME}`.
    """

    connector_type: type[Connector[Any]]
    name: str
    values: Mapping[str, str] = field(default_factory=dict)

    @property
    def fields(self) -> dict[str, FieldInfo]:
        """The vendor's settings by name."""
        return named_fields(self.connector_type.settings_type)

    @property
    def variables(self) -> dict[str, str]:
        """Environment variables to be set, by the secret that each holds."""
        return {
            key: variable_name(self.name, key)
            for key, info in self.fields.items()
            if is_secret(info) and info.is_required() and key not in self.values
        }

    def errors(self) -> list[ErrorDetails]:
        """What the vendor's model says against the answers, leaving out the secrets to come."""
        secrets = dict.fromkeys(self.variables, PLACEHOLDER)
        try:
            self.connector_type.settings_type.model_validate({**self.values, **secrets})
        except ValidationError as error:
            found = error.errors(include_url=False)
            return [one for one in found if not one["loc"] or one["loc"][0] not in secrets]
        return []

    def wrong(self) -> Iterator[str]:
        """What is wrong with the answers themselves, be others still missing or not."""
        for error in self.errors():
            if error["loc"] and error["loc"][0] in self.values:
                yield in_words(error)

    @property
    def tells_customers(self) -> bool:
        """Whether the source will tell customers, as far as that can be said before it is asked."""
        secrets = dict.fromkeys(self.variables, PLACEHOLDER)
        try:
            settings = self.connector_type.settings_type.model_validate({**self.values, **secrets})
        except ValidationError:
            return False
        connector = self.connector_type(self.name, settings)
        try:
            return Fact.CUSTOMERS in connector.measures().told
        finally:
            connector.close()

    def alternatives(self, key: str) -> list[str]:
        """The settings of which one is to be given, `key` among them, in their order."""
        group = either(self.fields[key])
        alike = [other for other, info in self.fields.items() if either(info) == group]
        return alike if group else [key]


def render(answers: Answers) -> str:
    """A commented deskpulse.yaml with one source."""
    kind = answers.connector_type
    customers = OF_CUSTOMERS if answers.tells_customers else ""
    source = SOURCE.format(
        name=answers.name, vendor=kind.vendor, title=kind.title, customers=customers
    )
    lines = [_setting(key, info, answers) for key, info in answers.fields.items()]
    return HEAD + source + "".join(f"    {line}\n" for line in lines)


def _setting(key: str, info: FieldInfo, answers: Answers) -> str:
    if variable := answers.variables.get(key):
        return f"{key}: ${{{variable}}}"
    if key in answers.values:
        return f"{key}: {_scalar(answers.values[key])}"
    if is_secret(info):
        return f"# {key}: ${{{variable_name(answers.name, key)}}}"
    default = None if info.default_factory else info.default
    return f"# {key}: {_default(default)}".rstrip()


def _scalar(text: str) -> str:
    plain = PLAIN.fullmatch(text) and text.lower() != "null"
    return text if plain else json.dumps(text, ensure_ascii=False)


def _default(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple | set | frozenset):
        return "[" + ", ".join(_scalar(str(item)) for item in value) + "]"
    return "" if value is None else _scalar(str(value))


def in_words(error: ErrorDetails) -> str:
    """What is wrong with one answer, or with all of them together."""
    where = ".".join(map(str, error["loc"])) or "the settings"
    return f"{where}: {verdict(error, ())}"
