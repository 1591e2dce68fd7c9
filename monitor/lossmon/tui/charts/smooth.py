"""Smoothing as TensorBoard does it."""

from __future__ import annotations

import numpy as np

from lossmon.core.points import Floats


def smooth(values: Floats, weight: float) -> Floats:
    """Return the debiased exponential moving average of *values*; *weight* 0 leaves them, near 1 flattens them.

    NaN and infinities stay where they are and do not count. Formula: TensorBoard's scalar chart, after Adam's bias
    correction (Kingma and Ba, 2015): ``m = w * m + (1 - w) * v``, shown divided by ``1 - w ** n``.
    """
    kept = np.isfinite(values)
    weight = min(max(weight, 0.0), 0.9999)
    finite = values[kept]
    if not weight or not len(finite) or finite.min() == finite.max():
        return values.copy()
    smoothed = values.copy()
    smoothed[kept] = np.clip(_debiased(finite.tolist(), weight), finite.min(), finite.max())
    return smoothed


def _debiased(values: list[float], weight: float) -> list[float]:
    mean, bias = 0.0, 1.0
    smoothed = []
    for value in values:
        mean = weight * mean + (1 - weight) * value
        bias *= weight
        smoothed.append(mean / (1 - bias))
    return smoothed
