"""A new connector: every file of it, rendered from connectors/template. Pure."""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from jinja2 import Environment, FunctionLoader, StrictUndefined

from exporter.config.references import variable_name

LONGEST_NAME: Final = 24
LONGEST_TITLE: Final = 40
NAME: Final = re.compile(r"[a-z](?:[a-z0-9_-]*[a-z0-9])?")

# Where each file goes; `{package}` is the folder of the package.
PACKAGE: Final = (
    "__init__.py",
    "settings.py",
    "wire.py",
    "mapping.py",
    "connector.py",
    "simulator.py",
    "README.md",
)
PROJECT: Final = {
    "pyproject.toml": "pyproject.toml",
    "README.md": "README.md",
    "gitignore": ".gitignore",
    "test_conformance.py": "tests/test_conformance.py",
}


@dataclass(frozen=True, slots=True)
class Vendor:
    """What a connector is made for. Raises ValueError, in words for its author, for what cannot be.

    title: as a person writes the name; "" makes one of the name.
    """

    name: str
    title: str = ""
    auth: str = "bearer"
    pagination: str = "cursor"

    def __post_init__(self) -> None:
        if trouble := _trouble(self.name, self.title):
            raise ValueError(trouble)

    @property
    def identifier(self) -> str:
        """The name as Python spells it."""
        return self.name.replace("-", "_")

    @property
    def prefix(self) -> str:
        """The name as classes begin with it."""
        return "".join(word[:1].upper() + word[1:] for word in self._words)

    @property
    def shown(self) -> str:
        """The title."""
        return self.title or " ".join(word[:1].upper() + word[1:] for word in self._words)

    @property
    def _words(self) -> list[str]:
        return [word for word in re.split(r"[_-]", self.name) if word]


def package(vendor: Vendor, importable: str) -> dict[str, str]:
    """The files of the package by name. importable: the package's name in imports."""
    return {name: _rendered(f"package/{name}", vendor, importable) for name in PACKAGE}


def project(vendor: Vendor, importable: str) -> dict[str, str]:
    """The files around the package, by path, where it is a project of its own."""
    return {
        path: _rendered(f"project/{name}", vendor, importable) for name, path in PROJECT.items()
    }


def sorted_imports(text: str) -> str:
    """`from … import …` statements in the order of their modules: where a vendor's own modules
    stand among the others depends on its name."""
    statements = re.findall(r"^from .+?(?:\([^)]*\))?$\n?", text, re.MULTILINE)
    return "".join(sorted((one.rstrip("\n") + "\n" for one in statements), key=_module))


def _module(statement: str) -> str:
    return statement.split()[1]


def _rendered(template: str, vendor: Vendor, importable: str) -> str:
    def variable(key: str) -> str:
        return f"${{{variable_name(vendor.name, key)}}}"

    values: Mapping[str, object] = {
        "name": vendor.name,
        "title": vendor.shown,
        "prefix": vendor.prefix,
        "package": importable,
        "auth": vendor.auth,
        "pagination": vendor.pagination,
        "variable": variable,
    }
    return _environment().get_template(template).render(values)


@cache
def _environment() -> Environment:
    made = Environment(  # noqa: S701 -- makes Python, no web page
        loader=FunctionLoader(_template),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters["imports"] = sorted_imports
    return made


def _template(name: str) -> str:
    place = files("connectors").joinpath("template", *f"{name}.jinja".split("/"))
    return place.read_text(encoding="utf-8")


def _trouble(name: str, title: str) -> str:
    """Why no connector can be called so; "" where one can."""
    if not NAME.fullmatch(name):
        return (
            f"'{name}' is no name for a vendor: take small letters, digits, - and _, the first a "
            "letter and the last a letter or digit, such as acme-desk."
        )
    if len(name) > LONGEST_NAME:
        return f"'{name}' is too long for a name: take at most {LONGEST_NAME} characters."
    if keyword.iskeyword(name.replace("-", "_")):
        return f"'{name}' is a word of Python itself: choose another name, such as {name}-desk."
    plain = title.isprintable() and not set(title) & set("\"'\\{}|<>`") and title == title.strip()
    if len(title) > LONGEST_TITLE or not plain:
        return (
            f"This title cannot be used: take at most {LONGEST_TITLE} characters, without quotes, "
            "backslashes, brackets and bars."
        )
    return ""
