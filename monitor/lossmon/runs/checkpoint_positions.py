"""Find the epoch or step at which a checkpoint was saved: by its name, checked against its time and the losses."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from lossmon.core.checkpoint import CheckpointRole
from lossmon.core.snapshot import RunSnapshot
from lossmon.runs.checkpoint_course import RunCourse
from lossmon.runs.checkpoint_names import CheckpointName, Numbering
from lossmon.runs.step_to_epoch import epoch_scalar, epochs_at

_SOON = 0.5
"""Share of the time to the next evaluation within which a file that is written after one holds the same weights."""
_NAMES_EPOCHS = frozenset({"mmengine"})
"""Formats whose framework names its files after the epoch that it logs."""
_CLOCK_DIFFERENCE = 3600.0
"""Seconds by which the clocks of the machine and of its file server may differ."""


class SavedFile(NamedTuple):
    """A checkpoint as it lies on disk."""

    name: CheckpointName
    modified: float
    """Seconds since 1970; 0 if unknown."""


class Position(NamedTuple):
    """Where in a run a checkpoint was saved."""

    x: float | None = None
    evaluation: int | None = None
    """Index of the evaluation of the same weights; None if they were not evaluated."""
    known_by: str = ""


_UNKNOWN = Position()


class _Rule(NamedTuple):
    """How the names of a series may count."""

    x_of: Callable[[CheckpointName], float | None]
    """Gives the x of the log that a name means."""
    needs_evaluations: bool = False
    """Whether it holds only if most of the series were saved at an evaluation: the name hardly says what it counts."""


def began(run: RunSnapshot) -> float:
    """Return the time of the first point of *run* or of an earlier attempt, less an hour; 0 if it is unknown.

    What was written before that is of another training, or was downloaded: clocks hardly differ by more.
    """
    curves = [curve for curve in (run.train, run.val, *run.earlier_attempts) if curve is not None]
    times = [float(curve.wall_time[0]) for curve in curves if len(curve.wall_time)]
    return max(0.0, min(times) - _CLOCK_DIFFERENCE) if times and all(map(math.isfinite, times)) else 0.0


def locate(files: Sequence[SavedFile], run: RunSnapshot) -> list[Position]:
    """Return where in the *run* each of *files* was saved, as far as that is certain."""
    course = RunCourse.of(run)
    if course is None:
        return [_UNKNOWN] * len(files)
    named = _by_name(files, course)
    places = [(x, files[index]) for index, x in named.items()]
    trusts_times = course.has_times and _are_times_kept(places, course)
    return [_settled(file, named.get(index), course, trusts_times=trusts_times) for index, file in enumerate(files)]


def _by_name(files: Sequence[SavedFile], course: RunCourse) -> dict[int, float]:
    """Return the x of each file, by its index, that its name gives; files that are numbered alike have one rule."""
    groups: dict[object, list[int]] = defaultdict(list)
    for index, (name, _) in enumerate(files):
        if name.has_number:
            groups[name.numbering, name.epoch is None, name.step is None].append(index)
    found: dict[int, float] = {}
    for members in groups.values():
        places = _best_places([files[index] for index in members], course)
        at = zip(members, places, strict=True)
        found |= {index: x for index, x in at if x is not None and course.first_x <= x <= course.last_x}
    return found


def _best_places(files: Sequence[SavedFile], course: RunCourse) -> list[float | None]:
    """Return the x of each file by the rule with the fewest contradictions; of equal ones that which is usual."""
    found: list[tuple[tuple[int, int, int], list[float | None]]] = []
    for rule in _rules(files[0].name, course):
        places = [rule.x_of(file.name) for file in files]
        evaluated = sum(x is not None and course.evaluation_at(x) is not None for x in places)
        if not rule.needs_evaluations or 2 * evaluated > len(files):
            found.append((_score(zip(places, files, strict=True), course), places))
    return min(found, key=lambda one: one[0])[1] if found else [None] * len(files)


def _rules(name: CheckpointName, course: RunCourse) -> Iterator[_Rule]:
    """Yield the rules by which a name of this kind may count, the usual one first."""
    if course.run.axis == "step" and name.step is not None:
        usual = -1 if name.numbering is Numbering.LIGHTNING else 0
        yield from (_shifted("step", shift) for shift in (usual, -1 - usual))
    if course.counts_epochs and (name.epoch, name.number) != (None, None):
        field = "number" if name.epoch is None else "epoch"
        yield from (_shifted(field, shift) for shift in _epoch_shifts(name, course))
    elif course.run.axis == "step" and name.number is not None:
        yield from (_shifted("number", shift, needs_evaluations=True) for shift in (0, -1))
    elif course.run.axis == "step" and name.epoch is not None and name.step is None:
        yield from _by_epoch_scalar(name, course)


def _shifted(field: str, shift: int, *, needs_evaluations: bool = False) -> _Rule:
    def x_of(name: CheckpointName) -> float | None:
        """Return the number in *name* as the log counts it."""
        number = getattr(name, field)
        return None if number is None else float(number + shift)

    return _Rule(x_of, needs_evaluations)


def _epoch_shifts(name: CheckpointName, course: RunCourse) -> Sequence[int]:
    """Return what may have to be added to the epoch in a name, the usual one first."""
    if course.run.format == "ultralytics":
        return (1,)
    if name.numbering is Numbering.KERAS:
        return (-1, 0) if course.counts_from_zero else (0, 1)
    if name.numbering is Numbering.LIGHTNING:
        return (0, 1)
    return (0, -1) if course.first_x == 0 else (0, 1)


def _by_epoch_scalar(name: CheckpointName, course: RunCourse) -> Iterator[_Rule]:
    """Yield the rule that takes the last evaluation in an epoch, where the epoch is logged beside the steps."""
    scalar = epoch_scalar(course.run)
    if scalar is None or (name.numbering is not Numbering.LIGHTNING and course.run.format not in _NAMES_EPOCHS):
        return
    epochs = epochs_at(scalar, course.x)

    def x_of(name: CheckpointName) -> float | None:
        """Return the step of the last evaluation in the epoch of *name*."""
        at = np.flatnonzero(epochs == name.epoch)
        return float(course.x[at[-1]]) if len(at) else None

    yield _Rule(x_of)


def _score(places: Iterable[tuple[float | None, SavedFile]], course: RunCourse) -> tuple[int, int, int]:
    """Return how little the places fit: how many lie outside of the run, then how few agree with losses and times."""
    outside = losses = agreeing = 0
    for x, file in places:
        if x is None or not course.first_x <= x <= course.last_x:
            outside += 1
            continue
        evaluation = course.evaluation_at(x)
        losses += course.has_loss(evaluation, file.name.values)
        agreeing += (evaluation is not None) + course.is_nearest(evaluation, file.modified)
    return outside, -losses, -agreeing


def _are_times_kept(places: Sequence[tuple[float, SavedFile]], course: RunCourse) -> bool:
    """Return whether the files still have the times at which they were written, as a copy of them has not.

    They have if most fit the names, or lie between the evaluations: then the names mean something else.
    """
    fitting = sum(course.fits_time(x, file.modified) for x, file in places)
    during = sum(bool(course.wall_time[0] <= file.modified < course.wall_time[-1]) for _, file in places)
    return not places or 2 * max(fitting, during) > len(places)


def _settled(file: SavedFile, x: float | None, course: RunCourse, *, trusts_times: bool) -> Position:
    """Return the position of one file, for which its name gives *x*."""
    if x is None:
        return _by_loss(file, course) or (_by_time(file, course) if trusts_times else None) or _UNKNOWN
    evaluation = course.evaluation_at(x)
    ways = ["name"]
    if course.has_loss(evaluation, file.name.values):
        ways.append("loss")
    if trusts_times:
        if not course.fits_time(x, file.modified):
            return _UNKNOWN
        ways.append("time")
    return Position(x, evaluation, ", ".join(ways))


def _by_loss(file: SavedFile, course: RunCourse) -> Position | None:
    """Return the only evaluation whose loss stands in the name."""
    found = course.with_loss(file.name.values)
    return Position(float(course.x[found[0]]), found[0], "loss") if len(found) == 1 else None


def _by_time(file: SavedFile, course: RunCourse) -> Position | None:
    """Return the evaluation right after which a file was written.

    A file without a number that is written after the end may hold other weights than the last: the best ones are often
    loaded again. Ultralytics even writes its best checkpoint once more, without the state of the optimizer.
    """
    earlier = np.flatnonzero(course.wall_time <= file.modified)
    if not len(earlier):
        return None
    index = int(earlier[-1])
    since = file.modified - float(course.wall_time[index])
    if index < len(course.x) - 1:
        is_soon = since <= _SOON * float(course.wall_time[index + 1] - course.wall_time[index])
        return Position(float(course.x[index]), index, "time") if is_soon else None
    is_own_best = file.name.role is CheckpointRole.BEST and course.run.format != "ultralytics"
    may_be_last = is_own_best or file.name.role in (CheckpointRole.LAST, CheckpointRole.NUMBERED)
    is_soon = course.interval > 0 and since <= _SOON * course.interval
    return Position(float(course.x[index]), index, "time") if may_be_last and is_soon else None
