"""Telling the output of a training from other text."""

from __future__ import annotations

import time
from pathlib import PurePath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossmon_adapters.console import ConsoleOutput

_BEFORE = ("", "2024-01-01 00:00:00,123 - INFO - ", "\x1b[32m", "[rank0]: ", "(pid=12) ")
_POSITIONS = ("Epoch 3/20", "epoch: 3,", "step 250:", "Epoch [3]", "iter 40 |")
_NAMES = ("loss", "Train Loss", "val_loss", "mean training loss", "nll", "validation perplexity", "损失 loss")
_MARKS = (": ", "=", " = ", ": \x1b[1m", "=> ", " -> ", ":\t", ":\u00a0", ":#011")
_NUMBERS = (
    "0.5",
    "1e-3",
    "nan",
    "-inf",
    ".5",
    "2",
    "tensor(0.5, device='cuda:0')",
    "np.float64(0.1)",
    "'0.5'",
)
_LARGEST = 30_000


def _is_claimed(text: str) -> bool:
    return ConsoleOutput().claims(PurePath("train.log"), text.encode())


@given(*map(st.sampled_from, (_BEFORE, _POSITIONS, _NAMES, _MARKS, _NUMBERS)), st.integers(0, 3))
def test_any_way_to_print_a_loss_at_a_position_is_output_of_a_training(
    before: str, position: str, name: str, mark: str, number: str, other_lines: int
) -> None:
    other = "the model of the step follows with error 0.3 in data\n" * other_lines
    assert _is_claimed(f"{other}{before}{position} {name}{mark}{number}\n{other}")


@pytest.mark.parametrize(
    "text",
    [
        "epoch 3\nloss 0.5\n",
        "step 3\nthe loss is 0.5, which is good\n",
        "epoch 3\n0.25 mean loss\n",
        "step 10: train 0.5 val 0.6\n",
        "step 10: train [0.5] val [0.6]\n",
        "Ep. 1 : Up. 100 : Sen. 3,200 : Cost 9.5 : Time 3s\n",
        "o.d.o.l.ScoreIterationListener - Score at iteration 20 is 1.25\n",
        "epoch train_loss val_loss\n1 0.5 0.6\n",
        "| epoch | loss |\n|---|---|\n| 1 | nan |\n",
        "E    #       LOSS TOK2VEC\n0       0          0.00\n",
        "epoch 3\n      | train | val\nloss  | 0.5   | 0.6\n",
        "{'loss': [0.9, 0.7], 'val_loss': [1.0, 0.8]}\n",
    ],
)
def test_values_without_a_usual_mark_are_found(text: str) -> None:
    assert _is_claimed(text)


@pytest.mark.parametrize(
    "text",
    [
        "the model of data we train with figures error follows in 0.123 step result\n",
        "12:00:01 GET /train/step/3 error 404\n",
        "the step of the epoch in which the error was 3 and the result of the train step 0.5 good\n",
    ],
)
def test_prose_with_numbers_is_no_output_of_a_training(text: str) -> None:
    assert not _is_claimed(text * 20)


@pytest.mark.parametrize("part", ["a:1 ", "loss: ", "0 ", "train 1", "|train|val", "': [", "\x1b[", "nan loss "])
def test_one_long_line_of_anything_is_decided_in_time(part: str) -> None:
    text = "loss epoch 1 " + part * (_LARGEST // len(part))
    began = time.process_time()
    _is_claimed(text)
    _is_claimed(text.replace(" ", "\n"))
    assert time.process_time() - began < 10


def test_bytes_that_are_no_text_are_no_output() -> None:
    assert not ConsoleOutput().claims(PurePath("data.log"), b"epoch 1 loss: 0.5\n" + bytes(range(1, 256)) * 8)
    assert ConsoleOutput().claims(PurePath("hole.log"), bytes(4000) + b"epoch 1 loss: 0.5\n")
