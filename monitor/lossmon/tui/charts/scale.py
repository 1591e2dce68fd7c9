"""Scales: from values to their share of an axis, and back; safe for every finite float."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from lossmon.core.points import Floats

_CONSTANT = 1e-12
"""A range this small beside its values is rounding, not change."""


class Scale(Protocol):
    """Maps the values from *low* to *high* onto the shares 0 to 1 of an axis; values beyond are clipped."""

    @property
    def low(self) -> float:
        """The value at share 0."""

    @property
    def high(self) -> float:
        """The value at share 1."""

    @property
    def note(self) -> str:
        """What a reader of the chart has to be told; empty where the scale is linear."""

    def straight(self, values: Floats) -> Floats:
        """Return finite values, none below ``low``, in a unit of which equal differences take equal room."""

    def share(self, values: Floats) -> Floats:
        """Return the share of each finite value; one half where the range is a single value."""

    def at(self, share: float) -> float:
        """Return the value at a share."""


@dataclass(frozen=True, slots=True)
class Linear:
    """Equal differences take equal room."""

    low: float
    high: float
    note: str = ""

    def straight(self, values: Floats) -> Floats:
        """Return an eighth of the values, so that no difference of two overflows."""
        eighth: Floats = values / 8
        return eighth

    def share(self, values: Floats) -> Floats:
        """Return the share of each finite value; one half where the range is a single value."""
        clipped = np.minimum(np.maximum(values, self.low), self.high)
        # Scaled by a power of two, which is exact, neither 1e308 overflows nor 5e-324 vanishes.
        shift = -math.frexp(max(abs(self.low), abs(self.high)))[1]
        low, high = math.ldexp(self.low, shift), math.ldexp(self.high, shift)
        if high - low <= _CONSTANT:
            return np.full(clipped.shape, 0.5)
        share: Floats = (np.ldexp(clipped, shift) - low) / (high - low)
        return share

    def at(self, share: float) -> float:
        """Return the value at a share."""
        return self.low * (1 - share) + self.high * share


@dataclass(frozen=True, slots=True)
class Log:
    """Equal ratios take equal room; *low* is above zero."""

    low: float
    high: float
    note: str = "log y"

    def straight(self, values: Floats) -> Floats:
        """Return the decimal logarithms."""
        logarithms: Floats = np.log10(np.maximum(values, self.low))
        return logarithms

    def share(self, values: Floats) -> Floats:
        """Return the share of each finite value; one half where the range is a single value."""
        return Linear(math.log10(self.low), math.log10(self.high)).share(self.straight(values))

    def at(self, share: float) -> float:
        """Return the value at a share."""
        return float(min(max(self.low ** (1 - share) * self.high**share, self.low), self.high))


@dataclass(frozen=True, slots=True)
class Symlog:
    """Logarithmic beyond plus and minus *linear*, linear between: for ranges that hold zero or change sign."""

    low: float
    high: float
    linear: float

    @property
    def note(self) -> str:
        """What a reader of the chart has to be told."""
        return "log y, linear near 0"

    def straight(self, values: Floats) -> Floats:
        """Return the inverse hyperbolic sine: as the logarithm far from 0, as the value near it."""
        bent: Floats = np.arcsinh(values / self.linear)
        return bent

    def share(self, values: Floats) -> Floats:
        """Return the share of each finite value; one half where the range is a single value."""
        low, high = self.straight(np.array([self.low, self.high])).tolist()
        return Linear(low, high).share(self.straight(np.clip(values, self.low, self.high)))

    def at(self, share: float) -> float:
        """Return the value at a share."""
        low, high = math.asinh(self.low / self.linear), math.asinh(self.high / self.linear)
        value = math.sinh(low * (1 - share) + high * share) * self.linear
        return float(min(max(value, self.low), self.high))
