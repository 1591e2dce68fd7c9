from __future__ import annotations

from tests.support.lines import stripped_texts
from tests.support.scripted import four_runs, gpus, run_snapshot, snapshot

from lossmon.core.text import Name
from lossmon.tui.panes.compact import compact_screen
from lossmon.tui.state import State
from lossmon.tui.styled_text import plain


def test_a_tiny_screen_without_gpus_has_room_for_what_to_try() -> None:
    lines = stripped_texts(compact_screen(State("runs/").with_snapshot(snapshot(run_snapshot())), 30, 4))
    assert lines[2:] == ["Try: keep the epoch-10", "     checkpoint · dropout …"]


def test_one_line_leaves_out_the_gap_then_the_name_then_since_when_then_the_verdict() -> None:
    state = State("runs/", gpus=gpus()).with_snapshot(snapshot(run_snapshot()))
    forms = [plain(compact_screen(state, width, 1)[0]) for width in (40, 30, 20, 15, 12, 10)]
    assert forms == [
        "lstm-512 OVERFITTING e10 gap 0.508 ▲",
        "lstm-512 OVERFITTING e10",
        "lst… OVERFITTING e10",
        "OVERFITTING e10",
        "OVERFITTING",
        "●",
    ]


def test_one_free_line_is_used_for_the_headline_of_the_verdict() -> None:
    state = State("runs/", gpus=gpus()).with_snapshot(snapshot(*four_runs())).with_view(selected=Name.of("lstm-512"))
    lines = stripped_texts(compact_screen(state, 40, 8))
    assert lines[4] == " overfitting since epoch 10 · moderate …"
    assert len(lines) == 8


def test_a_strip_of_less_than_ten_cells_is_left_out() -> None:
    state = State("runs/").with_snapshot(snapshot(run_snapshot()))
    lengths = [len(stripped_texts(compact_screen(state, width, 6))[-2].split()) for width in (25, 24)]
    assert lengths == [3, 2]
