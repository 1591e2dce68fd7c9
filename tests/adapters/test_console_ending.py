"""What the end of captured output says of the training."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.decoding import new_decoder

from lossmon.sources.abilities import SupportsRunInfo
from lossmon.sources.protocol import RunState

EPOCHS = b"".join(b"Epoch %d/50 loss: 0.%d val_loss: 0.5\n" % (epoch, 90 - epoch) for epoch in range(1, 11))
ENDS = [
    "Epoch 12: early stopping",
    "Epoch 00012: early stopping",
    "`Trainer.fit` stopped: `max_epochs=10` reached.",
    "Monitored metric val_loss did not improve in the last 3 records. Best score: 0.512. Signaling Trainer to stop.",
    "Training completed. Do not forget to share your model on huggingface.co/models =)",
    "{'train_runtime': 12.3, 'train_samples_per_second': 3.2, 'train_loss': 0.3, 'epoch': 3.0}",
    "50 epochs completed in 0.123 hours.",
    "EarlyStopping: Training stopped early as no improvement observed in last 50 epochs. Best results at epoch 12",
    "Stopping training early as no improvement observed in last 100 epochs. Best results observed at epoch 5",
    "Early stopping, best iteration is:",
    "Stopping. Best iteration:",
    "Stopped by overfitting detector  (20 iterations wait)",
    "2024-01-01 10:00:00 | INFO | fairseq_cli.train | done training in 123.4 seconds",
    "Ran out of patience. Stopping training.",
    "Stopping since valid_loss has not improved in the last 5 epochs.",
    "No improvement since epoch 3: early stopping",
    "Finished Training",
    "Training complete in 0m 30s",
    "Early stopping!",
    "Early stopping triggered",
    "Early stopping at epoch 14",
    "training finished after 30 epochs",
    "==== Training finished ====",
    "INFO:root:Training finished.",
    "[2024-01-01 10:00:00,123][root][INFO] - Training done",
    "2024-01-01 10:00:00.123 | INFO     | __main__:main:33 - Training completed!",
]
NO_ENDS = [
    "EarlyStopping counter: 3 out of 7",
    "early_stopping: true",
    "Early stopping patience: 5",
    "early stopping enabled",
    "Early stopping in 3 epochs",
    "early stopping at 5 epochs of patience",
    "Training finished in epoch 3",
    "Training done for epoch 3",
    "Finished training epoch 3",
    "Training complete for fold 1",
    "Training is done on 2 GPUs",
    "training done on cuda:0",
    "Training until validation scores don't improve for 20 rounds",
    "Trainer was signaled to stop but the required `min_epochs=5` has not been met. Training will continue...",
    "Done",
]


def state_after(*pieces: bytes) -> RunState:
    """Return what is known of the training after its output came in these pieces."""
    decoder = new_decoder("text")
    assert isinstance(decoder, SupportsRunInfo)
    for piece in pieces:
        decoder.feed(piece)
    info = decoder.run_info.get("")
    return info.state if info else "unknown"


@pytest.mark.parametrize("line", ENDS)
def test_a_line_by_which_a_program_ends_says_that_the_training_has_finished(line: str) -> None:
    assert state_after(EPOCHS + line.encode() + b"\n") == "finished"


@pytest.mark.parametrize("line", NO_ENDS)
def test_a_line_of_a_training_that_goes_on_is_no_end(line: str) -> None:
    assert state_after(EPOCHS + line.encode() + b"\n") == "unknown"


def test_what_is_printed_after_the_end_does_not_change_it() -> None:
    after = b"Test loss: 0.51, test accuracy: 0.8\nBest epoch: 7\nSaved model to out/model.pt\n"
    assert state_after(EPOCHS, b"Finished Training\n", after) == "finished"


@pytest.mark.parametrize(
    "line", [b"Epoch 11/50 loss: 0.4 val_loss: 0.5\n", b"Fold 2\nEpoch 1/50 loss: 0.9 val_loss: 0.9\n"]
)
def test_a_training_that_goes_on_after_its_end_has_not_finished(line: bytes) -> None:
    assert state_after(EPOCHS, b"Early stopping\n", line) == "unknown"


def test_a_training_whose_output_ends_in_a_traceback_has_failed() -> None:
    traceback = (
        b'Traceback (most recent call last):\n  File "train.py", line 3, in <module>\n    step()\nMemoryError: x\n'
    )
    assert state_after(EPOCHS + traceback) == "failed"
    assert state_after(EPOCHS + traceback, b"Epoch 11/50 loss: 0.4 val_loss: 0.5\n") == "unknown"


def test_a_training_that_was_killed_has_failed() -> None:
    assert state_after(EPOCHS, b"train.sh: line 3:  4127 Killed                  python train.py\n") == "failed"


@given(st.lists(st.integers(1, 400), max_size=6))
def test_where_the_bytes_are_cut_does_not_matter(cuts: list[int]) -> None:
    output = EPOCHS + b"Finished Training\nsaved\n"
    edges = [0, *sorted({min(cut, len(output)) for cut in cuts}), len(output)]
    assert state_after(*(output[a:b] for a, b in pairwise(edges))) == "finished"


@given(st.text(max_size=200))
def test_any_line_is_accepted(line: str) -> None:
    assert state_after(EPOCHS + b"Training done " + line.encode() + b"\n") in ("unknown", "finished", "failed")


@pytest.mark.parametrize(
    "part", ["- ", "[a", "a:", "a.b : ", "2024-01-01 ", "training is ", "info:", "{'train_runtime': "]
)
def test_long_lines_take_no_time(part: str) -> None:
    began = time.process_time()
    state_after(EPOCHS + b"early stopping " + (part * 2000).encode() + b"\n")
    assert time.process_time() - began < 1.0
