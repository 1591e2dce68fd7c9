from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossmon.core.text import Name
from lossmon.runs import TagSelection, choose_tags


def names(*texts: str) -> tuple[Name, ...]:
    return tuple(Name.of(text) for text in texts)


def chosen(*tags: str, points: int = 20, train: str | None = None, val: str | None = None) -> TagSelection:
    return choose_tags(dict.fromkeys(names(*tags), points), train, val)


@pytest.mark.parametrize(
    ("tags", "train", "val"),
    [
        (["epoch", "loss", "val_loss", "accuracy", "val_accuracy"], "loss", "val_loss"),
        (["train_loss_step", "train_loss_epoch", "val_loss", "epoch", "lr-Adam"], "train_loss_epoch", "val_loss"),
        (["train_loss", "val_loss", "step"], "train_loss", "val_loss"),
        (["train/loss", "eval/loss", "train/grad_norm", "eval/runtime"], "train/loss", "eval/loss"),
        (["Loss/train", "Loss/val", "Accuracy/train"], "Loss/train", "Loss/val"),
        (["Loss/train", "Loss/test"], "Loss/train", "Loss/test"),
        (["train/loss", "valid/loss"], "train/loss", "valid/loss"),
        (
            ["train/epoch_loss", "validation/epoch_loss", "train/batch_loss"],
            "train/epoch_loss",
            "validation/epoch_loss",
        ),
        (["loss", "eval_loss"], "loss", "eval_loss"),
        (["loss_train/loss", "loss_val/loss"], "loss_train/loss", "loss_val/loss"),
        (["train_loss", "valid_loss", "error_rate"], "train_loss", "valid_loss"),
        (["training_loss", "validation_loss"], "training_loss", "validation_loss"),
        (["trainLoss", "valLoss"], "trainLoss", "valLoss"),
        (["avg_train_loss", "avg_val_loss"], "avg_train_loss", "avg_val_loss"),
        (["learn/Logloss", "test/Logloss", "learn/Accuracy"], "learn/Logloss", "test/Logloss"),
        (["train-rmse", "eval-rmse"], "train-rmse", "eval-rmse"),
        (["training's l2", "valid_1's l2"], "training's l2", "valid_1's l2"),
        (["tr_loss", "te_loss"], "tr_loss", "te_loss"),
        (["tr_loss", "va_loss"], "tr_loss", "va_loss"),
        (["ppl", "Validation perplexity"], "ppl", "Validation perplexity"),
        (["validation_0-rmse", "validation_1-rmse"], "validation_0-rmse", "validation_1-rmse"),
        (
            ["validation_0-auc", "validation_0-logloss", "validation_1-auc", "validation_1-logloss"],
            "validation_0-logloss",
            "validation_1-logloss",
        ),
        (["total_loss", "avg loss", "valid/loss"], "avg loss", "valid/loss"),
        (["loss", "l1_loss", "val_l1_loss", "val_loss"], "loss", "val_loss"),
    ],
)
def test_train_and_validation_are_paired_automatically(tags: list[str], train: str, val: str) -> None:
    selection = chosen(*tags)
    assert (selection.train, selection.val) == (names(train), names(val))
    assert selection.same_metric
    assert not selection.higher_is_better


def test_validation_is_preferred_to_test() -> None:
    assert chosen("train_loss", "test_loss", "val_loss").val == names("val_loss")


def test_the_parts_of_a_yolo_loss_are_added_up() -> None:
    parts = [f"{split}/{part}_loss" for split in ("train", "val") for part in ("box", "cls", "dfl")]
    selection = chosen(*parts, "metrics/mAP50(B)")
    assert selection.train == names("train/box_loss", "train/cls_loss", "train/dfl_loss")
    assert selection.val == names("val/box_loss", "val/cls_loss", "val/dfl_loss")


def test_a_total_is_preferred_to_parts() -> None:
    assert chosen("train/loss", "val/loss", "train/box_loss", "val/box_loss", "train/cls_loss").train == names(
        "train/loss"
    )


def test_a_loss_is_preferred_to_its_perplexity() -> None:
    selection = chosen("lm loss", "validation/lm loss value", "validation/lm loss PPL")
    assert (selection.train, selection.val) == (names("lm loss"), names("validation/lm loss value"))


def test_one_summary_at_the_end_is_not_the_curve() -> None:
    counts = dict(zip(names("train/loss", "train/train_loss", "eval/loss"), (200, 1, 4), strict=True))
    assert choose_tags(counts).train == names("train/loss")


def test_a_summary_named_train_is_not_the_curve_either() -> None:
    counts = dict(zip(names("loss", "train_loss", "eval_loss"), (200, 1, 4), strict=True))
    assert choose_tags(counts).train == names("loss")


def test_a_sum_over_a_long_time_is_not_train_where_a_loss_is_logged_as_often_as_validation() -> None:
    sizes = {Name.of("total training loss"): 2, Name.of("Batch Loss"): 7, Name.of("evaluation/loss"): 5}
    assert choose_tags(sizes).train == names("Batch Loss")
    del sizes[Name.of("Batch Loss")]
    assert choose_tags(sizes).train == names("total training loss")


def test_one_numbered_set_is_validation() -> None:
    selection = chosen("validation_0-logloss")
    assert (selection.train, selection.val) == ((), names("validation_0-logloss"))


def test_the_parts_of_a_yolo_loss_are_added_up_without_validation_too() -> None:
    selection = chosen("GPU_mem", "box_loss", "cls_loss", "dfl_loss", "Instances")
    assert (selection.train, selection.val) == (names("box_loss", "cls_loss", "dfl_loss"), ())


def test_a_loss_comes_before_those_whose_names_are_parts_of_one() -> None:
    assert chosen("loss_kl", "loss_mmd", "loss_recon", "loss_vae").train == names("loss_vae")


def test_a_setting_of_a_loss_is_no_loss() -> None:
    assert chosen("train/CrossEntropyLoss", "eval/auxiliary_loss_multiplier").val == ()


def test_without_validation_only_train_is_chosen() -> None:
    selection = chosen("train/loss", "train/value_loss")
    assert (selection.train, selection.val) == (names("train/loss"), ())


@pytest.mark.parametrize(
    ("tags", "train", "val"),
    [
        (("rollout/ep_rew_mean", "eval/mean_reward"), ("rollout/ep_rew_mean",), ("eval/mean_reward",)),
        (("loss", "kl", "reward", "reward_std"), ("reward",), ()),
        (("loss", "eval_loss", "rewards/margins"), ("loss",), ("eval_loss",)),
        (("loss", "eval_loss", "mean_reward"), ("loss",), ("eval_loss",)),
    ],
)
def test_reinforcement_learning_is_judged_by_its_reward(
    tags: tuple[str, ...], train: tuple[str, ...], val: tuple[str, ...]
) -> None:
    selection = chosen(*tags)
    assert (selection.train, selection.val) == (names(*train), names(*val))
    assert selection.is_reward is selection.higher_is_better is ("eval_loss" not in tags)


def test_of_reinforcement_learning_in_episodes_the_loss_is_shown_where_it_is_logged() -> None:
    selection = chosen("train/loss", "train/value_loss", "rollout/ep_rew_mean", "eval/mean_reward")
    assert (selection.train, selection.val, selection.is_reward) == (names("train/loss"), (), False)


def test_a_score_is_selected_where_there_is_no_loss_and_higher_is_better() -> None:
    selection = chosen("acc", "val_acc", "lr")
    assert (selection.train, selection.val, selection.higher_is_better) == (names("acc"), names("val_acc"), True)


def test_losses_of_two_metrics_are_selected_but_their_gap_has_no_meaning() -> None:
    selection = chosen("loss", "val_mae")
    assert (selection.train, selection.val, selection.same_metric) == (names("loss"), names("val_mae"), False)


def test_nothing_is_chosen_where_nothing_looks_like_a_loss() -> None:
    assert chosen("lr", "epoch", "step", "gpu_mem") == TagSelection()


def test_globs_override_the_choice() -> None:
    selection = chosen("loss", "val_loss", "other/nll", "held/nll", train="other/*", val="held/*")
    assert (selection.train, selection.val) == (names("other/nll"), names("held/nll"))


def test_a_glob_for_one_side_leaves_the_other_to_the_choice() -> None:
    selection = chosen("loss", "val_loss", "held/nll", val="held/*")
    assert (selection.train, selection.val) == (names("loss"), names("held/nll"))


def test_a_glob_that_matches_nothing_chooses_nothing() -> None:
    assert chosen("loss", "val_loss", val="nothing*").val == ()


@given(st.dictionaries(st.text(max_size=30), st.integers(0, 100), max_size=12))
def test_of_any_tags_only_some_of_them_are_selected(counts: dict[str, int]) -> None:
    tags = {Name.of(text): points for text, points in counts.items()}
    selection = choose_tags(tags)
    assert set(selection.train + selection.val) <= tags.keys()
    assert all(tags[tag] for tag in selection.train + selection.val)


def test_a_score_that_is_named_is_paired_with_its_own_counterpart() -> None:
    selection = chosen("loss", "val_loss", "accuracy", "val_accuracy", val="val_accuracy")
    assert selection == TagSelection(names("accuracy"), names("val_accuracy"), higher_is_better=True)


def test_a_score_is_never_paired_with_a_loss() -> None:
    selection = chosen("loss", "val_loss", "val_accuracy", val="val_accuracy")
    assert selection == TagSelection((), names("val_accuracy"), higher_is_better=True)
