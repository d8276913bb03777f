"""What a configuration does not hold itself: `${NAME}` and the contents of `{file: …}`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from exporter.config.marked import Document, Keys, Value

REFERENCE: Final = re.compile(r"(?P<escaped>\$\$\{)|\$\{(?P<name>[A-Za-z_]\w*)\}|\$\{", re.ASCII)
LARGEST_SECRET: Final = 64 * 1024  # bytes; a file that is larger is not the one that was meant
MALFORMED: Final = (
    "has a '${' that names no variable: write ${NAME}, or $${ for these characters themselves"
)


def variable_name(source: str, key: str) -> str:
    """The environment variable that deskpulse proposes for `key` of `source`."""
    name = re.sub(r"[^A-Z0-9]+", "_", f"{source}_{key}".upper()).strip("_")
    return f"SOURCE_{name}" if name[0].isdigit() else name


class Unresolved(Exception):
    """A reference that leads nowhere, with the remedy. Never holds what was found."""


class References:
    """Follows the references of one document and remembers what came of them.

    given: what came from the environment or a file, by the path of the value.
    failed: why a value cannot be had, by its path; the value is then None.
    """

    def __init__(self, document: Document, environ: Mapping[str, str]) -> None:
        self.given: dict[Keys, str] = {}
        self.failed: dict[Keys, str] = dict(document.unusable)
        self._environ = environ
        self._folder = document.file.absolute().parent

    def resolve(self, value: Value, path: Keys = ()) -> Value:
        """`value` with every `${NAME}` in it replaced."""
        if isinstance(value, dict):
            return {key: self.resolve(inner, (*path, key)) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.resolve(inner, (*path, at)) for at, inner in enumerate(value)]
        if value is None or "${" not in value:
            return value
        return self._followed(path, value, self._expanded)

    def content(self, value: Value, path: Keys) -> Value:
        """What the file holds where `value` is `{file: …}`, else `value` itself."""
        if not (isinstance(value, dict) and set(value) == {"file"}):
            return value
        name = value["file"]
        if isinstance(name, str) and name:
            return self._followed(path, name, self._read)
        cause = self.failed.pop((*path, "file"), "names no file: write {file: /path/of/the/secret}")
        self.failed[path] = cause
        return None

    def hurt(self, path: Keys) -> bool:
        """Whether a reference at `path` or inside it leads nowhere."""
        return any(failed[: len(path)] == path for failed in self.failed)

    def _followed(self, path: Keys, text: str, follow: Callable[[str], str]) -> str | None:
        try:
            found = follow(text)
        except Unresolved as verdict:
            self.failed[path] = str(verdict)
            return None
        if found != text.replace("$${", "${"):
            self.given[path] = found
        return found

    def _expanded(self, text: str) -> str:
        return REFERENCE.sub(self._variable, text)

    def _variable(self, match: re.Match[str]) -> str:
        if match["escaped"]:
            return "${"
        name = match["name"]
        if name is None:
            raise Unresolved(MALFORMED)
        if name not in self._environ:
            raise Unresolved(f"needs the environment variable {name}, which is not set: export it")
        if not self._environ[name]:
            raise Unresolved(f"needs the environment variable {name}, which is empty: fill it")
        return self._environ[name]

    def _read(self, name: str) -> str:
        try:
            with (self._folder / name).open("rb") as file:
                content = file.read(LARGEST_SECRET + 1)
            text = content.decode().strip()
        except FileNotFoundError:
            remedy = "which does not exist: create it, or mend the path"
        except PermissionError:
            remedy = "which may not be read: give the user that runs deskpulse the right to"
        except IsADirectoryError:
            remedy = "which is a folder: name the file in it"
        except ValueError:
            remedy = "which is no UTF-8 text: it should hold the secret and nothing else"
        except OSError as error:
            remedy = f"which cannot be read: {error.strerror}"
        else:
            if text and len(content) <= LARGEST_SECRET:
                return text
            remedy = "which is empty" if not text else "which is too large to be a secret"
        raise Unresolved(f"is read from the file {name}, {remedy}")
