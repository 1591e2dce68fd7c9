from __future__ import annotations

import pytest
from tests.support.lines import stripped_texts
from tests.support.scripted import four_runs, gpus, run_snapshot, snapshot

from lossmon.core.snapshot import RunStatus
from lossmon.core.text import Name
from lossmon.core.verdict import Verdict
from lossmon.tui.panes.run_list import SparklineCache, run_rows, scroll_top
from lossmon.tui.state import State

FOUR = State("runs/", gpus=gpus()).with_snapshot(snapshot(*four_runs()))


def test_the_list_is_aligned_and_leaves_out_the_sparkline_first() -> None:
    assert stripped_texts(run_rows(FOUR, 36, 2, 0, SparklineCache())) == [
        "▸ ✕ rnn      diverged e22    stalled",
        "▾ ● lstm-512 overfitting e10 █▃▁▁▁▂▂",
    ]
    assert stripped_texts(run_rows(FOUR, 30, 4, 0, SparklineCache())) == [
        "▸ ✕ rnn           diverged e22",
        "  ● lstm-512   overfitting e10",
        "  ✓ cnn-a            converged",
        "  ○ lstm-128          learning",
    ]


@pytest.mark.parametrize(
    ("top", "index", "count", "height", "expected"),
    [
        (0, 0, 4, 10, 0),
        (0, 12, 50, 10, 4),
        (3, 4, 50, 10, 3),
        (30, 4, 50, 10, 3),
        (0, 12, 50, 2, 11),
        (45, 49, 50, 10, 40),
        (9, 0, 0, 5, 0),
    ],
)
def test_the_list_scrolls_no_more_than_needed(top: int, index: int, count: int, height: int, expected: int) -> None:
    assert scroll_top(top, index, count, height) == expected


def test_arrows_show_on_which_side_more_rows_are() -> None:
    many = (
        State("runs/")
        .with_snapshot(snapshot(*(run_snapshot(f"run-{at}") for at in range(9))))
        .with_view(selected=Name.of("run-4"))
    )
    assert [line[:1] for line in stripped_texts(run_rows(many, 40, 4, 3, SparklineCache()))] == [*"▴▸ ▾"]
    assert [line[:1] for line in stripped_texts(run_rows(many, 40, 9, 0, SparklineCache()))] == [*"    ▸    "]


def test_a_stalled_run_has_a_warning_instead_of_its_sparkline() -> None:
    state = State("runs/", gpus=gpus()).with_snapshot(snapshot(run_snapshot(status=RunStatus.STALLED)))
    assert stripped_texts(run_rows(state, 60, 1, 0, SparklineCache()))[0].endswith("stalled")


def test_a_sparkline_is_drawn_once_while_it_is_visible() -> None:
    sparks = SparklineCache()
    state = FOUR
    before = run_rows(state, 60, 4, 0, sparks)
    after = run_rows(state, 60, 4, 0, sparks)
    assert before == after
    assert all(one[-1] is other[-1] for one, other in zip(before[1:], after[1:], strict=True))


def test_a_group_has_the_number_of_its_runs_and_the_spread_of_their_best_values() -> None:
    runs = [run_snapshot(f"lstm-seed{seed}", Verdict.LEARNING, seed=seed) for seed in (1, 2, 3)]
    state = State("runs/").with_snapshot(snapshot(*runs)).with_view(grouped=True)
    (row,) = stripped_texts(run_rows(state, 60, 5, 0, SparklineCache()))
    assert row.split() == ["▸", "○", "lstm-seed*", "×3", "learning", "0.313–0.331"]
