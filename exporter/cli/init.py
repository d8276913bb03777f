"""`deskpulse init`: a first deskpulse.yaml, commented, that loads as it stands.

Secrets are never asked for: the file names environment variables, and the command says which.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import rich_click as click
from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from connectors import Connector
from connectors.discovery import discover
from exporter.config.loading import SOURCE_KEYS, SOURCE_NAME
from exporter.config.problems import did_you_mean
from exporter.config.references import variable_name
from exporter.config.settings import is_secret, named_fields, takes_text
from exporter.config.verdicts import verdict

PLAIN: Final = re.compile(r"[A-Za-z0-9_/][\w./@+-]*(?::[\w./@+-]+)*", re.ASCII)
PLACEHOLDER: Final = "throw-away-placeholder"
BAD_NAME: Final = (
    "a name for a source has up to 63 small letters, digits, '-' and '_', "
    "the first a letter or a digit"
)

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

    # What {title} needs.
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
        """What the vendor's model says against the answers."""
        secrets = dict.fromkeys(self.variables, PLACEHOLDER)
        try:
            self.connector_type.settings_type.model_validate({**self.values, **secrets})
        except ValidationError as error:
            return error.errors(include_url=False)
        return []


def render(answers: Answers) -> str:
    """A commented deskpulse.yaml with one source."""
    kind = answers.connector_type
    source = SOURCE.format(name=answers.name, vendor=kind.vendor, title=kind.title)
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


@click.command()
@click.option("--vendor", help="Which helpdesk: see `deskpulse connector list`.")
@click.option("--name", help="What to call this source; the label `source` of its metrics.")
@click.option("--set", "pairs", multiple=True, metavar="KEY=VALUE", help="A setting of the vendor.")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("deskpulse.yaml"),
    show_default=True,
    help="The file to write.",
)
@click.option("--force", is_flag=True, help="Overwrite the file where it exists.")
def init(
    vendor: str | None, name: str | None, pairs: tuple[str, ...], output: Path, *, force: bool
) -> None:
    """Write a first deskpulse.yaml: one helpdesk, every key commented."""
    if output.exists() and not force:
        raise click.UsageError(f"{output} exists: name another --output, or overwrite with --force")
    kind = _vendor(vendor)
    answers = _completed(kind, _name(name, kind.vendor), _pairs(pairs))
    try:
        output.write_text(render(answers), encoding="utf-8")
    except OSError as error:
        raise click.UsageError(f"{output} cannot be written: {error.strerror}") from error
    _say(f"{output} is written.")
    if answers.variables:
        _say("Export before you go on:")
    for key, variable in answers.variables.items():
        _say(f"  export {variable}=…   # {key}")
    _say("Then `deskpulse check` signs in and looks around.")


def _vendor(name: str | None) -> type[Connector[Any]]:
    vendors = discover().vendors
    if not vendors:
        raise click.UsageError("no connector is installed: install deskpulse anew")
    name = name or _asked("--vendor", "Vendor", choices=vendors)
    if name not in vendors:
        hint = did_you_mean(name, vendors)
        raise click.UsageError(f"there is no such vendor: {hint} (known: {', '.join(vendors)})")
    return vendors[name]


def _name(name: str | None, vendor: str) -> str:
    name = name or _asked("--name", "Name of this source", default=vendor)
    if not SOURCE_NAME.fullmatch(name):
        raise click.UsageError(BAD_NAME)
    return name


def _pairs(pairs: Iterable[str]) -> dict[str, str]:
    values = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not (key and equals and value):
            raise click.UsageError("--set takes KEY=VALUE, such as --set subdomain=acme")
        values[key.strip()] = value
    return values


def _completed(kind: type[Connector[Any]], name: str, values: dict[str, str]) -> Answers:
    """The answers with everything that the vendor cannot do without, asked for where needed."""
    answers = Answers(kind, name, values)
    _refuse_unknown_and_secret(answers)
    for key, info in answers.fields.items():
        if info.is_required() and not is_secret(info) and key not in values:
            values[key] = _asked(f"--set {key}=…", key)
    if any(not error["loc"] for error in answers.errors()):
        _say(_in_words(answers.errors()))
        for key in _optional_texts(answers):
            values[key] = _asked(f"--set {key}=…", f"{key} (empty: none)", default="")
        answers = Answers(kind, name, {key: text for key, text in values.items() if text})
    if errors := answers.errors():
        raise click.UsageError(_in_words(errors))
    return answers


def _optional_texts(answers: Answers) -> list[str]:
    return [
        key
        for key, info in answers.fields.items()
        if key not in answers.values
        and info.default is None
        and takes_text(info)
        and not is_secret(info)
    ]


def _refuse_unknown_and_secret(answers: Answers) -> None:
    for key, value in answers.values.items():
        if key not in answers.fields:
            known = {*answers.fields} - {*SOURCE_KEYS}
            raise click.UsageError(f"{key} is no setting: {did_you_mean(key, known)}")
        if is_secret(answers.fields[key]) and not re.fullmatch(r"\$\{\w+\}", value):
            raise click.UsageError(
                f"{key} is a secret: leave it out, or name its variable: --set '{key}=${{NAME}}'"
            )


def _in_words(errors: Iterable[ErrorDetails]) -> str:
    return "\n".join(
        f"{'.'.join(map(str, error['loc'])) or 'the settings'}: {verdict(error, ())}"
        for error in errors
    )


def _asked(
    option: str, question: str, *, default: str | None = None, choices: Iterable[str] = ()
) -> str:
    words = f"{question} ({', '.join(choices)})" if choices else question
    try:
        answer: str = click.prompt(words, default=default, show_default=bool(default), err=True)
    except click.Abort:
        if sys.stdin.isatty():
            raise
        raise click.UsageError(f"an answer is missing: give {option}") from None
    return answer.strip()


def _say(text: str) -> None:
    click.echo(text, err=True)
