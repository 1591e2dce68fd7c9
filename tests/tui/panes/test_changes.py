"""The page and the pane of what has happened."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from tests.support.scripted import START, run_snapshot

from lossmon.core.snapshot import RunSnapshot, RunStatus, Snapshot
from lossmon.core.text import Name
from lossmon.core.verdict import Verdict
from lossmon.tui import reducers
from lossmon.tui.box import Box
from lossmon.tui.panes.changes import changes_lines, changes_page, changes_pane
from lossmon.tui.screen_layout import screen_layout
from lossmon.tui.settings import Page
from lossmon.tui.state import State
from lossmon.tui.styled_text import Lines, plain, width_of


def clock(seconds: float) -> str:
    return time.strftime("%H:%M", time.localtime(seconds))


def seen(*snapshots: tuple[RunSnapshot, ...]) -> State:
    """Return the state after these snapshots, an hour apart."""
    state = State("runs/")
    for number, runs in enumerate(snapshots):
        state = state.with_snapshot(Snapshot(runs, taken_at=START + 3600 * number))
    return state


def texts(lines: Lines) -> list[str]:
    return [plain(line).rstrip() for line in lines]


@pytest.fixture
def away() -> State:
    lstm, cnn = run_snapshot("lstm-512", Verdict.LEARNING), run_snapshot("cnn", Verdict.CONVERGED, epochs=50)
    return seen(
        (lstm, cnn), (run_snapshot("lstm-512"), cnn), (run_snapshot("lstm-512"), replace(cnn, status=RunStatus.ENDED))
    )


def test_the_newest_change_comes_first_and_those_since_the_last_key_are_marked(away: State) -> None:
    assert texts(changes_lines(away, 80)) == [
        f"▸ {clock(START + 7200)} cnn ended at epoch 50/50",
        f"▸ {clock(START + 3600)} lstm-512 overfitting since epoch 10",
    ]


def test_the_key_that_opens_the_page_leaves_the_marks_and_the_next_one_removes_them(away: State) -> None:
    opened = reducers.toggle_page(away, Page.CHANGES)
    assert [text[0] for text in texts(changes_page(opened, 80).body)] == ["▸", "▸"]
    closed = reducers.toggle_page(opened, Page.CHANGES)
    assert [text[0] for text in texts(changes_page(closed, 80).body)] == [" ", " "]


def test_without_a_change_the_page_says_so(away: State) -> None:
    assert texts(changes_page(seen(()), 100).body)[0].startswith(" nothing yet")


def test_the_pane_names_the_time_of_the_last_key_while_something_is_unseen(away: State) -> None:
    assert f"changes · since {clock(START)}" in texts(changes_pane(away, 50, 4, Box()))[0]
    assert "since" not in texts(changes_pane(reducers.next_smoothing(away), 50, 4, Box()))[0]


@pytest.mark.parametrize("width", [1, 5, 12, 30, 200])
def test_lines_fit_whatever_a_run_is_called(width: int) -> None:
    run = replace(run_snapshot("x"), name=Name.of("日本語" * 40), status=RunStatus.RUNNING)
    state = seen((run,), (replace(run, status=RunStatus.FAILED),))
    assert all(width_of(line) <= width for line in changes_lines(state, width))
    assert all(width_of(line) <= width for line in changes_page(state, width).body)


def test_below_the_list_there_is_room_for_changes_until_a_key_is_pressed(away: State) -> None:
    pane, runs = (screen_layout(away, 120, 36)[name] for name in ("changes", "runs"))
    assert (pane.height, pane.y, pane.y + pane.height) == (4, runs.y + runs.height, 35)
    assert "changes" not in screen_layout(reducers.next_smoothing(away), 120, 36)


def test_in_a_narrow_pane_a_line_is_shorter_and_not_cut_in_a_word(away: State) -> None:
    assert texts(changes_lines(away, 38))[1] == f"▸ {clock(START + 3600)} lstm-512 overfitting since e10"
    assert texts(changes_lines(away, 30))[1] == f"▸ {clock(START + 3600)} lstm-512 overfitting"
