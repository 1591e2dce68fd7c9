"""The vocabulary every part shares: columns of points, named by tag."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lossmon.core.text import Name

Axis: TypeAlias = Literal["epoch", "step"]
"""What the x of a point counts, as the log numbers it."""

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

_EXACT = 2.0**53


@dataclass(frozen=True, slots=True, eq=False)
class Scalars:
    """Consecutive points of one tag, in the order the log gives them; the three arrays have one length."""

    tag: Name
    axis: Axis
    x: Ints | Floats
    """Step or epoch, never NaN; int64 where the log counts in whole numbers."""
    wall: Floats
    """Seconds since 1970; NaN where the log does not say."""
    value: Floats
    """NaN and infinities are data; a point that was not logged is not here."""

    def __len__(self) -> int:
        return len(self.value)


def as_integers(x: Floats) -> Floats | Ints:
    """Return *x* as integers if all of it is whole and exactly known, below 2**53; else as it is."""
    whole = bool(((np.floor(x) == x) & (np.abs(x) < _EXACT)).all())
    return x.astype(np.int64) if whole else x
