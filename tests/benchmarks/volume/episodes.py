"""What an alert did: found incidents, how late, and how often it rang for nothing."""

from __future__ import annotations

import numpy as np

from tests.benchmarks.volume.queues import INCIDENT, SLOT

GAP = 3600 // SLOT


def episodes(over: np.ndarray) -> np.ndarray:
    """First and last slot of each episode; gaps under an hour are none."""
    at = np.flatnonzero(over)
    if not len(at):
        return np.zeros((0, 2), dtype=int)
    breaks = np.flatnonzero(np.diff(at) > GAP)
    return np.column_stack((at[np.r_[0, breaks + 1]], at[np.r_[breaks, len(at) - 1]]))


def outcome(over: np.ndarray, begins: np.ndarray) -> tuple[list[float], int]:
    """Delay in minutes of each incident (nan: missed), and the number of false episodes. `over` is by
    slot: the alert stands at the evaluation at the slot's end."""
    found = episodes(over)
    delays = []
    for begin in begins:
        inside = found[(found[:, 0] >= begin) & (found[:, 0] < begin + INCIDENT)]
        delays.append((inside[0, 0] - begin + 1) * 5.0 if len(inside) else float("nan"))
    false = sum(
        not np.any((last >= begins) & (first < begins + INCIDENT + 3 * 12)) for first, last in found
    )
    return delays, false
