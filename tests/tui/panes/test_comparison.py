from __future__ import annotations

from dataclasses import replace

from tests.support.lines import stripped_texts
from tests.support.scripted import four_runs, run_snapshot, snapshot

from lossmon.core.hyperparameters import flatten
from lossmon.core.snapshot import RunSnapshot
from lossmon.core.verdict import Verdict
from lossmon.tui.box import Box
from lossmon.tui.output_filter import to_ascii
from lossmon.tui.panes.comparison import compare_table, draw_comparison_chart
from lossmon.tui.settings import Page
from lossmon.tui.state import State
from lossmon.tui.styled_text import plain, width_of


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


def stated(name: str, settings: dict[str, str], seed: int = 7) -> RunSnapshot:
    run = run_snapshot(name, Verdict.LEARNING, seed=seed)
    return replace(run, hyperparameters=tuple(settings.items()))


def words(heads: str) -> list[str]:
    return [word for word in heads.split() if word.strip("─")]


def compared(*runs: RunSnapshot) -> State:
    state = State("runs/").with_snapshot(snapshot(*runs))
    return state.with_view(page=Page.COMPARE, marked=tuple(run.name for run in runs))


def test_settings_in_which_the_runs_differ_are_columns() -> None:
    state = compared(
        stated("a", {"optim.lr": "0.1", "seed": "1", "act": "relu", "out": "/tmp/a"}),
        stated("b", {"optim.lr": "0.25", "seed": "1", "act": "gelu_pytorch_tanh_long", "out": "/tmp/b"}),
        stated("c", {}),
    )
    heads, *rows = stripped_texts(compare_table(state, 110, 5, Box(sides=False)))
    assert words(heads) == ["run", "verdict", "best", "last", "gap", "lr", "act", "out"]
    assert [row.split()[-3:] for row in rows[:3]] == [
        ["0.1", "relu", "/tmp/a"],
        ["0.25", "gelu_pytorch_ta…", "/tmp/b"],
        ["?", "?", "?"],
    ]


def test_settings_come_before_the_last_loss_and_what_has_no_room_is_counted() -> None:
    runs = [stated(name, {f"setting{number}": name for number in range(9)}) for name in ("a", "b")]
    heads = stripped_texts(compare_table(compared(*runs), 60, 4, Box(sides=False)))[0]
    assert "best" in heads
    assert "last" not in heads
    assert "setting2" in heads
    title = stripped_texts(draw_comparison_chart(compared(*runs), 60, 12, Box(sides=False)).lines)[0]
    assert "more settings differ" in title


def test_a_hostile_setting_neither_breaks_the_table_nor_reaches_the_terminal() -> None:
    runs = [stated(name, dict(flatten({"损失\x1b[2J" * 30: name + "\n\x1b[31m" * 99}))) for name in ("a", "b")]
    for width in (20, 40, 80, 120):
        for row in compare_table(compared(*runs), width, 5, Box()):
            assert width_of(row) == width
            assert "\x1b" not in plain(row)


def test_a_group_of_runs_is_one_row_and_its_mean_between_the_edges_of_its_band() -> None:
    runs = [stated(f"lstm-seed{seed}", {"lr": "1", "seed": str(seed)}, seed) for seed in (1, 2, 3)]
    state = compared(*runs, stated("other", {"lr": "2", "seed": "1"})).with_view(marked=(), grouped=True)
    state = state.with_view(marked=tuple(run.name for run in state.listed_runs))
    drawn = draw_comparison_chart(state, 100, 16, Box())
    assert [(series.label, series.is_bound) for series in drawn.series] == [
        ("", True),
        ("", True),
        ("lstm-seed* ×3", False),
        ("other", False),
    ]
    low, high, mean, _ = drawn.series
    assert (low.y <= mean.y).all()
    assert (mean.y <= high.y).all()
    rows = stripped_texts(compare_table(state, 100, 5, Box(sides=False)))
    assert words(rows[0]) == ["run", "verdict", "best", "last", "gap", "lr"]
    assert rows[1].split()[-3:] == ["0.325", "0.313–0.331", "1"]
    assert rows[2].split()[-1] == "2"
    assert "?" not in "".join(map(to_ascii, rows))
    with_cursor = draw_comparison_chart(state.with_view(cursor=10.0), 140, 16, Box())
    assert stripped_texts(with_cursor.lines)[0].count("seed*") == 1
