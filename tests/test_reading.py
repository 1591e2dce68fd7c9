from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lossmon
from lossmon.cli import main

LOG = "epoch,loss,val_loss,lr\n1,0.9,1.0,0.1\n2,0.7,0.8,\n3,0.5,nan,0.01\n"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "training.csv"
    path.write_text(LOG)
    return path


def test_a_log_is_read_as_arrays_of_losses_and_as_curves(log: Path) -> None:
    (run,) = lossmon.read(log)
    assert (run.axis, run.x.tolist(), run.train.tolist()) == ("epoch", [1, 2, 3], [0.9, 0.7, 0.5])
    np.testing.assert_array_equal(run.val, [1.0, 0.8, np.nan])
    assert run.curves["lr"].x.tolist() == [1, 3]


def test_a_run_is_a_table_of_pandas_with_a_column_for_each_tag(log: Path) -> None:
    pytest.importorskip("pandas")
    table = lossmon.read(log)[0].to_pandas()
    assert (table.index.name, sorted(table.columns), len(table)) == ("epoch", ["loss", "lr", "val_loss"], 3)
    assert table["lr"].isna().tolist() == [False, True, False]


def test_check_yields_the_runs_of_the_report_in_json(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["check", str(log), "--json"])
    reported: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert list(lossmon.check(log)) == reported["runs"]


def test_named_losses_are_those_that_are_read(log: Path) -> None:
    (run,) = lossmon.read(log, val="lr", mode="min")
    assert run.val[0] == 0.1


def test_a_path_that_does_not_exist_is_an_error_and_one_without_logs_has_no_runs(tmp_path: Path) -> None:
    assert lossmon.read(tmp_path) == []
    with pytest.raises(FileNotFoundError):
        lossmon.read(tmp_path / "nothing")
