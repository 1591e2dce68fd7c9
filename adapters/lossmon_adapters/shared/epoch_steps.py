"""Steps that are counted anew in each epoch, turned into steps of the whole training."""

from __future__ import annotations

import math

import numpy as np

from lossmon.core.points import Floats

_MAX_EPOCHS = 100_000
"""Epochs whose first step is remembered, so that a resume finds it."""


class EpochSteps:
    """Adds to each step the steps of the epochs before, if the log counts steps anew in each epoch.

    It does if the step goes back while the epoch goes on. A resume, where both go back, keeps its steps.
    """

    def __init__(self) -> None:
        self._epoch = self._step = -math.inf
        self._offset = 0.0
        self._offsets: dict[float, float] = {}

    def convert(self, epoch: float, step: float, *, repeats: bool = False) -> float:
        """Return the step of the whole training.

        *repeats* is whether an equal step in a later epoch was counted anew, too.
        """
        if epoch > self._epoch and (step < self._step or (repeats and step == self._step)):
            self._offset += self._step
        elif epoch < self._epoch and self._offset:
            self._offset = self._offsets.get(epoch, 0.0)
        if epoch != self._epoch and len(self._offsets) < _MAX_EPOCHS:
            self._offsets[epoch] = self._offset
        self._epoch, self._step = epoch, step
        return step + self._offset

    def convert_held_out(self, epoch: float, step: float) -> float:
        """Return the step of an evaluation: that of the training, if *step* counts the batches of the evaluation."""
        if epoch == self._epoch and step < self._step:
            return self._step + self._offset
        return self.convert(epoch, step)

    def goes_on(self, epochs: Floats, steps: Floats) -> bool:
        """Return whether *steps* are those of the whole training as they are; arrays of shape (n,), not empty."""
        grows = epochs[0] >= self._epoch and steps[0] >= self._step and not bool((np.diff(steps) < 0).any())
        return grows and not self._offset

    def convert_all(self, epochs: Floats, steps: Floats) -> Floats:
        """Return the steps of the whole training, for arrays of shape (n,) with finite numbers."""
        if len(steps) and not self.goes_on(epochs, steps):
            pairs = zip(epochs.tolist(), steps.tolist(), strict=True)
            return np.array([self.convert(epoch, step) for epoch, step in pairs])
        if len(steps):
            self.convert(float(epochs[-1]), float(steps[-1]))
        return steps
