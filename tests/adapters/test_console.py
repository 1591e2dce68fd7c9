"""Captured output: which files are claimed, what their lines mean, and which points a progress bar gives."""

from __future__ import annotations

import math
import tracemalloc

import pytest
from tests.support.decoding import (
    DATA,
    Points,
    claiming_format,
    decode_in_pieces,
    decoded_output,
    new_decoder,
    planned_end,
    values,
    xs,
)
from tests.support.slow_lines import SLOW_LINES, slowest_line_seconds


def points_of_file(name: str) -> Points:
    return decoded_output((DATA / "text" / name).read_bytes())


@pytest.mark.parametrize(
    ("name", "head"),
    [
        ("train.log", b"2024-11-19 19:13:18,018 - INFO - Epoch 1/20, Train Loss: 0.0982\n"),
        ("stdout.txt", b"Epoch 1/50\n38/38 - 1s - loss: 0.5 - val_loss: 0.6\n"),
        ("out.txt", b"{'loss': '0.694', 'grad_norm': '0.33', 'epoch': '0.2'}\n"),
        ("log.txt", b"step 0: train loss 4.2, val loss 4.3\n"),
        ("slurm-1.out", b"loading\n[0]\ttrain-logloss:0.62\teval-logloss:0.65\n"),
        ("lgb.log", b"[1]\ttrain's binary_logloss: 0.61\n"),
        ("xgb.log", b"[0]\ttrain-rmse:0.62\teval-rmse:0.65\n"),
        ("lgb.log", b"[1]\ttraining's l2: 0.61\tvalid_1's l2: 0.7\n"),
        ("fit.log", b"epoch 1/12: train mse=0.61 val mse=0.7\n"),
        ("cat.log", b"0:\tlearn: 0.58\ttest: 0.61\tbest: 0.61 (0)\ttotal: 54ms\n"),
        ("nb.txt", b"\tTrain Loss: 5.0 | Train PPL: 150\n\t Val. Loss: 4.8 |  Val. PPL: 121\n"),
        ("stdout", b"Iteration 1, loss = 0.69\n"),
        ("main.log", b"s:0 tel:10.9688\ns:0 trl:10.9655\n"),
    ],
)
def test_output_of_training_is_claimed(name: str, head: bytes) -> None:
    assert claiming_format(name, head) == "text"


@pytest.mark.parametrize(
    ("name", "head"),
    [
        ("README.md", b"Epoch 1/20, Train Loss: 0.0982\n"),
        ("train.py", b"print(f'Epoch {epoch}, loss: 0.5')\n"),
        ("requirements.txt", b"torch==2.1\nloss-landscape==0.1\n"),
        ("notes.txt", b"We should look at the loss in the next epoch.\n"),
        ("notes.txt", b"The loss was 0.5 and fell.\n"),
        ("server.log", b"12:00:01 INFO packet loss: 3\n"),
        ("apt.log", b"step 3 of 9: unpacking\n"),
        ("build.log", b"step 3: errors: 0, accepted: 5\n"),
        ("ci.log", b"iteration 7: test errors=0 test mse=0.1\n"),
        ("LICENSE", b"Epoch 1/20, Train Loss: 0.0982\n"),
        ("args.txt", b"epochs: 20\nloss: mse\nlr: 0.1\n"),
        ("empty.log", b""),
    ],
)
def test_prose_and_source_are_not_claimed(name: str, head: bytes) -> None:
    assert claiming_format(name, head) is None


@pytest.mark.parametrize(
    ("line", "x", "expected"),
    [
        ("Epoch 3/20, Train Loss: 0.09", 3, {"Train Loss": 0.09}),
        ("Epoch: 3 \tTraining Loss: 2.07 \tValidation Loss: 1.81", 3, {"Training Loss": 2.07, "Validation Loss": 1.81}),
        ("Epoch: 1/20... Step: 10... Loss: 3.2482... Val Loss: 3.2114", 10, {"Loss": 3.2482, "Val Loss": 3.2114}),
        ("step 250: train loss 2.4, val loss 2.5", 250, {"train loss": 2.4, "val loss": 2.5}),
        ("iter 10: loss 3.2, time 20.5ms, mfu -100.00%", 10, {"loss": 3.2}),
        ("[7]\ttrain-logloss:0.62\teval-logloss:nan", 7, {"train-logloss": 0.62, "eval-logloss": math.nan}),
        ("[5]\ttrain's binary_logloss: 0.6\tvalid's auc: 0.9", 5, {"train's binary_logloss": 0.6, "valid's auc": 0.9}),
        ("4:\tlearn: 0.5\ttest: 0.6\tbest: 0.6 (4)\ttotal: 54ms\tremaining: 4.3s", 4, {"learn": 0.5, "test": 0.6}),
        ("{'eval_loss': '1e-05', 'eval_runtime': '0.1', 'epoch': '2'}", 2, {"eval_loss": 1e-05, "eval_runtime": 0.1}),
        ("{'loss': 0.0, 'grad_norm': nan, 'epoch': 0.5}", 0.5, {"loss": 0.0, "grad_norm": math.nan}),
        (" iteration      100/  500000 | lm loss: 9.012345E+00 |", 100, {"lm loss": 9.012345}),
        ("validation loss at iteration 10 | lm loss value: 8.9E+00 |", 10, {"validation/lm loss value": 8.9}),
        ("s:40 trl:3.5", 40, {"trl": 3.5}),
        ("Step 7 | loss:1.5 lr:2e-05", 7, {"loss": 1.5, "lr": 2e-05}),
        ("Epoch [2/5], Step [100/600], Loss: 0.5", 600 + 100, {"Loss": 0.5}),
        ("Epoch 2 | Train: loss 0.5 | Val: loss=0.6, acc=0.8", 2, {"train/loss": 0.5, "val/loss": 0.6, "val/acc": 0.8}),
        ("INFO - Epoch(val)  [1][4/4]  accuracy: 0.7300  loss: 0.5980", 1, {"val/accuracy": 0.73, "val/loss": 0.598}),
        ("\x1b[1mEpoch 4\x1b[0m \x1b[31mloss: 0.25\x1b[0m", 4, {"loss": 0.25}),
        ("Iteration 9, loss = 0.6931", 9, {"loss": 0.6931}),
    ],
)  # fmt: skip
def test_lines_of_all_styles_are_read(line: str, x: float, expected: dict[str, float]) -> None:
    points = decoded_output(line + "\n")
    for tag, value in expected.items():
        (found,) = values(points, tag.encode())
        assert found == value or (math.isnan(value) and math.isnan(found))
        assert xs(points, tag.encode()) == [x]


@pytest.mark.parametrize(
    "line",
    [
        "Epoch 00000: val_loss improved from inf to 1.35820, saving model to model.hdf5",
        "Epoch 3: val_dice did not improve from 0.5",
        "Validation loss decreased (inf --> 1.819619).  Saving model ...",
        "{'train_runtime': '9.3', 'train_loss': '0.31', 'epoch': '6'}",
        "Best val loss: 0.5 at epoch 3",
        "10:22:01 eta: 0:00:07 loss: 1/2",
        "Trainable params: 1,234",
        "loss",
        "",
    ],
)
def test_comments_give_no_values(line: str) -> None:
    assert decoded_output(f"Epoch 1\n{line}\nEpoch 2\n") == {}


def test_keras_without_bars_gives_a_point_an_epoch() -> None:
    points = points_of_file("keras_verbose2.txt")
    assert xs(points, b"loss") == xs(points, b"val_loss") == list(range(1, 21))


def test_of_a_keras_bar_only_the_last_state_counts() -> None:
    points = points_of_file("keras_verbose1.txt")
    assert xs(points, b"loss") == list(range(1, 21))
    plain = points_of_file("keras_verbose2.txt")
    assert values(points, b"val_loss")[:5] == values(plain, b"val_loss")[:5]


def test_a_bar_that_a_callback_interrupted_counts_once() -> None:
    bar = "\b\b\b\r160/160 \u2501\u2501 0s 5s/step - loss: 0.53"
    points = decoded_output(
        f"Epoch 1/2\n\r{bar}\nEpoch 1: val_loss improved from None to 0.1, saving\n{bar} - val_loss: 0.4\n"
    )
    assert values(points, b"loss") == [0.53]
    points = decoded_output(f"Epoch 1/2\n{bar}\b\b\b\b\n{bar.replace('0s', '9s')}\n")
    assert values(points, b"loss") == [0.53]


def test_a_bar_that_is_drawn_on_a_new_line_each_time_counts_once() -> None:
    bars = "Epoch {0}/2\r\n 1/9 ___ 29:12 11s/step - loss: 9.5\r\n 5/9 ___ 1s 24ms/step - loss: 9.0\r\n"
    end = " 9/9 ___ 9s 24ms/step - loss: {0}.5 - val_loss: {0}.75\r\n"
    points = decoded_output((bars + end).format(1) + (bars + end).format(2))
    assert (values(points, b"loss"), values(points, b"val_loss")) == ([1.5, 2.5], [1.75, 2.75])


def test_a_bar_of_the_epoch_before_is_kept_when_the_next_begins() -> None:
    bars = "".join(f"\rEpoch {epoch}: 50%|##  | 1/2 [00:01, loss={epoch}.5]\rEpoch {epoch}: 100%|####| 2/2 [00:02, "
                   f"loss={epoch}.25]" for epoch in range(3))  # fmt: skip
    assert values(decoded_output(bars + "\n"), b"loss") == [0.25, 1.25, 2.25]


def test_hugging_face_lines_among_bars_are_all_read() -> None:
    points = points_of_file("hf_with_bars.txt")
    assert len(values(points, b"loss")) == 30
    assert xs(points, b"eval_loss") == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_epoch_may_be_printed_on_an_earlier_line(end: str) -> None:
    text = end.join(
        ["Epoch: 01 | Time: 0m 36s", "\tTrain Loss: 5.052", "\t Val. Loss: 4.9", "Epoch: 02", "\tTrain Loss: 4.0", ""]
    )
    points = decoded_output(text)
    assert xs(points, b"Train Loss") == [1, 2]
    assert xs(points, b"Val. Loss") == [1]


def test_steps_that_restart_in_each_epoch_are_added_up() -> None:
    text = "".join(f"Epoch [{e}/2], Step [{s}/300], Loss: 1.0\n" for e in (1, 2) for s in (100, 200, 300))
    assert xs(decoded_output(text), b"Loss") == [100, 200, 300, 400, 500, 600]


def test_batches_within_an_epoch_are_fractions_of_it() -> None:
    text = "Train Epoch: 1 [0/600 (0%)]\tLoss: 2.3\nTrain Epoch: 1 [300/600 (50%)]\tLoss: 1.2\n"
    text += "Train Epoch: 2 [0/600 (0%)]\tLoss: 1.0\n\nTest set: Average loss: 0.5, Accuracy: 9833/10000 (98%)\n"
    points = decoded_output(text)
    (tag,) = [tag for tag in points if b"Loss" in tag]
    assert xs(points, tag) == [0, 0.5, 1]
    assert xs(points, b"test/Average loss") == [1]


@pytest.mark.parametrize(
    ("output", "planned"),
    [
        ("Epoch 3/50\n38/38 - 1s - loss: 0.5\n", {"epoch": 50}),
        ("Epoch [2/10], Step [100/600], Loss: 0.3\n", {"epoch": 10, "step": 6000}),
        ("iter 100/5000: loss 0.7\n", {"step": 5000}),
        ("Epoch 1/5 loss: 1\nEpoch 6/20 loss: 0.9\n", {"epoch": 20}),
        ("step 3/9: unpacking\n", {}),
        ("Epoch 3 loss: 0.5\n", {}),
        ("  Num Epochs = 12\n", {"epoch": 12}),
        ("Namespace(lr=0.1, num_train_epochs=3, seed=1)\n", {"epoch": 3}),
        ("Starting training for 100 epochs...\n", {"epoch": 100}),
        ("Namespace(batch_size=8, epochs=40, lr=0.1)\n", {"epoch": 40}),
        ("Epoch 3 of 40: loss=0.5\n", {"epoch": 40}),
        ("evaluated epochs=40 times, lr=0.1\n", {}),
        ("val_loss did not improve for 5 epochs\n", {}),
        ("max_epochs: 0.5\n", {}),
    ],
)
def test_the_planned_end_is_read_where_it_is_printed(output: str, planned: dict[str, float]) -> None:
    decoder = new_decoder("text")
    decoder.feed(output.encode())
    assert planned_end(decoder) == planned


def test_an_evaluation_printed_batch_by_batch_gives_its_last_mean() -> None:
    epochs = [
        f"Epoch: [{epoch}][ 0/90]\tTime 0.2 ( 0.5)\tLoss 6.9e+00 (6.8e+00)\n"
        f"Epoch: [{epoch}][80/90]\tTime 0.2 ( 0.5)\tLoss 6.5e+00 (6.7e+00)\n"
        f"Test: [ 0/20]\tTime 0.1 ( 0.3)\tLoss 9.0e+00 (9.0e+00)\tAcc@1 40.1 ( 40.0)\n"
        f"Test: [10/20]\tTime 0.1 ( 0.3)\tLoss 1.0e+00 ({5 - epoch}.5e+00)\tAcc@1 40.1 ( 40.0)\n"
        " *   Acc@1 40.100 Acc@5 65.100\n"
        for epoch in range(3)
    ]
    points = decoded_output("".join(epochs))
    assert values(points, b"test/Loss") == [5.5, 4.5, 3.5]
    assert values(points, b"Loss") == [6.9, 6.5] * 3


def test_x_counts_lines_where_there_is_no_epoch_or_step() -> None:
    points = decoded_output("Train Loss: 3\nVal Loss: 4\nTrain Loss: 2\nVal Loss: 3\n")
    assert xs(points, b"Train Loss") == xs(points, b"Val Loss") == [0, 1]


def test_a_log_of_several_boosters_has_the_rounds_that_were_trained() -> None:
    assert xs(points_of_file("xgboost.txt"), b"eval-logloss") == list(range(60))
    assert xs(points_of_file("catboost.txt"), b"learn")[-1] == 79
    assert len(values(points_of_file("lightgbm.txt"), b"valid's binary_logloss")) == 18


def test_a_bar_that_never_ends_its_line_takes_no_memory() -> None:
    decoder = new_decoder("text")
    bar = b"\r1/2000 loss: 0.5" + b"#" * 100
    decoder.feed(bar)
    tracemalloc.start()
    for _ in range(2000):
        decoder.feed(bar)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 32_768


def test_a_long_line_is_left_out_and_counted() -> None:
    decoder = new_decoder("text")
    text = "Epoch 1\nloss: 1\n" + "x" * 100_000 + " loss: 5\nloss: 2\n"
    points = decode_in_pieces(decoder, text.encode(), 1000)
    assert values(points, b"loss") == [1, 2]
    assert list(decoder.warnings) == ["lines of more than 8 KiB left out: 1"]


def test_output_of_a_windows_shell_is_read() -> None:
    assert claiming_format("train.log", "Epoch 1, loss: 0.5\r\n".encode("utf-16")) == "text"
    points = decoded_output("Epoch 1, loss: 0.5\r\n".encode("utf-16"))
    assert values(points, b"loss") == [0.5]


def test_no_line_takes_long() -> None:
    assert slowest_line_seconds(SLOW_LINES) < 0.02
