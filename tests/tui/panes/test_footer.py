from __future__ import annotations

import pytest
from tests.support.scripted import four_runs, gpus, run_snapshot, snapshot

from lossmon.tui.panes.footer import footer, hint_at
from lossmon.tui.settings import Page
from lossmon.tui.state import State
from lossmon.tui.styled_text import plain

FOUR = State("runs/", gpus=gpus()).with_snapshot(snapshot(*four_runs()))


def test_help_and_quit_are_always_offered() -> None:
    for width in (56, 80, 120):
        line = plain(footer(FOUR, width))
        assert "? help" in line
        assert "q quit" in line
        assert len(line) <= width


def test_the_hint_under_the_mouse_is_the_one_that_is_drawn_there() -> None:
    for page in Page:
        state = FOUR.with_view(page=page)
        line = plain(footer(state, 100))
        for text in ("smooth", "help", "quit"):
            if text in line:
                hint = hint_at(state, 100, line.index(text))
                assert hint is not None
                assert hint.text == text
        assert hint_at(state, 100, 0) is None


@pytest.mark.parametrize("page", list(Page))
def test_the_footer_shows_whole_hints_at_any_width(page: Page) -> None:
    state = State("runs/").with_snapshot(snapshot(run_snapshot())).with_view(page=page)
    for width in range(20, 200):
        hints = plain(footer(state, width))
        assert len(hints) <= width
        assert "…" not in hints
        assert hints.endswith("q quit")
