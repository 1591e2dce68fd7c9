from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.scripted import curve, run_snapshot

from lossmon.core.snapshot import RunSnapshot
from lossmon.core.text import Name
from lossmon.presentation.metric_pairs import metric_pairs

FALLING = np.array([3.0, 1.0, 2.0])


def run_with(*tags: str) -> RunSnapshot:
    curves = tuple(curve(tag, FALLING) for tag in tags)
    return replace(run_snapshot(), train=None, val=None, history=None, metrics=curves)


def tags_of(run: RunSnapshot) -> list[tuple[str, ...]]:
    return [tuple(tag.text for tag in pair.tags) for pair in metric_pairs(run)]


@pytest.mark.parametrize(
    ("train", "val"),
    [
        ("acc", "val_acc"),
        ("train/f1", "val/f1"),
        ("train/box_loss", "val/box_loss"),
        ("train_samples_per_second", "eval_samples_per_second"),
        ("train/epoch_mae", "validation/epoch_mae"),
        ("accuracy", "test_acc"),
    ],
)
def test_train_and_validation_of_one_scalar_are_a_pair(train: str, val: str) -> None:
    assert tags_of(run_with(train, val)) == [(train, val)]


@pytest.mark.parametrize(
    "tags",
    [
        ("train/acc", "val/f1"),
        ("layer1/mean", "layer2/mean"),
        ("acc", "metrics/acc"),
        ("val_loss/dataloader_idx_0", "val_loss/dataloader_idx_1"),
        ("generator/loss", "val/loss"),
    ],
)
def test_other_scalars_stay_alone(tags: tuple[str, str]) -> None:
    assert sorted(tags_of(run_with(*tags))) == sorted((tag,) for tag in tags)


def test_curves_that_count_different_things_share_no_chart() -> None:
    run = run_with("train/acc")
    run = replace(run, metrics=(*run.metrics, curve("val/acc", FALLING, "step")))
    assert tags_of(run) == [("train/acc",), ("val/acc",)]


def test_of_several_train_curves_the_one_over_the_same_span_is_the_partner() -> None:
    pairs = tags_of(run_with("train/loss_step", "train/loss_epoch", "val/loss"))
    assert pairs == [("train/loss_epoch", "val/loss"), ("train/loss_step",)]


def test_a_mean_over_the_whole_training_is_no_partner() -> None:
    run = run_with("loss", "eval_loss")
    run = replace(run, metrics=(*run.metrics, curve("train_loss", FALLING[:1])))
    assert ("loss", "eval_loss") in tags_of(run)


def test_what_is_judged_is_a_pair_by_whatever_names_and_comes_first() -> None:
    run = run_with("acc", "first", "second", "val_acc")
    _, first, second, _ = run.metrics
    assert tags_of(replace(run, train=first, val=second))[0] == ("first", "second")


def test_the_validation_set_is_drawn_with_train_before_the_test_set() -> None:
    assert tags_of(run_with("train/acc", "test/acc", "val/acc")) == [("train/acc", "val/acc"), ("test/acc",)]


def test_losses_and_scores_come_before_loads_and_times() -> None:
    tags = ("epoch", "gpu/utilization", "lr", "time", "val/acc")
    assert tags_of(run_with(*tags)) == [("val/acc",), ("lr",), ("epoch",), ("gpu/utilization",), ("time",)]


@pytest.mark.parametrize(
    ("tag", "arrow", "best"),
    [("val/acc", "↑", 3.0), ("val/loss", "↓", 1.0), ("val/wer", "↓", 1.0), ("val/mae", "↓", 1.0), ("lr", "", None)],
)
def test_the_best_value_follows_from_the_direction(tag: str, arrow: str, best: float | None) -> None:
    (pair,) = metric_pairs(run_with(tag))
    assert pair.arrow == arrow
    assert best == (pair.best and pair.best[0].value[pair.best[1]])


def test_a_metric_that_never_changes_or_is_never_finite_has_no_best_value() -> None:
    for values in (np.ones(4), np.full(3, np.nan), np.array([])):
        run = replace(run_with(), metrics=(curve("val/acc", values),))
        assert [pair.best for pair in metric_pairs(run)] == [None]


TAGS = st.lists(
    st.from_regex(r"(train|val|test|eval)?[_/]?(acc|loss|f1|)(_step|_epoch|/dataloader_idx_1)?", fullmatch=True)
)


@given(TAGS)
def test_every_metric_is_in_exactly_one_chart(tags: list[str]) -> None:
    names = sorted({Name.of(tag) for tag in tags}, key=lambda name: name.raw)
    shown = [tag for pair in metric_pairs(run_with(*(name.text for name in names))) for tag in pair.tags]
    assert sorted(shown, key=lambda name: name.raw) == names
