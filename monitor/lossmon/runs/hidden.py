"""Losses that were NaN, and that the framework wrote down as 0."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lossmon.core.snapshot import Curve


def restore_masked_nan(train: Curve, witnesses: Iterable[Curve]) -> Curve:
    """Return *train* with NaN where it is exactly 0 while a witness, validation or a gradient norm, is not finite.

    Hugging Face's trainer leaves losses that are not finite out of the mean that it logs, so that once weights are NaN
    the train loss is 0. Zeros right before the first sign of that are of the same kind.
    """
    zero = train.value == 0
    if not zero.any():
        return train
    broken = np.zeros(len(train.x), dtype=np.bool_)
    for witness in witnesses:
        if witness.axis == train.axis and len(witness.x):
            broken |= _broken(train, witness)
    hidden = _reaching_back(zero, zero & broken)
    return replace(train, value=np.where(hidden, np.nan, train.value)) if hidden.any() else train


def _broken(train: Curve, witness: Curve) -> NDArray[np.bool_]:
    """Mark the train points up to whose successor the last that *witness* says is not finite."""
    until = np.append(train.x[1:], np.inf)
    last = np.maximum(np.searchsorted(witness.x, until, side="left"), np.searchsorted(witness.x, train.x, side="right"))
    return np.asarray((last > 0) & ~np.isfinite(witness.value[np.maximum(last - 1, 0)]))


def _reaching_back(zero: NDArray[np.bool_], hidden: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Mark all of *zero* from which nothing else lies before the next that is *hidden*."""
    places = np.arange(len(zero))
    next_hidden = np.minimum.accumulate(np.where(hidden, places, len(zero))[::-1])[::-1]
    next_other = np.minimum.accumulate(np.where(zero, len(zero), places)[::-1])[::-1]
    return np.asarray(zero & (next_hidden < next_other))
