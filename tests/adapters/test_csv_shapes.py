"""Tables of other shapes than a header, and a row for each epoch: what their points are, and which are no history."""

from __future__ import annotations

import math

import pytest
from tests.support.decoding import (
    claiming_format,
    decode,
    decoded_by,
    losses,
    new_decoder,
    points_by_run,
    points_by_tag,
    values,
    xs,
)

from lossmon.sources.abilities import SupportsFinish
from lossmon_adapters.shared.records import MAX_RUNS, TOO_MANY_RUNS


def both(table: str | bytes, format_name: str = "csv") -> tuple[list[float], list[float]]:
    """Return the train and the validation losses of a table."""
    return losses({tag.lower(): found for tag, found in decoded_by(format_name, table).items()})


@pytest.mark.parametrize(
    "table",
    [
        "epoch,split,loss\n1,train,2\n1,val,3\n2,train,1\n2,val,2.5\n",
        "phase,loss\ntrain,2\nval,3\ntrain,1\nval,2.5\n",
        "step,metric,value\n1,train_loss,2\n1,val_loss,3\n2,train_loss,1\n2,val_loss,2.5\n",
        "epoch,variable,value\n1,loss,2\n2,loss,1\n1,val_loss,3\n2,val_loss,2.5\n",
        "key,value,timestamp,step\nloss,2,1700000000000,1\nloss,1,1700000000001,2\n"
        "val_loss,3,1700000000000,1\nval_loss,2.5,1700000000001,2\n",
        "sep=;\nepoch;loss;val_loss\n1;2;3\n2;1;2.5\n",
        "epoch,loss,val_loss\r1,2,3\r2,1,2.5\r",
        '"epoch\n(int)","loss","val_loss"\n1,2,3\n2,1,2.5\n',
        'epoch,note,loss,val_loss\n1,"two\nlines",2,3\n2,"a ""word""\n",1,2.5\n',
        "epoch,loss,val_loss\n1,2,3\n2,1,2.5\nbest,1,2.5\nmean,1.5,2.75\n",
        "epoch,loss,val_loss\n1/2,2,3\n2/2,1,2.5\n",
        "epoch\tloss\tval_loss\n1\t2,0\t3,0\n2\t1,0\t2,5\n",
        "epoch|loss|val_loss\n1|2|3\n2|1|2.5\n",
        "epoch,loss,val_loss\n1,\"tensor(2., device='cuda:0')\",[3]\n2,np.float64(1),2.5\n",
        "# lr 0.1\n# epoch loss val_loss\n1 2 3\n2 1 2.5\n",
        "EPOCH\tLOSS\tPRECISION\tVAL_LOSS\n1\t2\t\t_\t3\n2\t1\t\t_\t2.5\n",
    ],
)
def test_the_losses_of_each_epoch_are_read(table: str) -> None:
    assert both(table) == ([2, 1], [3, 2.5])


@pytest.mark.parametrize(
    ("name", "table", "format_name"),
    [
        ("log.csv", b"lr,acc,f1,train_loss,val_loss\n0.1,0.5,0.5,2,3\n0.1,0.5,0.5,1,2\n", "csv"),
        ("log.csv", b"phase,loss,acc\ntrain,2,0.5\nval,3,0.5\n", "csv"),
        ("log.csv", b"metric,value\nloss,2\nval_loss,3\n", "csv"),
        ("log.txt", b"Learning Rate\tTrain Loss\tValid Loss\t\n0.1\t2\t3\t\n", "table"),
        ("lcurve.out", b"#  step      rmse_val    rmse_trn\n      0      2.5e+00    2.2e+00\n", "table"),
        ("log.dat", b"epoch loss val_loss\n1 2 3\n", "data-file"),
        ("loss.csv", b"0  , 2.2\n1  , 1.8\n2  , 1.5\n", "csv-metric"),
        ("validation_loss.csv", b"0,2.39,0.273\n1,2.0,0.294\n2,2.13,0.3\n", "csv-metric"),
        ("run-val-tag-loss.csv", b"Wall time,Step,Value\n1700000000.0,0,1.95\n", "csv-metric"),
        ("log.txt", b"A sentence, with loss, val loss\nand, one, 3\n", None),
        ("power.csv", b"hour,core_loss,total_loss\n0,0.5,1\n1,0.6,1\n2,0.7,1\n", None),
        ("leaderboard.csv", b"model,train_loss,val_loss\na,1,2\nb,2,3\n", None),
        ("leaderboard.csv", b"model,epoch,val_loss\na,30,2\nb,20,3\n", None),
        ("grid.csv", b"max_depth,train_loss,val_loss\n3,1,2\n5,2,3\n", None),
        ("sweep.csv", b"lr,epochs,val_loss\n0.1,10,2\n0.2,10,3\n0.3,10,3\n", None),
        ("prices.csv", b"epoch,price,error\n1600000000,1,0.1\n1600000060,2,0.1\n", None),
        ("points.csv", b"0,2\n5,1\n3,4\n", None),
        ("long.csv", b"name,value\nwidth,3\nheight,4\n", None),
    ],
)
def test_only_histories_of_trainings_are_claimed(name: str, table: bytes, format_name: str | None) -> None:
    assert claiming_format(name, table) == format_name


def test_a_step_that_begins_anew_in_each_epoch_is_counted_on() -> None:
    rows = "".join(f"{epoch},{step},1\n" for epoch in (1, 2, 3) for step in (50, 100))
    assert xs(decoded_by("csv", f"epoch,iter,loss\n{rows}"), b"loss") == [50, 100, 150, 200, 250, 300]


def test_a_resume_keeps_its_steps() -> None:
    table = "epoch,step,loss\n1,10,3\n2,20,2\n3,30,1\n2,20,2\n"
    assert xs(decoded_by("csv", table), b"loss") == [10, 20, 30, 20]


def test_a_column_of_folds_tells_trainings_apart() -> None:
    found = points_by_run(new_decoder("csv").feed(b"fold,epoch,loss\n1,1,5\n1,2,4\n2,1,7\n2,2,6\n"))
    assert {run: values(points, b"loss") for run, points in found.items()} == {"fold 1": [5, 4], "fold 2": [7, 6]}


def test_a_header_that_comes_again_with_the_first_epoch_begins_another_training() -> None:
    table = b"epoch,loss\n1,5\n2,4\n"
    found = points_by_run(new_decoder("csv").feed(table + table))
    assert {run: values(points, b"loss") for run, points in found.items()} == {"": [5, 4], "2": [5, 4]}


def test_of_very_many_trainings_the_first_are_read() -> None:
    decoder = new_decoder("csv")
    found = {one.run for one in decoder.feed(b"epoch,loss\n1,5\n2,4\n" * (MAX_RUNS + 5))}
    assert (len(found), decoder.warnings) == (MAX_RUNS, [TOO_MANY_RUNS])


def test_a_header_that_comes_again_after_a_resume_begins_no_training() -> None:
    found = points_by_run(new_decoder("csv").feed(b"epoch,loss\n1,5\n2,4\nepoch,loss\n3,3\n"))
    assert {run: values(points, b"loss") for run, points in found.items()} == {"": [5, 4, 3]}


@pytest.mark.parametrize("word", ["-nan(ind)", "1.#QNAN", "-1.#IND", "nan(snan)"])
def test_nan_is_read_as_programs_for_windows_print_it(word: str) -> None:
    assert math.isnan(values(decoded_by("csv", f"epoch,loss\n1,{word}\n"), b"loss")[0])


def test_infinity_is_read_as_programs_for_windows_print_it() -> None:
    assert values(decoded_by("csv", "epoch,loss\n1,1.#INF\n2,-1.#INF\n"), b"loss") == [math.inf, -math.inf]


@pytest.mark.parametrize("format_name", ["csv", "jsonl", "csv-metric"])
def test_a_last_row_without_newline_is_read_at_the_end_of_the_log(format_name: str) -> None:
    logs = {
        "csv": b"epoch,loss\n1,2\n2,1",
        "jsonl": b'{"epoch": 1, "loss": 2}\n{"epoch": 2, "loss": 1}',
        "csv-metric": b"1,2\n2,1",
    }
    decoder = new_decoder(format_name)
    points = decoder.feed(logs[format_name])
    assert isinstance(decoder, SupportsFinish)
    points += decoder.finish()
    assert values(points_by_tag(points), b"loss") == [2, 1]
    assert decoder.feed(b"\n") == []


def test_what_follows_a_row_that_was_read_at_the_end_of_the_log_is_read_as_usual() -> None:
    decoder = new_decoder("csv")
    points = decoder.feed(b"epoch,loss\n1,2\n2,1")
    assert isinstance(decoder, SupportsFinish)
    points += decoder.finish()
    points += decoder.feed(b"\n3,0.5\n")
    assert values(points_by_tag(points), b"loss") == [2, 1, 0.5]


def test_a_quote_that_is_never_closed_loses_few_rows() -> None:
    table = b'epoch,loss,note\n1,2,"open\n2,1,x\n3,0.5,y\n'
    assert values(decode(new_decoder("csv"), table), b"loss") == [1, 0.5]


def test_a_cell_of_many_digits_and_a_letter_is_rejected_at_once() -> None:
    cell = b"1" * 400_000 + b"x"
    assert decoded_by("csv", b"epoch,loss\n1,0.5\n2," + cell + b"\n") == decoded_by("csv", b"epoch,loss\n1,0.5\n")


def test_a_table_of_losses_alone_is_read_from_a_text_file_too() -> None:
    head = b"total loss\tscore loss\tctc loss\t\n46.6\t0.24\t9.2\t\n41.7\t0.22\t8.2\t\n"
    assert claiming_format("train_log.txt", head) == "table"
    assert claiming_format("train_log.txt", head.replace(b"score loss", b"score")) != "table"
