"""Which panes a terminal of a given size has room for, and where they go."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeAlias

from lossmon.tui.box import Box
from lossmon.tui.panes.base import PaneRect
from lossmon.tui.panes.gpu import gpu_lines
from lossmon.tui.panes.verdict import lines_wanted
from lossmon.tui.state import Page, State

_WIDE, _WIDE_HEIGHT = 100, 20
_MIDDLE, _MIDDLE_HEIGHT = 56, 14
_LEAST_PANE = 3
_COMPARED_HEIGHT = 8
"""Lines from which there is room for curves above the table of a comparison."""
_LEAST_LIST = 38
_GPU_WIDTH = 46
"""Cells for GPUs where they stand beside the verdict."""
_BESIDE_NAME = 32
"""Cells of a row of the list that its name cannot have: frame, signs, a verdict, a sparkline."""


Plan: TypeAlias = dict[str, PaneRect]
"""Pane name to place; panes that are missing are not shown."""


def plan(state: State, width: int, height: int) -> Plan:
    """Return the places of all panes on a terminal of *width* by *height* cells; they cover it without overlap."""
    page = state.choices.page
    if width >= _WIDE and height >= _WIDE_HEIGHT:
        return _wide(state, width, height)
    if width >= _MIDDLE and height >= _MIDDLE_HEIGHT:
        return _middle(state, width, height)
    if page is Page.RUN:
        prompt = 1 if (state.choices.typing or state.notice) and height > 1 else 0
        places = {"compact": PaneRect(0, 0, width, height - prompt)}
        return places | ({"footer": PaneRect(0, height - 1, width, 1)} if prompt else {})
    if page is Page.COMPARE:
        small = height < _COMPARED_HEIGHT
        return {"verdict": _whole(width, height)} if small else _right(state, 0, 0, width, height, sides=False)
    return {"page": _whole(width, height)}


def _whole(width: int, height: int) -> PaneRect:
    return PaneRect(0, 0, width, height, Box(sides=False))


def _wide(state: State, width: int, height: int) -> Plan:
    body = height - 2
    places = {"header": PaneRect(0, 0, width, 1), "footer": PaneRect(0, height - 1, width, 1)}
    if state.alone:
        return places | _alone(state, width, body)
    left = _list_width(state, width)
    gpu = _gpu_height(state, left, body)
    places["runs"] = PaneRect(0, 1, left, body - gpu, Box(floor=gpu == 0))
    if gpu:
        places["gpu"] = PaneRect(0, 1 + body - gpu, left, gpu, Box(joined=True, floor=True))
    return places | _right(state, left, 1, width - left, body, sides=True)


def _gpu_height(state: State, width: int, body: int) -> int:
    return min(len(gpu_lines(state, width - 2)) + 2, body * 2 // 5) if state.has_gpus else 0


def _alone(state: State, width: int, body: int) -> Plan:
    """Return the places where no list is needed: GPUs stand beside the verdict."""
    gpu = _gpu_height(state, _GPU_WIDTH, body)
    places = _right(state, 0, 1, width - _GPU_WIDTH, body, sides=True)
    if not gpu or "verdict" not in places:
        return _right(state, 0, 1, width, body, sides=True)
    chart, verdict = places["chart"], places["verdict"]
    more = max(0, gpu - verdict.height)
    y, height = verdict.y - more, verdict.height + more
    return {
        "chart": replace(chart, width=width, height=chart.height - more),
        "verdict": replace(verdict, y=y, height=height),
        "gpu": PaneRect(verdict.width, y, _GPU_WIDTH, height, verdict.box),
    }


def _list_width(state: State, width: int) -> int:
    """Return the width of the list: what the names need, up to about a third."""
    needed = state.labels.width + _BESIDE_NAME
    return max(_LEAST_LIST, min(needed, width * 32 // 100 + 6))


def _middle(state: State, width: int, height: int) -> Plan:
    places = {"header": PaneRect(0, 0, width, 1), "footer": PaneRect(0, height - 1, width, 1)}
    rows = 0 if state.alone else max(1, min(len(state.rows), (height - 12) // 3))
    gpu = int(state.has_gpus)
    if rows:
        places["strip"] = PaneRect(0, 1, width, rows)
    if gpu:
        places["gpu_line"] = PaneRect(0, height - 2, width, 1)
    return places | _right(state, 0, 1 + rows, width, height - 2 - rows - gpu, sides=False)


def _right(state: State, x: int, y: int, width: int, height: int, *, sides: bool) -> Plan:
    """Return the panes of the shown page within a rectangle."""
    page = state.choices.page
    above, below = Box(sides=sides), Box(sides=sides, joined=True, floor=True)
    if page not in (Page.RUN, Page.COMPARE):
        return {"page": PaneRect(x, y, width, height, Box(sides=sides, floor=True))}
    if page is Page.RUN and state.current is None:
        return {"chart": PaneRect(x, y, width, height, Box(sides=sides, floor=True))}
    lower = _lower(state, width, height, below)
    return {
        "chart": PaneRect(x, y, width, height - lower, above),
        "verdict": PaneRect(x, y + height - lower, width, lower, below),
    }


def _lower(state: State, width: int, height: int, box: Box) -> int:
    """Return the lines of the lower pane: what it asks for, at most a third, and never the chart's last ones."""
    if state.choices.page is Page.COMPARE:
        wanted = max(1, len(state.compared))
    else:
        wanted = lines_wanted(state.current, width - 2 * box.sides)
    edges = 1 + box.sides
    return max(_LEAST_PANE, min(wanted + edges, height * 2 // 5))
