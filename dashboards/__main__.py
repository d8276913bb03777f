"""`python -m dashboards build` writes the JSON; `python -m dashboards check` says what is old."""

from __future__ import annotations

import sys

from dashboards.building import build, outdated

USAGE = "usage: python -m dashboards build | check"


def main(words: list[str]) -> int:
    """Do what `words` say; gives the exit code: 0 done, 1 something is old, 2 bad usage."""
    match words:
        case ["build"]:
            for file in build():
                sys.stdout.write(f"{file}\n")
            return 0
        case ["check"]:
            old = outdated()
            for name in old:
                sys.stderr.write(f"{name}.json is old: run `python -m dashboards build`\n")
            return 1 if old else 0
    sys.stderr.write(f"{USAGE}\n")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
