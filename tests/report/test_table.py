from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.evaluated import evaluated_run
from tests.support.training_logs import OVERFITTING

from lossmon.core.snapshot import SkippedFile, Snapshot
from lossmon.core.text import Name, cell_width
from lossmon.presentation.sorting import Sort
from lossmon.report.style import Style
from lossmon.report.table import TableOptions, format_table, summary
from lossmon.tui.state import State


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


def test_a_run_that_diverged_says_since_when() -> None:
    diverged = evaluated_run(val=[0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, float("nan"), float("nan")])
    head, row, *_ = format_table(Snapshot((diverged,)), Style())
    assert row[head.index("since") :].startswith("epoch 10 ")


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


LEARNING = [2.0 * 0.9**i for i in range(30)]


def many(count: int = 6) -> Snapshot:
    """Return runs of which the first half learns and the second overfits."""
    runs = [evaluated_run(f"run-{index}", LEARNING if index < count // 2 else None) for index in range(count)]
    return Snapshot(tuple(runs))


def rows(lines: list[str]) -> list[str]:
    return [line.split()[1] for line in lines if line.startswith(("●", "○"))]


def test_the_worst_runs_come_first_unless_another_order_is_asked_for() -> None:
    assert rows(list(format_table(many(), Style())))[:3] == ["run-3", "run-4", "run-5"]
    by_name = TableOptions(sort=Sort.NAME)
    assert rows(list(format_table(many(), Style(), by_name))) == [f"run-{index}" for index in range(6)]


def test_a_limit_leaves_runs_out_and_says_how_many() -> None:
    lines = list(format_table(many(), Style(), TableOptions(limit=2)))
    assert rows(lines) == ["run-3", "run-4"]
    assert "4 more runs; --limit lists more" in lines
    assert lines[-1].startswith("6 runs")


@pytest.mark.parametrize(("explained", "titles"), [(1, 1), (2, 2), (None, 3), (3, 3)])
def test_reasons_are_printed_for_as_many_runs_as_asked_and_the_rest_is_counted(
    explained: int | None, titles: int
) -> None:
    lines = list(format_table(many(), Style(), TableOptions(explained=explained)))
    assert sum(line.endswith(": overfitting") for line in lines) == titles
    assert any("more run" in line for line in lines) == (titles < 3)


@given(st.lists(st.text("ab-_/损失\u0301é 0123456789", max_size=90), min_size=1, max_size=4), st.integers(48, 200))
def test_no_line_is_longer_than_the_terminal_is_wide(names: list[str], width: int) -> None:
    runs = (replace(EVALUATED, name=Name.of(name)) for name in dict.fromkeys(names))
    for line in format_table(Snapshot(tuple(runs)), Style(), TableOptions(width=width)):
        assert cell_width(line) <= width


EVALUATED = evaluated_run()


def test_columns_line_up_behind_names_of_wide_characters() -> None:
    snapshot = Snapshot(tuple(replace(EVALUATED, name=Name.of(name)) for name in ("lstm", "损失-1")))
    head, *lines = format_table(snapshot, Style())
    at = cell_width(head[: head.index("verdict")])
    for line in lines[:2]:
        assert cell_width(line[: line.index("overfitting")]) == at


def test_restarts_and_several_validation_sets_are_noted() -> None:
    restarted = replace(EVALUATED, assessment=replace(EVALUATED.assessment, flags=("restarted",)))
    head, row, *_ = format_table(Snapshot((restarted,)), Style())
    assert row[head.index("note") :] == "restarted"


def test_a_run_has_the_name_of_the_list_on_the_screen_however_few_are_printed() -> None:
    names = ["sweep/a/lightning_logs/version_0", "sweep/b/lightning_logs/version_0", "sweep/c"]
    snapshot = Snapshot(tuple(replace(EVALUATED, name=Name.of(name)) for name in names))
    state = State("sweep/").with_snapshot(snapshot)
    for limit in (1, 2, 3):
        lines = format_table(snapshot, Style(), TableOptions(limit=limit, width=100))
        assert rows(list(lines)) == [state.short_name(run) for run in snapshot.runs[:limit]]


def test_names_that_look_the_same_without_unicode_keep_a_row_each() -> None:
    snapshot = Snapshot(tuple(replace(EVALUATED, name=Name.of(name)) for name in ("日", "本")))
    lines = list(format_table(snapshot, Style(unicode=False), TableOptions(width=60)))
    assert sum(line.startswith("!  ?") for line in lines) == 2
