"""The mean of several curves, and the band that they stay in."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from lossmon.core.points import Floats

_MAX_POINTS = 4096
"""Positions at which curves with many different x are compared."""


class Band(NamedTuple):
    """Four arrays of shape (n,)."""

    x: Floats
    mean: Floats
    """NaN or infinite where one of the curves is."""
    low: Floats
    high: Floats


def mean_band(curves: Sequence[tuple[Floats, Floats]]) -> Band:
    """Return mean, minimum and maximum of *curves*, x and y each, where at least half of them have values.

    Between its points a curve is a straight line; all x must be finite and ascending.

    >>> band = mean_band([(np.array([1.0, 2.0]), np.array([4.0, 2.0])), (np.array([1.0, 2.0]), np.array([6.0, 4.0]))])
    >>> band.mean.tolist(), band.low.tolist(), band.high.tolist()
    ([5.0, 3.0], [4.0, 2.0], [6.0, 4.0])
    """
    known = [(x, y) for x, y in curves if len(x)]
    if not known:
        return Band(*(np.empty(0) for _ in range(4)))
    x = np.unique(np.concatenate([each for each, _ in known]))
    if len(x) > _MAX_POINTS:
        x = np.linspace(x[0], x[-1], _MAX_POINTS)
    covers = np.array([(x >= each[0]) & (x <= each[-1]) for each, _ in known])
    enough = covers.sum(axis=0) >= math.ceil(len(known) / 2)
    x, covers = x[enough], covers[:, enough]
    with np.errstate(all="ignore"):
        values = np.array([np.interp(x, each, y) for each, y in known])
        mean = np.where(covers, values, 0.0).sum(axis=0) / covers.sum(axis=0)
        low = np.fmin.reduce(np.where(covers, values, np.nan))
        high = np.fmax.reduce(np.where(covers, values, np.nan))
    return Band(x, mean, low, high)
