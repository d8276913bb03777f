"""`deskpulse init`: a first deskpulse.yaml, commented, that loads as it stands.

Secrets are never asked for: the file names environment variables, and the command says which.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

import rich_click as click

from connectors import Connector
from connectors.discovery import discover
from exporter.cli.draft import Answers, in_words, render
from exporter.config.loading import SOURCE_KEYS, SOURCE_NAME
from exporter.config.problems import OF_VENDORS, did_you_mean
from exporter.config.settings import either, hint, is_secret, takes_text

VARIABLE: Final = re.compile(r"\$\{\w+\}")
BAD_NAME: Final = (
    "a name for a source has up to 63 small letters, digits, '-' and '_', "
    "the first a letter or a digit"
)


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
    if name is not None:
        _refuse(_bad_name(name))
    kind = _vendor(vendor)
    _refuse(*_bad_options(Answers(kind, name or kind.vendor, given := _pairs(pairs))))
    name = name or _asked("--name", "Name of this source", default=kind.vendor, bad=_bad_name)
    answers = _completed(Answers(kind, name, given))
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

    def bad(word: str) -> str | None:
        unknown = f"there is no such vendor: {did_you_mean(word, vendors, OF_VENDORS)}"
        return None if word in vendors else unknown

    if name is None:
        name = _asked("--vendor", f"Vendor ({', '.join(vendors)})", bad=bad)
    _refuse(bad(name))
    return vendors[name]


def _bad_name(name: str) -> str | None:
    return None if SOURCE_NAME.fullmatch(name) else BAD_NAME


def _refuse(*reasons: str | None) -> None:
    if told := [reason for reason in reasons if reason]:
        raise click.UsageError("\n".join(told))


def _pairs(pairs: Iterable[str]) -> dict[str, str]:
    values = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not (key and equals and value):
            raise click.UsageError("--set takes KEY=VALUE, such as --set subdomain=acme")
        values[key.strip()] = value
    return values


def _bad_options(answers: Answers) -> list[str]:
    """What is wrong with the settings that options give, before any question is asked."""
    known = {*answers.fields} - {*SOURCE_KEYS}
    given = answers.values
    if unknown := given.keys() - known:
        return [f"{key} is no setting: {did_you_mean(key, known)}" for key in sorted(unknown)]
    secrets = [key for key in given if is_secret(answers.fields[key])]
    if told := [key for key in secrets if not VARIABLE.fullmatch(given[key])]:
        words = "{0} is a secret: leave it out, or name its variable: --set '{0}=${{NAME}}'"
        return [words.format(key) for key in told]
    groups = {tuple(answers.alternatives(key)) for key in given}
    several = [group for group in sorted(groups) if len(given.keys() & group) > 1]
    return [*(f"give only one of {_listed(group)}" for group in several), *answers.wrong()]


def _completed(answers: Answers) -> Answers:
    """The answers with everything that the vendor cannot do without, asked for where needed."""
    for key, info in answers.fields.items():
        group = answers.alternatives(key)
        if answers.values.keys() & group:
            continue
        if len(group) > 1:
            answers = _one_of(answers, group)
        elif info.is_required() and not is_secret(info):
            answers = _with(answers, key)
    # What only the vendor's model knows: that some settings go together, or that one is needed.
    open_questions = _optional_texts(answers)
    while errors := answers.errors():
        for error in errors:
            _say(in_words(error))
        if not open_questions:
            raise click.UsageError("these settings do not go together: give others with --set")
        answers = _with(answers, open_questions.pop(0), needed=False)
    return answers


def _one_of(answers: Answers, group: list[str]) -> Answers:
    """The answers with the first of these settings that is not left empty, round and round."""
    while True:
        for key, following in zip(group, [*group[1:], group[0]], strict=True):
            completed = _with(answers, key, needed=False, instead=following)
            if key in completed.values:
                return completed
        _say(f"  an answer is needed: one of {_listed(group)}")


def _with(answers: Answers, key: str, *, needed: bool = True, instead: str = "") -> Answers:
    """The answers with one more, unless it is left empty where it is not needed."""

    def extended(text: str) -> Answers:
        return Answers(answers.connector_type, answers.name, {**answers.values, key: text})

    def bad(text: str) -> str | None:
        return next(extended(text).wrong(), None)

    empty = "" if needed else f"empty to give {instead or 'none'}"
    words = "; ".join(part for part in (hint(answers.fields[key]), empty) if part)
    text = _asked(f"--set {key}=…", f"{key} ({words})" if words else key, needed=needed, bad=bad)
    return extended(text) if text else answers


def _optional_texts(answers: Answers) -> list[str]:
    return [
        key
        for key, info in answers.fields.items()
        if key not in answers.values
        and not either(info)
        and info.default is None
        and takes_text(info)
        and not is_secret(info)
    ]


def _listed(words: Iterable[str]) -> str:
    return " and ".join(f"`{word}`" for word in words)


def _asked(
    option: str,
    question: str,
    *,
    default: str = "",
    needed: bool = True,
    bad: Callable[[str], str | None] = lambda _: None,
) -> str:
    """An answer that is not `bad`: the reason is told and the question asked again."""
    while True:
        try:
            answer: str = click.prompt(question, default, show_default=bool(default), err=True)
        except click.Abort:
            if sys.stdin.isatty():
                raise
            raise click.UsageError(f"an answer is missing: give {option}") from None
        answer = answer.strip()
        if not answer and not needed:
            return ""
        reason = bad(answer) if answer else "an answer is needed here"
        if not reason:
            return answer
        _say(f"  {reason}")


def _say(text: str) -> None:
    click.echo(text, err=True)
