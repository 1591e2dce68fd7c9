"""Scales that map values to positions on an axis, and the choice of scale and range for a y axis."""

from __future__ import annotations

import contextlib
import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias

import numpy as np

from lossmon.core.points import Floats

YScale: TypeAlias = Literal["auto", "linear", "log"]
"""``auto``: logarithmic if all values are positive and their ratio exceeds ``LOG_SCALE_RATIO``."""

LOG_SCALE_RATIO = 50
"""Ratio of the largest to the smallest value above which a y axis is logarithmic by default."""

_MIN_RELATIVE_RANGE = 1e-12
"""A range smaller than this fraction of its values is rounding error and counts as a single value."""
_OUTLIER_STRETCH = 4
"""Outliers are clipped if they make the axis longer than this multiple of the range of the other points."""
_OUTLIER_MARGIN = 0.5
"""A point this close to the other points is never clipped; as a fraction of their range."""
_MIN_COLUMNS_WITH_OUTLIERS = 8
"""Columns a series needs before any of them can be an outlier."""
_EXTREME_FRACTION = 0.02
"""Fraction of the columns, at either end, that may be outliers; and of the values that lie in the linear part of a
symmetric log scale."""
_STEPS_EXPONENT = 5
"""An axis with room ends at multiples of a power of two: this many below the next one above its length."""
_SYMLOG_MIN_RATIO = 1e-6
"""Smallest linear part of a symmetric log scale, as a fraction of the largest magnitude: six decades are shown."""


class Scale(Protocol):
    """Maps values from *low* to *high* to fractions 0 to 1 of an axis; values beyond are clipped to the ends.

    It is safe for every finite float: neither 1e308 overflows nor 5e-324 vanishes.
    """

    @property
    def low(self) -> float:
        """The value at fraction 0."""

    @property
    def high(self) -> float:
        """The value at fraction 1."""

    @property
    def note(self) -> str:
        """The name of the scale for the reader of the chart; empty for a linear scale."""

    def linearize(self, values: Floats) -> Floats:
        """Return finite values, none below ``low``, in a unit in which equal differences are equally long."""

    def fraction(self, values: Floats) -> Floats:
        """Return the fraction of the axis for each value; 0.5 if the range is a single value."""

    def value_at(self, fraction: float) -> float:
        """Return the value at a fraction of the axis."""


@dataclass(frozen=True, slots=True)
class LinearScale:
    """Equal differences are equally long.

    >>> LinearScale(0, 10).fraction(np.array([2.5]))
    array([0.25])
    """

    low: float
    high: float
    note: str = ""

    def linearize(self, values: Floats) -> Floats:
        """Return the values divided by 8, so that no difference of two values overflows."""
        scaled: Floats = values / 8
        return scaled

    def fraction(self, values: Floats) -> Floats:
        """Return the fraction of the axis for each value; 0.5 if the range is a single value."""
        clipped = np.minimum(np.maximum(values, self.low), self.high)
        # A power of two scales exactly: the range then neither overflows nor underflows.
        shift = -math.frexp(max(abs(self.low), abs(self.high)))[1]
        low, high = math.ldexp(self.low, shift), math.ldexp(self.high, shift)
        if high - low <= _MIN_RELATIVE_RANGE:
            return np.full(clipped.shape, 0.5)
        fraction: Floats = (np.ldexp(clipped, shift) - low) / (high - low)
        return fraction

    def value_at(self, fraction: float) -> float:
        """Return the value at a fraction of the axis."""
        return self.low * (1 - fraction) + self.high * fraction


@dataclass(frozen=True, slots=True)
class LogScale:
    """Equal ratios are equally long; *low* must be above zero."""

    low: float
    high: float
    note: str = "log y"

    def linearize(self, values: Floats) -> Floats:
        """Return the decimal logarithms of the values."""
        logarithms: Floats = np.log10(np.maximum(values, self.low))
        return logarithms

    def fraction(self, values: Floats) -> Floats:
        """Return the fraction of the axis for each value; 0.5 if the range is a single value."""
        return LinearScale(math.log10(self.low), math.log10(self.high)).fraction(self.linearize(values))

    def value_at(self, fraction: float) -> float:
        """Return the value at a fraction of the axis."""
        return float(min(max(self.low ** (1 - fraction) * self.high**fraction, self.low), self.high))


@dataclass(frozen=True, slots=True)
class SymlogScale:
    """Logarithmic beyond plus and minus *linear_threshold*, linear in between: for ranges that contain zero."""

    low: float
    high: float
    linear_threshold: float

    @property
    def note(self) -> str:
        """The name of the scale for the reader of the chart."""
        return "log y, linear near 0"

    def linearize(self, values: Floats) -> Floats:
        """Return the inverse hyperbolic sine: like the logarithm far from 0, like the value itself near 0."""
        scaled: Floats = np.arcsinh(values / self.linear_threshold)
        return scaled

    def fraction(self, values: Floats) -> Floats:
        """Return the fraction of the axis for each value; 0.5 if the range is a single value."""
        low, high = self.linearize(np.array([self.low, self.high])).tolist()
        return LinearScale(low, high).fraction(self.linearize(np.clip(values, self.low, self.high)))

    def value_at(self, fraction: float) -> float:
        """Return the value at a fraction of the axis."""
        low, high = math.asinh(self.low / self.linear_threshold), math.asinh(self.high / self.linear_threshold)
        value = math.sinh(low * (1 - fraction) + high * fraction) * self.linear_threshold
        return float(min(max(value, self.low), self.high))


def _no_values() -> Floats:
    return np.empty(0)


@dataclass(frozen=True, slots=True, eq=False)
class Envelope:
    """The lowest and highest finite value of a series in each dot column; the two arrays have one length."""

    low: Floats
    high: Floats
    at_edges: Floats = field(default_factory=_no_values)
    """Values at which the curve crosses the left and right edge of the plot."""

    @property
    def values(self) -> Floats:
        """All values of the envelope; empty if there is nothing to draw."""
        return np.concatenate((self.low, self.high, self.at_edges))


@dataclass(frozen=True, slots=True)
class _ValueRange:
    low: float
    high: float

    def __or__(self, other: _ValueRange) -> _ValueRange:
        return _ValueRange(min(self.low, other.low), max(self.high, other.high))


def choose_y_scale(
    envelopes: Sequence[Envelope], kind: YScale, *, clip_outliers: bool, must_show: float | None = None
) -> Scale:
    """Return a scale whose range holds all values, except outliers if *clip_outliers*.

    *must_show* is a value that stays visible even if it is an outlier.

    >>> choose_y_scale([Envelope(np.array([1.0]), np.array([1000.0]))], "auto", clip_outliers=True)
    LogScale(low=1.0, high=1000.0, note='log y')
    """
    filled = [envelope for envelope in envelopes if len(envelope.values)]
    if not filled:
        return LinearScale(0, 1)
    full = _union([_full_range(envelope) for envelope in filled])
    usual = _union([_range_without_extremes(envelope) for envelope in filled]) if clip_outliers else full
    scale = _scale_of(kind, filled, full, usual)
    visible = _visible_range(filled, full, usual, scale)
    if must_show is not None and full.low <= must_show <= full.high:
        visible |= _ValueRange(must_show, must_show)
    return dataclasses.replace(scale, low=visible.low, high=visible.high)


def _union(ranges: Sequence[_ValueRange]) -> _ValueRange:
    return _ValueRange(min(each.low for each in ranges), max(each.high for each in ranges))


def _full_range(envelope: Envelope) -> _ValueRange:
    return _ValueRange(float(envelope.values.min()), float(envelope.values.max()))


def _range_without_extremes(envelope: Envelope) -> _ValueRange:
    """Return the range without the most extreme columns, ``_EXTREME_FRACTION`` and at least one at either end."""
    count = len(envelope.low)
    if count < _MIN_COLUMNS_WITH_OUTLIERS:
        return _full_range(envelope)
    extremes = max(1, int(count * _EXTREME_FRACTION))
    low, high = float(np.sort(envelope.low)[extremes]), float(np.sort(envelope.high)[-1 - extremes])
    return _ValueRange(min(low, high), max(low, high))


def _linear_threshold(envelopes: Sequence[Envelope]) -> float:
    """Return the magnitude at which the logarithmic part begins: below almost all values, within six decades."""
    magnitudes = np.sort(np.abs(np.concatenate([envelope.values for envelope in envelopes])))
    magnitudes = magnitudes[magnitudes > 0]
    if not len(magnitudes):
        return 1.0
    small = float(magnitudes[int(len(magnitudes) * _EXTREME_FRACTION)])
    return max(small, float(magnitudes[-1]) * _SYMLOG_MIN_RATIO)


def _scale_of(
    kind: YScale, envelopes: Sequence[Envelope], full: _ValueRange, usual: _ValueRange
) -> LinearScale | LogScale | SymlogScale:
    if kind == "log" and full.low <= 0:
        return SymlogScale(full.low, full.high, _linear_threshold(envelopes))
    # A division, because 50 * 1e308 is infinite.
    if kind == "log" or (kind == "auto" and full.low > 0 and usual.high / LOG_SCALE_RATIO > usual.low):
        return LogScale(full.low, full.high)
    return LinearScale(full.low, full.high)


def _visible_range(envelopes: Sequence[Envelope], full: _ValueRange, usual: _ValueRange, scale: Scale) -> _ValueRange:
    """Return *full*, but at each end that outliers stretch, only the usual values and those close to them."""
    lowest, low, high, highest = scale.linearize(np.array([full.low, usual.low, usual.high, full.high])).tolist()
    length = high - low
    if length <= 0:
        return full
    visible_low, visible_high = full.low, full.high
    if high - lowest > _OUTLIER_STRETCH * length:
        lows = np.concatenate([[usual.low], *(envelope.low for envelope in envelopes)])
        visible_low = float(lows[scale.linearize(lows) >= low - _OUTLIER_MARGIN * length].min())
    if highest - low > _OUTLIER_STRETCH * length:
        highs = np.concatenate([[usual.high], *(envelope.high for envelope in envelopes)])
        visible_high = float(highs[scale.linearize(highs) <= high + _OUTLIER_MARGIN * length].max())
    return _ValueRange(visible_low, visible_high)


def with_room(scale: Scale) -> Scale:
    """Return *scale* with its ends moved outwards to the next of a few values, which it keeps while a curve grows.

    >>> with_room(LinearScale(0.13, 2.51))
    LinearScale(low=0.125, high=2.625, note='')
    """
    if isinstance(scale, LinearScale):
        low, high = _round_outwards(scale.low, scale.high)
        return dataclasses.replace(scale, low=low, high=high)
    if isinstance(scale, LogScale):
        low, high = _round_outwards(math.log10(scale.low), math.log10(scale.high))
        with contextlib.suppress(OverflowError):
            return dataclasses.replace(scale, low=min(10**low or scale.low, scale.low), high=max(10**high, scale.high))
    return scale


def _round_outwards(low: float, high: float) -> tuple[float, float]:
    """Return the multiples of a power of two, 1/32 to 1/16 of the range, just below *low* and above *high*."""
    length = high - low
    if not _MIN_RELATIVE_RANGE * max(abs(low), abs(high)) < length < math.inf:
        return low, high
    step = math.ldexp(1.0, math.frexp(length)[1] - _STEPS_EXPONENT)
    if not step:
        return low, high
    # The quotient of two floats may be rounded inwards.
    ends = min(low, math.floor(low / step) * step), max(high, math.ceil(high / step) * step)
    return ends if all(map(math.isfinite, ends)) else (low, high)
