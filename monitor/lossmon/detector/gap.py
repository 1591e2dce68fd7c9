"""The gap between the judged series and train, and how it changes."""

from __future__ import annotations

from dataclasses import dataclass, field

from lossmon.detector.thresholds import Thresholds
from lossmon.detector.window import least_squares_slope


@dataclass(slots=True)
class Gap:
    """The newest gaps: validation less train, in the unit of the loss."""

    thresholds: Thresholds
    is_known: bool = False
    """Whether the last evaluation has both losses, and both are finite."""
    _newest: list[float] = field(default_factory=list)

    def add(self, gap: float) -> None:
        """Add the *gap* of an evaluation that has both losses."""
        newest = self._newest
        newest.append(gap)
        if len(newest) > self.thresholds.gap_window:
            del newest[0]

    @property
    def last(self) -> float | None:
        """The gap now; None if it is not known."""
        return self._newest[-1] if self.is_known else None

    def slope(self) -> float | None:
        """Return the change of the gap per evaluation; None if it is not known, or for too few."""
        has_slope = self.is_known and len(self._newest) >= self.thresholds.min_gap_values
        return least_squares_slope(self._newest) if has_slope else None

    def clone(self) -> Gap:
        """Return an independent copy."""
        return Gap(self.thresholds, self.is_known, self._newest.copy())
