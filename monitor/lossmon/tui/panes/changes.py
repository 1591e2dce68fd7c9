"""What has happened to the runs: a page with every change, and a pane with those since the last key."""

from __future__ import annotations

import time

from lossmon.presentation.changes import RunChange
from lossmon.presentation.run_text import clock_time
from lossmon.tui.box import Box
from lossmon.tui.panes.text_pages import ScrollableText
from lossmon.tui.state import State
from lossmon.tui.styled_text import Line, Lines, first_fit, paragraph

_MAX_NAME_WIDTH = 24
"""Cells of the name of a run in a line, if the line has that much room."""
_NAME_SHARE = 3
"""A name takes a third of the line at most."""
_UNSEEN = "▸"
_MIN_HEIGHT = 3
"""Lines of the smallest pane, its frame included."""
_MOST_LINES = 4
"""Lines of the text where nothing has happened."""
_UNAMBIGUOUS_SECONDS = 20 * 3600.0
"""So long a time of day means the last one: what happened at night is read in the morning."""


def changes_page(state: State, width: int) -> ScrollableText:
    """Return every change since lossmon was started, the newest first; those since the last key are marked."""
    lines = changes_lines(state, width)
    title: Line = (("changes", "title"), (" · since lossmon was started, the newest first", "muted"))
    nothing = "nothing yet: no run has ended, failed, stalled, vanished or changed its verdict"
    return ScrollableText(title, lines or paragraph(nothing, width, _MOST_LINES, "muted", " "))


def changes_pane(state: State, width: int, height: int, box: Box) -> Lines:
    """Return the newest changes, with the time of the last key as title."""
    inner_width, rows = box.inner(width, height)
    return box.around(_pane_title(state), changes_lines(state, inner_width, rows), width, height)


def changes_height(state: State, room: int) -> int:
    """Return the lines of the pane in a frame for all unseen changes, at most *room*; 0 without any, or too little."""
    height = min(state.changes.unseen + 2, room)
    return height if state.changes.unseen and height >= _MIN_HEIGHT else 0


def changes_lines(state: State, width: int, limit: int | None = None) -> Lines:
    """Return a line for each change, the newest *limit* first: ``▸ 10:42 lstm-512 overfitting since epoch 10``."""
    history = state.changes
    newest_first = history.changes[::-1][:limit]
    moments = [_moment(change.at, state.now) for change in newest_first]
    longest = max(map(len, moments), default=0)
    name_width = min(_MAX_NAME_WIDTH, width // _NAME_SHARE)
    return tuple(
        _line(
            _begin(state, change, f"{moment:>{longest}}", name_width, is_unseen=place < history.unseen), change, width
        )
        for place, (change, moment) in enumerate(zip(newest_first, moments, strict=True))
    )


def _begin(state: State, change: RunChange, moment: str, name_width: int, *, is_unseen: bool) -> Line:
    """Return what every form of a line begins with: the mark, the time and the name of the run."""
    name = state.short_names.of(change.run.text, name_width)
    mark = _UNSEEN if is_unseen else " "
    return (f"{mark} ", "mark"), (f"{moment} ", "muted"), (name, "strong" if is_unseen else "")


def _line(begin: Line, change: RunChange, width: int) -> Line:
    """Return the longest form of a line that fits; the end of the shortest is cut if it must be."""
    wheres = [f" {where}" for where in (change.where, change.short_where) if where]
    line: Line = (*begin, (f" {change.word}", change.role))
    return first_fit([*((*line, (where, "")) for where in wheres), line], width)


def _pane_title(state: State) -> Line:
    since = f" · since {_moment(state.changes.seen_at, state.now)}" if state.changes.unseen else ""
    return ("changes", "title"), (since, "muted")


def _moment(seconds: float, now: float) -> str:
    """Return a time as ``10:42``, with its date if that could be of another day."""
    if abs(now - seconds) < _UNAMBIGUOUS_SECONDS:
        return time.strftime("%H:%M", time.localtime(seconds))
    return clock_time(seconds, now)
