"""The score of a validation set is found, and judged beside the loss of the same set."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossmon.core.score import BestMetric, ScoreTrend
from lossmon.core.text import Name
from lossmon.runs.score import direction, find_score, score_name, score_trend
from lossmon.runs.tag_selection import choose_tags


def found(*tags: str, named: BestMetric | None = None) -> str | None:
    """Return the tag of the score that is shown beside the loss of a run that logs these *tags*."""
    names = [Name.of(tag) for tag in tags]
    score = find_score(names, choose_tags(dict.fromkeys(names, 9)), named)
    return None if score is None else score.tag.text


@pytest.mark.parametrize(
    ("tags", "score"),
    [
        (("loss", "accuracy", "val_loss", "val_accuracy"), "val_accuracy"),
        (("train/loss", "eval/loss", "eval/f1", "eval/runtime"), "eval/f1"),
        (("loss", "eval_loss", "eval_wer"), "eval_wer"),
        (("train_loss", "val_loss", "test_acc"), None),
        (("train_loss", "val_loss", "accuracy"), None),
        (("loss", "val_loss", "val_perplexity", "val_mae"), None),
        (("loss", "val_loss", "val_dice_loss"), None),
        (("train_loss", "val_loss", "val_f1", "val_acc"), "val_acc"),
        (("loss", "val_loss", "val_a_acc", "val_b_acc"), None),
        (("loss", "val_loss", "val_acc", "val_a_acc"), "val_acc"),
        (("acc", "val_acc"), None),
        (
            ("train/box_loss", "train/cls_loss", "val/box_loss", "val/cls_loss", "metrics/mAP50", "metrics/mAP50-95"),
            "metrics/mAP50-95",
        ),
        (("training's binary_logloss", "valid_1's binary_logloss", "valid_1's auc"), "valid_1's auc"),
        (("loss", "eval_fr_loss", "eval_fr_accuracy", "eval_de_loss", "eval_de_accuracy"), "eval_de_accuracy"),
    ],
)  # fmt: skip
def test_the_score_is_of_the_validation_set_whose_loss_is_judged(tags: tuple[str, ...], score: str | None) -> None:
    assert found(*tags) == score


def test_the_metric_that_the_training_judges_by_comes_first() -> None:
    tags = ("loss", "eval_loss", "eval_accuracy", "eval_exact_match")
    assert found(*tags, named=BestMetric("eval_exact_match", True)) == "eval_exact_match"
    assert found(*tags, named=BestMetric("eval_exact_match", None)) == "eval_accuracy"
    assert found(*tags, named=BestMetric("eval_loss", False)) == "eval_accuracy"


@pytest.mark.parametrize(("metric", "higher"), [("f1", True), ("wer", False), ("error", False), ("loss", None)])
def test_the_direction_of_a_score_is_known_by_its_name(metric: str, higher: bool | None) -> None:
    assert direction(metric) is higher


def test_a_score_without_a_split_is_called_as_it_is_written() -> None:
    assert score_name(Name.of("metrics/mAP50-95(B)")) == "mAP50-95(B)"


NOISE = np.random.default_rng(3).normal(0, 0.004, 40)
SHAPES = {
    ScoreTrend.IMPROVING: 0.95 - 0.3 * np.exp(-np.arange(40) / 12),
    ScoreTrend.HOLDING: 0.9 - 0.3 * np.exp(-np.arange(40) / 2),
    ScoreTrend.WORSENING: 0.9 - 0.3 * np.exp(-np.arange(40) / 3) - 0.004 * np.maximum(0, np.arange(40) - 12),
}


@pytest.mark.parametrize("trend", SHAPES)
@pytest.mark.parametrize("noise", [0.0, 1.0])
def test_the_trend_of_a_score_since_the_best_loss_is_seen_through_noise(trend: ScoreTrend, noise: float) -> None:
    assert score_trend(SHAPES[trend] + noise * NOISE, 10) is trend


@pytest.mark.parametrize(
    "values", [[0.5, 0.6, 0.7], [0.7] * 20, [np.nan] * 20, [*[0.1 * i for i in range(9)], *[np.nan] * 11]]
)
def test_nothing_is_said_of_too_few_scores_or_of_one_that_never_changes(values: list[float]) -> None:
    assert score_trend(np.array(values), 8) is ScoreTrend.UNKNOWN


scores = st.lists(st.floats(0, 1) | st.just(float("nan")), max_size=60)


@given(scores, st.integers(0, 60), st.integers(-20, 20))
def test_the_trend_does_not_depend_on_the_unit_of_the_score(values: list[float], best: int, power: int) -> None:
    array = np.array(values)
    assert score_trend(array, best) is score_trend(array * 2.0**power, best)


@given(scores, st.integers(0, 60), st.integers(1, 3))
def test_a_score_that_ends_at_its_best_never_got_worse(values: list[float], best: int, values_at_best: int) -> None:
    array = np.array([*values, *[2.0] * values_at_best])
    assert score_trend(array, best) is not ScoreTrend.WORSENING


def test_a_score_that_jumps_to_a_new_best_after_it_fell_is_not_said_to_have_got_worse() -> None:
    nan = np.nan
    values = [1.0, nan, 0.0, 1.0, 0.0, 0.0, nan, nan, 0.0, 0.0, 0.0, nan, nan, nan, 0.0, 2.0, 2.0, 2.0]
    assert score_trend(np.array(values), 0) is ScoreTrend.UNKNOWN


def test_the_trend_of_a_noisy_score_does_not_change_at_each_evaluation() -> None:
    rng = np.random.default_rng(3)
    scores = 0.9 - 0.4 * 0.8 ** np.arange(104) + rng.normal(0, 0.012, 104)
    trends = [score_trend(scores[:count], 10) for count in range(20, 105)]
    changes = sum(before is not now for before, now in pairwise(trends))
    assert changes <= 4


def test_one_bad_score_does_not_end_a_trend() -> None:
    scores = 0.9 - 0.4 * 0.8 ** np.arange(40.0)
    scores[-1] = 0.7
    assert score_trend(scores, 5) is score_trend(scores[:-1], 5)


@pytest.mark.parametrize("fall", [0.004, 0.006])
@pytest.mark.parametrize("seed", range(4))
def test_a_score_that_falls_for_a_while_after_its_best_no_longer_improves_or_holds(fall: float, seed: int) -> None:
    at = np.arange(40)
    noise = np.random.default_rng(seed).normal(0, 0.003, 40)
    scores = 0.9 - 0.8 * np.exp(-at / 7) - fall * np.maximum(0, at - 22) + noise
    trends = [score_trend(scores[:count], 13) for count in range(30, 41)]
    assert trends[-1] is ScoreTrend.WORSENING
    assert sum(before is not now for before, now in pairwise(trends)) <= 1
