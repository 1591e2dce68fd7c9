"""How good a rule is: the measures that the comparison states, each of what was reported at every evaluation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf, nan
from pathlib import Path
from statistics import mean, median

import numpy as np
from tests.bench.histories.rows import Labelled
from tests.bench.histories.table import Record, turn_of

SIMULATED_STEP = 4
"""Epochs from one evaluation of a simulated history to the next: rules that read all losses anew take long."""

States = Sequence[Sequence[bool]]
"""For each case, whether overfitting is reported at each evaluation."""


@dataclass(frozen=True)
class Case:
    """A history whose truth is known."""

    group: str
    """Family or repository: a model is not tested on what it learned."""
    train: Sequence[float]
    validation: Sequence[float]
    overfits: bool
    is_healthy: bool
    """Neither overfitting nor so near to it that a report is no false alarm."""
    turn: int
    """The evaluation after which it overfits, if it does."""
    regret: Callable[[int | None], float] = lambda stop: nan
    """From the evaluation at which training stops (None: the end) to what that costs, in per cent of the true loss."""


def case_of_record(record: Record) -> Case:
    """Return a training of the table, whose truth is its test loss."""
    losses = (record.train, record.validation)
    return Case(record.group, *losses, record.overfits(), record.is_healthy, record.turn, record.regret)


def case_of_labelled(history: Labelled) -> Case | None:
    """Return a history labelled by eye, without the evaluations that lack a loss; None if fewer than two are left."""
    pairs = zip(history.train, history.validation, strict=True)
    known = [(at, t, v) for at, (t, v) in enumerate(pairs) if t is not None and v is not None]
    if len(known) < 2:
        return None
    places, train, validation = zip(*known, strict=True)
    overfits = history.verdict == "overfitting"
    turn = sum(at <= min(history.onsets, default=0) for at in places) - 1
    return Case(history.repository, train, validation, overfits, not overfits, turn)


def cases_of_simulated(path: Path) -> list[Case]:
    """Return simulated histories, evaluated every fourth epoch; *path* has ``train``, ``val`` and ``overfit``.

    The losses have the shape (n, epochs), and the labels (n,).
    """
    with np.load(path) as arrays:
        losses = [arrays[key][:, ::SIMULATED_STEP].tolist() for key in ("train", "val")]
        rows = zip(*losses, arrays["overfit"].tolist(), strict=True)
    return [Case("simulated", train, val, over, not over, turn_of(val)) for train, val, over in rows]


def f1(truth: Sequence[bool], reported: Sequence[bool]) -> float:
    """Return the harmonic mean of precision and recall."""
    return _share(2 * _hits(truth, reported), sum(truth) + sum(reported))


def precision(truth: Sequence[bool], reported: Sequence[bool]) -> float:
    """Return the share of true reports."""
    return _share(_hits(truth, reported), sum(reported))


def recall(truth: Sequence[bool], reported: Sequence[bool]) -> float:
    """Return the share of what is true that is reported."""
    return _share(_hits(truth, reported), sum(truth))


def _hits(truth: Sequence[bool], reported: Sequence[bool]) -> int:
    return sum(t and s for t, s in zip(truth, reported, strict=True))


def _share(part: float, whole: float) -> float:
    return part / whole if whole else nan


def changes(reported: Sequence[bool]) -> int:
    """Return how often a rule changes its mind in a run, beginning with no report.

    >>> changes([False, True, True, False])
    2
    """
    return sum(a is not b for a, b in pairwise([False, *reported]))


def delay(turn: int, reported: Sequence[bool]) -> float:
    """Return how many evaluations after *turn* a rule reports it; infinity if never.

    >>> delay(1, [True, False, False, True])
    2
    """
    return next((after for after, is_over in enumerate(reported[turn + 1 :], 1) if is_over), inf)


def first_report(reported: Sequence[bool]) -> int | None:
    """Return the evaluation at which a rule would stop the training; None if at none."""
    return reported.index(True) if any(reported) else None


@dataclass(frozen=True)
class Measures:
    """The measures of one rule; shares are of 1."""

    f1: float
    precision: float
    recall: float
    healthy_at_end: float
    healthy_ever: float
    """Share of healthy runs called overfitting at the end, at any time."""
    early: float
    """Share of overfitting runs called so at or before their turn."""
    delay: float
    """Median number of evaluations from the turn to a report after it."""
    changes: float
    """Mean number of changes of mind in a run."""
    regret: float
    """Median cost of stopping at the first report."""


def measure(cases: Sequence[Case], states: States) -> Measures:
    """Return the measures of a rule that reported *states* of *cases*."""
    truth, reported = [case.overfits for case in cases], [each[-1] for each in states]
    pairs = list(zip(cases, states, strict=True))
    healthy = [each for case, each in pairs if case.is_healthy]
    turned = [(case.turn, each) for case, each in pairs if case.overfits]
    regrets = [case.regret(first_report(each)) for case, each in pairs]
    return Measures(
        f1(truth, reported),
        precision(truth, reported),
        recall(truth, reported),
        mean(each[-1] for each in healthy),
        mean(any(each) for each in healthy),
        mean(any(each[: turn + 1]) for turn, each in turned),
        median(delay(turn, each) for turn, each in turned),
        mean(map(changes, states)),
        median(regrets),
    )
