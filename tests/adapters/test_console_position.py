"""Captured output: epochs and steps of its lines, and the evaluations between them."""

from __future__ import annotations

import pytest
from tests.support.decoding import decode, decoded_output, new_decoder, planned_end, values, xs


def test_steps_that_restart_in_each_epoch_are_added_up_without_a_known_total() -> None:
    text = "".join(f"Epoch: {e}, Step: {s}, loss = 1.5\n" for e in range(3) for s in (0, 50))
    assert xs(decoded_output(text), b"loss") == [0, 50, 100, 150, 200, 250]
    text = "".join(f"[{e}, {s:5d}] loss: 1.5\n" for e in (1, 2) for s in (2000, 4000))
    assert xs(decoded_output(text), b"loss") == [2000, 4000, 6000, 8000]


def test_steps_that_go_back_within_an_epoch_are_a_restart() -> None:
    text = "".join(f"Epoch: {e}, Step: {s}, loss = 1.5\n" for e, s in ((0, 10), (0, 20), (0, 10), (0, 20)))
    assert xs(decoded_output(text), b"loss") == [10, 20, 10, 20]


def test_a_second_step_counter_does_not_move_x_back() -> None:
    text = "step=100, loss=1.5\n[Rank 0] step=10, skipped=0\nval loss: 2.5\nsaved at step=200\nval loss: 2\n"
    assert xs(decoded_output(text), b"val loss") == [100, 200]


def test_an_evaluation_with_its_own_step_counter_is_at_the_step_of_the_training() -> None:
    text = "".join(
        f"Epoch {e}/2\nstep 7/7 - loss: 1.5 - 680ms/step\nEval begin...\nstep 1/2 - loss: 9.0\nstep 2/2 - loss: 2.5\n"
        for e in (1, 2)
    )
    decoder = new_decoder("text")
    points = decode(decoder, text.encode())
    assert xs(points, b"loss") == xs(points, b"eval/loss") == [7, 14]
    assert planned_end(decoder) == {"epoch": 2, "step": 14}


def test_a_heading_applies_to_the_next_values_only() -> None:
    points = decoded_output("Epoch 1\nValidating\nloss: 2.5\nloss: 1.5\nEvaluating ...\nEpoch 2\nloss: 1.25\n")
    assert values(points, b"validation/loss") == [2.5]
    assert values(points, b"loss") == [1.5, 1.25]


def test_steps_of_the_training_end_a_heading() -> None:
    points = decoded_output("step 10/90 | loss 3.5\nevaluating\nstep 20/90 | loss 3.25\nevaluating\nstep 30 | loss 3\n")
    assert values(points, b"loss") == [3.5, 3.25, 3]


def test_two_evaluations_of_one_epoch_are_two_curves() -> None:
    test = "Test: [ 4/48]  Loss: 9.0 (9.0)\nTest: [48/48]  Loss: 9.0 (2.5)\n"
    points = decoded_output(
        "Train: 0 [   9/9 (100%)]  Loss: 1.5 (1.75)\n" + test + test.replace("Test", "Test (EMA)") + "\n"
    )
    assert values(points, b"test/Loss") == values(points, b"test_ema/Loss") == [2.5]


def test_what_is_printed_between_the_batches_of_an_evaluation_does_not_end_it() -> None:
    epochs = [
        f"Epoch: [{epoch}][0/9]\tLoss 1.5 (1.5)\naux_loss  0.5 (0.5)\n"
        f"Test: [0/22]  Loss 9.0 (9.0)\nPrec@1 1.0\naux_loss  0.5 (0.5)\n"
        f"Test: [10/22]  Loss 9.0 (8.0)\nPrec@1 1.0\naux_loss  0.5 (0.5)\n"
        f"Test: [20/22]  Loss 9.0 ({epoch + 2}.5)\nPrec@1 1.0\naux_loss  0.5 (0.5)\n"
        for epoch in range(3)
    ]
    points = decoded_output("".join(epochs))
    assert values(points, b"test/Loss") == [2.5, 3.5, 4.5]
    assert len(values(points, b"Loss")) == 3
    assert len(values(points, b"aux_loss")) == 12


def test_the_only_line_of_a_short_evaluation_is_its_last() -> None:
    epochs = [f"Epoch: [{e}][0/9]\tLoss 1.5 (1.5)\nTest: [0/5]  Loss 9.0 ({e + 2}.5)\n * Acc@1 1.0\n" for e in range(3)]
    assert values(decoded_output("".join(epochs)), b"test/Loss") == [2.5, 3.5, 4.5]


def test_a_finished_evaluation_gives_its_point_at_once() -> None:
    points = decoded_output("Epoch: [0][8/9]\tLoss 1.5 (1.5)\nTest: [48/48]  Loss: 9.0 (2.5)\n")
    assert values(points, b"test/Loss") == [2.5]


def test_a_second_training_in_one_log_starts_again_at_its_first_epoch() -> None:
    training = "".join(f"Epoch {e}: train_loss=1.5 val_loss=2.5\n" for e in (1, 2, 3))
    assert xs(decoded_output(training * 2), b"val_loss") == [1, 2, 3, 1, 2, 3]


@pytest.mark.parametrize("line", ["loss: 0.5s", "step 7 loss=0.25/3", "time 00:10 loss: 1.5x"])
def test_a_number_with_letters_behind_it_is_no_value(line: str) -> None:
    assert decoded_output(f"{line}\n") == {}


def test_a_number_in_brackets_at_the_start_is_a_step_only_if_it_is_alone_in_them() -> None:
    decoder = new_decoder("text")
    points = decode(decoder, b"[11/24 10:00:00 d2.utils.events]:  eta: 0:20:00  iter: 19  total_loss: 2.05\n")
    assert xs(points, b"total_loss") == [19]
    assert planned_end(decoder) == {}


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize(
    "batch",
    [
        "Epoch: {0} | Batch: {1}/ 10 | Loss: 1.5",
        "| epoch {0} |  {1}/ 10 batches | loss 1.5",
        "epoch {0}:  {1} / 10 loss=1.5",
    ],
)
def test_batches_are_fractions_of_an_epoch_and_its_evaluation_is_at_its_end(first: int, batch: str) -> None:
    epochs = (first, first + 1)
    points = decoded_output(
        "".join(f"{batch.format(e, 2)}\n{batch.format(e, 6)}\nEpoch {e} val_loss: 2.5\n" for e in epochs)
    )
    (tag,) = points.keys() - {b"val_loss"}
    assert xs(points, tag) == [0.2, 0.6, 1.2, 1.6]
    assert xs(points, b"val_loss") == [1, 2]


def test_a_number_of_epochs_in_the_settings_is_no_epoch() -> None:
    # Where nothing counts epochs, x counts lines from 0.
    assert xs(decoded_output("Namespace(lr=0.1, epochs=90, loss_clip=0.5)\n"), b"loss_clip") == [0]
    assert xs(decoded_output("epochs: 20\nloss: 0.5\n"), b"loss") == [0]
    assert xs(decoded_output("Epochs: 3, loss: 0.5\n"), b"loss") == [3]
    decoder = new_decoder("text")
    decoder.feed(b"Epochs 3/20 loss: 0.5\n")
    assert planned_end(decoder) == {"epoch": 20}


def test_a_sum_that_starts_at_0_in_printed_source_code_is_no_loss() -> None:
    source = "# 1. wait on step 1, then go\n    if step == 10:\n        val_loss = 0.0\nf'state{step:06d}'\n"
    points = decoded_output(source + "step:0/20 val_loss:7.5\nstep:5/20 val_loss:0.0\n")
    assert (xs(points, b"val_loss"), values(points, b"val_loss")) == ([0, 5], [7.5, 0])


def test_steps_may_be_ordinal_numbers() -> None:
    points = decoded_output("current step: 1th step\nbatch loss:4.0\ncurrent step: 2th step\nbatch loss:3.9\n")
    assert xs(points, b"batch loss") == [1, 2]


def test_a_number_too_long_for_an_epoch_is_not_cut_to_one() -> None:
    points = decoded_output("epoch 1700000000 loss: 0.5\nepoch 1700000060 loss: 0.4\n")
    assert not {170000000.0, 1.0e8} & {x for tag in points for x in xs(points, tag)}
    assert [value for tag in points for value in values(points, tag)] == [0.5, 0.4]
