from __future__ import annotations

import pytest

from lossmon_adapters.console.data_size import DataSize


@pytest.mark.parametrize(
    ("output", "examples"),
    [
        (b"Train on 20000 samples, validate on 5000 samples\nEpoch 1/20\n", 20000),
        (b"[LightGBM] [Info] Number of data points in the train set: 455, number of used features: 30\n", 455),
        (b"***** Running training *****\n  Num examples = 3,668\n  Num Epochs = 3\n", 3668),
        (b"***** Running Evaluation *****\n  Num examples = 408\n", 0),
        (b"Train on 200 samples\nTrain on 300 samples\n", 0),
        (b"epoch 1 loss 0.5\n", 0),
    ],
)
def test_the_size_of_the_training_set_is_found_however_the_output_is_cut(output: bytes, examples: int) -> None:
    for cut in range(len(output) + 1):
        size = DataSize()
        size.search(output[:cut])
        size.search(output[cut:])
        assert size.train_examples == examples


def test_only_the_start_of_output_is_searched() -> None:
    size = DataSize()
    size.search(b"x\n" * (1 << 14))
    size.search(b"Train on 200 samples\n")
    assert size.train_examples == 0
