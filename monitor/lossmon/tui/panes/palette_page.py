"""The command palette: every command that matches what is typed."""

from __future__ import annotations

from lossmon.tui.box import Box
from lossmon.tui.keymap import Command, matching_commands
from lossmon.tui.panes.run_list import window
from lossmon.tui.state import State
from lossmon.tui.styled_text import Line, Lines, cut, fit, pad, spread

_KEY = 8


def commands_page(state: State, width: int, height: int, box: Box) -> Lines:
    """Return the commands that match, the chosen one in sight."""
    found, chosen = matching_commands(state.choices.palette_filter), state.choices.palette_index
    inner_width, rows = box.inner(width, height)
    top = window(0, chosen, len(found), rows)
    body = [_row(command, top + at == chosen, inner_width) for at, command in enumerate(found[top : top + rows])] or [
        fit(((" no such command", "muted"),), inner_width)
    ]
    return box.around(_title(state), tuple(body), width, height)


def _title(state: State) -> Line:
    return (("commands", "title"), (f" :{cut(state.choices.palette_filter, 30)}", "warn"))


def _row(command: Command, chosen: bool, width: int) -> Line:
    arrow: Line = (("▸ " if chosen else "  ", "selected"), (command.text, "selected" if chosen else ""))
    return spread(arrow, pad(((command.key, "key"),), _KEY), width)
