"""Hands a run's evaluations to the detector and keeps the timeline of what it said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from lossmon.core.assessment import Assessment
from lossmon.core.points import Floats
from lossmon.core.snapshot import EvaluationHistory, VerdictChange
from lossmon.detector import Detector

ONE_BY_ONE = 512
"""Evaluations judged one by one."""
TOGETHER = 128
"""After so many assessments more, the evaluations taken together for one double: 100,000 take 1,700 assessments."""


@dataclass(frozen=True, slots=True)
class _Fold:
    """What was known after the first *count* assessments; to go on, the detector is forked."""

    detector: Detector
    count: int = 0
    timeline: tuple[VerdictChange, ...] = ()


@cache
def _start(higher_is_better: bool) -> _Fold:
    """Return what is known of nothing: one value for all runs, as each goes on with a fork of it."""
    return _Fold(Detector(higher_is_better=higher_is_better))


class Evaluator:
    """Judges the growing history of one run, at a cost that follows what is new in it."""

    def __init__(self, *, higher_is_better: bool = False) -> None:
        self._higher_is_better = higher_is_better
        self._folds = (_start(higher_is_better),) * 3
        """At the start, before the last assessment, and after it: the last one often changes as train follows val."""
        self._judged: tuple[Floats, Floats] = (np.empty(0), np.empty(0))

    def rest(self) -> None:
        """Keep nothing to go on with, as of a run that has ended; should it go on after all, it is judged anew."""
        self._folds = (self._folds[0],) * 3
        self._judged = (np.empty(0), np.empty(0))

    def evaluate(self, history: EvaluationHistory) -> tuple[Assessment, tuple[VerdictChange, ...]]:
        """Return what can be said after the last evaluation, and every change of verdict up to it.

        Both depend on *history* alone, not on how often or in what pieces it was judged before.
        """
        edges = spans(len(history.x))
        train, val = _averages(history.train, edges), _averages(history.val, edges)
        agreed = _agreement(self._judged, (train, val))
        known = self._known(agreed, len(edges) - 1)
        if known is not self._folds[-1] or known.count < len(edges) - 1:
            self._observe(known, *_losses(history, train, val), edges)
        self._judged = (train, val)
        return self._in_evaluations(self._folds[-1].detector.assessment(), history, edges), self._folds[-1].timeline

    def _known(self, agreed: int, count: int) -> _Fold:
        """Return from where to go on to *count* assessments, of which *agreed* stand; the folds before are paused."""
        if self._folds[-1].count <= agreed:
            return self._folds[-1]
        return self._folds[1] if self._folds[1].count <= agreed and self._folds[1].count < count else self._folds[0]

    def _observe(
        self, known: _Fold, train: Sequence[float | None], val: Sequence[float | None], edges: NDArray[np.intp]
    ) -> None:
        detector, timeline = known.detector.clone(), list(known.timeline)
        before = known
        for index in range(known.count, len(edges) - 1):
            if index == len(edges) - 2 and index > known.count:
                before = _Fold(detector.paused(), index, tuple(timeline))
            verdict = detector.update_verdict(train[index], val[index])
            if not timeline or verdict is not timeline[-1].verdict:
                timeline.append(VerdictChange(int(edges[index + 1]) - 1, verdict))
        self._folds = (self._folds[0], before, _Fold(detector, len(edges) - 1, tuple(timeline)))

    def _in_evaluations(
        self, assessment: Assessment, history: EvaluationHistory, edges: NDArray[np.intp]
    ) -> Assessment:
        """Return *assessment* with indices that count evaluations, where several were judged together."""
        if len(edges) == len(history.x) + 1:
            return assessment
        values = history.val if history.val is not None else history.train
        assert values is not None

        def best_of(index: int | None) -> int | None:
            return None if index is None else int(edges[index]) + self._best(values[edges[index] : edges[index + 1]])

        return replace(
            assessment,
            onset=best_of(assessment.onset),
            best=best_of(assessment.best),
            detected=None if assessment.detected is None else int(edges[assessment.detected + 1]) - 1,
            evidence=tuple(
                replace(fact, at=tuple(int(edges[index + 1]) - 1 for index in fact.at)) for fact in assessment.evidence
            ),
        )

    def _best(self, values: Floats) -> int:
        finite = np.where(np.isfinite(values), values, -np.inf if self._higher_is_better else np.inf)
        return int(np.argmax(finite) if self._higher_is_better else np.argmin(finite))


def spans(evaluations: int) -> NDArray[np.intp]:
    """Return the edges of the spans of evaluations that are judged together; an unfinished last span is left out.

    The first ``ONE_BY_ONE`` spans hold one evaluation, the next ``TOGETHER`` hold two, then as many four, and so on:
    where a span ends depends on nothing that comes after it.
    """
    parts = [np.arange(min(evaluations, ONE_BY_ONE) + 1)]
    start, width = ONE_BY_ONE, 2
    while start + width <= evaluations:
        count = min(TOGETHER, (evaluations - start) // width)
        parts.append(start + width * np.arange(1, count + 1))
        start, width = start + width * count, 2 * width
    return np.concatenate(parts)


def _averages(values: Floats | None, edges: NDArray[np.intp]) -> Floats:
    """Return the mean of each span, NaN throughout where there are no *values*."""
    if values is None:
        return np.full(len(edges) - 1, np.nan)
    if len(edges) == len(values) + 1:
        return values
    with np.errstate(invalid="ignore", over="ignore"):
        return np.asarray(np.add.reduceat(values[: edges[-1]], edges[:-1]) / np.diff(edges))


def _agreement(before: tuple[Floats, Floats], now: tuple[Floats, Floats]) -> int:
    """Return how many assessments from the start on have the same losses *before* and *now*."""
    length = min(len(before[0]), len(now[0]))
    differ = np.zeros(length, dtype=np.bool_)
    for old, new in zip(before, now, strict=True):
        differ |= (old[:length] != new[:length]) & ~(np.isnan(old[:length]) & np.isnan(new[:length]))
    return int(np.argmax(differ)) if differ.any() else length


def _losses(history: EvaluationHistory, train: Floats, val: Floats) -> tuple[list[float | None], list[float | None]]:
    """Return what the detector is told at each assessment, None for what was not logged."""
    unlogged = len(train) if history.train is None else min(history.unlogged, len(train))
    trains: list[float | None] = [None] * unlogged + train[unlogged:].tolist()
    vals: list[float | None] = [None] * len(val) if history.val is None else val.tolist()
    return trains, vals
