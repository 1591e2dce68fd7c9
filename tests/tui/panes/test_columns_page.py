from __future__ import annotations

import pytest
from tests.support.screen import app_of, rows, shown, text
from tests.support.scripted import four_runs, gpus, run_snapshot, snapshot

from lossmon.core.snapshot import RunStatus
from lossmon.tui.settings import Page

LIVE = snapshot(*(run_snapshot(run.name.text, status=RunStatus.RUNNING) for run in four_runs()))


def head(lines: list[str]) -> list[str]:
    """Return the names of the columns of the list."""
    return next(line for line in lines if " run " in line).split("│")[1].split()


async def test_a_key_opens_a_choice_of_columns_and_the_list_follows_it_at_once() -> None:
    async with shown(LIVE, gpus=gpus()) as pilot:
        assert head(rows(pilot)) == ["run", "verdict", "since", "best", "now", "gap"]
        await pilot.press("C", "down", "down", "space", "down", "down", "enter", "G", "up", "space")
        assert head(rows(pilot)) == ["run", "verdict", "since", "now", "epoch", "left"]
        assert "columns · wide terminals" in text(pilot)
        await pilot.press("escape")
        assert app_of(pilot).state.view.page is Page.RUN
        assert head(rows(pilot)) == ["run", "verdict", "since", "now", "epoch", "left"]


async def test_a_choice_holds_only_for_terminals_of_similar_width() -> None:
    async with shown(LIVE, gpus=gpus()) as pilot:
        await pilot.press("C", "down", "down", "space", "escape")
        await pilot.resize_terminal(180, 40)
        assert "best" in head(rows(pilot))
        await pilot.resize_terminal(130, 40)
        assert "best" not in head(rows(pilot))


async def test_the_first_row_leaves_the_choice_to_the_program_again() -> None:
    async with shown(LIVE, gpus=gpus()) as pilot:
        await pilot.press("C", "down", "down", "space", "up", "up", "space", "C")
        assert head(rows(pilot)) == ["run", "verdict", "since", "best", "now", "gap"]
        assert app_of(pilot).state.view.columns == ()


@pytest.mark.parametrize("size", [(80, 24), (40, 10), (24, 4)])
async def test_columns_are_chosen_on_any_terminal(size: tuple[int, int]) -> None:
    async with shown(LIVE, size=size) as pilot:
        await pilot.press("C", "down", "down", "space")
        assert "▸ + best" in text(pilot)
        await pilot.press("escape")
        assert size[0] < 80 or "0.555" in text(pilot)
