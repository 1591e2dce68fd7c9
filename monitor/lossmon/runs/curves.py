"""The curve of the tags that were chosen for a split."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from lossmon.core.points import Floats
from lossmon.core.snapshot import SUM_SEPARATOR, Curve
from lossmon.core.text import Name
from lossmon.runs.placeholders import drop_repeated_steps
from lossmon.runs.series import Series


def selected_curve(tags: tuple[Name, ...], series: Mapping[Name, Series]) -> Curve | None:
    """Return the curve of the selected *tags* without the points of steps that a resumed training logged again."""
    curve = _sum_curves(tags, series)
    return curve and drop_repeated_steps(curve)


def _sum_curves(tags: tuple[Name, ...], series: Mapping[Name, Series]) -> Curve | None:
    """Return the curve of one tag, or the sum of several at each x that all of them have."""
    curves = [series[tag].curve() for tag in tags if tag in series]
    if not curves:
        return None
    total = curves[0] if curves[0].tag == tags[0] else replace(curves[0], tag=tags[0])
    for other in curves[1:]:
        x, ours, theirs = np.intersect1d(total.x, other.x, return_indices=True)
        values: Floats = total.value[ours] + other.value[theirs]
        tag = Name.of(f"{total.tag.text}{SUM_SEPARATOR}{other.tag.text}")
        total = replace(total, tag=tag, x=x, wall_time=total.wall_time[ours], value=values)
    return total
