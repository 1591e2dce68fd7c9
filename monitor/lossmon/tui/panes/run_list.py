"""The list of runs: one line each; lines are made only for visible runs."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from textual.message import Message

from lossmon.core.snapshot import EvaluationHistory, RunSnapshot
from lossmon.core.text import Name, cell_width
from lossmon.presentation import remarks, run_text
from lossmon.presentation.sorting import Sort, has_ended
from lossmon.tui.box import Box
from lossmon.tui.charts.glyphs import Glyphs
from lossmon.tui.charts.small_charts import sparkline
from lossmon.tui.panes.base import Pane, PaneRect, snapshot_and_settings
from lossmon.tui.panes.curves import evaluated_loss
from lossmon.tui.state import State
from lossmon.tui.styled_text import Line, Lines, fit, pad, width_of

_SELECTED = "▸"
_PREFIX_WIDTH = len("▸+● ")
"""Cells before the name: arrow, mark, sign of the verdict, blank."""
_MIN_HEIGHT_FOR_MARGIN = 3
"""Rows from which a list shows the row before and the row after the selected one."""
_MIN_NAME_WIDTH = 8
"""With fewer cells for the name, the sparklines are left out."""
_MIN_SPARKLINE_WIDTH, _MAX_SPARKLINE_WIDTH = 4, 32
_MIN_NAME_WIDTH_BESIDE_VERDICT = 4
"""With fewer cells for the name, the verdict is left out; its sign remains."""
_MAX_CACHED_SPARKLINES = 2000

_SparklineKey: TypeAlias = tuple[Name, int, Glyphs]


class RunList(Pane):
    """The list of runs; it scrolls only as far as needed to show the selected run."""

    class Chosen(Message):
        """The run in row *index* of the list was clicked."""

        def __init__(self, index: int) -> None:
            super().__init__()
            self.index = index

    def __init__(self, *, framed: bool) -> None:
        super().__init__(depends_on=snapshot_and_settings)
        self._framed = framed
        self._top = 0
        self._sparklines = SparklineCache()

    def draw(self, state: State, rect: PaneRect) -> Lines:
        """Return the visible runs."""
        box = rect.box if self._framed else None
        rows = box.inner(rect.width, rect.height)[1] if box else rect.height
        self._top = scroll_top(self._top, state.shown_index, len(state.listed_runs), rows)
        return run_list(state, rect.width, rect.height, self._top, box, self._sparklines)

    def clicked(self, x: int, y: int) -> Message | None:
        """Select the clicked run."""
        del x
        index = self._top + y - self._framed
        is_run = self.state is not None and self._top <= index < len(self.state.listed_runs)
        return self.Chosen(index) if is_run else None


def scroll_top(top: int, index: int, count: int, height: int) -> int:
    """Return the first of *count* rows to show in *height* lines, moved from *top* only as far as *index* needs.

    If there is room, the rows before and after *index* are visible too.

    >>> scroll_top(0, 12, 50, 10)
    4
    """
    margin = 1 if height >= _MIN_HEIGHT_FOR_MARGIN else 0
    lowest, highest = max(0, index + margin - height + 1), min(max(0, index - margin), max(0, count - height))
    return min(max(top, lowest), max(highest, lowest), max(0, count - height))


def run_list(state: State, width: int, height: int, top: int, box: Box | None, sparklines: SparklineCache) -> Lines:
    """Return the list from row *top* on, with a title and a frame if there is a *box*."""
    inner_width, rows = box.inner(width, height) if box else (width, height)
    body = run_rows(state, inner_width, rows, top, sparklines)
    return box.around(_title(state, rows), body, width, height) if box else body


def run_rows(state: State, width: int, height: int, top: int, sparklines: SparklineCache) -> Lines:
    """Return the visible runs, one line each, or the reason why there are none."""
    if not state.listed_runs:
        return (fit(((" ", ""), (empty_list_text(state), "muted")), width),)
    visible = state.listed_runs[top : top + height]
    columns = _ColumnWidths.of(state, visible, width)
    arrows = _arrows(state, top, len(visible))
    rows = zip(visible, arrows, strict=True)
    return tuple(_run_row(state, run, arrow, columns, width, sparklines) for run, arrow in rows)


def _arrows(state: State, top: int, count: int) -> list[str]:
    """Return the arrow before each visible row: it marks the selected one, and that there are more above or below."""
    arrows = [" "] * count
    if count and top > 0:
        arrows[0] = "▴"
    if count and top + count < len(state.listed_runs):
        arrows[-1] = "▾"
    if 0 <= state.shown_index - top < count:
        arrows[state.shown_index - top] = _SELECTED
    return arrows


def waiting_text(state: State) -> str:
    """Return what is waited for while there is no run."""
    return "no losses in the output yet" if state.has_output else f"waiting for logs in {state.title}"


def empty_list_text(state: State) -> str:
    """Return why the list is empty."""
    if state.snapshot is None:
        return "starting"
    return "no run matches; esc shows all" if state.snapshot.runs else "no runs yet"


def _title(state: State, rows: int) -> Line:
    title: Line = (("runs", "title"),)
    if len(state.listed_runs) > rows:
        title += ((f" {state.shown_index + 1}/{len(state.listed_runs)}", "muted"),)
    if state.view.run_filter:
        title += ((f" /{state.view.run_filter}", "warn"),)
    if state.view.hide_finished:
        title += (
            (
                " · all ended" if state.listed_runs and all(map(has_ended, state.listed_runs)) else " · not ended",
                "warn",
            ),
        )
    if state.view.sort is not Sort.TROUBLE:
        title += ((f" by {state.view.sort.value}", "muted"),)
    return title


def _run_row(
    state: State, run: RunSnapshot, arrow: str, columns: _ColumnWidths, width: int, sparklines: SparklineCache
) -> Line:
    role = run_text.colour_role(run)
    is_selected = arrow == _SELECTED
    mark = "+" if run.name in state.view.marked else " "
    prefix: Line = ((arrow, "selected" if is_selected else "muted"), (mark, "mark"), (run_text.glyph(run), role))
    prefix += ((" ", ""),)
    trouble = run_text.status_warning(run)
    name_style = "selected" if is_selected else "muted" if trouble else ""
    verdict = _verdict(run, role)
    if columns.sparkline < 0:
        return _narrow_row(state, prefix, run, name_style, verdict, width)
    name = pad(((state.row_name(run, columns.name), name_style),), columns.name)
    warning = fit(((trouble, "warn"),), columns.sparkline)
    group = state.groups.get(run.name)
    last = warning if trouble else sparklines.line(run, columns.sparkline, state.glyphs)
    if group is not None and len(group.spread) <= columns.sparkline:
        last = ((group.spread, "muted"),)
    return fit((*prefix, *name, (" ", ""), *pad(verdict, columns.verdict), (" ", ""), *last), width)


@dataclass(frozen=True, slots=True)
class _ColumnWidths:
    """The widths in cells of the columns of all visible rows."""

    name: int
    verdict: int
    sparkline: int
    """Negative: there is no room for sparklines."""

    @classmethod
    def of(cls, state: State, runs: Sequence[RunSnapshot], width: int) -> _ColumnWidths:
        """Return the widths of the columns for *runs* in rows of *width* cells."""
        longest = max((cell_width(state.row_name(run)) for run in runs), default=0)
        verdict = max((width_of(_verdict(run, "")) for run in runs), default=0)
        left = width - _PREFIX_WIDTH - verdict - 2
        name = min(max(longest, _MIN_NAME_WIDTH), left - _MIN_SPARKLINE_WIDTH)
        if name < _MIN_NAME_WIDTH:
            return cls(name, verdict, -1)
        return cls(name, verdict, min(_MAX_SPARKLINE_WIDTH, left - name))


def _narrow_row(state: State, prefix: Line, run: RunSnapshot, name_style: str, verdict: Line, width: int) -> Line:
    """Return prefix, name and verdict; the name is shortened first, then the verdict is left out."""
    left = width - _PREFIX_WIDTH - width_of(verdict) - 1
    if left < _MIN_NAME_WIDTH_BESIDE_VERDICT:
        return fit((*prefix, (state.row_name(run, max(0, width - _PREFIX_WIDTH)), name_style)), width)
    return (*prefix, *pad(((state.row_name(run, left), name_style),), left), (" ", ""), *verdict)


def _verdict(run: RunSnapshot, role: str) -> Line:
    since, mark = run_text.onset_mark(run), remarks.mark(run)
    verdict: Line = ((run_text.verdict_text(run), role),)
    verdict = (*verdict, (f" {since}", role)) if since else verdict
    return (*verdict, (f" {mark}", "muted")) if mark else verdict


class SparklineCache:
    """Keeps the sparklines that were drawn last, so that scrolling the list does not draw them again."""

    def __init__(self) -> None:
        self._lines: OrderedDict[_SparklineKey, tuple[EvaluationHistory, Line]] = OrderedDict()

    def line(self, run: RunSnapshot, width: int, glyphs: Glyphs) -> Line:
        """Return the sparkline of the loss that the verdict of a run is about, in at most *width* cells."""
        history = run.history
        values = None if history is None else evaluated_loss(history)[1]
        if history is None or values is None or width <= 0:
            return ()
        key = (run.name, width, glyphs)
        known = self._lines.pop(key, None)
        line = known[1] if known and known[0] is history else sparkline(values, width, "muted", glyphs)
        self._lines[key] = history, line
        if len(self._lines) > _MAX_CACHED_SPARKLINES:
            self._lines.popitem(last=False)
        return line
