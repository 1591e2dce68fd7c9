"""Find the epoch or step at which a checkpoint was saved: by its name, checked against its time and the losses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from lossmon.core.checkpoint import CheckpointRole
from lossmon.core.points import Floats
from lossmon.core.snapshot import RunSnapshot
from lossmon.runs.checkpoint_names import CheckpointName, Numbering
from lossmon.runs.step_to_epoch import epoch_scalar, epochs_at

_SOON = 0.5
"""Share of the time to the next evaluation within which a file that is written after one holds the same weights."""
_LATE_INTERVALS, _LATE_SECONDS = 10.0, 600.0
"""How long after the last evaluation its checkpoint may still be written: the longer of the two."""
_ROUNDING = 0.51
"""Half a unit of the last digit of a loss in a name, and a little for a loss that was rounded twice."""
_SAME_X = 1e-6


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


@dataclass(frozen=True)
class _Course:
    """What of a run positions are found by."""

    run: RunSnapshot
    x: Floats
    wall_time: Floats
    losses: Floats

    @classmethod
    def of(cls, run: RunSnapshot) -> _Course | None:
        history = run.history
        return None if history is None or not len(history.x) else cls(run, history.x, history.wall_time, history.judged)

    @cached_property
    def first_x(self) -> float:
        """The first x of any loss."""
        return min(float(curve.x[0]) for curve in (self.run.train, self.run.val) if curve is not None and len(curve.x))

    @cached_property
    def last_x(self) -> float:
        """The last x of any loss."""
        return max(float(curve.x[-1]) for curve in (self.run.train, self.run.val) if curve is not None and len(curve.x))

    @cached_property
    def counts_epochs(self) -> bool:
        """Whether x counts epochs, or goes up by one as epochs do."""
        return self.run.axis == "epoch" or (len(self.x) > 1 and bool(np.all(np.diff(self.x) == 1)))

    @cached_property
    def counts_from_zero(self) -> bool:
        """Whether the first epoch has the number 0, as in the files that Keras writes; it prints 1."""
        tags = [curve.tag.text for curve in (self.run.train, self.run.val) if curve is not None]
        is_file_of_keras = self.run.format == "keras-csv" or any("epoch_" in tag for tag in tags)
        return self.first_x == 0 or is_file_of_keras

    @cached_property
    def has_times(self) -> bool:
        """Whether it is known when each evaluation was logged."""
        return bool(np.isfinite(self.wall_time).all() and np.all(np.diff(self.wall_time) >= 0))

    @cached_property
    def interval(self) -> float:
        """Seconds between two evaluations, the median; 0 if unknown."""
        return float(np.median(np.diff(self.wall_time))) if self.has_times and len(self.x) > 1 else 0.0

    def evaluation_at(self, x: float) -> int | None:
        """Return the index of the last evaluation at *x*; None if there is none."""
        index = int(np.searchsorted(self.x, x + _SAME_X, side="right")) - 1
        return index if index >= 0 and abs(float(self.x[index]) - x) <= _SAME_X else None

    def fits_time(self, x: float, modified: float) -> bool:
        """Return whether a file could be written at that time if it was saved at *x*."""
        before = int(np.searchsorted(self.x, x - _SAME_X, side="left")) - 1
        after = int(np.searchsorted(self.x, x + _SAME_X, side="right"))
        earliest = float(self.wall_time[before]) if before >= 0 else float(self.wall_time[0]) - 2 * self.interval - 1
        latest = float(self.wall_time[after]) if after < len(self.x) else self.latest
        return earliest <= modified <= latest

    def is_nearest(self, evaluation: int | None, modified: float) -> bool:
        """Return whether no other evaluation was logged nearer to the time *modified*."""
        if evaluation is None or not self.has_times:
            return False
        nearest = np.abs(self.wall_time - modified)
        return bool(nearest[evaluation] <= nearest.min()) and modified <= self.latest

    @property
    def latest(self) -> float:
        """The time up to which a file may belong to the last evaluation."""
        return float(self.wall_time[-1]) + max(_LATE_INTERVALS * self.interval, _LATE_SECONDS)

    def has_loss(self, evaluation: int | None, values: Iterable[str]) -> bool:
        """Return whether one of *values*, rounded as it is written, is the loss of *evaluation*."""
        return evaluation is not None and any(_is_rounded(float(self.losses[evaluation]), text) for text in values)


def _is_rounded(loss: float, text: str) -> bool:
    """Return whether *loss* is written as *text*; its sign may be lost among the dashes of a name."""
    digits = len(text.partition(".")[2])
    return abs(abs(loss) - float(text)) <= _ROUNDING * 10.0**-digits


_Rule = Callable[[CheckpointName], float | None]
"""Gives the x of the log that a name means."""


def locate(files: Sequence[SavedFile], run: RunSnapshot) -> list[Position]:
    """Return where in the *run* each of *files* was saved, as far as that is certain."""
    course = _Course.of(run)
    if course is None:
        return [_UNKNOWN] * len(files)
    named = _by_name(files, course)
    places = [(x, files[index]) for index, x in named.items()]
    trusts_times = course.has_times and _are_times_kept(places, course)
    return [_settled(file, named.get(index), course, trusts_times=trusts_times) for index, file in enumerate(files)]


def _by_name(files: Sequence[SavedFile], course: _Course) -> dict[int, float]:
    """Return the x of each file, by its index, that its name gives; files that are numbered alike have one rule."""
    groups: dict[object, list[int]] = defaultdict(list)
    for index, (name, _) in enumerate(files):
        if name.has_number:
            groups[name.numbering, name.epoch is None, name.step is None].append(index)
    found: dict[int, float] = {}
    for members in groups.values():
        rule = _best_rule([files[index] for index in members], course)
        for index in members:
            x = rule(files[index].name) if rule else None
            if x is not None and course.first_x <= x <= course.last_x:
                found[index] = x
    return found


def _best_rule(files: Sequence[SavedFile], course: _Course) -> _Rule | None:
    """Return the rule with the fewest contradictions; of equal ones that which is usual."""
    rules = list(_rules(files[0].name, course))
    scores = [_score([(rule(file.name), file) for file in files], course) for rule in rules]
    if not rules:
        return None
    best = scores.index(min(scores))
    return rules[best]


def _rules(name: CheckpointName, course: _Course) -> Iterator[_Rule]:
    """Yield the rules by which a name of this kind may count, the usual one first."""
    if course.run.axis == "step" and name.step is not None:
        usual = -1 if name.numbering is Numbering.LIGHTNING else 0
        yield from (_shifted("step", shift) for shift in (usual, -1 - usual))
    elif name.numbering is Numbering.HUGGING_FACE:
        return
    elif course.counts_epochs and name.step is None:
        field = "number" if name.epoch is None else "epoch"
        yield from (_shifted(field, shift) for shift in _epoch_shifts(name, course))
    elif course.run.axis == "step" and name.number is not None:
        yield from (_shifted("number", shift) for shift in (0, -1))
    elif course.run.axis == "step" and name.epoch is not None:
        yield from _by_epoch_scalar(name, course)


def _shifted(field: str, shift: int) -> _Rule:
    def x_of(name: CheckpointName) -> float | None:
        """Return the number in *name* as the log counts it."""
        number = getattr(name, field)
        return None if number is None else float(number + shift)

    return x_of


def _epoch_shifts(name: CheckpointName, course: _Course) -> Sequence[int]:
    """Return what may have to be added to the epoch in a name, the usual one first."""
    if course.run.format == "ultralytics":
        return (1,)
    if name.numbering is Numbering.KERAS:
        return (-1, 0) if course.counts_from_zero else (0, 1)
    if name.numbering is Numbering.LIGHTNING:
        return (0, 1)
    return (0, -1) if course.first_x == 0 else (0, 1)


def _by_epoch_scalar(name: CheckpointName, course: _Course) -> Iterator[_Rule]:
    """Yield the rule that takes the last evaluation in an epoch, where Lightning logs the epoch beside the steps."""
    scalar = epoch_scalar(course.run)
    if scalar is None or name.numbering is not Numbering.LIGHTNING:
        return
    epochs = epochs_at(scalar, course.x)

    def x_of(name: CheckpointName) -> float | None:
        """Return the step of the last evaluation in the epoch of *name*."""
        at = np.flatnonzero(epochs == name.epoch)
        return float(course.x[at[-1]]) if len(at) else None

    yield x_of


def _score(places: Iterable[tuple[float | None, SavedFile]], course: _Course) -> tuple[int, int, int]:
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


def _are_times_kept(places: Sequence[tuple[float, SavedFile]], course: _Course) -> bool:
    """Return whether the files still have the times at which they were written, as a copy of them has not."""
    return not places or 2 * sum(course.fits_time(x, file.modified) for x, file in places) > len(places)


def _settled(file: SavedFile, x: float | None, course: _Course, *, trusts_times: bool) -> Position:
    """Return the position of one file, for which its name gives *x*."""
    if x is None:
        if file.name.has_number:
            return _UNKNOWN
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


def _by_loss(file: SavedFile, course: _Course) -> Position | None:
    """Return the only evaluation whose loss stands in the name."""
    values = file.name.values
    found = [index for index in range(len(course.x)) if course.has_loss(index, values)] if values else []
    return Position(float(course.x[found[0]]), found[0], "loss") if len(found) == 1 else None


def _by_time(file: SavedFile, course: _Course) -> Position | None:
    """Return the evaluation right after which a file was written that the training overwrites.

    A file that is written after the end may hold other weights than the last: the best ones are often loaded again.
    Ultralytics even writes its best checkpoint once more, without the state of the optimizer.
    """
    index = int(np.searchsorted(course.wall_time, file.modified, side="right")) - 1
    if index < 0:
        return None
    since = file.modified - float(course.wall_time[index])
    if index < len(course.x) - 1:
        is_soon = since <= _SOON * float(course.wall_time[index + 1] - course.wall_time[index])
        return Position(float(course.x[index]), index, "time") if is_soon else None
    may_be_last = file.name.role is CheckpointRole.LAST or (
        file.name.role is CheckpointRole.BEST and course.run.format != "ultralytics"
    )
    is_soon = course.interval > 0 and since <= _SOON * course.interval
    return Position(float(course.x[index]), index, "time") if may_be_last and is_soon else None
