"""Finds what the next evaluations would have to be to change the verdict of a run, by trying it out."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

import numpy as np

from lossmon.core.assessment import Assessment
from lossmon.core.snapshot import EvaluationHistory
from lossmon.core.verdict import HEALTHY, Verdict
from lossmon.runs.evaluation import Evaluator, span_edges

_SPANS_TRIED = (1, 2, 3, 4, 5, 6, 8, 10, 12, 16)
"""How many more spans of evaluations are tried; a span is one evaluation, or several in a long run."""
_RISES_TRIED = (0.0, 0.01, 0.02, 0.035, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1.0)
"""Losses that are tried: so far above the best, relative to it or to what the loss came down."""
_EASIER = 0.2
"""Share of the way from one loss to the newest one by which another must be easier to be named too."""
_PACE_EVALUATIONS = 5
"""Evaluations over which the pace of train is taken."""
_BISECTIONS = 20
"""Halvings of the interval in which the bound lies."""
_MAX_TRIED = 1e100
"""Losses beyond are not tried: their differences could overflow."""
_DIGITS = 4
"""Significant digits of a loss that is named."""

_Holds = Callable[[float], bool]


@dataclass(frozen=True, slots=True)
class Change:
    """What would change a verdict."""

    evaluations: int
    """How many more evaluations it takes."""
    bound: float | None
    """The loss that they need; None if any finite loss does it."""
    must_be_better: bool
    """Whether each of them must be as good as ``bound`` while train stays; else they worsen evenly to it, while train
    improves as lately."""
    verdict: Verdict
    """The verdict after these evaluations."""


def what_would_change(
    history: EvaluationHistory, assessment: Assessment, *, higher_is_better: bool = False
) -> tuple[Change, ...]:
    """Return what ends the verdict on *history*, and what makes overfitting of it; whatever a few evaluations can do.

    Each change was tried: evaluations as named give the verdict that is named.
    """
    trial = _Trial(history, assessment, higher_is_better)
    verdict = assessment.verdict
    if verdict is Verdict.WARMING_UP:
        return tuple(trial.first_verdict())
    if verdict.needs_action:
        return tuple(trial.recovery())
    return tuple(trial.start_of_overfitting()) if history.val is not None else ()


class _Trial:
    """Tries what a detector says of a history with more evaluations."""

    def __init__(self, history: EvaluationHistory, assessment: Assessment, higher_is_better: bool) -> None:
        self._history, self._sign = history, -1.0 if higher_is_better else 1.0
        self._evaluator = Evaluator(higher_is_better=higher_is_better)
        self._evaluator.evaluate(history)
        self._losses = self._finite_losses()
        self._best = assessment.best_value

    def _finite_losses(self) -> list[float]:
        """Return all finite judged losses with the sign by which lower is better."""
        values = self._history.judged
        return [float(loss) for loss in self._sign * values[np.isfinite(values)]]

    def first_verdict(self) -> Iterator[Change]:
        """Yield how many more evaluations it takes until there is a verdict."""
        if not self._losses:
            return
        for count in self._counts():
            verdict = self._verdict(self._losses[-1], count)
            if verdict is not Verdict.WARMING_UP:
                yield Change(count, None, True, verdict)
                return

    def recovery(self) -> Iterator[Change]:
        """Yield with how few good evaluations a run is healthy again, and a second, easier way that takes longer."""
        tried = [loss for loss in reversed(self._tried()) if loss <= self._losses[-1]]

        def ends(count: int) -> _Holds:
            """Return whether a loss ends the verdict in *count* evaluations."""
            return lambda loss: self._verdict(loss, count) in HEALTHY

        changes = self._changes(tried, ends, must_be_better=True)
        first = next(changes, None)
        if first is None:
            return
        yield first
        yield from islice((one for one in changes if self._is_clearly_easier(one, first)), 1)

    def _is_clearly_easier(self, change: Change, than: Change) -> bool:
        """Return whether the loss that *change* needs is much nearer to the newest loss."""
        assert change.bound is not None
        assert than.bound is not None
        easier = self._sign * (change.bound - than.bound)
        return easier > _EASIER * (self._losses[-1] - self._sign * than.bound)

    def start_of_overfitting(self) -> Iterator[Change]:
        """Yield in how few evaluations a run overfits while train falls on, and how far validation must rise."""

        def overfits(count: int) -> _Holds:
            """Return whether a rise to a loss is overfitting after *count* evaluations."""
            return lambda loss: self._verdict_of_rise(loss, count) is Verdict.OVERFITTING

        yield from islice(self._changes(self._tried(), overfits, must_be_better=False), 1)

    @cached_property
    def train_pace(self) -> float:
        """By how much train fell at each of the last evaluations, negative; 0 if it did not, or is not known."""
        train = self._history.train
        recent = train[np.isfinite(train)][-_PACE_EVALUATIONS:] if train is not None else np.empty(0)
        if len(recent) < 2 or abs(recent).max() > _MAX_TRIED:
            return 0.0
        return min(0.0, float(recent[-1] - recent[0]) / (len(recent) - 1))

    def _changes(
        self, tried: list[float], holds_after: Callable[[int], _Holds], *, must_be_better: bool
    ) -> Iterator[Change]:
        """Yield the changes by their numbers of evaluations; *tried* are losses, the later the more likely to do."""
        for count in self._counts() if tried else ():
            holds = holds_after(count)
            results = [holds(loss) for loss in tried]
            if not (results[-1] if must_be_better else any(results)):
                continue
            bound = self._bound(tried, results, holds, must_be_better=must_be_better)
            verdict = self._verdict(bound, count) if must_be_better else Verdict.OVERFITTING
            yield Change(count, self._sign * bound, must_be_better, verdict)

    def _bound(self, tried: list[float], results: list[bool], holds: _Holds, *, must_be_better: bool) -> float:
        """Return the most modest loss that does it, with few digits."""
        at = _first(results)
        inside, outside = tried[at], tried[at - 1] if at else tried[at]
        for _ in range(_BISECTIONS if at else 0):
            middle = (inside + outside) / 2
            inside, outside = (middle, outside) if holds(middle) else (inside, middle)
        rounded = _rounded(inside, up=not must_be_better)
        return rounded if holds(rounded) else inside

    def _verdict(self, loss: float, count: int) -> Verdict:
        """Return the verdict after *count* more evaluations at *loss*, while train stays."""
        return self._evaluator.assessment_if(self._history, np.full(count, self._sign * loss)).verdict

    def _verdict_of_rise(self, loss: float, count: int) -> Verdict:
        """Return the verdict after an even rise to *loss* in *count* more evaluations, while train falls on."""
        rise = np.linspace(self._losses[-1], loss, count + 1)[1:]
        return self._evaluator.assessment_if(self._history, self._sign * rise, train_pace=self.train_pace).verdict

    def _counts(self) -> Iterable[int]:
        """Yield after how many more evaluations the detector gets its next spans."""
        passed = len(self._history.x)
        edges = span_edges(passed + _SPANS_TRIED[-1] * max(1, passed))
        ends = edges[edges > passed]
        return [int(ends[spans - 1]) - passed for spans in _SPANS_TRIED if spans <= len(ends)]

    def _tried(self) -> list[float]:
        """Return the losses to try, ascending, from a little below the best to twice as high."""
        if self._best is None or not self._losses or abs(self._losses[-1]) >= _MAX_TRIED:
            return []
        best, level = self._sign * self._best, max(self._losses)
        scale = abs(best) if best > 0 else max(level - best, abs(best))
        tried = {best - 0.01 * scale, *(best + rise * scale for rise in _RISES_TRIED), self._losses[-1]}
        return sorted(loss for loss in tried if abs(loss) < _MAX_TRIED)


def _first(results: list[bool]) -> int:
    """Return the index of the first True, -1 if there is none."""
    return results.index(True) if True in results else -1


def _rounded(value: float, *, up: bool) -> float:
    """Return *value* with few digits, rounded up or down.

    >>> _rounded(0.123456, up=True), _rounded(0.123456, up=False)
    (0.1235, 0.1234)
    """
    if not value or not math.isfinite(value):
        return value
    unit = 10.0 ** (math.floor(math.log10(abs(value))) + 1 - _DIGITS)
    if not unit:
        return value  # among the smallest numbers there is nothing to round
    return float(f"{(math.ceil if up else math.floor)(value / unit) * unit:.{_DIGITS}g}")
