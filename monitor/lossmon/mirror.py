"""Finds runs that one training logged in several formats, so that it is shown once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import chain
from os.path import commonpath

import numpy as np

from lossmon.points import Floats
from lossmon.snapshot import Curve, RunView

_ENOUGH = 3
"""Evaluations that must agree before two logs are taken for one training."""
_FIRST = 24
"""Losses by which a repeat is looked for; a log that was written anew after a resume lacks the first ones."""
_SINGLE = 1e-6
"""Relative difference of one loss kept in single and in double precision."""
_PRINTED = 1e-3
"""The same where one of the logs is meant for people and gives four digits."""


def mirrors(views: Sequence[RunView], precedence: Mapping[str, int]) -> dict[RunView, RunView]:
    """Map each run that repeats another to the one that is kept: of a format that comes first in *precedence*.

    A run repeats one of another format if each of its losses is one of the other's, as far as both have come. Where
    several fit, as with equal seeds, the nearest on disk is taken.
    """
    if len({view.format for view in views}) < 2:
        return {}
    ranked = sorted(views, key=lambda view: (precedence.get(view.format, len(precedence)), view.name.text))
    begins: dict[str, list[RunView]] = defaultdict(list)
    found: dict[RunView, RunView] = {}
    for view in ranked:
        curves = _curves(view)
        near = dict.fromkeys(chain.from_iterable(begins[key] for key in _keys(curves[0].value))) if curves else {}
        originals = [one for one in near if one.format != view.format and _repeats(curves, _curves(one))]
        if originals:
            found[view] = max(originals, key=lambda one: _nearness(one, view))
            continue
        for curve in curves:
            for key in _keys(curve.value):
                begins[key].append(view)
    return found


def _curves(view: RunView) -> list[Curve]:
    judged = [curve for curve in (view.val, view.train) if curve is not None]
    return [curve for curve in judged if len(curve.value) >= _ENOUGH]


def _keys(losses: Floats) -> set[str]:
    """Return what a loss has in common with the same loss rounded: any of its middle values, to two digits."""
    some = losses[np.isfinite(losses)][:_FIRST]
    return {f"{loss * nudge:.2g}" for loss in some.tolist() for nudge in (1 - _PRINTED, 1 + _PRINTED)}


def _repeats(curves: Sequence[Curve], others: Sequence[Curve]) -> bool:
    return all(any(_agree(curve, other) for other in others) for curve in curves)


def _agree(one: Curve, other: Curve) -> bool:
    mine, theirs = _common(one, other)
    if len(mine) < _ENOUGH or np.ptp(mine) == 0.0:
        return False
    tolerance = _PRINTED if _is_printed(mine) or _is_printed(theirs) else _SINGLE
    return np.allclose(mine, theirs, rtol=tolerance, atol=0.0, equal_nan=True)


def _common(one: Curve, other: Curve) -> tuple[Floats, Floats]:
    """Return the losses of both where both count alike and have an x in common, else in the order they came."""
    if one.axis == other.axis:
        _, mine, theirs = np.intersect1d(one.x, other.x, return_indices=True)
        if len(mine) >= _ENOUGH:
            return one.value[mine], other.value[theirs]
    length = min(len(one.value), len(other.value))
    return one.value[:length], other.value[:length]


def _is_printed(losses: Floats) -> bool:
    return all(float(f"{loss:.4g}") == loss for loss in losses[:8].tolist() if np.isfinite(loss))


def _nearness(one: RunView, other: RunView) -> int:
    return len(commonpath([one.path.text, other.path.text]))
