"""A log that is emptied while its writer has it open goes on without what stood at its start."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from tests.support.decoding import points_by_tag, xs
from tests.support.several_runs import SeveralRuns, lines

from lossmon.sources.byte_source import ByteSource
from lossmon.sources.local_file import LocalFileReader
from lossmon.sources.protocol import RUNS_PER_LOG, Budget
from lossmon_adapters import BUILTIN

ROWS = "".join(f"{epoch},{1 / (epoch + 1)},0.5\n" for epoch in range(40))
CSV = next(adapter for adapter in BUILTIN if adapter.name == "csv")


def steps_after(path: Path, source: ByteSource, text: str) -> list[float]:
    """Return the epochs that are read once the log holds *text* instead."""
    path.write_text(text)
    update = source.poll(Budget())
    assert update.reset == {""}
    return xs(points_by_tag(update.scalars), b"loss")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "log.csv"
    path.write_text("epoch,loss,val_loss\n" + ROWS)
    return path


@pytest.fixture
def source(path: Path) -> ByteSource:
    source = ByteSource(LocalFileReader(str(path)), CSV)
    assert source.poll(Budget()).scalars
    return source


def test_rows_after_a_table_was_emptied_are_read_under_its_header(path: Path, source: ByteSource) -> None:
    assert steps_after(path, source, "40,0.1,0.5\n41,0.1,0.5\n") == [40, 41]
    assert steps_after(path, source, "42,0.1,0.5\n") == [42]


def test_a_table_that_is_written_anew_has_its_own_header(path: Path, source: ByteSource) -> None:
    assert steps_after(path, source, "step,epoch,loss\n7,1,0.1\n") == [7]
    assert steps_after(path, source, "8,1,0.1\n") == [8]


def test_what_is_no_row_of_the_table_before_is_left_out(path: Path, source: ByteSource) -> None:
    assert steps_after(path, source, "restarted\n1,2\n") == []


def test_of_a_log_with_very_many_runs_only_as_many_are_known_as_are_shown(tmp_path: Path) -> None:
    path = tmp_path / "log.several"
    path.write_text("".join(lines(f"fold {fold}", range(1)) for fold in range(2 * RUNS_PER_LOG)))
    source = ByteSource(LocalFileReader(str(path)), SeveralRuns())
    assert RUNS_PER_LOG < len(source.poll(Budget(seconds=math.inf)).runs) < RUNS_PER_LOG + 3
    path.write_text("")
    assert len(source.poll(Budget()).reset) < RUNS_PER_LOG + 4
