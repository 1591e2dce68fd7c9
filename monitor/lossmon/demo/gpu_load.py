"""The utilisation of a GPU during an epoch, simulated: the bundled histories were trained on a CPU."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

TAG = "simulated/gpu_0_utilization_percentage"
"""Named as MLflow names it, under a heading that says what it is."""
SAMPLES_PER_EPOCH = 8
_TRAINING, _SAVING = 88.0, 25.0
"""Percent while batches are trained, and while a checkpoint is written."""
_CHECKPOINT_EPOCHS = 12
_RIPPLE, _RIPPLE_SAMPLES = 8.0, 9.0
"""By how many percent, and in how many samples per radian, the utilisation swings about these."""


@dataclass(frozen=True, slots=True)
class GpuSample:
    """The utilisation of the GPU after *steps* batches, in percent."""

    steps: int
    percent: float


def gpu_samples(epochs: int, steps_per_epoch: int) -> Iterator[GpuSample]:
    """Yield the samples of a run of *epochs*, by the number of batches trained so far."""
    for number in range(epochs * SAMPLES_PER_EPOCH):
        epoch, part = divmod(number, SAMPLES_PER_EPOCH)
        steps = (number + 1) * steps_per_epoch // SAMPLES_PER_EPOCH
        yield GpuSample(steps, round(_level(epoch, part) + _RIPPLE * math.sin(number / _RIPPLE_SAMPLES), 1))


def _level(epoch: int, part: int) -> float:
    is_saving = epoch > 0 and epoch % _CHECKPOINT_EPOCHS == 0 and part < SAMPLES_PER_EPOCH // 2
    return _SAVING if is_saving else _TRAINING
