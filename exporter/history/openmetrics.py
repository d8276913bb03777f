"""Samples as OpenMetrics text, the form in which promtool reads the past. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from exporter.history.track import Labels, Line

END = "# EOF\n"

_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n"})


def page(lines: Iterable[Line], instants: Sequence[int], target: Labels) -> Iterator[str]:
    """The samples of some lines at these instants, a piece of text for each line.

    target: labels that a scrape adds to every series, `job` and `instance`.
    """
    ends = [f" {instant / 1000:.3f}\n" for instant in instants]
    for line in lines:
        # promtool puts them in order otherwise, for every sample
        head = f"{line.name}{{{written(sorted((*line.labels, *target)))}}} "
        if line.steady:
            head += str(line.values[0])
            yield head + head.join(ends)
        else:
            yield "".join(
                [f"{head}{value}{end}" for value, end in zip(line.values, ends, strict=True)]
            )


def written(labels: Iterable[tuple[str, str]]) -> str:
    """Labels as they stand between the braces."""
    return ",".join(f'{name}="{value.translate(_ESCAPES)}"' for name, value in labels)
