"""Values that a program shows again are no new points."""

from __future__ import annotations

import pytest
from tests.support.decoding import DATA, Points, decode, decoded_output, new_decoder, values, xs


def bundled(name: str) -> Points:
    return decode(new_decoder("text"), (DATA / "text" / name).read_bytes())


def test_the_last_validation_loss_on_the_bars_of_the_next_epoch_is_no_evaluation() -> None:
    points = bundled("lightning_bars.log")
    assert xs(points, b"val_loss") == list(range(len(xs(points, b"val_loss")))) != []
    assert values(points, b"val_loss")[:3] == [0.621, 0.551, 0.461]


def test_a_display_of_several_lines_gives_one_point_an_epoch() -> None:
    points = bundled("lightning_typescript")
    assert values(points, b"val_loss")[:3] == [0.621, 0.551, 0.461]
    assert xs(points, b"val_loss") == list(range(len(xs(points, b"val_loss")))) != []
    assert xs(points, b"train_loss") == list(range(len(xs(points, b"train_loss")))) != []


def test_a_score_that_stays_the_same_while_the_loss_changes_is_of_a_new_evaluation() -> None:
    bar = "Epoch {}: 100%|####| 7/7 [00:01<00:00, loss=0.5, val_acc=0.8, val_loss={}]\n"
    points = decoded_output(bar.format(0, 0.6) + bar.format(1, 0.5) + bar.format(2, 0.5))
    assert values(points, b"val_acc") == [0.8, 0.8]
    assert values(points, b"val_loss") == [0.6, 0.5]


def test_a_log_that_has_no_validation_loss_yet_will_repeat_it() -> None:
    line = "Epoch 1 | iter {} step {} | loss train: {}, val: {} | iter time: 3 ms\n"
    points = decoded_output(
        "".join(line.format(i, i, 2 / i, "n/a" if i < 3 else 0.9 if i < 5 else 0.8) for i in range(1, 7))
    )
    assert values(points, b"val loss") == [0.9, 0.8]


def test_losses_that_are_equal_on_lines_of_their_own_are_evaluations() -> None:
    points = decoded_output("Epoch 1 val_loss 0.69\nEpoch 2 val_loss 0.69\n")
    assert values(points, b"val_loss") == [0.69, 0.69]


def test_the_best_so_far_is_no_loss_of_now() -> None:
    points = decoded_output("Epoch 3, train_loss: 0.5\ncurrent best: recall: 0.0, train_loss: inf, epoch: 1\n")
    assert values(points, b"train_loss") == [0.5]


@pytest.mark.parametrize(
    "end", ["Early stopping, best iteration is:", "Did not meet early stopping. Best iteration is:"]
)
def test_the_best_evaluation_that_is_printed_again_after_training_is_no_new_one(end: str) -> None:
    lines = [f"[{i}]\ttrain's l2: {2 / i}\tvalid's l2: {3 / i}" for i in (1, 2, 3)]
    points = decoded_output("\n".join([*lines, end, lines[1], ""]))
    assert xs(points, b"valid's l2") == [1, 2, 3]
