"""Which values an axis spans, and on which scale."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lossmon.core.points import Floats
from lossmon.tui.charts.downsample import Columns
from lossmon.tui.charts.options import YScale
from lossmon.tui.charts.scale import Linear, Log, Scale, Symlog

WIDE = 50
"""The ratio of the largest to the smallest value over which an axis is logarithmic by itself."""

_STRETCH = 4
"""How many times the rest of the range an outlier has to stretch it before it is left out of sight."""
_NEAR = 0.5
"""How far beyond the rest of the range, in its own length, a point is still shown."""
_FEWEST = 8
"""Columns a series needs before any of them can be an outlier."""
_OUTLYING = 0.02
_SYMLOG_DECADES = 1e-6


@dataclass(frozen=True, slots=True)
class _Range:
    low: float
    high: float

    def __or__(self, other: _Range) -> _Range:
        return _Range(min(self.low, other.low), max(self.high, other.high))


def y_scale(series: Sequence[Columns], kind: YScale, zoom: bool, must_show: float | None = None) -> Scale:
    """Return the scale for all values of *series*, less a few outliers where *zoom* allows, and for *must_show*."""
    filled = [columns for columns in series if not columns.empty]
    if not filled:
        return Linear(0, 1)
    full = _union([_full(columns) for columns in filled])
    kept = _union([_kept(columns) for columns in filled]) if zoom else full
    scale = _scale(filled, full, kept, kind)
    shown = _without_outliers(filled, full, kept, scale)
    if must_show is not None and full.low <= must_show <= full.high:
        shown |= _Range(must_show, must_show)
    return dataclasses.replace(scale, low=shown.low, high=shown.high)


def _union(ranges: Sequence[_Range]) -> _Range:
    return _Range(min(r.low for r in ranges), max(r.high for r in ranges))


def _values(columns: Columns) -> Floats:
    return np.concatenate((columns.low, columns.high, columns.enters, columns.leaves))


def _full(columns: Columns) -> _Range:
    values = _values(columns)
    return _Range(float(values.min()), float(values.max()))


def _kept(columns: Columns) -> _Range:
    """Return the range of a series but for its most outlying columns, 2 % of them and at least one on either side."""
    count = len(columns.at)
    if count < _FEWEST:
        return _full(columns)
    few = max(1, int(count * _OUTLYING))
    low, high = float(np.sort(columns.low)[few]), float(np.sort(columns.high)[-1 - few])
    return _Range(min(low, high), max(low, high))


def _linear(series: Sequence[Columns]) -> float:
    """Return how far from zero a symmetric logarithm begins: just below the smallest values, within six decades."""
    sizes = np.sort(np.abs(np.concatenate([_values(columns) for columns in series])))
    sizes = sizes[sizes > 0]
    if not len(sizes):
        return 1.0
    return max(float(sizes[int(len(sizes) * _OUTLYING)]), float(sizes[-1]) * _SYMLOG_DECADES)


def _scale(series: Sequence[Columns], full: _Range, kept: _Range, kind: YScale) -> Linear | Log | Symlog:
    if kind == "log" and full.low <= 0:
        return Symlog(full.low, full.high, _linear(series))
    # Divided, not multiplied: 50 times 1e308 is infinite.
    if kind == "log" or (kind == "auto" and full.low > 0 and kept.high / WIDE > kept.low):
        return Log(full.low, full.high)
    return Linear(full.low, full.high)


def _without_outliers(series: Sequence[Columns], full: _Range, kept: _Range, scale: Scale) -> _Range:
    """Return *kept* and what lies near it on a side that is stretched by outliers, *full* on one that is not."""
    lowest, low, high, highest = scale.straight(np.array([full.low, kept.low, kept.high, full.high])).tolist()
    span = high - low
    if span <= 0:
        return full
    shown_low, shown_high = full.low, full.high
    if high - lowest > _STRETCH * span:
        lows = np.concatenate([[kept.low], *(columns.low for columns in series)])
        shown_low = float(lows[scale.straight(lows) >= low - _NEAR * span].min())
    if highest - low > _STRETCH * span:
        highs = np.concatenate([[kept.high], *(columns.high for columns in series)])
        shown_high = float(highs[scale.straight(highs) <= high + _NEAR * span].max())
    return _Range(shown_low, shown_high)
