"""Of which data split the values of a line are, where only the whole line says so."""

from __future__ import annotations

from tests.support.decoding import claiming_format, decoded_output, new_decoder, values


def test_the_split_before_the_first_value_holds_for_the_others() -> None:
    points = decoded_output("epoch 1: train acc: 49.7%, loss: 1.45\n  test acc: 76.8%, loss: 0.68\n")
    assert values(points, b"train/loss") == [1.45]
    assert values(points, b"test/loss") == [0.68]


def test_a_value_without_a_split_keeps_its_name_beside_two_splits_and_behind_an_underscore() -> None:
    assert b"loss" in decoded_output("epoch 1: val_acc: 0.5 loss: 1.45\n")
    assert b"loss" in decoded_output("epoch 1: loss: 1.45, val acc: 0.5\n")
    assert b"acc" in decoded_output("epoch 1: train loss: 0.5, val loss: 0.6, acc: 0.7\n")


def test_sizes_of_data_sets_and_percentages_are_no_curves() -> None:
    text = "Train: 342 Val: 29\nEpoch 01/10\n  Train: 74%|###  | 9/12 [09:04<02:47, loss=0.3273]\n  Val: 43%|# | 3/7\n"
    assert set(decoded_output(text)) == {b"loss"}


def test_numbers_that_have_only_a_split_for_a_name_are_losses_with_a_counter_or_a_fraction() -> None:
    assert set(decoded_output("0:\tlearn: 1\ttest: 2\n")) == {b"learn", b"test"}
    assert set(decoded_output("Train 2.5 Val 3.5\n")) == {b"Train", b"Val"}


def test_a_csv_file_of_numbers_that_is_named_after_a_loss_is_read() -> None:
    assert claiming_format("val_loss.csv", b"877.25\n119.7\n80.2\n") == "numbers"
    assert len(new_decoder("numbers").feed(b"877.25\n119.7\n80.2\n")[0]) == 3
