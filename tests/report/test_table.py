from __future__ import annotations

import numpy as np
from tests.support.evaluated import evaluated_run
from tests.support.training_logs import OVERFITTING

from lossmon.core.snapshot import SkippedFile, Snapshot
from lossmon.core.text import Name
from lossmon.report.style import Style
from lossmon.report.table import format_table, summary


def test_the_table_has_a_row_for_each_run_and_the_evidence() -> None:
    lines = list(format_table(Snapshot((evaluated_run("lstm"), evaluated_run("cnn", [2.0, 1.0]))), Style()))
    (row,) = [line for line in lines if line.startswith("●")]
    assert "lstm" in row
    assert f"epoch {int(np.argmin(OVERFITTING)) + 1}" in row
    assert any(line.strip().startswith("validation") for line in lines)
    assert lines[-1].startswith("2 runs · 1 overfitting · 1 warming-up")


def test_each_value_stands_below_its_column_name() -> None:
    head, row, *_ = format_table(Snapshot((evaluated_run(),)), Style())
    for name, value in (("run", "lstm"), ("verdict", "overfitting"), ("since", "epoch"), ("last", "0.9 ")):
        assert row[head.index(name) :].startswith(value)


def test_without_unicode_the_table_is_ascii() -> None:
    lines = list(format_table(Snapshot((evaluated_run("α-run"),)), Style(unicode=False)))
    assert all(line.isascii() for line in lines)


def test_colours_are_written_only_if_the_style_has_them() -> None:
    snapshot = Snapshot((evaluated_run(),))
    assert not any("\x1b" in line for line in format_table(snapshot, Style()))
    assert any("\x1b[" in line for line in format_table(snapshot, Style(colour=True)))


def test_the_summary_writes_one_run_and_one_file_in_the_singular() -> None:
    snapshot = Snapshot((evaluated_run(),), (SkippedFile(Name.of("model.pt"), "no log"),))
    assert summary(snapshot) == "1 run · 1 overfitting · 1 file not read"
