"""What a dashboard says, apart from what Grafana adds to it when it keeps one."""

from __future__ import annotations

import difflib
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

MARK: Final = "__deskpulse"
"""The key that holds the fingerprint of what was published. Two underscores, as of Grafana's own
`__inputs` and `__requires`; its editor drops such keys, its API keeps them."""

VALID_UID: Final = re.compile(r"[A-Za-z0-9_-]{1,40}")
"""What Grafana takes for a uid, of a dashboard or a folder."""

TAG: Final = "deskpulse"
"""The tag that every dashboard of ours has, and that its links go by."""

ADDED: Final = frozenset({"id", "version", "iteration", MARK, "refresh"})
"""What is Grafana's own. It raises `refresh` itself where its `min_refresh_interval` is longer."""


def meaning(content: Mapping[str, Any]) -> dict[str, Any]:
    """The dashboard without what Grafana adds, and with nothing written in two ways."""
    kept = {key: value for key, value in content.items() if key not in ADDED}
    plain: dict[str, Any] = _plain(kept)
    return plain


def fingerprint(content: Mapping[str, Any]) -> str:
    """SHA-256 of what a dashboard says, in hexadecimal."""
    text = json.dumps(meaning(content), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def marked(content: Mapping[str, Any]) -> dict[str, Any]:
    """The dashboard with its own fingerprint in it."""
    return {**content, MARK: {"fingerprint": fingerprint(content)}}


def is_marked(content: Mapping[str, Any]) -> bool:
    """Whether it is unchanged since it was marked."""
    mark = content.get(MARK)
    return isinstance(mark, Mapping) and mark.get("fingerprint") == fingerprint(content)


def difference(
    old: Mapping[str, Any], new: Mapping[str, Any], old_name: str, new_name: str
) -> Iterator[str]:
    """The lines of a unified diff from one dashboard to another."""
    return difflib.unified_diff(_lines(old), _lines(new), old_name, new_name, lineterm="")


def _lines(content: Mapping[str, Any]) -> list[str]:
    text = json.dumps(meaning(content), indent=2, sort_keys=True, ensure_ascii=False)
    return text.splitlines()


def _plain(value: Any) -> Any:
    """A key with null is one that is not there, and 3.0 is 3: stores of Grafana differ in both."""
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
