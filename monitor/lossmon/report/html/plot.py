"""Where values are in a plot: whole units along its paths, percent and pixels for its labels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lossmon.core.points import Floats, Ints
from lossmon.presentation.charts.columns import Columns
from lossmon.presentation.charts.scales import Scale


@dataclass(frozen=True, slots=True)
class Plot:
    """An area that is *height* pixels high from *top* on, and as wide as the page; *columns* divide its width."""

    columns: Columns
    scale: Scale
    top: int
    height: int

    @property
    def view_box(self) -> str:
        """The area in the units of its paths."""
        return f"0 0 {self.columns.last} {self.height}"

    def rows(self, values: Floats) -> Ints:
        """Return the units from the top for each finite value; values beyond the scale are at its ends."""
        return np.rint((1 - self.scale.fraction(values)) * self.height).astype(np.int64)

    def y(self, value: float) -> float:
        """Return the pixels from the top of the chart for a finite value."""
        return self.top + float(self.rows(np.array([value]))[0])

    def x(self, x: float) -> str:
        """Return the place of *x* as a share of the width: ``31.4%``."""
        return f"{self.percent(x):.4g}%"

    def percent(self, x: float) -> float:
        """Return the place of *x*, 0 to 100."""
        return 100 * float(self.columns.of(np.array([x]))[0]) / max(1, self.columns.last)
