"""Captured output gives the same points however it arrives, also where it is damaged."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.support.decoding import Points, new_decoder, points_by_tag

_PIECES = (
    "E  m  s  loss  s  I  e\n", "epoch  train_loss  valid_loss\n", "       1/2 G   5 0 5 9 its", "1Gits",
    "3  0.5  0.25", "Epoch 3: 50%|##  | loss=0.5", "Epoch 3: 60%|### | loss=0.25", "Epoch 30 loss=0.125", "Epoch 4 ",
    "loss=2 ", "loss=1", "\x1b[31mEpoch 3 loss=0.75", "1/2 s/step - loss: 3",
    "2/2 0s 1s/step - loss: 3 - val_loss: 4", "Test: [1/2] loss 5 (6)", "Validation:", "step 3", "val_loss: nan",
    "━━ Epoch 5 0/9 loss 7", "hello", "{'loss': [1, 2]}", "\r", "\r", "\n", "\n", "\r\n", "\b\b", " ",
)  # fmt: skip
DAMAGED_BAR = b"E  m  s  loss  s  I  e\n       1/2 G   5 0 5 9 its\r       1 G 5 0 3 [ its\r       1Gits\n"


def points_of(*pieces: bytes) -> Points:
    decoder = new_decoder("text")
    return points_by_tag(scalars for piece in pieces for scalars in decoder.feed(piece))


@pytest.mark.parametrize("cut", range(len(DAMAGED_BAR)))
def test_a_damaged_bar_gives_the_same_points_however_it_is_cut(cut: int) -> None:
    assert points_of(DAMAGED_BAR[:cut], DAMAGED_BAR[cut:]) == points_of(DAMAGED_BAR)


@example(["Epoch 3: 50%|##  | loss=0.5", "\r", "hello", "\r", "loss=2 ", "\r", "loss=1", "\n"], [28])
@given(st.lists(st.sampled_from(_PIECES), max_size=30), st.lists(st.integers(0, 600), max_size=3))
def test_bars_tables_and_lines_in_any_order_give_the_same_points_however_they_are_cut(
    parts: list[str], cuts: list[int]
) -> None:
    data = "".join([*parts, "\n"]).encode()
    places = sorted({0, *(cut % len(data) for cut in cuts), len(data)})
    assert points_of(*(data[begin:end] for begin, end in pairwise(places))) == points_of(data)


def test_of_a_bar_whose_last_state_has_not_been_overwritten_that_state_counts() -> None:
    bar = b"".join(b"\rEpoch 3: %d%%|##| loss=0.%d" % (i, i) for i in range(10, 60))
    assert points_of(bar, b"\r", b"\nEpoch 4\n") == points_of(bar + b"\n") == points_of(b"Epoch 3: loss=0.59\n")


def test_nothing_is_kept_of_a_bar_when_its_line_has_ended() -> None:
    points = points_of(b"\rEpoch 3: loss=0.5", b"\rEpoch 3: loss=0.25\r", b"\nEpoch 3: loss=0.75\n")
    assert [point.x for point in points[b"loss"]] == [3, 3]
