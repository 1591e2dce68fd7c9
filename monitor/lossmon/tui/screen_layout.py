"""Decide which panes fit on a terminal of a given size, and where each is placed."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeAlias

from lossmon.tui.box import Box
from lossmon.tui.column_choice import width_class
from lossmon.tui.panes.base import PaneRect
from lossmon.tui.panes.changes import changes_height
from lossmon.tui.panes.gpu import gpu_lines
from lossmon.tui.panes.run_columns import fit_columns
from lossmon.tui.panes.run_list import MIN_HEIGHT_FOR_HEADER
from lossmon.tui.panes.verdict import needed_lines
from lossmon.tui.settings import Page
from lossmon.tui.state import State

_WIDE, _WIDE_HEIGHT = 100, 20
"""The smallest terminal, in cells, with list and chart side by side."""
_MEDIUM, _MEDIUM_HEIGHT = 56, 14
"""The smallest terminal with a chart; below it a run is a line of text and sparklines."""
_MIN_LOWER_HEIGHT = 3
"""Lines of the pane below the chart, its frame included."""
_MIN_COMPARE_HEIGHT = 8
"""The lowest terminal with curves above the table of a comparison."""
_MIN_LIST_WIDTH = 38
_MAX_LIST_SHARE, _MAX_CHOSEN_LIST_SHARE = 0.45, 0.6
"""The part of the width that the list may take, and that it may take with columns that the user has chosen."""
_RULE_AND_HEADER = 2
"""Lines above the first run of the list."""
_GPU_WIDTH = 46
"""Cells for GPUs where they are placed beside the verdict."""
_MAX_SHARE = (2, 5)
"""The part of the height that GPUs, or the pane below the chart, may take."""


Layout: TypeAlias = dict[str, PaneRect]
"""The place of each pane by its name; panes that are missing are not shown."""


def screen_layout(state: State, width: int, height: int) -> Layout:
    """Return the places of all panes on a terminal of *width* by *height* cells; they cover it without overlap."""
    page = state.view.page
    if width >= _WIDE and height >= _WIDE_HEIGHT:
        return _wide(state, width, height)
    if width >= _MEDIUM and height >= _MEDIUM_HEIGHT:
        return _medium(state, width, height)
    if page is Page.RUN:
        footer = 1 if (state.view.typing or state.notice) and height > 1 else 0
        compact = {"compact": PaneRect(0, 0, width, height - footer)}
        return compact | ({"footer": PaneRect(0, height - 1, width, 1)} if footer else {})
    if page is Page.COMPARE:
        if height < _MIN_COMPARE_HEIGHT:
            return {"verdict": _full_screen(width, height)}
        return _page_panes(state, 0, 0, width, height, sides=False)
    return {"page": _full_screen(width, height)}


def _full_screen(width: int, height: int) -> PaneRect:
    return PaneRect(0, 0, width, height, Box(sides=False))


def _header_and_footer(width: int, height: int) -> Layout:
    return {"header": PaneRect(0, 0, width, 1), "footer": PaneRect(0, height - 1, width, 1)}


def _wide(state: State, width: int, height: int) -> Layout:
    """Return the layout with the list, and what is below it, to the left of the page."""
    body = height - 2
    panes = _header_and_footer(width, height)
    if state.is_single_run:
        return panes | _wide_without_list(state, width, body)
    left = _list_width(state, width)
    gpu = _gpu_height(state, left, body)
    free = body - gpu - len(state.listed_runs) - _RULE_AND_HEADER
    changes = changes_height(state, min(free, _max_height(body)))
    # The floor of the GPUs is the rule above the changes.
    below = {"gpu": gpu - 1 if gpu and changes else gpu, "changes": changes}
    return panes | _left_column(below, width, left, body) | _page_panes(state, left, 1, width - left, body, sides=True)


def _left_column(below: dict[str, int], screen_width: int, width: int, height: int) -> Layout:
    """Return the list in what is left of *height* lines by the panes *below* it, given with their lines; 0: none."""
    shown = {name: lines for name, lines in below.items() if lines}
    heights = {"runs": height - sum(shown.values())} | shown
    panes: Layout = {}
    y = 1
    for number, (name, lines) in enumerate(heights.items(), 1):
        box = Box(joined=number > 1, floor=number == len(heights))
        panes[name] = PaneRect(0, y, width, lines, box, screen_width)
        y += lines
    return panes


def _gpu_height(state: State, width: int, body: int) -> int:
    return min(len(gpu_lines(state, width - 2)) + 2, _max_height(body)) if state.has_gpus else 0


def _max_height(height: int) -> int:
    part, whole = _MAX_SHARE
    return height * part // whole


def _wide_without_list(state: State, width: int, body: int) -> Layout:
    """Return the layout for a single run: the GPUs are beside the verdict."""
    gpu = _gpu_height(state, _GPU_WIDTH, body)
    panes = _page_panes(state, 0, 1, width - _GPU_WIDTH, body, sides=True)
    if not gpu or "verdict" not in panes:
        return _page_panes(state, 0, 1, width, body, sides=True)
    chart, verdict = panes["chart"], panes["verdict"]
    extra = max(0, gpu - verdict.height)
    y, height = verdict.y - extra, verdict.height + extra
    return {
        "chart": replace(chart, width=width, height=chart.height - extra),
        "verdict": replace(verdict, y=y, height=height),
        "gpu": PaneRect(verdict.width, y, _GPU_WIDTH, height, verdict.box),
    }


def _list_width(state: State, width: int) -> int:
    """Return the width of the list with its frame: what its columns need, up to a part of *width*."""
    is_chosen = width_class(width) in dict(state.view.columns)
    most = int(width * (_MAX_CHOSEN_LIST_SHARE if is_chosen else _MAX_LIST_SHARE))
    columns = fit_columns(state, most - 2, width, has_header=True)
    return min(max(_MIN_LIST_WIDTH, columns.width + 2), most)


def _medium(state: State, width: int, height: int) -> Layout:
    """Return the layout with a few rows of the list above the page, and one line of GPUs below it."""
    panes = _header_and_footer(width, height)
    rows = 0 if state.is_single_run else _strip_height(len(state.listed_runs), height)
    gpu = int(state.has_gpus)
    if rows:
        panes["strip"] = PaneRect(0, 1, width, rows, screen_width=width)
    if gpu:
        panes["gpu_line"] = PaneRect(0, height - 2, width, 1)
    return panes | _page_panes(state, 0, 1 + rows, width, height - 2 - rows - gpu, sides=False)


def _strip_height(runs: int, height: int) -> int:
    """Return the lines for a list of *runs*, and its header if it has one, on a screen of *height* lines."""
    most = max(1, (height - 12) // 3)
    return min(runs + (runs + 1 >= MIN_HEIGHT_FOR_HEADER), most)


def _page_panes(state: State, x: int, y: int, width: int, height: int, *, sides: bool) -> Layout:
    """Return the panes of the shown page within a rectangle: a page of text, or a chart with a pane below it."""
    page = state.view.page
    upper, lower = Box(sides=sides), Box(sides=sides, joined=True, floor=True)
    if page not in (Page.RUN, Page.COMPARE):
        return {"page": PaneRect(x, y, width, height, Box(sides=sides, floor=True))}
    if page is Page.RUN and state.shown_run is None:
        return {"chart": PaneRect(x, y, width, height, Box(sides=sides, floor=True))}
    lower_height = _lower_height(state, width, height, lower)
    return {
        "chart": PaneRect(x, y, width, height - lower_height, upper),
        "verdict": PaneRect(x, y + height - lower_height, width, lower_height, lower),
    }


def _lower_height(state: State, width: int, height: int, box: Box) -> int:
    """Return the lines of the pane below the chart: what it needs, at most two fifths of *height*."""
    if state.view.page is Page.COMPARE:
        needed = max(1, len(state.compared_runs))
    else:
        needed = needed_lines(state.shown_run, width - 2 * box.sides)
    rules = 1 + box.sides
    return max(_MIN_LOWER_HEIGHT, min(needed + rules, _max_height(height)))
