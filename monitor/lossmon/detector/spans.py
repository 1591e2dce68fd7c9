"""Spans of evaluations, which are averaged in long runs, and how an assessment of spans counts evaluations."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from lossmon.core.assessment import Assessment

SINGLE_EVALUATIONS = 512
"""Evaluations at the start of a run that the detector gets one by one; later it gets means of several."""
SPANS_PER_WIDTH = 128
"""Spans of one width, before the next are twice as wide: 100,000 evaluations become about 1,700 spans."""


class Losses(Protocol):
    """Losses by the index of their evaluation: a list or an array."""

    def __getitem__(self, index: int, /) -> float:
        """Return one loss."""


class SpanMean:
    """Takes the losses of one evaluation after another, and gives the mean of each span that they complete.

    >>> span = SpanMean()
    >>> span.add(0.5, 0.7)
    (0.5, 0.7)
    """

    def __init__(self) -> None:
        self._evaluations = 0
        self._end, self._width, self._left = 1, 1, SINGLE_EVALUATIONS
        self._sums: tuple[float | None, float | None] = (0.0, 0.0)

    def add(self, train: float | None, val: float | None) -> tuple[float | None, float | None] | None:
        """Return the mean train and validation loss of the span that ends here; None if none ends here.

        A loss that is missing at one evaluation of a span is missing in all of it.
        """
        self._evaluations += 1
        self._sums = (_sum(self._sums[0], train), _sum(self._sums[1], val))
        if self._evaluations < self._end:
            return None
        train_sum, val_sum = self._sums
        means = (_mean(train_sum, self._width), _mean(val_sum, self._width))
        self._begin_next()
        return means

    def _begin_next(self) -> None:
        self._sums, self._left = (0.0, 0.0), self._left - 1
        if not self._left:
            self._width, self._left = 2 * self._width, SPANS_PER_WIDTH
        self._end = self._evaluations + self._width


def _sum(before: float | None, value: float | None) -> float | None:
    return None if before is None or value is None else before + value


def _mean(total: float | None, count: int) -> float | None:
    return None if total is None else total / count


def in_evaluations(
    assessment: Assessment, edges: Sequence[int], judged: Losses, *, higher_is_better: bool
) -> Assessment:
    """Return *assessment*, whose indices count spans, with indices of evaluations.

    Span i has the evaluations ``edges[i]`` to ``edges[i + 1] - 1``, whose losses are in *judged*. A span that is the
    best, or the onset, stands for its best evaluation, any other for its last.
    """
    if len(edges) == edges[-1] + 1:  # each span is a single evaluation
        return assessment

    def best_in(span: int | None) -> int | None:
        """Return the evaluation with the best loss of a span."""
        return None if span is None else _best(judged, edges[span], edges[span + 1], higher_is_better)

    def end_of(span: int) -> int:
        """Return the last evaluation of a span."""
        return edges[span + 1] - 1

    def name_of(span: int) -> int:
        """Return the evaluation that stands for a span."""
        best = best_in(span) if span == assessment.best else None
        return end_of(span) if best is None else best

    return replace(
        assessment,
        onset=best_in(assessment.onset),
        best=best_in(assessment.best),
        detected=None if assessment.detected is None else end_of(assessment.detected),
        evidence=tuple(replace(one, at=tuple(map(name_of, one.at))) for one in assessment.evidence),
    )


def _best(judged: Losses, start: int, stop: int, higher_is_better: bool) -> int:
    """Return the index of the best finite value of a part of *judged*, the first of several; *start* if none is."""
    sign = -1.0 if higher_is_better else 1.0
    finite = [index for index in range(start, stop) if math.isfinite(judged[index])]
    return min(finite, key=lambda index: sign * judged[index], default=start)
