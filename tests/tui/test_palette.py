from __future__ import annotations

import pytest
from tests.support.screen import SMALL, WIDE, app_of, shown, text
from tests.support.scripted import four_runs, snapshot

from lossmon.tui.keymap import PALETTE, matching_commands
from lossmon.tui.settings import Page

FOUR = snapshot(*four_runs())


def test_commands_are_found_by_their_words() -> None:
    assert [command.key for command in matching_commands("zoom")] == ["+", "-"]
    assert [command.key for command in matching_commands("SVG save")] == ["E"]
    assert matching_commands("") == PALETTE


@pytest.mark.parametrize("opened", ["colon", "ctrl+p"])
@pytest.mark.parametrize("size", [WIDE, SMALL])
async def test_a_command_runs_by_name(opened: str, size: tuple[int, int]) -> None:
    async with shown(FOUR, size=size) as pilot:
        await pilot.press(opened, *"timel")
        assert "timeline of verdicts" in text(pilot)
        assert "quit" not in text(pilot)
        await pilot.press("enter")
        assert app_of(pilot).state.view.page is Page.TIMELINE
        assert not app_of(pilot).state.view.typing


async def test_the_arrows_choose_among_commands() -> None:
    async with shown(FOUR) as pilot:
        await pilot.press("colon", "down", "down", "down", "up", "enter")
        assert app_of(pilot).state.view.page is Page.TIMELINE


async def test_a_command_acts_on_the_page_it_was_called_from() -> None:
    async with shown(FOUR) as pilot:
        await pilot.press("m", "colon", *"logarithmic", "enter")
        assert app_of(pilot).state.view.page is Page.METRICS
        assert app_of(pilot).state.view.log is True


async def test_quit_in_the_palette_quits() -> None:
    async with shown(FOUR) as pilot:
        await pilot.press("colon", *"quit", "enter")
        assert not pilot.app.is_running
        assert pilot.app.return_code == 0


async def test_escape_and_a_command_that_does_not_exist_change_nothing() -> None:
    async with shown(FOUR) as pilot:
        before = app_of(pilot).state.view
        await pilot.press("colon", *"zebra")
        assert "no command matches" in text(pilot)
        await pilot.press("enter")
        assert app_of(pilot).state.view.page is Page.RUN
        await pilot.press("colon", "escape")
        assert app_of(pilot).state.view.page is before.page
        assert app_of(pilot).state.view.run_filter == ""
