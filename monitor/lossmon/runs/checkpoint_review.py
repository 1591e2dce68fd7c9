"""What a run saved, against its evaluations: what to keep, what is missing, what will be deleted, what could go."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from lossmon.core.checkpoint import Checkpoint, CheckpointRole
from lossmon.core.points import Floats
from lossmon.core.snapshot import RunSnapshot
from lossmon.runs.facts import loss_noise

_MAX_CACHED = 16
_NUMBERS = re.compile(r"\d+")
_HUGGING_FACE = re.compile(r"(?:^|/)checkpoint-\d+$")
"""A directory of Hugging Face's Trainer, which deletes the oldest ones but for the best by its own measure."""
_SAME_SPACING = 1e-6
_MIN_RHYTHM = 3
"""Evenly spaced checkpoints that show how often the training saves."""
_ORDER = {
    CheckpointRole.BEST: 0,
    CheckpointRole.NUMBERED: 1,
    CheckpointRole.PLAIN: 2,
    CheckpointRole.LAST: 3,
}
"""Which of several copies of the same weights to name: the one that is overwritten last."""


@dataclass(frozen=True, slots=True)
class Rotation:
    """That a run keeps only the newest of its checkpoints, or seems to."""

    kept: tuple[Checkpoint, ...]
    """The oldest first: it is deleted when the next one is saved."""
    was_seen: bool = False
    """Whether older ones vanished while lossmon watched; else that they are missing only suggests it."""

    def saves_until_deleted(self, checkpoint: Checkpoint) -> int | None:
        """Return after how many more checkpoints this one is deleted; None if it is not among the newest."""
        return self.kept.index(checkpoint) + 1 if checkpoint in self.kept else None


@dataclass(frozen=True, slots=True)
class CheckpointReview:
    """What can be said of the checkpoints of a run; all of them are on disk unless they are said to be gone."""

    best: int | None = None
    """Index of the best evaluation."""
    keep: Checkpoint | None = None
    """The one with the best loss of all whose evaluation is known; None if none is known."""
    is_best_saved: bool | None = None
    """Whether ``keep`` holds the best evaluation; None if that is not known, or may come yet."""
    before: Checkpoint | None = None
    """If the best was not saved: the nearest one before it, and the nearest one after it."""
    after: Checkpoint | None = None
    deleted: Checkpoint | None = None
    """The checkpoint of the best evaluation, if it was deleted while lossmon watched."""
    equal: tuple[Checkpoint, ...] = ()
    """Others whose loss is no worse than that of the best evaluation, within the noise."""
    rotation: Rotation | None = None
    will_be_deleted: int | None = None
    """After how many more saves ``keep`` is deleted, while the run goes on; None if it is not in danger."""
    absence: str = ""
    """If the best was not saved: ``never saved``, ``no longer on disk``, or ``not on disk`` if no more is known."""
    could_go: tuple[Checkpoint, ...] = ()
    """Those that are clearly worse than ``keep``, and are not needed to go on from."""
    unknown: tuple[Checkpoint, ...] = ()
    """Those of which it is not known where in the run they were saved."""
    noise: float = field(default=0.0, compare=False)
    """Standard deviation of one evaluation about its trend."""


def review_checkpoints(run: RunSnapshot) -> CheckpointReview:
    """Return the review of the checkpoints of *run*; that of the same snapshot is kept."""
    return _review(run) if run.checkpoints else _NOTHING


_NOTHING = CheckpointReview()


@lru_cache(maxsize=_MAX_CACHED)
def _review(run: RunSnapshot) -> CheckpointReview:
    history, best = run.history, run.assessment.best
    there = [one for one in run.checkpoints if not one.is_gone]
    unknown = tuple(one for one in there if one.x is None and not one.is_empty)
    if history is None or best is None or not 0 <= best < len(history.judged):
        return CheckpointReview(unknown=unknown)
    losses = history.judged if not run.higher_is_better else -history.judged
    evaluated = [
        one for one in there if one.is_usable and one.evaluation is not None and math.isfinite(losses[one.evaluation])
    ]
    keep = min(evaluated, key=lambda one: (losses[_index(one)], _ORDER[one.role], one.path.text), default=None)
    saved = _is_best_saved(run, keep, unknown, losses)
    noise = loss_noise(losses)
    # The difference of two evaluations has a standard deviation of that much.
    tolerance = math.sqrt(2) * noise
    equal = tuple(one for one in evaluated if one is not keep and losses[_index(one)] - losses[best] <= tolerance)
    rotation = find_rotation(run, losses)
    deleted = next((one for one in run.checkpoints if one.is_gone and one.evaluation == best), None)
    x = float(history.x[best])
    placed = [one for one in there if one.x is not None]
    return CheckpointReview(
        best=best,
        keep=keep,
        is_best_saved=saved,
        before=max((one for one in placed if _x(one) < x), key=_x, default=None) if saved is False else None,
        after=min((one for one in placed if _x(one) > x), key=_x, default=None) if saved is False else None,
        deleted=deleted,
        absence=_absence(run, deleted, rotation) if saved is False else "",
        equal=equal,
        rotation=rotation,
        will_be_deleted=_deleted_after(run, keep, rotation, equal),
        could_go=tuple(_could_go(run, evaluated, keep, losses, tolerance)) if keep else (),
        unknown=unknown,
        noise=noise,
    )


def _index(checkpoint: Checkpoint) -> int:
    assert checkpoint.evaluation is not None
    return checkpoint.evaluation


def _x(checkpoint: Checkpoint) -> float:
    assert checkpoint.x is not None
    return checkpoint.x


def _is_best_saved(
    run: RunSnapshot, keep: Checkpoint | None, unknown: Iterable[Checkpoint], losses: Floats
) -> bool | None:
    """Return whether the best evaluation was saved; None if a checkpoint of unknown place may hold it, or it may come.

    A checkpoint that the training itself calls the best may be one by another measure, but it may be this one. In a
    long run the best evaluation is that of the best stretch, and a single one elsewhere may have a better loss.
    """
    history, best = run.history, run.assessment.best
    assert history is not None
    assert best is not None
    if keep is not None and losses[_index(keep)] <= losses[best]:
        return True
    may_hold_it = any(one.role in (CheckpointRole.BEST, CheckpointRole.PLAIN) for one in unknown)
    may_come = best == len(history.x) - 1 and run.goes_on
    is_known = any(one.x is not None for one in run.checkpoints)
    return None if may_hold_it or may_come or not is_known else False


def _could_go(
    run: RunSnapshot, evaluated: Sequence[Checkpoint], keep: Checkpoint, losses: Floats, tolerance: float
) -> Iterable[Checkpoint]:
    """Yield those that nobody needs: clearly worse, not the newest, and not named so that something may load it."""
    newest = max(evaluated, key=_x)
    for one in evaluated:
        is_worse = losses[_index(one)] - losses[_index(keep)] > tolerance
        is_best_score = run.score is not None and run.score.best == _index(one)
        if one.role is CheckpointRole.NUMBERED and is_worse and _x(one) < _x(newest) and not is_best_score:
            yield one


def _series(run: RunSnapshot) -> Iterable[list[Checkpoint]]:
    """Return the numbered checkpoints of known place, those together whose names differ only in their numbers."""
    series: dict[str, list[Checkpoint]] = defaultdict(list)
    for one in run.checkpoints:
        if one.role is CheckpointRole.NUMBERED and one.x is not None:
            series[_NUMBERS.sub("#", one.path.text)].append(one)
    return series.values()


def _absence(run: RunSnapshot, deleted: Checkpoint | None, rotation: Rotation | None) -> str:
    """Return why the best evaluation is not on disk, as far as that is certain."""
    history, best = run.history, run.assessment.best
    assert history is not None
    assert best is not None
    if deleted or rotation:
        return "no longer on disk"
    x = float(history.x[best])
    rhythms = [
        ordered
        for members in _series(run)
        if len(ordered := sorted(members, key=_x)) >= _MIN_RHYTHM and _is_even(ordered)
    ]
    is_between = rhythms and not any(_is_slot(np.array(x), ordered) for ordered in rhythms)
    return "never saved" if is_between else "not on disk"


def _is_even(ordered: Sequence[Checkpoint]) -> bool:
    spacings = [_x(b) - _x(a) for a, b in pairwise(ordered)]
    return bool(spacings) and min(spacings) > 0 and max(spacings) - min(spacings) <= _SAME_SPACING


def _is_slot(x: Floats, ordered: Sequence[Checkpoint]) -> NDArray[np.bool_]:
    """Return whether a checkpoint of an evenly spaced series is due at *x*."""
    remainder = np.remainder(_x(ordered[0]) - x, _x(ordered[1]) - _x(ordered[0]))
    return np.asarray(np.minimum(remainder, _x(ordered[1]) - _x(ordered[0]) - remainder) <= _SAME_SPACING)


def find_rotation(run: RunSnapshot, losses: Floats) -> Rotation | None:
    """Return that *run* keeps only its newest checkpoints, if that is likely; *losses* are better when lower.

    It is seen from checkpoints that vanished while lossmon watched, or that must have been there: the first ones of an
    evenly spaced series are missing. Trainings that keep the best few look alike, so something that is not kept must
    have a better loss than something that is; Hugging Face's Trainer always goes by age.
    """
    for members in _series(run):
        there = [one for one in members if not one.is_gone]
        gone = [one for one in members if one.is_gone]
        kept = _newest_block(there, gone)
        if kept and _reaches_end(run, kept) and _is_by_age(run, kept, gone, losses):
            return Rotation(tuple(kept), was_seen=bool(gone))
    return None


def _newest_block(there: Sequence[Checkpoint], gone: Sequence[Checkpoint]) -> list[Checkpoint]:
    """Return the newest checkpoints between which none is missing; empty if older ones are kept as well.

    A training that keeps an older one, too, protects it, and will protect the best.
    """
    ordered = sorted(there, key=_x)
    if gone and ordered:
        return ordered if max(map(_x, gone)) < _x(ordered[0]) else []
    return ordered if _is_even(ordered) else []


def _reaches_end(run: RunSnapshot, kept: Sequence[Checkpoint]) -> bool:
    """Return whether no checkpoint is missing after the newest: one that is due has two spacings to be written."""
    history = run.history
    assert history is not None
    return not _is_even(kept) or float(history.x[-1]) - _x(kept[-1]) < 2 * (_x(kept[1]) - _x(kept[0]))


def _is_by_age(run: RunSnapshot, kept: Sequence[Checkpoint], gone: Sequence[Checkpoint], losses: Floats) -> bool:
    """Return whether something was deleted, or must have been saved and is missing, that was not worse than *kept*."""
    history = run.history
    assert history is not None
    known = [float(losses[_index(one)]) for one in kept if one.evaluation is not None]
    missing = [_index(one) for one in gone if one.evaluation is not None]
    if len(kept) > 1 and _is_even(kept):
        missing += np.flatnonzero((history.x < _x(kept[0])) & _is_slot(history.x, kept)).tolist()
    if all(_HUGGING_FACE.search(one.path.text) for one in kept):
        return bool(missing)
    return any(losses[index] < max(known, default=-math.inf) for index in missing)


def _deleted_after(
    run: RunSnapshot, keep: Checkpoint | None, rotation: Rotation | None, equal: Iterable[Checkpoint]
) -> int | None:
    """Return after how many saves *keep* is deleted; None also if it is the newest, or a newer one is as good."""
    if keep is None or rotation is None or not run.goes_on:
        return None
    saves = rotation.saves_until_deleted(keep)
    has_newer = any(one.x is not None and one.x > _x(keep) for one in equal)
    return None if run.is_at_planned_end or has_newer or keep == rotation.kept[-1] else saves
