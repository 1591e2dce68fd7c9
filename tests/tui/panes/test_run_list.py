from __future__ import annotations

from dataclasses import replace

import pytest
from tests.support.lines import stripped_texts
from tests.support.scripted import START, four_runs, gpus, run_snapshot, snapshot

from lossmon.core.snapshot import RunStatus
from lossmon.core.text import Name
from lossmon.core.verdict import Verdict
from lossmon.tui.box import Box
from lossmon.tui.panes.base import PaneRect
from lossmon.tui.panes.run_list import RunList, scroll_top
from lossmon.tui.state import State
from lossmon.tui.styled_text import plain

FOUR = State("runs/", gpus=gpus()).with_snapshot(snapshot(*four_runs()))
STARTED = [replace(run, status=RunStatus.RUNNING) for run in four_runs()]
LIVE = State("runs/", gpus=gpus()).with_snapshot(snapshot(*STARTED))
"""The same runs, of which none has stalled."""


def strip(state: State, width: int, height: int) -> list[str]:
    """Return the rows of a list without frame."""
    return stripped_texts(RunList(framed=False).draw(state, PaneRect(0, 0, width, height, screen_width=width)))


def table(state: State, width: int, height: int, screen_width: int = 120) -> list[str]:
    """Return the rows of a list with a frame, without it."""
    rect = PaneRect(0, 0, width + 2, height + 1, Box(), screen_width)
    return [plain(line)[1:-1].rstrip() for line in RunList(framed=True).draw(state, rect)[1:]]


def test_the_list_is_a_table_whose_columns_follow_from_the_width() -> None:
    assert table(LIVE, 52, 5) == [
        "    run      verdict since    best   now     gap",
        "▸ ✕ rnn      diverged e22    0.361   NaN     -",
        "  ● lstm-512 overfitting e10 0.555 0.657 0.508 ▲",
        "  ✓ cnn-a    converged       0.313 0.343  0.25 ▲",
        "  ○ lstm-128 learning        0.374 0.374 0.013 ▲",
    ]
    assert table(LIVE, 110, 5)[0].split() == ["run", "verdict", "since", "best", "now", "gap", "epoch", "left", "gpu"]


def test_the_best_column_is_the_first_to_go_where_names_would_be_cut() -> None:
    names = [table(LIVE, width, 5)[0].split()[1:] for width in (48, 41, 35, 29)]
    assert names == [
        ["verdict", "since", "best", "now", "gap"],
        ["verdict", "since", "best", "now"],
        ["verdict", "since", "best"],
        ["verdict", "since"],
    ]


def test_a_row_shows_how_far_a_run_is_how_long_it_takes_and_its_gpu() -> None:
    row = next(line for line in table(LIVE, 110, 5) if "lstm-512" in line)
    assert row.split()[-6:] == ["e31/50", "████▉···", "13", "min", "0", "93%"]


def test_a_run_that_has_stalled_says_so_beside_its_verdict() -> None:
    assert "diverged e22    stalled" in strip(FOUR, 80, 4)[0]
    assert "0.361   NaN stalled" in table(FOUR, 52, 5)[1]
    assert "stalled" not in table(LIVE, 52, 5)[1]


def test_a_verdict_that_is_a_maybe_does_not_stand_out() -> None:
    sure, weak = (run_snapshot(name, Verdict.OVERFITTING) for name in ("sure", "weak"))
    weak = replace(weak, assessment=replace(weak.assessment, is_weak=True))
    lines = RunList(framed=False).draw(State("").with_snapshot(snapshot(sure, weak)), PaneRect(0, 0, 50, 2))
    assert ("overfitting e10", "overfitting strong") in lines[0]
    assert {("maybe ", "muted"), ("overfitting e10", "overfitting")} < set(lines[1])


def test_a_strip_leaves_out_a_curve_of_less_than_ten_cells() -> None:
    assert strip(FOUR, 48, 2) == [
        "▸ ✕ rnn      diverged e22    stalled █▅▃▂▂▁▁▁▁××",
        "▾ ● lstm-512 overfitting e10         █▄▂▁▁▁▁▁▂▂▂",
    ]
    assert strip(FOUR, 46, 2) == [
        "▸ ✕ rnn      diverged e22    stalled",
        "▾ ● lstm-512 overfitting e10",
    ]
    assert strip(FOUR, 30, 4) == [
        "▸ ✕ rnn   diverged e22 stalled",
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
    many = State("runs/").with_snapshot(snapshot(*(run_snapshot(f"run-{at}") for at in range(9))))
    pane = RunList(framed=False)
    pane.draw(many.with_view(selected=Name.of("run-5")), PaneRect(0, 0, 40, 4))
    middle = pane.draw(many.with_view(selected=Name.of("run-4")), PaneRect(0, 0, 40, 4))
    assert [line[:1] for line in stripped_texts(middle)] == [*"▴▸ ▾"]
    whole = table(many.with_view(selected=Name.of("run-4")), 60, 10)
    assert [line[:1] for line in whole] == [*"     ▸    "]


def test_only_visible_runs_are_drawn_and_each_only_once() -> None:
    pane, rect = RunList(framed=False), PaneRect(0, 0, 60, 4, screen_width=60)
    before, after = pane.draw(FOUR, rect), pane.draw(FOUR.with_view(selected=Name.of("cnn-a")), rect)
    assert before[0][-2] is after[0][-2]


def test_a_group_has_the_number_of_its_runs_and_the_spread_of_their_best_values() -> None:
    runs = [run_snapshot(f"lstm-seed{seed}", Verdict.LEARNING, seed=seed) for seed in (1, 2, 3)]
    state = State("runs/").with_snapshot(snapshot(*runs)).with_view(grouped=True)
    row = table(state, 60, 5)[1]
    assert row.split()[:5] == ["▸", "○", "lstm-seed*", "×3", "learning"]
    assert "0.313–0.331" in row


def test_the_width_of_the_table_does_not_follow_the_digits_of_a_loss() -> None:
    run = run_snapshot()
    states = [
        State("").with_snapshot(snapshot(replace(run, assessment=replace(run.assessment, best_value=value, gap=value))))
        for value in (0.1, 0.0998, -1.29e-5, 12345.0, float("inf"))
    ]
    assert len({len(plain(RunList(framed=True).draw(state, PaneRect(0, 0, 60, 5))[1])) for state in states}) == 1
    assert len({table(state, 60, 3)[0] for state in states}) == 1


def test_below_a_short_list_are_the_curves_of_its_runs() -> None:
    lines = table(FOUR, 52, 30)
    titles = [line for line in lines[5:] if any(run.name.text in line for run in four_runs())]
    assert [name for line in titles for name in line.split() if name in ("rnn", "lstm-512", "cnn-a", "lstm-128")] == [
        "rnn", "lstm-512", "cnn-a", "lstm-128",
    ]  # fmt: skip
    assert sum("⠀" < char <= "⣿" for char in "".join(lines)) > 60


def test_with_less_room_only_the_selected_run_has_a_curve() -> None:
    lines = table(FOUR.with_view(selected=Name.of("cnn-a")), 52, 12)
    assert [line.split()[:3] for line in lines[5:] if "▸" in line] == [["▸✓", "cnn-a", "0.343"]]
    assert table(FOUR, 52, 8)[5:] == ["", "", ""]


def test_a_click_selects_the_run_under_the_header() -> None:
    pane = RunList(framed=True)
    pane.show(FOUR, PaneRect(0, 0, 54, 8, Box(), 120))
    chosen = pane.clicked(3, 3)
    assert isinstance(chosen, RunList.Chosen)
    assert chosen.index == 1
    assert pane.clicked(3, 1) is None
    assert pane.clicked(3, 7) is None


def test_long_names_get_more_cells_on_a_very_wide_terminal_before_further_columns() -> None:
    name = "a-run-with-a-name-of-many-cells"
    state = State("runs/").with_snapshot(snapshot(*STARTED, run_snapshot(name, Verdict.CONVERGED)))
    assert "a-ru…y-cells converged" in table(state, 52, 6)[3]
    assert "a-run-wi…e-of-many-cells converged" in table(state, 88, 6, 200)[3]
    assert table(state, 88, 6, 200)[0].split()[-2:] == ["epoch", "left"]


def test_below_a_header_verdicts_are_aligned_even_where_no_other_column_fits() -> None:
    head, *rows = table(LIVE, 30, 5)
    assert head.split() == ["run", "verdict", "since"]
    assert {row.index(word) for row, word in zip(rows, ["div", "over", "conv", "learn"], strict=True)} == {13}
    assert head.index("verdict") == 13


def test_columns_without_anything_to_show_are_left_out() -> None:
    run = run_snapshot(planned=None, with_val=False, status=RunStatus.ENDED)
    state = State("runs/").with_snapshot(snapshot(run, replace(run, name=Name.of("b"), last_write=START)))
    assert table(state, 110, 5)[0].split() == ["run", "verdict", "since", "best", "now", "epoch"]
