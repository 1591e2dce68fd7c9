"""The page on which the columns of the list of runs are chosen."""

from __future__ import annotations

from lossmon.tui.box import Box
from lossmon.tui.column_choice import COLUMNS
from lossmon.tui.panes.run_columns import wanted_columns
from lossmon.tui.panes.run_list import scroll_top
from lossmon.tui.state import State
from lossmon.tui.styled_text import Line, Lines, fit, truncate_words

_AUTOMATIC = "by themselves: as many as fit"


def columns_page(state: State, width: int, height: int, box: Box) -> Lines:
    """Return a row for each column with a mark where it is shown, framed; the selected row is visible."""
    inner_width, rows = box.inner(width, height)
    lines = _rows(state, inner_width)
    top = scroll_top(0, state.view.column_index, len(lines), rows)
    title: Line = (("columns", "title"), (f" · {state.view.column_class} terminals", "muted"))
    return box.around(title, lines[top : top + rows], width, height)


def _rows(state: State, width: int) -> Lines:
    shown = wanted_columns(state, state.view.column_class)
    has_choice = state.view.column_class in dict(state.view.columns)
    marks = [("○" if has_choice else "●", _AUTOMATIC)]
    marks += [("+" if column.key in shown else " ", f"{column.key}: {column.meaning}") for column in COLUMNS]
    return tuple(
        _row(mark, text, width, is_selected=place == state.view.column_index, is_chosen=has_choice or not place)
        for place, (mark, text) in enumerate(marks)
    )


def _row(mark: str, text: str, width: int, *, is_selected: bool, is_chosen: bool) -> Line:
    arrow = "▸ " if is_selected else "  "
    style = "selected" if is_selected else "" if is_chosen else "muted"
    return fit(((arrow, "selected"), (f"{mark} ", "mark"), (truncate_words(text, max(1, width - 4)), style)), width)
