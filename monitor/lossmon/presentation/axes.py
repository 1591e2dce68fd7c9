"""The x axes of a chart, by the names that ``--x`` and the configuration file use.

This module imports neither numpy, Rich nor dataclasses: ``lossmon --help`` needs it and has 60 ms.
"""

from __future__ import annotations

from enum import Enum


class XAxis(Enum):
    """What curves are drawn over."""

    COUNT = "count"
    """Epochs or steps, as the log counts."""
    EPOCH = "epoch"
    """Epochs, where the log counts steps and says in which epoch they are."""
    ELAPSED = "elapsed"
    """Time since the run began."""
    CLOCK = "clock"
    """Time of day."""
    SHARE = "share"
    """Percent of the run, by its planned length or else by what it has logged; only runs that are compared have it."""


X_AXES = {"epoch": XAxis.EPOCH, "step": XAxis.COUNT, "time": XAxis.ELAPSED}
"""The axis that each name selects at the start, if the log has it."""
