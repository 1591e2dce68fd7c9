"""Tables: which files are claimed, what their rows mean, and which errors are reported."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.decoding import DATA, claiming_format, decode, decode_in_pieces, decoded_by, new_decoder, values, xs


@pytest.mark.parametrize(
    ("name", "head", "format_name"),
    [
        ("training.log", b"epoch,accuracy,loss,val_accuracy,val_loss\r\n0,0.5,0.6,0.5,0.6\r\n", "keras-csv"),
        ("log.csv", b"epoch;loss;val_loss\n0;0.5;NA\n", "keras-csv"),
        ("training.log", b"epoch,accuracy,val_accuracy,val_auc\n0,0.5,0.4,0.3\n", "keras-csv"),
        ("history.csv", b",loss,accuracy,val_loss,val_accuracy\r\r\n0,2.1,0.4,2.8,0.2\r\r\n", "keras-csv"),
        ("history.csv", b"loss,val_loss\n0.1,0.2\n", "keras-csv"),
        ("metrics.csv", b"epoch,lr-Adam,step,train_loss,val_loss\n,0.001,0,,\n", "lightning-csv"),
        ("metrics.csv", b"epoch,step,train_loss\n", "lightning-csv"),
        ("results.csv", b"  epoch,  train/box_loss,  val/box_loss\n  1,  2.5,  3.5\n", "ultralytics"),
        ("history.csv", b"epoch,train_loss,valid_loss,accuracy,time\n0,0.5,0.4,0.7,00:00\n", "fastai"),
        ("progress.csv", b"train/loss,time/total_timesteps\n1,2\n", "csv"),
        ("learn_error.tsv", b"iter\tLogloss\tAccuracy\n0\t0.5\t0.7\n", "csv"),
        ("loss.tsv", b"step\tloss\n0\t1.02\n", "csv"),
        ("losses.csv", b"train_loss,valid_loss\n0.1,0.2\n", "csv"),
        ("curve.csv", b"epoch,rmse\n0,0.2\n", "csv"),
        ("utf16.csv", "epoch,loss\n0,0.5\n".encode("utf-16"), "keras-csv"),
        ("mark.csv", b"\xef\xbb\xbfepoch,loss\n0,0.5\n", "keras-csv"),
        ("monitor.csv", b'#{"t_start": 1795385057.4, "env_id": "CartPole-v1"}\nr,l,t\n25.0,25,2.1\n', None),
        ("time_left.tsv", b"iter\tPassed\tRemaining\n0\t54\t4341\n", None),
        ("iris.csv", b"sepal,petal,species\n5.1,1.4,setosa\n", None),
        ("claims.csv", b"id,age,state,loss,premium\n1,33,NY,1200,90\n", None),
        ("words.csv", b"epoch,loss\nfirst,none\n", None),
        ("ragged.csv", b"epoch,loss\n1,2,3\n", None),
        ("notes.md", b"epoch,loss\n0,0.5\n", None),
        ("prose.txt", b"Training, with a loss, went well\nand then, it, 3\n", None),
        ("empty.csv", b"", None),
        ("torn.csv", b"epoch,lo", None),
    ],
)
def test_only_tables_of_training_are_claimed(name: str, head: bytes, format_name: str | None) -> None:
    assert claiming_format(name, head) == format_name


def test_a_header_longer_than_the_head_is_claimed() -> None:
    head = b"epoch,loss," + b"column_with_a_name," * 400
    assert claiming_format("wide.csv", head[:4096]) == "keras-csv"


def read(data: bytes) -> tuple[dict[bytes, list[float]], list[str]]:
    decoder = new_decoder("csv")
    points = decode(decoder, data)
    return {tag: values(points, tag) for tag in points}, list(decoder.warnings)


def test_keras_counts_epochs_and_leaves_out_what_is_not_logged() -> None:
    decoder = new_decoder("csv")
    points = decode(decoder, b"epoch,loss,val_loss\r\n0,0.5,NA\r\n1,0.25,0.75\r\n")
    assert (xs(points, b"loss"), values(points, b"loss")) == ([0, 1], [0.5, 0.25])
    assert (xs(points, b"val_loss"), values(points, b"val_loss")) == ([1], [0.75])
    (column,) = new_decoder("csv").feed(b"epoch,loss\n0,0.5\n")
    assert column.axis == "epoch"
    assert column.x.dtype == np.int64
    assert np.isnan(column.wall_time).all()


def test_rows_are_epochs_where_no_column_counts_them() -> None:
    points = decode_in_pieces(new_decoder("csv"), b",loss,val_loss\n0,5,6\n1,4,5\n2,3,4\n", 5)
    assert set(points) == {b"loss", b"val_loss"}
    assert xs(points, b"loss") == [0, 1, 2]


def test_lightning_rows_are_sparse_and_counted_in_steps() -> None:
    data = b"epoch,step,train_loss,val_loss\n0,9,0.5,\n0,19,nan,\n0,19,,0.75\n"
    points = decoded_by("csv", data)
    assert xs(points, b"train_loss") == [9, 19]
    assert math.isnan(values(points, b"train_loss")[1])
    assert xs(points, b"val_loss") == [19]
    assert values(points, b"epoch") == [0, 0, 0]
    assert {column.axis for column in new_decoder("csv").feed(data)} == {"step"}


def test_a_repeated_header_is_not_a_row_and_a_restart_is_kept_as_logged() -> None:
    points = decoded_by("csv", (DATA / "tables" / "fastai.csv").read_bytes())
    assert xs(points, b"train_loss") == [0, 1, 0, 1]
    assert b"time" not in points


def test_a_new_header_moves_no_value_to_another_tag() -> None:
    found, warnings = read(b"epoch,loss\n0,1\nepoch,accuracy,loss\n1,0.5,2\n")
    assert found == {b"loss": [1, 2], b"accuracy": [0.5]}
    assert warnings == []


def test_names_that_occur_twice_are_numbered() -> None:
    assert set(read(b"epoch,loss,loss\n0,1,2\n")[0]) == {b"loss", b"loss.1"}


def test_times_are_wall_times_if_they_are_dates() -> None:
    (column,) = new_decoder("csv").feed(b"step,loss,timestamp\n0,1,1795385449\n1,2,1795385450.5\n")
    assert column.wall_time.tolist() == [1795385449, 1795385450.5]
    points = decoded_by("csv", b"epoch,time,loss\n1,3.5,2\n")
    assert values(points, b"time") == [3.5]


@pytest.mark.parametrize(
    "cell", ["1_000", "\u0661\u0662", "0x10", "True", "1,500", "1e", "--1", "[1, 2]", "12:30", "1 2"]
)
def test_what_is_no_plain_number_is_no_value(cell: str) -> None:
    quoted = f'"{cell}"'
    assert read(f"epoch,loss,note\n0,1,{quoted}\n1,2,{quoted}\n".encode())[0] == {b"loss": [1, 2]}


@pytest.mark.parametrize("cell", ["1e999", "-inf", "Infinity", "5e-324", "-0.0", ".5", "5.", "+1", " 1 ", "1E+3"])
def test_numbers_are_read_as_python_reads_them(cell: str) -> None:
    assert read(f"epoch,loss\n0,{cell}\n".encode())[0] == {b"loss": [float(cell)]}
    many = f"epoch,loss\n{f'0,{cell}' + chr(10)}".encode() + f"0,{cell}\n".encode() * 1000
    assert set(read(many)[0][b"loss"]) == {float(cell)}


@pytest.mark.parametrize(
    ("cell", "number"), [("0,25", 0.25), ("1,5e-3", 0.0015), ("-,5", -0.5), ("1000", 1000.0), ("0.25", 0.25)]
)
def test_a_comma_is_the_decimal_mark_where_semicolons_separate_cells(cell: str, number: float) -> None:
    assert read(f"epoch;loss\n0;{cell}\n".encode())[0] == {b"loss": [number]}
    many, warnings = read(b"epoch;loss\n" + f"0;{cell}\n".encode() * 1000)
    assert (set(many[b"loss"]), warnings) == ({number}, [])


@pytest.mark.parametrize("cell", ["1,000.5", "1,000,000", "1.000,5"])
def test_a_number_with_thousands_separators_is_no_value(cell: str) -> None:
    assert read(b"epoch;loss\n0;1\n" + f"0;{cell}\n".encode() * 1000)[0] == {b"loss": [1]}


@pytest.mark.parametrize("start", [b"\n", b"# made by hand\n\n", b"\r\n  \r\n", b"#\n" * 50])
def test_blank_lines_and_comments_before_the_header_are_skipped(start: bytes) -> None:
    table = start + b"epoch,loss,val_loss\n0,1,2\n"
    assert claiming_format("log.csv", table) == "keras-csv"
    assert read(table)[0] == {b"loss": [1], b"val_loss": [2]}


def test_an_incomplete_row_waits_for_its_rest() -> None:
    decoder = new_decoder("csv")
    assert decoder.feed(b"epoch,loss\n0,0.1234") == []
    (column,) = decoder.feed(b"5\n")
    assert column.value.tolist() == [0.12345]


def test_ragged_rows_are_left_out_and_counted() -> None:
    found, warnings = read(b"epoch,loss,val_loss\n0,1,2\n1,3\n2,4,5,6\n3,7,8,\n")
    assert found == {b"loss": [1, 7], b"val_loss": [2, 8]}
    assert warnings == ["rows with more or fewer cells than the header left out: 2"]


def test_a_short_row_before_a_long_row_shifts_no_value() -> None:
    good = b"1,2,3\n" * 500
    found, warnings = read(b"epoch,loss,val_loss\n" + good + b"1,2\n1,2,3,4\n" + good)
    assert set(found[b"loss"]) == {2}
    assert set(found[b"val_loss"]) == {3}
    assert len(warnings) == 1


def test_an_open_quote_loses_only_its_own_row() -> None:
    found, warnings = read(b'epoch,loss,note\n0,1,"open\n1,2,"closed, with comma"\n2,3,x\n')
    assert found == {b"loss": [2, 3]}
    assert warnings == ["rows with an open quote or an oversized cell left out: 1"]


def test_a_cell_too_long_for_the_csv_module_loses_only_its_own_row() -> None:
    found, warnings = read(b"epoch,loss,note\n0,1," + b'"' + b"x" * 140_000 + b'"\n1,2,"y"\n')
    assert found == {b"loss": [2]}
    assert len(warnings) == 1


@pytest.mark.parametrize("piece", [1 << 22, 50_000])
def test_a_line_of_megabytes_is_left_out_and_counted(piece: int) -> None:
    decoder = new_decoder("csv")
    data = b"epoch,loss\n0,1\n" + b"9" * 3_000_000 + b"\n1,2\n"
    points = decode_in_pieces(decoder, data, piece)
    assert values(points, b"loss") == [1, 2]
    assert list(decoder.warnings) == ["lines of more than 1 MiB left out: 1"]


def test_too_many_columns_are_cut_with_a_notice() -> None:
    width = 100_000
    head = b"epoch,loss," + b",".join(b"c%d" % number for number in range(width - 2))
    found, warnings = read(head + b"\n" + b",".join([b"1"] * width) + b"\n")
    assert len(found) == 255
    assert warnings == ["100,000 columns: only the first 256 are read"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
@pytest.mark.parametrize("piece", [1, 1000])
def test_tables_in_all_usual_encodings_are_read(encoding: str, piece: int) -> None:
    data = "epoch,loss,größe\n0,0.5,2\n".encode(encoding)
    points = decode_in_pieces(new_decoder("csv"), data, piece)
    assert values(points, b"loss") == [0.5]
    assert len(points) == 2


def test_a_hole_of_nul_bytes_is_no_data() -> None:
    found, warnings = read(b"epoch,loss\n0,1\n" + b"\0" * 5000 + b"1,2\n")
    assert found == {b"loss": [1, 2]}
    assert warnings == []


@pytest.mark.parametrize(
    ("cells", "x"),
    [(["0", "", "2"], [0, 0, 2]), (["0.5", "1"], [0.5, 1]), (["5", "3"], [5, 3]), (["nan", "1"], [0, 1])],
)
def test_x_is_as_logged_and_a_missing_x_is_that_of_the_row_before(cells: list[str], x: list[float]) -> None:
    rows = "".join(f"{cell},1\n" for cell in cells)
    assert xs(decoded_by("csv", b"step,loss\n" + rows.encode()), b"loss") == x


def test_steps_too_large_for_an_integer_are_no_error() -> None:
    assert xs(decoded_by("csv", b"step,loss\n1180591620717411303424,1\n"), b"loss") == [2.0**70]


def test_a_cell_of_spaces_is_no_value_among_many_rows_either() -> None:
    rows = [f"{row},0.5" for row in range(400)]
    rows[200] = "200, "
    rows[0] = "0,  "
    found = values(decoded_by("csv", "\n".join(["step,loss", *rows, ""])), b"loss")
    assert found == [0.5] * 398


def cell(source: random.Random) -> str:
    number = repr(source.gauss(0, 1))
    return source.choice([number, number, number, "", "NA", "nan", "-inf", "1e-7", "12"])


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 6), st.sampled_from([10, 400]), st.booleans())
def test_many_rows_at_once_give_the_points_of_rows_one_by_one(seed: int, columns: int, rows: int, odd: bool) -> None:
    source = random.Random(seed)
    delimiter = source.choice(",;\t")
    names = ["step", "loss", *(f"m{number}" for number in range(columns))]
    lines = [delimiter.join(names)]
    for row in range(rows):
        cells = [str(row), *(cell(source) for _ in names[1:])]
        if odd and source.random() < 0.02:
            cells[source.randrange(1, len(cells))] = source.choice(["text", '"0.5"', " ", "1_0"])
        lines.append(delimiter.join(cells))
    data = (source.choice(["\n", "\r\n"]).join(lines) + "\n").encode()
    whole = decoded_by("csv", data)
    assert decode_in_pieces(new_decoder("csv"), data, 50) == whole
    expected = [
        (row, float(text))
        for row, line in enumerate(lines[1:])
        if (text := line.split(delimiter)[1].strip().strip('"')) not in ("", "NA", "text", "1_0")
    ]
    assert xs(whole, b"loss") == [x for x, _ in expected]
    assert np.array_equal(values(whole, b"loss"), [value for _, value in expected], equal_nan=True)


def test_a_table_may_have_a_row_for_each_metric() -> None:
    text = (DATA / "tables" / "transposed.csv").read_bytes()
    assert claiming_format("history.csv", text) == "csv-transposed"
    points = decoded_by("csv-transposed", text)
    assert xs(points, b"loss") == xs(points, b"val_loss") == [0, 1, 2, 3]
    assert values(points, b"accuracy") == [0.5, 0.6, 0.7]


@pytest.mark.parametrize(
    "head",
    [
        b",0,1,2\nprice,1,2,3\n",
        b",0,2,1\nloss,1,2,3\n",
        b",a,b\nloss,1,2\n",
        b",0,1\nloss,mse,mae\n",
        b"id,0,1\nloss,1,2\n",
        b",0,1,2",
    ],
)
def test_other_tables_of_numbers_are_not_claimed_as_transposed(head: bytes) -> None:
    assert claiming_format("history.csv", head) is None
