"""Follows losses that are not finite: a run that has diverged, or one where they come and go."""

from __future__ import annotations

from dataclasses import dataclass

from lossmon.detector.copying import shallow_copy
from lossmon.detector.thresholds import Thresholds


@dataclass(slots=True)
class NonFinite:
    """Counts the evaluations with a loss that is not finite, and those since it was finite again.

    The first such loss is a divergence at once. After it came back, only more of them in a row than ever before are
    one again: a mixed-precision scaler, or a row without an evaluation, gives single ones on a beat.
    """

    thresholds: Thresholds
    kind: str = ""
    """Which loss is not finite: ``train``, or the judged series; empty if none ever was."""
    value: float = 0.0
    """The first loss of the present or last row that is not finite."""
    first: int = 0
    """Index of its evaluation."""
    last: int = 0
    """Index of the last evaluation that is not finite."""
    is_now: bool = False
    """Whether the last evaluation is not finite."""
    _in_a_row: int = 0
    _most_in_a_row: int = 0
    """Most in a row before the present ones."""
    _recovery_left: int = 0
    """Finite evaluations after which the run is judged again."""

    @property
    def is_divergence(self) -> bool:
        """Whether the run counts as diverged for it."""
        return self._recovery_left > 0

    @property
    def has_been(self) -> bool:
        """Whether a loss was ever not finite."""
        return bool(self.kind)

    def add(self, index: int, kind: str, value: float) -> None:
        """Note that the *kind* loss of evaluation *index* is not finite."""
        if not self._in_a_row:
            self.kind, self.value, self.first = kind, value, index
        self._in_a_row += 1
        self.last, self.is_now = index, True
        if self._in_a_row > self.thresholds.non_finite_growth * self._most_in_a_row:
            self._recovery_left = self.thresholds.recovery_evaluations

    def note_finite(self) -> None:
        """Note an evaluation whose losses are finite."""
        if not self.kind:
            return
        self._most_in_a_row, self._in_a_row, self.is_now = max(self._most_in_a_row, self._in_a_row), 0, False
        self._recovery_left = max(0, self._recovery_left - 1)

    def clone(self) -> NonFinite:
        """Return an independent copy."""
        return shallow_copy(self)
