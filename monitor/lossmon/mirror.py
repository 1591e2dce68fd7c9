"""Finds runs that one training logged in several formats, so that it is shown once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from os.path import commonpath

import numpy as np

from lossmon.points import Floats
from lossmon.snapshot import RunView

_ENOUGH = 3
"""Evaluations that must agree before two logs are taken for one training."""
_SINGLE = 1e-6
"""Relative difference of one loss kept in single and in double precision."""
_PRINTED = 1e-3
"""The same where one of the logs is meant for people and gives four digits."""


def mirrors(views: Sequence[RunView], precedence: Mapping[str, int]) -> dict[RunView, RunView]:
    """Map each run that repeats another to the one that is kept: of a format that comes first in *precedence*.

    Two runs are one training if their formats differ and their losses agree as far as both have come. Where several
    runs fit, as with equal seeds, the nearest on disk is taken.
    """
    alike: dict[float, list[RunView]] = defaultdict(list)
    for view in sorted(views, key=lambda view: (precedence.get(view.format, len(precedence)), view.name.text)):
        losses = _losses(view)
        if len(losses) >= _ENOUGH and np.isfinite(losses[0]):
            for key in {float(f"{losses[0] * nudge:.2g}") for nudge in (1 - _PRINTED, 1, 1 + _PRINTED)}:
                alike[key].append(view)
    found: dict[RunView, RunView] = {}
    for group in alike.values():
        for index, view in enumerate(group):
            originals = [one for one in group[:index] if one not in found and view not in found and _agree(one, view)]
            if originals:
                found[view] = max(originals, key=lambda one: _nearness(one, view))
    return found


def _losses(view: RunView) -> Floats:
    curve = view.val or view.train
    return curve.value if curve is not None else np.empty(0)


def _agree(one: RunView, other: RunView) -> bool:
    if one.format == other.format or (one.val is None) != (other.val is None):
        return False
    mine, theirs = _losses(one), _losses(other)
    length = min(len(mine), len(theirs))
    if length < _ENOUGH or np.ptp(mine[:length]) == 0.0:
        return False
    tolerance = _PRINTED if _is_printed(mine) or _is_printed(theirs) else _SINGLE
    return np.allclose(mine[:length], theirs[:length], rtol=tolerance, atol=0.0, equal_nan=True)


def _is_printed(losses: Floats) -> bool:
    return all(float(f"{loss:.4g}") == loss for loss in losses[:8].tolist() if np.isfinite(loss))


def _nearness(one: RunView, other: RunView) -> int:
    return len(commonpath([one.path.text, other.path.text]))
