from __future__ import annotations

import pytest

from lossmon.core.text import Name
from lossmon.runs.run import framework


@pytest.mark.parametrize(
    ("tags", "known"),
    [
        (["train/epoch_loss", "validation/epoch_loss"], "keras"),
        (["train_loss_epoch", "val_loss", "epoch"], "lightning"),
        (["train/loss", "train/epoch", "eval/loss"], "huggingface"),
        (["learn/Logloss", "test/Logloss"], "catboost"),
        (["Loss/train", "Loss/val"], "pytorch"),
    ],
)
def test_the_tags_of_an_event_file_tell_which_framework_wrote_it(tags: list[str], known: str) -> None:
    assert framework("tensorboard", [Name.of(tag) for tag in tags]) == known


@pytest.mark.parametrize(
    ("log_format", "known"), [("hf-trainer", "huggingface"), ("lightning-csv", "lightning"), ("xgboost", "xgboost")]
)
def test_a_format_of_one_framework_names_it(log_format: str, known: str) -> None:
    assert framework(log_format, []) == known
