"""Whatever the curves beside the loss hold, a run has a score, causes and advice, or has none; nothing raises."""

from __future__ import annotations

import math
import re
import tempfile
from pathlib import Path, PurePath

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.support.decoding import find_adapter
from tests.support.logs import read_log, run_of_log

from lossmon.core.cause import Cause, causes_of
from lossmon.core.score import ScoreTrend
from lossmon.core.snapshot import RunSnapshot
from lossmon.presentation import remarks
from lossmon.presentation.explanation import sections
from lossmon.runs.score import score_trend

COLUMNS = ("loss", "val_loss", "val_accuracy", "learning_rate", "grad_norm", "train/reward")
values = st.floats() | st.sampled_from([0.0, 1.0, math.nan, math.inf, -math.inf, 1e308, 5e-324]) | st.floats(0, 1)
tables = st.lists(st.lists(values, min_size=6, max_size=6), min_size=1, max_size=30)


def run_of(rows: list[list[float]], columns: tuple[str, ...]) -> RunSnapshot:
    """Return the run in a table with these *columns*."""
    lines = [
        ",".join(("epoch", *columns)),
        *(",".join(map(repr, (i, *row[: len(columns)]))) for i, row in enumerate(rows)),
    ]
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "training.csv"
        path.write_text("\n".join(lines) + "\n")
        adapter = find_adapter(PurePath(path), path.read_bytes())
        assert adapter is not None
        snapshot = run_of_log(read_log(path, adapter)).snapshot(0.0)
    assert snapshot is not None
    return snapshot


@example([*([[0.0] * 6] * 8), [0.0, 1e308, 0.0, 0.0, 0.0, 0.0]], list(COLUMNS))
@given(tables, st.permutations(COLUMNS))
@settings(max_examples=150, deadline=None)
def test_any_numbers_beside_the_loss_give_text_and_no_error(rows: list[list[float]], columns: list[str]) -> None:
    run = run_of(rows, tuple(columns))
    said = [piece.do + piece.because + piece.expect for piece in run.advice]
    said += [*run.evidence, remarks.remark(run)]
    said += [sentence for section in sections(run) for sentence in section.sentences]
    assert not [text for text in said if re.search(r"\{\w*\}|None", text)]


@given(tables)
@settings(max_examples=100, deadline=None)
def test_a_score_is_within_its_run_and_its_best_is_none_worse_than_its_last(rows: list[list[float]]) -> None:
    score = run_of(rows, COLUMNS[:5]).score
    if score is not None:
        assert 0 <= score.best <= score.last < len(score.values)
        assert math.isfinite(score.best_value)
        assert score.best_value >= score.last_value
        assert score.trend in ScoreTrend


@given(tables)
@settings(max_examples=100, deadline=None)
def test_a_run_is_over_confident_only_while_its_loss_overfits(rows: list[list[float]]) -> None:
    run = run_of(rows, COLUMNS[:5])
    causes = causes_of(run.assessment.flags)
    if Cause.SCORE_IMPROVES in causes or Cause.SCORE_HOLDS in causes:
        assert run.assessment.verdict.value == "overfitting"


def test_of_scores_near_the_largest_number_no_trend_is_told() -> None:
    scores = np.zeros(25)
    scores[22], scores[23] = 1e308, 8e307
    assert score_trend(scores, 10) is score_trend(-scores, 10) is ScoreTrend.UNKNOWN
