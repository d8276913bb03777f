"""From a virtual desk to samples, as certification does it, by the name of the vendor."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from connectors.testing.desk import Desk
from exporter.certify.candidate import Candidate
from exporter.certify.line import (
    BUSINESS,
    Labels,
    Line,
    Samples,
    business,
    differences,
    opened,
    samples,
)

__all__ = [
    "BUSINESS",
    "Labels",
    "Pipeline",
    "Samples",
    "business",
    "differences",
    "pipeline",
    "samples",
    "total",
]

Pipeline = Line


def pipeline(
    vendor: str, desk: Desk, folder: Path, **options: Any
) -> AbstractContextManager[Pipeline]:
    """A pipeline whose store lies in `folder`; the options are those of `opened`."""
    return opened(Candidate.of(vendor), desk, folder, **options)


def total(found: Samples, name: str) -> float:
    """A metric summed over its series; fails where it has none."""
    values = [value for (sample, _), value in found.items() if sample == name]
    assert values, f"{name} is absent"
    return sum(values)
