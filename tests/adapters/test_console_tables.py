"""Tables in captured output: headers, rows, and lines that are not rows."""

from __future__ import annotations

import pytest
from tests.support.decoding import DATA, claiming_format, decode, decoded_output, new_decoder, planned_end, values, xs
from tests.support.slow_lines import SLOW_LINES, slowest_line_seconds

TABLES = {
    "fastai": "epoch     train_loss  valid_loss  accuracy  time    \n"
    "1         2.500000    2.750000    0.900000  00:10     \n"
    "Better model found at epoch 1 with valid_loss value: 2.75.\n"
    "2         1.750000    2.250000    0.900000  00:10     \n",
    "skorch": "  epoch    train_loss    valid_loss     dur\n-------  ------------  ------------  ------\n"
    "      1        \x1b[36m2.5000\x1b[0m        \x1b[35m2.7500\x1b[0m  0.0231\n"
    "      2        \x1b[36m1.7500\x1b[0m        \x1b[35m2.2500\x1b[0m  0.0231\n",
    "markdown": "| Epoch | train_loss | valid_loss |\n|-------|------------|----------|\n"
    "| 1 | 2.5 | 2.75 |\n| 2 | 1.75 | 2.25 |\n",
    "tabs": "Epoch\ttrain_loss\tvalid_loss\n1\t2.5\t2.75\n2\t1.75\t2.25\n",
    "commas": "epoch,train_loss,valid_loss\n1,2.5,2.75\n2,1.75,2.25\n",
    "words": "epoch train_loss valid_loss lr\n1 2.5 2.75 0.1\n2 1.75 2.25 0.1\n",
}


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_a_table_is_read_whatever_separates_its_columns(table: str) -> None:
    text = "Using device: cuda\n" + table
    assert claiming_format("train.log", text.encode()) == "text"
    points = decoded_output(text)
    assert xs(points, b"train_loss") == xs(points, b"valid_loss") == [1, 2]
    assert values(points, b"train_loss") == [2.5, 1.75]
    assert values(points, b"valid_loss") == [2.75, 2.25]


def test_columns_of_epochs_and_steps_may_have_one_letter_names() -> None:
    points = decoded_output((DATA / "text" / "spacy.txt").read_bytes())
    assert xs(points, b"LOSS NER") == [0, 200, 400, 600, 800]
    assert len(values(points, b"SCORE")) == 5


def test_a_cell_without_a_number_gives_no_point() -> None:
    points = decoded_output("Step\tTraining Loss\tValidation Loss\n100\tNo log\t2.75\n200\t1.75\t2.25\n")
    assert xs(points, b"Training Loss") == [200]
    assert xs(points, b"Validation Loss") == [100, 200]


def test_a_row_may_be_a_progress_bar_and_its_last_state_counts() -> None:
    decoder = new_decoder("text")
    points = decode(decoder, (DATA / "text" / "ultralytics.txt").read_bytes())
    assert xs(points, b"box_loss") == [1, 2, 3, 4, 5]
    assert values(points, b"box_loss")[0] == 1.025
    assert planned_end(decoder) == {"epoch": 12}


def test_a_second_header_with_other_columns_replaces_the_first() -> None:
    points = decoded_output("epoch  loss  acc\n1  3.0  0.5\nepoch  acc  loss\n2  0.6  2.0\n")
    assert values(points, b"loss") == [3, 2]


def test_other_lines_below_a_header_are_no_rows() -> None:
    points = decoded_output(
        "epoch  loss  acc\n1  3.0  0.5\n2 of 3 files\n3 GPUs found\n---\n4  2.0\nepoch 9: loss: 1.5\n"
    )
    assert values(points, b"loss") == [3, 1.5]


ROWS = [
    mark.join([first, *(f"{number}.5" for number in range(width))])
    for mark in (" ", "  ", ",", "|", "\t")
    for width in range(1, 20)
    for first in ("1", "acc")
]


def test_rows_of_every_kind_are_read_below_a_header_of_their_width() -> None:
    assert values(decoded_output("\n".join(["epoch  loss  acc", *ROWS, ""])), b"loss") == [0.5, 0.5, 0.5]
    assert values(decoded_output("\n".join(["epoch,loss", *ROWS, ""])), b"loss") == [0.5]
    assert values(decoded_output("\n".join(["| Training | Validation |", *ROWS, ""])), b"Validation/acc") == [1.5]


@pytest.mark.parametrize(
    "line",
    [
        "The loss, the epoch and the rest of it are shown below, as they were measured in our experiments.",
        "epoch: loss",
        "loss  accuracy",
        "epoch  time  eta",
        "import loss, epoch as e, step_size()",
        "| Model | Accuracy | F1 |",
        "| Training | 10 |",
        "",
    ],
)
def test_prose_and_other_tables_are_no_headers(line: str) -> None:
    assert decoded_output("\n".join([line, *ROWS, ""])) == {}


def test_a_table_of_train_beside_validation_needs_no_epoch_in_its_rows() -> None:
    points = decoded_output(
        "Epoch 3/9\nlog -     Training |  Validation\nlog - loss   |   1.5  |   2.5\nlog - acc | N/A | 0.5\n"
    )
    assert (values(points, b"Training/loss"), values(points, b"Validation/loss")) == ([1.5], [2.5])
    assert xs(points, b"Validation/acc") == [3]
    assert b"Training/acc" not in points


@pytest.mark.parametrize("header", ["epoch  loss  acc", "|epoch|loss|", "a - Training | Validation", "epoch,loss"])
def test_no_line_below_a_table_takes_long(header: str) -> None:
    lines = [*SLOW_LINES, "1 " * 4000, "1|" * 4000, "| " * 4000, "1:  " * 2000, "1" * 8000]
    assert slowest_line_seconds(lines, below=header) < 0.02


def test_the_column_total_beside_epoch_and_batch_is_the_loss() -> None:
    text = (
        "2021-01-25 05:58:00 [INFO]:    Epoch       Batch       box      conf     total      time\n"
        "2021-01-25 05:58:59 [INFO]:     0/29       0/165     0.227      2.06       158      59.6\n"
        "2021-01-25 06:04:17 [INFO]:     0/29      40/165     0.172      1.99       149      7.12\n"
    )
    assert values(decoded_output(text), b"total loss") == [158, 149]
