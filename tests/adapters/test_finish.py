"""The last line of a log that is read once may have no newline."""

from __future__ import annotations

import pytest
from tests.support.decoding import claiming_format, new_decoder, points_by_tag, values

from lossmon.sources.abilities import SupportsFinish


def finished(format_name: str, *pieces: bytes) -> list[float]:
    """Return the losses of a log in *pieces*, with what is known after the last."""
    decoder = new_decoder(format_name)
    assert isinstance(decoder, SupportsFinish)
    scalars = [one for piece in pieces for one in decoder.feed(piece)]
    return values(points_by_tag([*scalars, *decoder.finish()]), b"loss")


def test_a_last_line_without_newline_is_taken() -> None:
    assert finished("text", b"Epoch 1 loss 0.5\nEpoch 2 lo", b"ss 0.4") == [0.5, 0.4]
    assert finished("numbers", b"0.5\n0.", b"4") == [0.5, 0.4]


def test_a_line_with_as_many_decimals_as_most_lines_is_whole() -> None:
    assert finished("text", b"Epoch 1 loss 0.91\nEpoch 2 loss 0.804\nEpoch 3 loss 0.72\nEpoch 4 loss 0.61")[-1] == 0.61


def test_a_line_that_may_have_been_cut_is_not_taken() -> None:
    assert finished("text", b"Epoch 1 loss 0.5123\nEpoch 2 loss 0.4") == [0.5123]
    assert finished("text", b"Epoch 1 loss 0.5, val_loss 0.6\nEpoch 2 loss 0.4") == [0.5]
    assert finished("numbers", b"0.5123\n0.4") == [0.5123]


def test_a_bar_on_its_way_is_not_taken() -> None:
    assert finished("text", b"Epoch 1 loss 0.5\nEpoch 2:  57%|##  | 4/7 [00:01, loss=0.4]") == [0.5]


def test_what_is_added_to_a_line_that_was_taken_is_left_out() -> None:
    decoder = new_decoder("text")
    assert isinstance(decoder, SupportsFinish)
    scalars = [*decoder.feed(b"Epoch 1 loss 0.5\nEpoch 2 loss 0.4"), *decoder.finish()]
    scalars += decoder.feed(b" and more\nEpoch 3 loss 0.3\n")
    assert values(points_by_tag(scalars), b"loss") == [0.5, 0.4, 0.3]


def test_a_line_that_was_not_taken_goes_on() -> None:
    decoder = new_decoder("text")
    assert isinstance(decoder, SupportsFinish)
    scalars = [*decoder.feed(b"Epoch 1 loss 0.52\nEpoch 2 loss 0.4"), *decoder.finish(), *decoder.feed(b"1\n")]
    assert values(points_by_tag(scalars), b"loss") == [0.52, 0.41]


@pytest.mark.parametrize(
    ("name", "head", "format_name"),
    [
        ("epoch_loss.txt", b"0.5\n0.4\n", "numbers"),
        ("loss.txt", b"0.5\n", None),
        ("loss.txt", b"0.5\nhello\n", None),
        ("data.txt", b"0.5\n0.4\n", None),
    ],
)
def test_numbers_are_losses_if_the_name_says_so(name: str, head: bytes, format_name: str | None) -> None:
    assert claiming_format(name, head) == format_name
