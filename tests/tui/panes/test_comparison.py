from __future__ import annotations

from tests.support.lines import stripped_texts
from tests.support.scripted import four_runs, snapshot

from lossmon.tui.box import Box
from lossmon.tui.panes.comparison import compare_table
from lossmon.tui.settings import Page
from lossmon.tui.state import State


def test_a_comparison_has_columns_below_their_heads_and_leaves_out_numbers_before_names() -> None:
    state = State("runs/").with_snapshot(snapshot(*four_runs()))
    state = state.with_view(page=Page.COMPARE, marked=tuple(run.name for run in state.listed_runs[:3]))
    walls = Box(joined=True, floor=True)
    assert stripped_texts(compare_table(state, 76, 6, walls))[:3] == [
        "├ ── run ──── verdict ─────────── best ─── last ──── gap ──────────────────┤",
        "│ ━━ rnn      diverged e22       0.361      NaN  unknown                   │",
        "│ ━━ lstm-512 overfitting e10    0.555    0.657    0.508                   │",
    ]
    assert stripped_texts(compare_table(state, 40, 6, walls))[:2] == [
        "├ ── run ──── verdict ─────────────────┤",
        "│ ━━ rnn      diverged e22             │",
    ]
