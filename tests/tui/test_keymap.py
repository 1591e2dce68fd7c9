"""The key table: bindings, help page, footer and palette say the same."""

from __future__ import annotations

from ast import literal_eval

import pytest
from tests.support.screen import app_of, shown
from tests.support.scripted import four_runs, snapshot
from textual.binding import Binding

from lossmon.tui.app import MonitorApp
from lossmon.tui.keymap import ALLOWED_ACTIONS, BINDINGS, FOOTER, HELP_ROWS, PALETTE, TEXT_PAGE_FOOTER
from lossmon.tui.panes.text_pages import help_page
from lossmon.tui.reducers import REDUCERS
from lossmon.tui.settings import Page
from lossmon.tui.styled_text import plain

BOUND = [binding for binding in BINDINGS if isinstance(binding, Binding)]
COMMANDS = [command for row in HELP_ROWS for command in row.commands]
NOT_IN_PALETTE = {
    "move(1)": "the palette itself is a list in which one moves",
    "move(-1)": "the same",
    "move(10)": "the same",
    "move(-10)": "the same",
    "dispatch('palette')": "it is open already",
    "right_or_log": "'l' is two commands there",
    "interrupt": "a second way to quit",
}


def test_every_binding_has_help() -> None:
    page = "\n".join(plain(line) for line in help_page(200).body)
    for binding in BOUND:
        (row,) = [row for row in HELP_ROWS for command in row.commands if command.action == binding.action]
        assert row.help in page, binding.action
        assert row.keys in page, binding.action


def test_no_action_is_missing_from_the_palette() -> None:
    offered = {command.action for command in PALETTE}
    missing = {binding.action for binding in BOUND} - offered
    assert missing == NOT_IN_PALETTE.keys()


def test_no_key_has_two_bindings_and_no_action_two_texts() -> None:
    keys = [key for binding in BOUND for key in binding.key.split(",")]
    assert len(keys) == len(set(keys))
    actions = [command.action for command in COMMANDS]
    assert len(actions) == len(set(actions))


def test_every_hint_of_the_footer_has_a_label_and_runs_an_action_of_the_table() -> None:
    actions = {command.action for command in COMMANDS}
    for hint in [hint for hints in (*FOOTER.values(), TEXT_PAGE_FOOTER) for hint in hints]:
        assert hint.key
        assert hint.text
        assert hint.action in actions


def test_every_action_of_the_table_exists() -> None:
    for name in ALLOWED_ACTIONS:
        assert callable(getattr(MonitorApp, f"action_{name}")), name
    for name, arguments in ((each.action.partition("(")[0], each.action.partition("(")[2]) for each in COMMANDS):
        if name == "dispatch":
            assert literal_eval(arguments.removesuffix(")")) in REDUCERS
        if name == "page":
            Page(literal_eval(arguments.removesuffix(")")))


@pytest.mark.parametrize("key", ["q", "ctrl+c"])
async def test_only_ctrl_c_quits_while_a_filter_is_typed(key: str) -> None:
    async with shown(snapshot(*four_runs())) as pilot:
        await pilot.press("slash", key)
        assert pilot.app.is_running == (key == "q")
        if key == "q":
            assert app_of(pilot).state.view.run_filter == "q"
