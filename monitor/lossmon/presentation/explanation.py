"""The reasons of a verdict at length: the curve in numbers, what speaks for and against, and what would change it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from lossmon.core.assessment import Term
from lossmon.core.points import Floats
from lossmon.core.snapshot import EvaluationHistory, RunSnapshot
from lossmon.core.text import plural
from lossmon.core.verdict import Verdict
from lossmon.presentation import checkpoints, remarks, run_text
from lossmon.presentation.numbers import format_loss
from lossmon.runs.outlook import Change, what_would_change

_MIN_LOG_ODDS = 0.05
"""A term that changes the odds by less is not worth a line."""
_STRENGTHS = ((2.0, "strongly"), (0.7, "clearly"), (0.0, "a little"))
"""From which contribution to the logarithmic odds a term speaks how much."""
_MAX_CACHED = 16


@dataclass(frozen=True, slots=True)
class PointOnCurve:
    """One evaluation that the verdict is about."""

    names: tuple[str, ...]
    """What it is: ``best``, ``onset``, ``now``; several if it is all of them."""
    index: int
    label: str
    train: float | None
    train_points: int
    """How many logged train losses ``train`` is the mean of; 0 if it is the last one before."""
    val: float | None
    score: float | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything that explains the verdict of one run."""

    headline: str
    remark: str
    score_name: str
    """What the score is called; empty without one."""
    points: tuple[PointOnCurve, ...]
    terms: tuple[Term, ...]
    """The contributions to the probability of overfitting, the largest first."""
    changes: tuple[Change, ...]
    changes_in_words: tuple[str, ...]


@lru_cache(maxsize=_MAX_CACHED)
def explain(run: RunSnapshot) -> Explanation:
    """Return the explanation of a run, which takes about a tenth of a second; that of the same snapshot is kept."""
    changes = _changes(run)
    sentences = tuple(_change_sentence(change, run) for change in changes)
    return replace(brief_explanation(run), changes=changes, changes_in_words=sentences)


def brief_explanation(run: RunSnapshot) -> Explanation:
    """Return the explanation of a run without what would change the verdict, which takes no time."""
    return Explanation(
        headline=headline(run),
        remark=remarks.remark(run),
        score_name=run.score.name if run.score else "",
        points=tuple(_points(run)),
        terms=tuple(term for term in run.assessment.terms if abs(term.log_odds) >= _MIN_LOG_ODDS),
        changes=(),
        changes_in_words=(),
    )


def headline(run: RunSnapshot) -> str:
    """Return the verdict in one line: ``overfitting since epoch 10, severe, 97% sure``."""
    assessment = run.assessment
    x = run_text.x_of_evaluation(run, run_text.turning_point(run))
    parts = [run_text.verdict_text(run) + ("" if x is None else f" since {run_text.position_text(run, x)}")]
    parts += [assessment.severity.value] if assessment.severity else []
    sure = run_text.confidence_text(assessment) if run.history is not None else ""
    return ", ".join([*parts, *([f"{sure} sure"] if sure else [])])


def _points(run: RunSnapshot) -> Iterator[PointOnCurve]:
    """Yield the evaluations that matter, in the order of the run."""
    history, assessment = run.history, run.assessment
    if history is None or not len(history.x):
        return
    named: dict[int, list[str]] = {0: ["first"]}
    places = [("best", assessment.best), ("onset", assessment.onset), ("detected", _detected(run))]
    places += [(f"best {run.score.name}", run.score.best)] if run.score else []
    for name, index in (*places, ("now", len(history.x) - 1)):
        if index is not None and 0 <= index < len(history.x):
            named.setdefault(index, []).append(name)
    score = run.score.values if run.score else None
    for index in sorted(named):
        yield PointOnCurve(
            tuple(named[index]),
            index,
            history.label(index),
            _train_at(history, index),
            1 if history.train_points is None else int(history.train_points[index]),
            _at(history.val, index),
            _finite(_at(score, index)),
        )


def _detected(run: RunSnapshot) -> int | None:
    """Return the evaluation at which a verdict that needs action was given first."""
    return run.assessment.detected if run.assessment.verdict.needs_action else None


def _at(values: Floats | None, index: int) -> float | None:
    return None if values is None else float(values[index])


def _train_at(history: EvaluationHistory, index: int) -> float | None:
    return None if index < history.evaluations_before_train else _at(history.train, index)


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _changes(run: RunSnapshot) -> tuple[Change, ...]:
    if run.history is None or not len(run.history.x) or run.share_read is not None:
        return ()
    return what_would_change(run.history, run.assessment, higher_is_better=run.higher_is_better)


def _change_sentence(change: Change, run: RunSnapshot) -> str:
    """Return what would change a verdict: ``2 more evaluations with a validation loss at or below 0.512 would …``."""
    count = plural(change.evaluations, "more evaluation")
    kind = "validation" if run.val is not None else "train"
    metric = f"{kind} {'score' if run.higher_is_better else 'loss'}"
    if change.bound is None:
        return f"after {count} like the last the verdict would be {change.verdict.value}"
    better, rise = ("above", "fall") if run.higher_is_better else ("below", "rise")
    bound = f"{change.bound:.4g}"
    if change.must_be_better:
        at = f"at or {better} {bound}{', a new best,' if _is_new_best(change, run) else ''}"
        return f"{count} with a {metric} {at} would end it; it would be {change.verdict.value} then"
    return f"overfitting would be an even {rise} of the {metric} to {bound} within {count}, if train improves as lately"


def _is_new_best(change: Change, run: RunSnapshot) -> bool:
    history, index = run.history, run.assessment.best
    if history is None or index is None or change.bound is None:
        return False
    best = _at(history.judged, index)
    if best is None:
        return False
    return change.bound > best if run.higher_is_better else change.bound < best


def term_sentence(term: Term) -> str:
    """Return how a term speaks: ``strongly for: rise over the best 0.45``.

    >>> term_sentence(Term("rise", "rise over the best", 0.4512, 2.3))
    'strongly for: rise over the best, 0.4512'
    """
    strength = next(word for least, word in _STRENGTHS if abs(term.log_odds) >= least)
    value = "" if term.value is None else f", {term.value:.4g}"
    return f"{strength} {'for' if term.log_odds > 0 else 'against'}: {term.meaning}{value}"


def table_of_points(explanation: Explanation) -> list[tuple[str, ...]]:
    """Return the points as rows of cells with a heading; columns that no point has are left out."""
    columns: dict[str, list[str]] = {
        "": [", ".join(point.names) for point in explanation.points],
        "at": [point.label for point in explanation.points],
        "train": [format_loss(point.train) for point in explanation.points],
        "mean of": [str(point.train_points) if point.train_points > 1 else "" for point in explanation.points],
        "val": [format_loss(point.val) for point in explanation.points],
        "gap": [format_loss(_gap(point)) for point in explanation.points],
        explanation.score_name or "score": [format_loss(point.score) for point in explanation.points],
    }
    used = {name: cells for name, cells in columns.items() if not name or any(cells)}
    return [tuple(used), *zip(*used.values(), strict=True)]


def _gap(point: PointOnCurve) -> float | None:
    return None if point.val is None or point.train is None else _finite(point.val - point.train)


@dataclass(frozen=True, slots=True)
class Section:
    """A part of an explanation: a title, then a table or sentences."""

    title: str
    rows: tuple[tuple[str, ...], ...] = ()
    sentences: tuple[str, ...] = ()


def sections(run: RunSnapshot) -> Iterator[Section]:
    """Yield the parts of the explanation of a run that are not empty, as the screen and the command show them."""
    explanation = explain(run)
    probability = f"{100 * run.assessment.probability:.0f} %"
    parts = [
        Section("the verdict", sentences=(explanation.headline, *filter(None, [explanation.remark]))),
        Section("the curve", rows=tuple(table_of_points(explanation)) if explanation.points else ()),
        Section("evidence", sentences=run.evidence),
        Section("what speaks for the verdict", sentences=run.assessment.reasons),
        Section(
            f"what speaks for overfitting now and against it (probability {probability})",
            sentences=tuple(map(term_sentence, explanation.terms)) if _may_overfit(run) else (),
        ),
        Section("what would change the verdict", sentences=explanation.changes_in_words or _nothing_known(run)),
        Section("what to try", sentences=tuple(map(run_text.advice_sentence, run.advice))),
        Section("checkpoints on disk", sentences=tuple(finding.text for finding in checkpoints.findings(run))),
    ]
    return (part for part in parts if part.rows or part.sentences)


def _may_overfit(run: RunSnapshot) -> bool:
    """Return whether what speaks for overfitting matters: not beside a verdict that says something else is wrong."""
    verdict = run.assessment.verdict
    return run.val is not None and (verdict is Verdict.OVERFITTING or not verdict.needs_action)


def _nothing_known(run: RunSnapshot) -> tuple[str, ...]:
    """Return that nothing a few evaluations could show would change the verdict, if that is so."""
    if run.history is None or run.share_read is not None or run.assessment.verdict is Verdict.WARMING_UP:
        return ()
    if run.val is None:
        return ("without validation nothing can show overfitting",)
    return ("no short run of evaluations that was tried changes it",)


def fitting_rows(rows: Sequence[Sequence[str]], width: int | None) -> Iterable[str]:
    """Yield a table as lines of at most *width* cells; where it is too wide, each row as a sentence.

    >>> list(fitting_rows([("", "at", "val"), ("best", "epoch 9", "0.41")], 12))
    ['best, epoch 9: val 0.41']
    """
    lines = list(align(rows))
    if not rows or width is None or max(map(len, lines)) <= width:
        return lines
    heading, *points = rows
    return [f"{', '.join(row[:2])}: {', '.join(_named_cells(heading[2:], row[2:]))}" for row in points]


def _named_cells(names: Iterable[str], cells: Iterable[str]) -> Iterable[str]:
    return (f"{name} {cell}" for name, cell in zip(names, cells, strict=True) if cell)


def align(rows: Sequence[Sequence[str]]) -> Iterable[str]:
    """Yield each of *rows* as a line, with its cells in columns.

    >>> list(align([("", "val"), ("best", "0.41")]))
    ['      val', 'best  0.41']
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
