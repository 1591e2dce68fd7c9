"""Lines of programs that have a way of their own, and words, prefixes and line ends that many have."""

from __future__ import annotations

import pytest
from tests.support.decoding import DATA, claiming_format, decode, decoded_output, new_decoder, planned_end, values, xs

CURVE = {
    "build_nanogpt.txt": ("train/loss", "val/loss"),
    "coqui.txt": ("loss", "eval/avg_loss"),
    "deepmd.out": ("rmse_trn", "rmse_val"),
    "joeynmt.txt": ("val/loss", "val/loss"),
    "loguru.log": ("loss", "validation/loss"),
    "marian.log": ("train/loss", "valid/cross-entropy"),
    "paddle_crlf.log": ("loss", "eval/loss"),
    "paddlevideo.log": ("train loss_avg", "val loss_avg"),
    "tf_estimator.log": ("loss", "eval/loss"),
    "wenet.log": ("train/loss", "CV info cv_loss"),
    "yolov7.txt": ("train/box_loss", "val/box_loss"),
}


@pytest.mark.parametrize("name", CURVE)
def test_the_losses_of_a_program_are_read_with_increasing_x(name: str) -> None:
    data = (DATA / "text" / name).read_bytes()
    points = decode(new_decoder("text"), data)
    for tag in CURVE[name]:
        x = xs(points, tag.encode())
        assert len(x) >= 12
        assert x == sorted(x)
        assert x[-1] > x[0]


@pytest.mark.parametrize(
    "prefix",
    [
        "",
        "2024-01-01 00:00:00,123 - INFO - ",
        "2024-01-01 00:00:00,123 - __main__ - INFO - ",
        "2024-01-01 00:00:00.123 | INFO     | train:main:12 - ",
        "INFO:__main__:",
        "[INFO] ",
        "[INFO]: ",
        "[2024-01-01 00:00:00] ",
        "[2024-01-01 00:00:00,123][train][INFO] - ",
        "I0101 00:00:00.000000 139 train.py:48] ",
        "[01/01 00:00:00 d2.utils]: ",
        "2020-01-01 00:00:00 pkg.model INFO: ",
        "[rank0]: ",
    ],
)
def test_headings_are_seen_behind_a_logging_prefix(prefix: str) -> None:
    lines = ["Epoch 1", "loss: 2.2", "Evaluation Results:", "  Loss: 2.5"]
    points = decoded_output("".join(f"{prefix}{line}\n" for line in lines))
    assert (values(points, b"loss"), values(points, b"evaluation/Loss")) == ([2.2], [2.5])


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_line_ends_of_windows_are_line_ends(end: str) -> None:
    table = end.join(["Step\tTraining Loss\tValidation Loss", "500\t2.2\t2.5", ""])
    assert values(decoded_output(table), b"Validation Loss") == [2.5]


@pytest.mark.parametrize(
    "number",
    ["2.5", "tensor(2.5, device='cuda:0', grad_fn=<NllLossBackward0>)", "np.float64(2.5)", "[2.5]", "2,5",
     "tf.Tensor(2.5, shape=(), dtype=float32)", "<tf.Tensor: shape=(), dtype=float32, numpy=2.5>", "tensor([2.5])"],
)  # fmt: skip
def test_a_number_may_be_wrapped_or_have_a_decimal_comma(number: str) -> None:
    assert values(decoded_output(f"Epoch 1, loss: {number}\n"), b"loss") == [2.5]


def test_a_list_or_a_setting_in_brackets_is_no_number() -> None:
    assert decoded_output("Epoch 1, loss: FocalLoss(2.0)\nEpoch 1, loss: [0.5, 0.6]\n") == {}


@pytest.mark.parametrize(
    ("line", "tag", "value"),
    [
        ("Epoch 1: train loss is 2.2, val loss is 2.5", b"val loss", 2.5),
        ("Epoch 1 | train 2.2 | val 2.5", b"val", 2.5),
        ("Train 1, loss: 2.2, train acc: 0.5", b"train/loss", 2.2),
        ("Epoch[1] Batch [20]\tRPNAcc=0.99,\tRPNLogLoss=2.2,\t", b"RPNLogLoss", 2.2),
        ("[Epoch 0][Batch 50], Speed: 6.9 samples/sec, CrossEntropy=2.2, SmoothL1=1.1", b"CrossEntropy", 2.2),
        ("Score at iteration 100 is 2.2", b"loss", 2.2),
    ],
)
def test_a_line_of_words_gives_a_value(line: str, tag: bytes, value: float) -> None:
    assert values(decoded_output(line + "\n"), tag) == [value]


def test_the_cost_of_time_is_no_loss() -> None:
    assert decoded_output("Epoch[1] Time cost=1011.0\n") == {}


def test_prose_about_a_loss_is_no_point() -> None:
    assert decoded_output("Epoch 3: the loss is NaN since the first epoch\n") == {}


def test_the_settings_of_a_printed_configuration_are_no_losses() -> None:
    assert claiming_format("out.log", b"MODEL:\n  LOSS: 0.5\n  EPOCH: 10\n" * 5) is None


def test_batches_of_an_evaluation_are_no_steps() -> None:
    text = "[Train][Epoch 3][Iter: 90/100] loss: 0.5\n" + "".join(
        f"[Eval][Epoch 3][Iter: {batch}/10] loss: 0.7\n" for batch in range(0, 10, 5)
    )
    points = decoded_output(text + "[Train][Epoch 4][Iter: 0/100] loss: 0.4\n")
    assert [x for tag in points if tag.lower().startswith(b"eval") for x in xs(points, tag)] == [290]


def test_two_counters_in_brackets_are_epoch_and_batch() -> None:
    decoder = new_decoder("text")
    points = decode(decoder, b"[1/25][391/782] Loss_D: 0.5\n[2/25][391/782] Loss_D: 0.4\n")
    assert xs(points, b"Loss_D") == [0.5, 1.5]
    assert planned_end(decoder) == {"epoch": 25}


@pytest.mark.parametrize("name", ["typescript", "screenlog.0", "train.log.1", "job.o1234", "out.log", "log.dat"])
def test_output_is_known_by_what_it_says(name: str) -> None:
    assert claiming_format(name, b"Epoch 1 loss 0.5\nEpoch 2 loss 0.4\n") == "text"


@pytest.mark.parametrize("name", ["train.py", "README.md", "config.yaml", "LICENSE"])
def test_source_code_and_prose_may_quote_output(name: str) -> None:
    assert claiming_format(name, b"Epoch 1 loss 0.5\nEpoch 2 loss 0.4\n") is None


def test_one_line_is_not_enough_for_a_file_that_does_not_look_like_output() -> None:
    assert claiming_format("notes", b"Epoch 1 loss 0.5\n") is None


def test_a_table_in_a_model_card_is_read() -> None:
    card = b"| Training Loss | Epoch | Step | Validation Loss |\n|:--:|:--:|:--:|:--:|\n| 1.1 | 1.0 | 100 | 1.4 |\n"
    assert claiming_format("README.md", card) == "text"
    assert values(decoded_output(card), b"Validation Loss") == [1.4]


def test_a_printed_history_is_read_if_its_points_were_not_printed_before() -> None:
    history = "{'loss': [0.9, 0.7], 'val_loss': [1.0, 0.8]}\n"
    assert values(decoded_output(history), b"val_loss") == [1.0, 0.8]
    assert values(decoded_output("Epoch 1 loss 0.9\nEpoch 2 loss 0.7\n" + history), b"loss") == [0.9, 0.7]


def test_a_history_may_be_longer_than_other_lines() -> None:
    numbers = [0.123456789012345] * 1000
    assert values(decoded_output(f"{{'loss': {numbers}}}\n"), b"loss") == numbers


def test_output_that_calls_its_loss_a_cost_is_a_training_log() -> None:
    log = b"Epoch: 001/002 | Batch 000/235 | Cost: 0.7100\nEpoch: 001/002 | Batch 050/235 | Cost: 0.2028\n"
    assert claiming_format("train.log", log) == "text"


def test_the_validations_of_joeynmt_name_any_metrics() -> None:
    log = "".join(f"Steps: {step}\tloss: 3.{step}\tacc: 0.1\tppl: 43.9\tLR: 0.0003\t*\n" for step in (500, 600))
    assert claiming_format("validations.txt", log.encode()) == "text"
    points = decoded_output(log)
    assert (xs(points, b"eval/loss"), values(points, b"eval/ppl")) == ([500, 600], [43.9, 43.9])


def test_flair_says_the_loss_of_an_epoch_when_it_is_done() -> None:
    epoch = "epoch {0} - iter 0/149 - loss 0.7\nEPOCH {0} done: loss 0.{0} - lr 0.1000\nDEV : loss 0.2{0} - score 0.8\n"
    points = decoded_output(epoch.format(1) + epoch.format(2))
    assert values(points, b"train/loss") == [0.1, 0.2]
    assert len(values(points, b"dev/loss")) == 2
