"""Every number of the evidence beside the name of an evaluation stands in the log there, or is called a mean of it."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lossmon.core.evidence_text import evidence_sentences
from lossmon.core.points import Axis
from lossmon.core.score import Score
from lossmon.core.snapshot import Curve, EvaluationHistory
from lossmon.core.text import Name
from lossmon.monitor import Monitor, MonitorSettings
from lossmon.runs import Evaluator, align
from lossmon_adapters import BUILTIN

DATA = Path(__file__).parents[1] / "data"
SHARED = Path(__file__).parents[3] / "shared"
QUOTED = re.compile(
    r"(a mean of |the last logged )?(-?[\d.]+(?:e[-+]?\d+)?|-?inf|nan) \((?:epoch|step) (-?[\d.e+-]+)\)"
)

losses = st.floats(0.001, 100)


def misquoted(
    sentences: tuple[str, ...],
    train: Curve | None,
    val: Curve | None,
    history: EvaluationHistory,
    score: Score | None = None,
) -> Iterator[str]:
    """Yield the sentences with a number that the curves do not have at the evaluation that is named."""
    for sentence in sentences:
        for called, number, x in QUOTED.findall(sentence):
            index = int(np.abs(history.x - float(x)).argmin())
            is_train = sentence.startswith("train ") and val is not None
            if score is not None and sentence.startswith(score.name):
                is_there = f"{score.values[index]:.4g}" == number
            elif is_train:
                is_there = is_train_there(train, history, index, called, number)
            else:
                is_there = is_judged_there(val or train, index, number)
            if not is_there:
                yield sentence


def is_judged_there(judged: Curve | None, index: int, number: str) -> bool:
    return judged is not None and f"{judged.value[index]:.4g}" == number


def is_train_there(train: Curve | None, history: EvaluationHistory, index: int, called: str, number: str) -> bool:
    assert train is not None
    since = (train.x <= history.x[index]) & (train.x > (history.x[index - 1] if index else -np.inf))
    if train.axis != history.axis or train.x[-1] > 2 * history.x[-1]:
        return bool(called) or number in {f"{value:.4g}" for value in train.value}
    if not since.any():
        return called == "the last logged " and f"{train.value[train.x <= history.x[index]][-1]:.4g}" == number
    is_mean = int(since.sum()) > 1
    return is_mean == (called == "a mean of ") and np.isclose(float(number), np.mean(train.value[since]), rtol=1e-3)


def curve(tag: str, x: list[float], values: list[float], axis: Axis = "step") -> Curve:
    places = np.array(x, dtype=float)
    return Curve(Name.of(tag), axis, places, places * np.nan, np.array(values, dtype=float), len(x))


def evaluated(train: Curve | None, val: Curve | None) -> tuple[tuple[str, ...], EvaluationHistory]:
    history = align(train, val)
    assert history is not None
    assessment = Evaluator().evaluate(history).assessment
    return evidence_sentences(assessment.evidence, history), history


def test_the_evidence_of_all_logs_in_the_test_data_quotes_them() -> None:
    runs = Monitor([str(DATA)], BUILTIN, MonitorSettings(once=True)).read_all().runs
    checked = [run for run in runs if run.history is not None and run.evidence]
    assert len(checked) > 30
    for run in checked:
        assert run.history is not None
        assert not list(misquoted(run.evidence, run.train, run.val, run.history, run.score)), run.name.text


@given(st.lists(losses, min_size=5, max_size=60), st.lists(losses, min_size=5, max_size=200), st.integers(1, 9))
@settings(max_examples=100, deadline=None)
def test_the_evidence_of_made_up_curves_quotes_them(vals: list[float], trains: list[float], interval: int) -> None:
    train = curve("train", [5.0 * (i + 1) for i in range(len(trains))], trains)
    val = curve("val", [5.0 + 5 * interval * i for i in range(len(vals))], vals)
    sentences, history = evaluated(train, val)
    assert not list(misquoted(sentences, train, val, history))


@pytest.mark.parametrize("count", [600, 5000])
def test_the_evidence_of_a_long_run_quotes_single_evaluations_although_it_is_judged_by_means(count: int) -> None:
    rng = np.random.default_rng(1)
    x = [float(i) for i in range(count)]
    values = 0.5 + 0.001 * np.abs(np.arange(count) - count // 2) / count * 500 + rng.normal(0, 0.02, count)
    train = curve("train", x, list(1.0 / (1 + np.arange(count)) + 0.01), "epoch")
    val = curve("val", x, list(values), "epoch")
    sentences, history = evaluated(train, val)
    assert any("(epoch " in sentence for sentence in sentences)
    assert not list(misquoted(sentences, train, val, history))


def labelled_histories() -> list[Path]:
    return sorted((SHARED / "corpus" / "series").glob("*.csv"))


@pytest.mark.skipif(not labelled_histories(), reason="the labelled histories are not here")
def test_the_evidence_of_the_labelled_histories_quotes_them_at_any_length() -> None:
    for path in labelled_histories():
        with path.open() as file:
            rows = list(csv.DictReader(file))
        x = [float(row["epoch"]) for row in rows]
        train = curve("train", x, [float(row["train_loss"] or "nan") for row in rows], "epoch")
        val = curve("val", x, [float(row["val_loss"] or "nan") for row in rows], "epoch")
        for length in {len(rows) // 3, len(rows) // 2, len(rows)} - {0}:
            short = [curve(one.tag.text, x[:length], list(one.value[:length]), "epoch") for one in (train, val)]
            sentences, history = evaluated(short[0], short[1])
            assert not list(misquoted(sentences, short[0], short[1], history)), path.name
