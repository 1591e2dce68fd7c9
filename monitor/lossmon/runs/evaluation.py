"""Pass the evaluations of a run to the detector, and keep the timeline of its verdicts and probabilities."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lossmon.core.assessment import Assessment
from lossmon.core.points import Floats
from lossmon.core.snapshot import EvaluationHistory, VerdictChange
from lossmon.detector import SINGLE_EVALUATIONS, SPANS_PER_WIDTH, Detector, in_evaluations


@dataclass(frozen=True, slots=True)
class _Checkpoint:
    """The state after the first *count* spans; a clone of the detector continues from it."""

    detector: Detector
    count: int = 0
    timeline: tuple[VerdictChange, ...] = ()


@cache
def _initial_checkpoint(higher_is_better: bool) -> _Checkpoint:
    """Return the state before the first evaluation; all runs share it, as each continues with a clone."""
    return _Checkpoint(Detector(higher_is_better=higher_is_better))


class Evaluation(NamedTuple):
    """What the detector says of a history."""

    assessment: Assessment
    """The assessment after the last evaluation."""
    timeline: tuple[VerdictChange, ...]
    """Every change of verdict up to it."""
    probabilities: Floats
    """Probability of overfitting at each evaluation, shape (n,); NaN at the last few of a long history, which are not
    yet judged."""


class Evaluator:
    """Evaluates the growing history of one run; the cost depends only on how much of it is new."""

    def __init__(self, *, higher_is_better: bool = False) -> None:
        self._higher_is_better = higher_is_better
        self._initial = _initial_checkpoint(higher_is_better)
        self._before_last = self._last = self._initial
        # The last span is often evaluated again, because its train losses are logged after its validation.
        self._evaluated: tuple[Floats, Floats] = (np.empty(0), np.empty(0))
        """Train and validation means of the spans that the detector got."""
        self._probabilities = array("d")
        """Probability of overfitting at each of these spans."""

    def release(self) -> None:
        """Free the memory needed to continue, for a run that has ended; a later evaluation starts at the beginning."""
        self._before_last = self._last = self._initial
        self._evaluated = (np.empty(0), np.empty(0))
        self._probabilities = array("d")

    def evaluate(self, history: EvaluationHistory) -> Evaluation:
        """Return what the detector says of *history*; it depends on that alone, not on what was evaluated before."""
        edges = span_edges(len(history.x))
        train, val = _span_means(history.train, edges), _span_means(history.val, edges)
        unchanged = _common_length(self._evaluated, (train, val))
        checkpoint = self._find_checkpoint(unchanged, len(edges) - 1)
        if checkpoint is not self._last or checkpoint.count < len(edges) - 1:
            self._continue_from(checkpoint, *_detector_inputs(history, train, val), edges)
        self._evaluated = (train, val)
        assessment = in_evaluations(
            self._last.detector.assessment(), edges.tolist(), history.judged, higher_is_better=self._higher_is_better
        )
        return Evaluation(assessment, self._last.timeline, self._probabilities_of(len(history.x), edges))

    def _probabilities_of(self, evaluations: int, edges: NDArray[np.intp]) -> Floats:
        """Return the probability of overfitting at each evaluation, the same for all of one span."""
        probabilities = np.full(evaluations, np.nan)
        probabilities[: edges[-1]] = np.repeat(np.array(self._probabilities), np.diff(edges))
        return probabilities

    def assessment_if(self, history: EvaluationHistory, judged: Floats, *, train_pace: float = 0.0) -> Assessment:
        """Return what the assessment would be if the next evaluations had the losses *judged*, one each.

        The train loss changes by *train_pace* at each of them. *history* must be the one that was evaluated last. An
        index in the result counts spans.
        """
        longer = _continued(history, judged, train_pace)
        edges, done = span_edges(len(longer.x)), self._last.count
        train, val = (_span_means(values, edges) for values in (longer.train, longer.val))
        detector = self._last.detector.clone()
        inputs = zip(*(part[done:] for part in _detector_inputs(longer, train, val)), strict=True)
        for train_loss, val_loss in inputs:
            detector.update_verdict(train_loss, val_loss)
        return detector.assessment()

    def _find_checkpoint(self, unchanged: int, count: int) -> _Checkpoint:
        """Return the latest checkpoint to reach *count* spans from, of which the first *unchanged* are as before."""
        if self._last.count <= unchanged:
            return self._last
        is_usable = self._before_last.count <= unchanged and self._before_last.count < count
        return self._before_last if is_usable else self._initial

    def _continue_from(
        self,
        checkpoint: _Checkpoint,
        train: Sequence[float | None],
        val: Sequence[float | None],
        edges: NDArray[np.intp],
    ) -> None:
        """Pass all spans after *checkpoint* to the detector, and set the two latest checkpoints."""
        detector, timeline = checkpoint.detector.clone(), list(checkpoint.timeline)
        before_last = checkpoint
        del self._probabilities[checkpoint.count :]
        for index in range(checkpoint.count, len(edges) - 1):
            if index == len(edges) - 2 and index > checkpoint.count:
                before_last = _Checkpoint(detector.paused(), index, tuple(timeline))
            verdict = detector.update_verdict(train[index], val[index])
            probability, is_weak = detector.probability, detector.is_weak
            self._probabilities.append(probability)
            if not timeline or verdict is not timeline[-1].verdict or is_weak is not timeline[-1].is_weak:
                timeline.append(VerdictChange(int(edges[index + 1]) - 1, verdict, round(probability, 3), is_weak))
        self._before_last, self._last = before_last, _Checkpoint(detector, len(edges) - 1, tuple(timeline))


def span_edges(
    evaluations: int, *, single: int = SINGLE_EVALUATIONS, per_width: int = SPANS_PER_WIDTH
) -> NDArray[np.intp]:
    """Return the edges of the spans of evaluations that are averaged; an incomplete last span is left out.

    The first *single* spans have one evaluation each, the next *per_width* have two, then as many have four, and so on.
    So the end of a span does not depend on later evaluations.

    >>> span_edges(9, single=2, per_width=2).tolist()
    [0, 1, 2, 4, 6]
    """
    edges = [np.arange(min(evaluations, single) + 1)]
    start, width = single, 2
    while start + width <= evaluations:
        count = min(per_width, (evaluations - start) // width)
        edges.append(start + width * np.arange(1, count + 1))
        start, width = start + width * count, 2 * width
    return np.concatenate(edges)


def _continued(history: EvaluationHistory, judged: Floats, train_pace: float) -> EvaluationHistory:
    """Return *history* with more evaluations, whose judged losses are *judged*."""
    count = len(judged)
    x = np.concatenate([history.x, np.full(count, history.x[-1])])
    if history.val is None:
        assert history.train is not None
        return replace(history, x=x, wall_time=x, train=np.concatenate([history.train, judged]))
    train = history.train
    if train is not None:
        finite = train[np.isfinite(train)]
        last = finite[-1] if len(finite) else np.nan
        train = np.concatenate([train, last + train_pace * np.arange(1, count + 1)])
    return replace(history, x=x, wall_time=x, train=train, val=np.concatenate([history.val, judged]))


def _span_means(values: Floats | None, edges: NDArray[np.intp]) -> Floats:
    """Return the mean of each span; NaN for all if there are no *values*."""
    if values is None:
        return np.full(len(edges) - 1, np.nan)
    if len(edges) == len(values) + 1:
        return values
    with np.errstate(invalid="ignore", over="ignore"):
        return np.asarray(np.add.reduceat(values[: edges[-1]], edges[:-1]) / np.diff(edges))


def _common_length(before: tuple[Floats, Floats], now: tuple[Floats, Floats]) -> int:
    """Return how many spans from the start on have the same train and validation loss in both."""
    length = min(len(before[0]), len(now[0]))
    differs = np.zeros(length, dtype=np.bool_)
    for old, new in zip(before, now, strict=True):
        differs |= (old[:length] != new[:length]) & ~(np.isnan(old[:length]) & np.isnan(new[:length]))
    return int(np.argmax(differs)) if differs.any() else length


def _detector_inputs(
    history: EvaluationHistory, train: Floats, val: Floats
) -> tuple[list[float | None], list[float | None]]:
    """Return the losses of each span as the detector takes them: None if not logged."""
    unlogged = len(train) if history.train is None else min(history.evaluations_before_train, len(train))
    trains: list[float | None] = [None] * unlogged + train[unlogged:].tolist()
    vals: list[float | None] = [None] * len(val) if history.val is None else val.tolist()
    return trains, vals
