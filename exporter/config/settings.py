"""A vendor's own settings: what stands below a source, validated into the vendor's model."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Final, get_args

from pydantic import BaseModel, SecretBytes, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from connectors import Settings
from exporter.config.marked import Document, Keys, Value, dotted
from exporter.config.problems import Problem, did_you_mean, nearest
from exporter.config.references import References, variable_name
from exporter.config.verdicts import verdict

SECRETS: Final = (SecretStr, SecretBytes)
HARMLESS_SECRET: Final = "throw-away-"  # noqa: S105 - how a simulator's secrets begin
PLAIN: Final = (
    "is a secret in plain text: put it into an environment variable and write ${{{name}}}, "
    "or into a file and write {{file: /path}}"
)


class SettingsReader:
    """Reads the settings of one source; what is wrong or unwise is in `problems` and `warnings`.

    reserved: what else may stand in a source of this vendor, for use in messages.
    """

    def __init__(
        self,
        document: Document,
        references: References,
        path: Keys,
        *,
        vendor: str,
        reserved: Collection[str],
    ) -> None:
        self.problems: list[Problem] = []
        self.warnings: list[Problem] = []
        self._document = document
        self._references = references
        self._path = path
        self._vendor = vendor
        self._reserved = reserved

    def read(self, values: Mapping[str, Value], model: type[Settings]) -> Settings | None:
        """The settings as the vendor's model, None where there are problems."""
        fields = named_fields(model)
        given = self._contents(values, fields, self._path)
        try:
            folder = str(self._document.file.absolute().parent)
            settings = model.model_validate(given, context={"folder": folder})
        except ValidationError as error:
            details = error.errors(include_url=False)
        else:
            self.warnings += self._literal_secrets(settings, self._path)
            return None if self._references.hurt(self._path) else settings
        secrets = [*self._given(), *_secrets_in(given, fields)]
        self._note_all(details, fields, secrets)
        return None

    def _contents(
        self, values: Mapping[str, Value], fields: Mapping[str, FieldInfo], path: Keys
    ) -> dict[str, Value]:
        """The values with what the files hold that they name, however deep."""
        return {
            key: self._content(value, fields[key], (*path, key)) if key in fields else value
            for key, value in values.items()
        }

    def _content(self, value: Value, field: FieldInfo, path: Keys) -> Value:
        if takes_text(field):
            value = self._references.content(value, path)
        if isinstance(value, dict) and (below := nested(field)):
            return self._contents(value, named_fields(below), path)
        return value

    def _note_all(
        self, details: list[ErrorDetails], fields: Mapping[str, FieldInfo], secrets: list[str]
    ) -> None:
        known = {*fields, *self._reserved}
        noted = self._misspelt(details, known)
        for error in details:
            path = self._place(error)
            if path in noted or self._references.hurt(path):
                continue
            noted.add(path)
            if error["type"] == "extra_forbidden":
                message = self._unknown(path, known)
            else:
                message = verdict(error, secrets)
            self.problems.append(self._document.problem(path, message))

    def _misspelt(self, details: list[ErrorDetails], known: set[str]) -> set[Keys]:
        """Keys that are there under another spelling, so that they are not also missing."""
        unknown = (error["loc"] for error in details if error["type"] == "extra_forbidden")
        meant = (nearest(str(loc[0]), known) for loc in unknown if len(loc) == 1)
        given = {(*self._path, key) for key in meant if key}
        return given - self._document.lines.keys()

    def _unknown(self, path: Keys, known: set[str]) -> str:
        if len(path) > len(self._path) + 1:
            return "is no key here: mend its spelling, or take it out"
        hint = did_you_mean(str(path[-1]), known)
        return f"is no key of a source of vendor {self._vendor}: {hint}"

    def _place(self, error: ErrorDetails) -> Keys:
        """The path in the file: pydantic's own names for the members of a union are left out."""
        path = self._path
        for step in error["loc"]:
            if (*path, step) not in self._document.lines:
                return (*path, step) if error["type"] == "missing" else path
            path = (*path, step)
        return path

    def _given(self) -> Iterator[str]:
        for path, text in self._references.given.items():
            if path[: len(self._path)] == self._path:
                yield text

    def _literal_secrets(self, settings: BaseModel, path: Keys) -> Iterator[Problem]:
        for key, value in _pairs(settings):
            inner = (*path, key)
            if isinstance(value, BaseModel):
                yield from self._literal_secrets(value, inner)
            elif isinstance(value, SECRETS) and self._is_literal(value, inner):
                name = variable_name(str(self._path[-1]), dotted(inner[len(self._path) :]))
                yield self._document.problem(inner, PLAIN.format(name=name))

    def _is_literal(self, secret: SecretStr | SecretBytes, path: Keys) -> bool:
        text = secret.get_secret_value()
        harmless = HARMLESS_SECRET if isinstance(text, str) else HARMLESS_SECRET.encode()
        stands_there = path in self._document.lines and path not in self._references.given
        return stands_there and bool(text) and not text.startswith(harmless)  # type: ignore[arg-type]


def named_fields(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """The fields of a model by the name that a configuration uses."""
    return {_key(name, field): field for name, field in model.model_fields.items()}


def takes_text(field: FieldInfo) -> bool:
    """Whether a field is one text or one secret, so that it may come from a file."""
    return bool({str, *SECRETS} & set(_members(field.annotation)))


def nested(field: FieldInfo) -> type[BaseModel] | None:
    """The model that a field holds; None where it holds none."""
    models = (one for one in _members(field.annotation) if isinstance(one, type))
    return next((model for model in models if issubclass(model, BaseModel)), None)


def either(field: FieldInfo) -> str | None:
    """The group of which one field is to be given and only one: `{"either": "its name"}` in
    `json_schema_extra`; None where the field stands for itself."""
    extra = field.json_schema_extra
    group = extra.get("either") if isinstance(extra, dict) else None
    return group if isinstance(group, str) else None


def hint(field: FieldInfo) -> str:
    """What the author says of a field, with an example: "" where nothing is said."""
    example = f"such as {field.examples[0]}" if field.examples else ""
    return ", ".join(part for part in (field.description, example) if part)


def is_secret(field: FieldInfo) -> bool:
    """Whether a field is a secret."""
    return bool(set(SECRETS) & set(_members(field.annotation)))


def _members(annotation: object) -> Iterator[object]:
    yield annotation
    if isinstance(annotation, type) and issubclass(annotation, (list, tuple, dict, set)):
        return
    for member in get_args(annotation):
        yield from _members(member)


def _key(name: str, field: FieldInfo) -> str:
    alias = field.validation_alias or field.alias
    return alias if isinstance(alias, str) else name


def _pairs(settings: BaseModel) -> Iterator[tuple[str, object]]:
    for name, field in type(settings).model_fields.items():
        yield _key(name, field), getattr(settings, name)


def _secrets_in(values: Mapping[str, Value], fields: Mapping[str, FieldInfo]) -> Iterator[str]:
    for key, value in values.items():
        if key in fields and is_secret(fields[key]) and isinstance(value, str):
            yield value
