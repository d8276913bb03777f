"""Volume: whether more or fewer tickets come than the past of a queue lets expect.

`learn` once a day what is usual, `judge` any minute, `replay` what would have been judged. Nothing
here does I/O; everything depends on the past alone.
"""

from exporter.volume.arrivals import Arrivals
from exporter.volume.calendar import Calendar
from exporter.volume.model import Model, learn
from exporter.volume.sensitivity import Sensitivity
from exporter.volume.verdict import Band, Judgement, Replay, judge, replay

__all__ = [
    "Arrivals",
    "Band",
    "Calendar",
    "Judgement",
    "Model",
    "Replay",
    "Sensitivity",
    "judge",
    "learn",
    "replay",
]
