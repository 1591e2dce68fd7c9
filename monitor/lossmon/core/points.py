"""Arrays of points with a tag: what decoders return and runs collect."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lossmon.core.text import Name

Axis: TypeAlias = Literal["epoch", "step"]
"""What x counts, as the log numbers it."""
Unit: TypeAlias = Literal["epoch", "step", "round", "evaluation"]
"""What an x is called for the user."""

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

_MAX_EXACT_INTEGER = 2.0**53
"""Above this, neighbouring whole numbers are the same double."""


@dataclass(frozen=True, slots=True, eq=False)
class Scalars:
    """Consecutive points of one tag in the order of the log: three arrays of shape (n,)."""

    tag: Name
    axis: Axis
    x: Ints | Floats
    """Step or epoch, never NaN; int64 if the log counts in whole numbers."""
    wall_time: Floats
    """Seconds since 1970; NaN if the log has no time for the point."""
    value: Floats
    """NaN and infinities are values that were logged; a point that was not logged is left out."""
    run: str = ""
    """The training that the points belong to, as the log names it; empty if the log holds only one."""
    resumed_at: float = math.inf
    """The x at which the log says that the training went on again before these points: earlier points of the tag at or
    beyond it are void, also those in earlier logs of the run. Infinite if it did not."""
    is_declared: bool = True
    """False for numbers of which the log does not say whether they are scalars: they count if an earlier log of the
    run has declared their tag."""

    def __len__(self) -> int:
        return len(self.value)


def as_integers(x: Floats) -> Floats | Ints:
    """Return *x* as int64 if every value is a whole number below 2**53, otherwise unchanged.

    >>> as_integers(np.array([1.0, 2.0])), as_integers(np.array([1.5, 2.0]))
    (array([1, 2]), array([1.5, 2. ]))
    """
    is_whole = bool(((np.floor(x) == x) & (np.abs(x) < _MAX_EXACT_INTEGER)).all())
    return x.astype(np.int64) if is_whole else x
