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


def test_sections_between_ornaments_say_the_split_and_best_values_are_left_out() -> None:
    epoch = (
        "==TRAIN==\nA-->B\nEPOCH:: {0}, Loss: 0.{1}\nB-->A\nEPOCH:: {0}, Loss: 0.{1}\n"
        "==TEST==\nEPOCH:: {0}, Loss: 0.{2}\n==BEST TEST==\nEPOCH:: 0, Loss: 0.1\n"
    )
    points = decoded_output(epoch.format(0, 9, 8) + epoch.format(1, 7, 6))
    assert values(points, b"train/Loss") == [0.9, 0.7]
    assert values(points, b"test/Loss") == [0.8, 0.6]


def test_a_section_without_one_for_train_ends_at_the_next_epoch() -> None:
    assert set(decoded_output("Epoch 1 loss: 0.9\n==TEST==\nacc: 0.5\nEpoch 2 loss: 0.8\n")) >= {b"loss"}


def test_the_line_of_an_epoch_is_of_the_test_where_it_is_shown_again_below_a_heading() -> None:
    text = "epoch: {0}, loss is: 0.{1}\ntesting in eval mode\nepoch: {0}, loss is: 0.{2}\nNow continue training\n"
    points = decoded_output(text.format(0, 9, 8) + text.format(1, 7, 6))
    assert values(points, b"loss is") == [0.9, 0.7]
    assert values(points, b"testing/loss is") == [0.8, 0.6]
    silent = decoded_output("epoch: 0, loss: 0.9\nTesting...\nepoch: 1, loss: 0.8\n")
    assert values(silent, b"loss") == [0.9, 0.8]


def test_a_mean_that_starts_at_zero_is_left_out_beside_the_loss_itself() -> None:
    text = "Iteration: {}, Loss function: {}, Average Loss: {}\n"
    points = decoded_output(text.format(0, 22.5, 0.02) + text.format(20, 20.6, 0.43))
    assert set(points) == {b"Loss function"}
    assert b"avg loss" in decoded_output("step 1: loss: 2.5, avg loss: 2.4\nstep 2: loss: 2.1, avg loss: 2.3\n")
    assert b"mean val loss" in decoded_output("epoch 1: train loss: 9.5, mean val loss: 0.4\n")


def test_the_values_of_a_result_in_prose_are_those_behind_its_verb() -> None:
    result = "The result of BN_Net with Adam is test acc: 76.8%, loss: 0.68\n"
    points = decoded_output("\tepoch 1: train acc: 49.7%, loss: 1.45\n" + result)
    assert values(points, b"train/loss") == [1.45]
    assert values(points, b"test/loss") == [0.68]
    assert values(decoded_output("Epoch 0, Step 25, avg loss so far is 0.25\n"), b"avg loss so far") == [0.25]


def test_chinese_words_say_the_split_and_the_loss() -> None:
    text = "Epoch {0} 完成 | 训练损失: 4.{1} | 验证损失：6.{1} | 时间: 385.8s\n✓ 保存最佳模型，验证损失: 6.{1}\n"
    assert claiming_format("train.log", (text.format(1, 5) * 2).encode()) == "text"
    points = decoded_output(text.format(1, 5) + text.format(2, 4))
    assert values(points, b"train loss") == [4.5, 4.4]
    assert values(points, b"val loss") == [6.5, 6.4]


def test_a_section_of_settings_before_the_training_is_no_heading_of_an_evaluation() -> None:
    points = decoded_output("TEST:\n  k_mse: 1.0\nepoch 1 loss: 0.5\nTEST:\nloss: 0.6\n")
    assert b"test/k_mse" not in points
    assert values(points, b"test/loss") == [0.6]
