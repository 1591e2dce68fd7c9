"""Where in the training the lines of captured output are: epochs, steps, evaluations between them."""

from __future__ import annotations

import pytest
from tests.support.decoding import Points, decoded, values, xs

from lossmon_adapters.console.decoder import TextDecoder
from lossmon_adapters.console.line_parser import read


def lines(text: str) -> Points:
    return decoded(TextDecoder(), text.encode())


def test_steps_that_begin_anew_go_on_though_nothing_says_how_many_there_are() -> None:
    text = "".join(f"Epoch: {e}, Step: {s}, loss = 1.5\n" for e in range(3) for s in (0, 50))
    assert xs(lines(text), b"loss") == [0, 50, 100, 150, 200, 250]
    text = "".join(f"[{e}, {s:5d}] loss: 1.5\n" for e in (1, 2) for s in (2000, 4000))
    assert xs(lines(text), b"loss") == [2000, 4000, 6000, 8000]


def test_steps_that_go_back_within_an_epoch_are_a_restart() -> None:
    text = "".join(f"Epoch: {e}, Step: {s}, loss = 1.5\n" for e, s in ((0, 10), (0, 20), (0, 10), (0, 20)))
    assert xs(lines(text), b"loss") == [10, 20, 10, 20]


def test_another_count_of_steps_does_not_lead_back() -> None:
    text = "step=100, loss=1.5\n[Rank 0] step=10, skipped=0\nval loss: 2.5\nsaved at step=200\nval loss: 2\n"
    assert xs(lines(text), b"val loss") == [100, 200]


def test_an_evaluation_that_counts_its_own_steps_is_at_the_step_of_the_training() -> None:
    text = "".join(
        f"Epoch {e}/2\nstep 7/7 - loss: 1.5 - 680ms/step\nEval begin...\nstep 1/2 - loss: 9.0\nstep 2/2 - loss: 2.5\n"
        for e in (1, 2)
    )
    decoder = TextDecoder()
    points = decoded(decoder, text.encode())
    assert xs(points, b"loss") == xs(points, b"eval/loss") == [7, 14]
    assert decoder.planned == {"epoch": 2, "step": 14}


def test_a_heading_is_of_the_next_numbers_only() -> None:
    points = lines("Epoch 1\nValidating\nloss: 2.5\nloss: 1.5\nEvaluating ...\nEpoch 2\nloss: 1.25\n")
    assert values(points, b"validation/loss") == [2.5]
    assert values(points, b"loss") == [1.5, 1.25]


def test_steps_of_the_training_end_a_heading() -> None:
    points = lines("step 10/90 | loss 3.5\nevaluating\nstep 20/90 | loss 3.25\nevaluating\nstep 30 | loss 3\n")
    assert values(points, b"loss") == [3.5, 3.25, 3]


def test_two_evaluations_of_one_epoch_are_two_curves() -> None:
    test = "Test: [ 4/48]  Loss: 9.0 (9.0)\nTest: [48/48]  Loss: 9.0 (2.5)\n"
    points = lines("Train: 0 [   9/9 (100%)]  Loss: 1.5 (1.75)\n" + test + test.replace("Test", "Test (EMA)") + "\n")
    assert values(points, b"test/Loss") == values(points, b"test_ema/Loss") == [2.5]


def test_what_is_printed_between_the_batches_of_an_evaluation_does_not_end_it() -> None:
    epochs = [
        f"Epoch: [{epoch}][0/9]\tLoss 1.5 (1.5)\naux_loss  0.5 (0.5)\n"
        f"Test: [0/22]  Loss 9.0 (9.0)\nPrec@1 1.0\naux_loss  0.5 (0.5)\n"
        f"Test: [10/22]  Loss 9.0 (8.0)\nPrec@1 1.0\naux_loss  0.5 (0.5)\n"
        f"Test: [20/22]  Loss 9.0 ({epoch + 2}.5)\nPrec@1 1.0\naux_loss  0.5 (0.5)\n"
        for epoch in range(3)
    ]
    points = lines("".join(epochs))
    assert values(points, b"test/Loss") == [2.5, 3.5, 4.5]
    assert len(values(points, b"Loss")) == 3
    assert len(values(points, b"aux_loss")) == 12


def test_of_short_evaluations_the_one_line_is_the_last() -> None:
    epochs = [f"Epoch: [{e}][0/9]\tLoss 1.5 (1.5)\nTest: [0/5]  Loss 9.0 ({e + 2}.5)\n * Acc@1 1.0\n" for e in range(3)]
    assert values(lines("".join(epochs)), b"test/Loss") == [2.5, 3.5, 4.5]


def test_a_finished_evaluation_is_shown_at_once() -> None:
    assert values(lines("Epoch: [0][8/9]\tLoss 1.5 (1.5)\nTest: [48/48]  Loss: 9.0 (2.5)\n"), b"test/Loss") == [2.5]


def test_a_second_training_in_one_log_begins_again() -> None:
    training = "".join(f"Epoch {e}: train_loss=1.5 val_loss=2.5\n" for e in (1, 2, 3))
    assert xs(lines(training * 2), b"val_loss") == [1, 2, 3, 1, 2, 3]


@pytest.mark.parametrize("line", ["loss: 0.5s", "step 7 loss=0.25/3", "time 00:10 loss: 1.5x"])
def test_a_part_of_a_number_is_no_number(line: str) -> None:
    assert read(line).values == []


def test_a_number_in_brackets_at_the_start_is_a_step_only_if_it_is_alone_in_them() -> None:
    reading = read("[11/24 10:00:00 d2.utils.events]:  eta: 0:20:00  iter: 19  total_loss: 2.05")
    assert (reading.step, reading.at.steps) == (19, None)


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize(
    "batch",
    [
        "Epoch: {0} | Batch: {1}/ 10 | Loss: 1.5",
        "| epoch {0} |  {1}/ 10 batches | loss 1.5",
        "epoch {0}:  {1} / 10 loss=1.5",
    ],
)
def test_batches_are_parts_of_an_epoch_whose_evaluation_is_at_its_end(first: int, batch: str) -> None:
    epochs = (first, first + 1)
    points = lines("".join(f"{batch.format(e, 2)}\n{batch.format(e, 6)}\nEpoch {e} val_loss: 2.5\n" for e in epochs))
    (tag,) = points.keys() - {b"val_loss"}
    assert xs(points, tag) == [0.2, 0.6, 1.2, 1.6]
    assert xs(points, b"val_loss") == [1, 2]


def test_settings_are_no_epoch() -> None:
    assert read("Namespace(lr=0.1, epochs=90, loss_weight=0.5)").epoch is None
    assert read("epochs: 20").epoch is None
    assert read("Epochs: 3, loss: 0.5").epoch == 3
    assert read("Epochs 3/20 loss: 0.5").at.epochs == 20


def test_a_sum_that_begins_at_0_in_source_that_was_printed_is_no_loss() -> None:
    source = "# 1. wait on step 1, then go\n    if step == 10:\n        val_loss = 0.0\nf'state{step:06d}'\n"
    points = lines(source + "step:0/20 val_loss:7.5\nstep:5/20 val_loss:0.0\n")
    assert (xs(points, b"val_loss"), values(points, b"val_loss")) == ([0, 5], [7.5, 0])
